"""`python -m tests.core.safety.refresh_trips`: write the table in `docs/trips.md` from the code."""

from pathlib import Path

from fixture.core.safety.trips import Trip

PAGE = Path(__file__).parents[3] / "docs" / "trips.md"
HEAD = (
    "| trip | number | what happened | what to do | reaction | value |",
    "|---|---|---|---|---|---|",
)


def row(trip: Trip) -> str:
    """A trip as a row of the table."""
    _, happened, advice, reaction, number = trip.interlock
    does = "`safe_state`" if reaction is None else f"`{reaction.name.lower()}`"
    value = f"{number.name}, {number.unit}".rstrip(", ")
    return f"| `{trip.name.lower()}` | {trip} | {happened} | {advice} | {does} | {value} |"


def table() -> str:
    """All trips, in the order in which they are checked."""
    return "\n".join([*HEAD, *[row(trip) for trip in Trip if trip]]) + "\n"


def page() -> str:
    """The page with the table as it should be."""
    told = PAGE.read_text(encoding="utf-8")
    return told[: told.index(HEAD[0][:8])] + table()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
