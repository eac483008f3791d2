import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from fixture.analysis import commissioning
from fixture.analysis.commissioning import (
    CommissioningError,
    Line,
    Ticks,
    check_direction,
    commissioned,
    lines,
    mains,
)
from fixture.core.types import Flag
from fixture.record.parts import RunData

TICK_NS = 10_000_000


def run(force_n: Any, position_um: Any, tick_ns: int = TICK_NS, *, series: bool = False) -> RunData:
    """A run of one load cell of 1 N a count, with the press going 1 µm a count."""
    count = len(force_n)
    ticks = {
        "tick": np.arange(count),
        "flags": np.full(count, Flag.NEW_FORCE | Flag.NEW_POSITION),
        "counts_1": np.asarray(force_n),
        "position": np.asarray(position_um),
        "command": np.asarray(position_um),
    }
    cells = SimpleNamespace(zero_counts=(0.0,), newton_per_count=(1.0,), series=series)
    config = SimpleNamespace(
        load_cells=cells,
        tick_ns=tick_ns,
        press=SimpleNamespace(um_per_count=1.0, commands_force=False),
        steps=(),
    )
    none = np.zeros(0)
    events = dict.fromkeys(("kind", "code", "value", "t_ns"), none)
    made = SimpleNamespace(
        ticks=ticks, config=config, events=events, parts=(), outcome="tripped",
        header=SimpleNamespace(name="commissioning"),
    )  # fmt: skip
    return cast("RunData", made)


def spectrum(force_n: Any, tick_ns: int = TICK_NS) -> tuple[Line, ...]:
    """Lines of a force while the press stands."""
    count = len(force_n)
    times, none = np.arange(count, dtype=np.float64) * (tick_ns * 1e-9), np.zeros(count)
    ticks = Ticks(times, np.asarray(force_n)[:, None], none, 1.0, none)
    return lines(run(force_n, [0] * count, tick_ns), ticks, [np.arange(count)])


def test_a_force_that_wanders_has_no_line():
    noise = np.random.default_rng(1)
    wanders = [
        np.cumsum(noise.normal(0.0, 0.03, 1075)) + noise.normal(0.0, 0.1, 1075) for _ in range(50)
    ]
    assert sum(bool(spectrum(one, 100_000_000)) for one in wanders) <= 1


def test_noise_alone_has_no_line():
    noise = np.random.default_rng(1)
    assert [spectrum(noise.normal(0.0, 1.0, 5000)) for _ in range(20)] == [()] * 20


def test_a_line_in_the_noise_is_found_with_its_amplitude():
    time_s = np.arange(6000) * 0.01
    noise = np.random.default_rng(2).normal(0.0, 1.0, 6000)
    (line,) = spectrum(noise + 0.8 * np.sin(2.0 * math.pi * 12.3 * time_s))
    assert line.hz == pytest.approx(12.3, abs=0.05)
    assert line.amplitude_n == pytest.approx(0.8, rel=0.3)
    assert line.mains == ""


def test_mains_that_the_sampling_folds_down_is_named():
    tick_ns = 23_000_000  # 43.5 Hz
    time_s = np.arange(6000) * tick_ns * 1e-9
    noise = np.random.default_rng(3).normal(0.0, 0.1, 6000)
    (line,) = spectrum(noise + np.sin(2.0 * math.pi * 50.02 * time_s), tick_ns)
    assert line.mains == "50 Hz of the mains, aliased by the sampling"
    assert mains(49.98, 1000.0) == "50 Hz of the mains"
    assert mains(48.0, 1000.0) == ""


@pytest.mark.parametrize(
    ("force_n", "position_um", "says"),
    [
        ([0, 1, 2, 3], [5, 5, 5, 5], "the press never moved"),
        ([0, 0, 0, 0], [1, 2, 3, 4], "load cell 1 always reads the same"),
        ([3, 2, 1, 0], [1, 2, 3, 4], "wrong way round"),
        ([0, 1, 2, 3], [1, 2, 3, 4], "friction was not identified"),
    ],
)
def test_a_rig_that_cannot_be_commissioned_says_why(
    force_n: list[int], position_um: list[int], says: str
):
    with pytest.raises(CommissioningError, match=says):
        commissioned(run(force_n, position_um), (4000.0,))


def test_the_direction_is_looked_at_where_a_run_came_to_nothing():
    check_direction(run([0, 1, 2, 3], [1, 2, 3, 4]))
    with pytest.raises(CommissioningError, match="wrong way round"):
        check_direction(run([3, 2, 1, 0], [1, 2, 3, 4]))


@pytest.mark.parametrize(("cells", "series"), [(1, False), (2, False), (2, True)])
def test_the_secant_is_that_of_the_force_on_the_stack(cells: int, series: bool):
    force_n = np.repeat([1000.0, 2000.0], 50)
    position_um = np.repeat([100.0, 200.0], 50)
    share = 1.0 if series else 1.0 / cells
    each_n = np.column_stack([share * force_n] * cells)
    ticks = Ticks(np.arange(100.0), each_n, position_um, 1.0, position_um)
    made = run(force_n, position_um, series=series)
    secant = commissioning._secant  # pyright: ignore[reportPrivateUsage]
    assert secant(made, ticks, [np.arange(50), np.arange(50, 100)]) == pytest.approx(10.0)
