"""Samples and hypothesis strategies of the core's tests, all in one place."""

from typing import Any

from hypothesis import strategies as st

from fixture.core.types import Flag, Sample
from tests.core.bench import ALL_NEW

NAN = float("nan")
INF = float("inf")
FLOATS = st.floats(width=32) | st.sampled_from((NAN, INF, -INF, 5e-324, -5e-324, 9.91e37, -0.0))
BIG = 2**31 - 1
COUNTS = st.integers(-BIG, BIG) | st.sampled_from((0, 1, -1, BIG, -BIG - 1))
AGES = st.integers(0, 400_000) | st.sampled_from((0, 300_000, 300_001, 2**40))
ALL_FLAGS = sum(Flag)
TICK_NS = 100_000_000


def one(name: str, value: object) -> dict[str, Any]:
    """A single field of a sample, by name."""
    return {name: value}


def sample(tick: int = 0, **changes: object) -> Sample:
    """A quiet sample: everything new, no load, the cell at rest."""
    values: dict[str, object] = {
        "tick": tick,
        "t_ns": tick * TICK_NS,
        "flags": ALL_NEW,
        "age_force_us": 0,
        "age_press_us": 0,
        "age_cell_us": 0,
        "counts": (0, 0, 0),
        "position": 0,
        "voltage_v": 2.5,
        "current_a": 0.0,
        "temperature_c": 25.0,
    }
    return Sample(**(values | changes))  # type: ignore[arg-type]


HOSTILE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "flags": st.integers(0, ALL_FLAGS),
        "age_force_us": AGES,
        "age_press_us": AGES,
        "age_cell_us": AGES,
        "counts": st.tuples(COUNTS, COUNTS, COUNTS),
        "position": COUNTS,
        "voltage_v": FLOATS,
        "current_a": FLOATS,
        "temperature_c": FLOATS,
        "request": st.integers(0, 2),
        "request_value": FLOATS,
    },
)
