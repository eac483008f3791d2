"""`python -m tests.core.golden.refresh`: keep the core's present answers as the golden ones.

For a deliberate change of behaviour only; the change that comes with it says why. Also looks anew
for the run that notices each tuning number, and prints which numbers no run notices.
"""

import json

from tests.core.golden.notice import FACTORS, Noticed, hints_of, search, tuned_numbers
from tests.core.golden.runs import GOLDEN, digests, stored


def main() -> None:
    """Write the digests and the hints, and say what has changed."""
    now, before = digests(), stored()["digests"]
    noticed = {name: search(name, hints_of(name)) for name in tuned_numbers()}
    whole = {"digests": now, "noticed_by": noticed}
    GOLDEN.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    for name in sorted({*now, *before}):
        if now.get(name) != before.get(name):
            print(f"changed: {name}")
    for line in unnoticed(noticed):
        print(line)
    print(f"{GOLDEN.name}: {len(now)} runs, {len(noticed)} tuning numbers")


def unnoticed(noticed: dict[str, Noticed]) -> list[str]:
    """A line for each number that some change of it goes unnoticed."""
    lines: list[str] = []
    for name, runs in noticed.items():
        blind = [factor for factor, run in zip(FACTORS, runs, strict=True) if run is None]
        if blind:
            each = " and ".join(f"x {factor}" for factor in blind)
            lines.append(f"no run notices: {name} {each}")
    return lines


if __name__ == "__main__":
    main()
