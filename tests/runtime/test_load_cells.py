"""Load cells of several ranges on the twin, through the bytes: whole holds, and what goes wrong."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from fixture.cli.launch import ReadyRig
from fixture.config.resolve import RunPlan, plan
from fixture.core.safety.trips import Trip
from fixture.core.types import EventKind, Phase
from tests.runtime.ticking import Memory, run_lockstep

PROFILE = """\
name: pressed
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Na}
control: {identification: false}
pressure:
"""
FIRST_S = 0.3  # of the run: then a load cell breaks


def pressing(folder: Path, rig: str, *pressures_mpa: float, head: str = "") -> RunPlan:
    """A plan that settles at some pressures, one after the other."""
    each = "    settle_within: 5 %\n    hold: 20 s\n"
    steps = [f"  - press: {mpa:g} MPa\n{each}" for mpa in pressures_mpa]
    path = folder / "pressed.yaml"
    path.write_text(head + PROFILE + "".join(steps), encoding="utf-8")
    return plan(str(path), rig)


# -- holds on the shipped rigs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rig", "pressures_mpa"),
    [
        ("twin-60kn", (60.0, 20.0)),
        ("twin-low", (0.2, 2.0, 0.5)),
        ("twin-real", (5.0,)),
    ],
)
def test_the_shipped_rigs_press_and_hold(
    tmp_path: Path, rig: str, pressures_mpa: tuple[float, ...]
) -> None:
    recorder = Memory()
    outcome = run_lockstep(pressing(tmp_path, rig, *pressures_mpa), recorder)
    assert (outcome.status.phase, outcome.status.trip) == (Phase.ENDED, 0)
    assert recorder.kinds().count(EventKind.SETTLED) == len(pressures_mpa)
    assert outcome.status.pressure_mpa == pytest.approx(pressures_mpa[-1], rel=0.06)


def test_three_ranges_in_series_hold_from_one_to_sixty_megapascals_in_one_run(
    tmp_path: Path,
) -> None:
    """On the way up each load cell gives way to the next larger, and on the way down again."""
    recorder = Memory()
    outcome = run_lockstep(pressing(tmp_path, "twin-ranges", 1.0, 60.0, 1.0), recorder)
    assert (outcome.status.phase, outcome.status.trip) == (Phase.ENDED, 0)
    assert recorder.codes(EventKind.RANGE) == [1, 2, 1, 0]
    assert outcome.status.pressure_mpa == pytest.approx(1.0, rel=0.06)
    assert max(frame.sample.counts[0] for frame in recorder.frames) > 25_000  # on its stop
    assert all(frame.status.tilt == 0.0 for frame in recorder.frames)


# -- tilt ----------------------------------------------------------------------------------------


def test_an_uneven_stack_trips_where_the_profile_says_so(tmp_path: Path) -> None:
    recorder = Memory()
    found = pressing(tmp_path, "twin-low", 2.0, head="limits: {tilt: 0.05}\n")
    outcome = run_lockstep(found, recorder)
    assert (outcome.status.phase, outcome.status.trip) == (Phase.TRIPPED, Trip.TILT)
    assert run_lockstep(pressing(tmp_path, "twin-low", 2.0), Memory()).status.trip == 0


# -- faults --------------------------------------------------------------------------------------

Broken = Callable[[float, float], float]  # (true force, s) to what the bridge of one cell gives


def cut(force_n: float, t_s: float) -> float:
    """Its wire is cut after a while."""
    return math.nan if t_s > FIRST_S else force_n


def inverted(force_n: float, t_s: float) -> float:
    """It is wired the other way round."""
    del t_s
    return -force_n


def half(force_n: float, t_s: float) -> float:
    """It loses half its sensitivity after a while."""
    return 0.5 * force_n if t_s > FIRST_S else force_n


class Frozen:
    """It stays at what it read after a while, noise and all."""

    def __init__(self) -> None:
        self.at_n = math.nan

    def __call__(self, force_n: float, t_s: float) -> float:
        if t_s <= FIRST_S or self.at_n != self.at_n:
            self.at_n = force_n
        return self.at_n


def broken(cell: int, fault: Broken) -> Callable[[ReadyRig], None]:
    """Break one load cell of a rig."""

    def prepare(rig: ReadyRig) -> None:
        forces, clock = rig.world.plant.forces, rig.world.clock
        healthy = forces.force_n

        def force_n(asked: int) -> float:
            true_n = healthy(asked)
            return fault(true_n, clock() * 1e-9) if asked == cell else true_n

        setattr(forces, "force_n", force_n)  # noqa: B010 - a method is replaced on purpose

    return prepare


@pytest.mark.parametrize("cell", [0, 1, 2])
@pytest.mark.parametrize(
    ("fault", "trips"),
    [
        (cut, {Trip.FORCE_FAULT}),
        (inverted, {Trip.FORCE_FAULT, Trip.NO_RESPONSE}),
        (half, {Trip.FORCE_FAULT}),
        (Frozen(), {Trip.FORCE_FAULT, Trip.NO_RESPONSE}),
    ],
    ids=["cut", "inverted", "half", "frozen"],
)
def test_one_broken_cell_in_series_stops_the_press_before_the_others_are_misled(
    tmp_path: Path, cell: int, fault: Broken, trips: set[Trip]
) -> None:
    recorder = Memory()
    found = pressing(tmp_path, "twin-ranges", 100.0)
    outcome = run_lockstep(found, recorder, prepare=broken(cell, fault))
    assert outcome.status.phase == Phase.TRIPPED
    assert outcome.status.trip in trips
    assert outcome.status.at_rest
    assert outcome.status.peak_mpa < 100.0


def test_a_cut_wire_is_seen_within_two_samples(tmp_path: Path) -> None:
    recorder = Memory()
    run_lockstep(pressing(tmp_path, "twin-ranges", 100.0), recorder, prepare=broken(0, cut))
    (tripped,) = [
        frame.sample.t_ns
        for frame in recorder.frames
        for event in frame.events
        if event.kind == EventKind.TRIP
    ]
    assert tripped * 1e-9 - FIRST_S <= 2.5 * recorder.frames[1].sample.t_ns * 1e-9


def test_a_small_cell_that_froze_on_its_stop_is_seen_on_the_way_down(tmp_path: Path) -> None:
    """There it shows more than there is; before, nobody could tell."""

    most_n = 0.0

    def frozen(force_n: float, t_s: float) -> float:
        nonlocal most_n
        del t_s
        most_n = max(most_n, force_n)
        return force_n if most_n < 250.0 else most_n

    found = pressing(tmp_path, "twin-ranges", 10.0, 1.0)
    outcome = run_lockstep(found, Memory(), prepare=broken(0, frozen))
    assert (outcome.status.phase, outcome.status.trip) == (Phase.TRIPPED, Trip.FORCE_FAULT)
    assert 80.0 < outcome.status.force_n < 300.0


def test_a_force_that_would_crush_a_load_cell_unloads(tmp_path: Path) -> None:
    """Something else than the press presses: the rig allows it, one load cell does not."""
    rig = tmp_path / "r.yaml"
    rig.write_text(
        "extends: twin-ranges\nload_cells: {overload: [1 kN, 9 kN, 90 kN]}\n", encoding="utf-8"
    )

    def swollen(force_n: float, t_s: float) -> float:
        return force_n + 400.0 if t_s > 40.0 else force_n

    def prepare(rig: ReadyRig) -> None:
        for cell in (1, 2):
            broken(cell, swollen)(rig)

    recorder = Memory()
    found = pressing(tmp_path, str(rig), 10.0)
    outcome = run_lockstep(found, recorder, prepare=prepare)
    assert (outcome.status.phase, outcome.status.trip) == (Phase.TRIPPED, Trip.OVERLOAD)
    assert recorder.frames[-1].command.press_um == found.config.press.release_um
