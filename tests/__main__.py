"""`python -m tests`: everything that must hold, in one command, on a laptop as in CI."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CHECKS: tuple[tuple[str, ...], ...] = (
    (str(BIN / "ruff"), "check", "."),
    (str(BIN / "ruff"), "format", "--check", "."),
    (str(BIN / "lint-imports"), "--no-cache"),
    (str(BIN / "pyright"), "--pythonpath", sys.executable),
    (sys.executable, "-m", "tests.core.safety.mutants", "--short"),
    (sys.executable, "-m", "pytest", "-n", "2", "-m", "not realtime", *sys.argv[1:]),
    (sys.executable, "-m", "pytest", "-m", "realtime", *sys.argv[1:]),
)


def main() -> int:
    """Run every check, even after one has failed; 0 if all are well."""
    failed: list[str] = []
    for check in CHECKS:
        name = " ".join([Path(check[0]).name, *check[1:]])
        print(f"== {name}", flush=True)
        if subprocess.run(check, cwd=ROOT, check=False).returncode:
            failed.append(name)
    for name in failed:
        print(f"failed: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
