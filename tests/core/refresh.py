"""`python -m tests.core.refresh`: store the core's present answers as the golden ones.

For a deliberate change of behaviour only; the change that comes with it says why.
"""

import json

from tests.core.recorded import GOLDEN, RUNS, digest


def main() -> None:
    """Write the digests."""
    found = {name: digest(name) for name in RUNS}
    GOLDEN.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"{GOLDEN}: {len(found)} runs")


if __name__ == "__main__":
    main()
