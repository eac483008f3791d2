"""`python -m tests`: everything that must hold, in one command, on a laptop as in CI.

Pyright and the mutants run beside the ordinary tests, whose processes often wait for one another,
and are printed after them. The tests against the clock come last, beside nothing else. What Python
compiles is kept, wherever that is off, since some hundred processes load the same modules.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
Check = tuple[str, ...]
PYTEST: Check = (sys.executable, "-m", "pytest", "--dist", "loadgroup")
FIRST: tuple[Check, ...] = (
    (str(BIN / "ruff"), "check", "."),
    (str(BIN / "ruff"), "format", "--check", "."),
    (str(BIN / "lint-imports"), "--no-cache"),
)
BESIDE: tuple[Check, ...] = (
    (str(BIN / "pyright"), "--pythonpath", sys.executable),
    (sys.executable, "-m", "tests.core.safety.mutants", "--short"),
)
ORDINARY: Check = (*PYTEST, "-n", "3", "-m", "not realtime", *sys.argv[1:])
REALTIME: Check = (*PYTEST, "-n", "3", "-m", "realtime", *sys.argv[1:])


def main() -> int:
    """Run every check, even after one has failed; 0 if all are well."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    failed = [name(check) for check in FIRST if fails(check)]
    with ThreadPoolExecutor(1) as beside:
        told = beside.map(captured, BESIDE)
        failed += [name(ORDINARY)] if fails(ORDINARY) else []
        failed += list(failures(told))
    failed += [name(REALTIME)] if fails(REALTIME) else []
    for one in failed:
        print(f"failed: {one}")
    return 1 if failed else 0


def name(check: Sequence[str]) -> str:
    """What a check is called."""
    return " ".join([Path(check[0]).name, *check[1:]])


def fails(check: Check) -> bool:
    """Run a check; whether it fails."""
    print(f"== {name(check)}", flush=True)
    return bool(subprocess.run(check, cwd=ROOT, check=False).returncode)


def captured(check: Check) -> "subprocess.CompletedProcess[str]":
    """Run a check, and keep what it says."""
    return subprocess.run(
        check, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def failures(told: "Iterator[subprocess.CompletedProcess[str]]") -> Iterator[str]:
    """Print what checks have said; the names of those that failed."""
    for done in told:
        print(f"== {name(done.args)}\n{done.stdout}", flush=True)
        if done.returncode:
            yield name(done.args)


if __name__ == "__main__":
    sys.exit(main())
