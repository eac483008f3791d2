"""The spread of rigs: how they are drawn, judged and compared, and the kinds of trouble."""

import math
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest

from benchmarks.hold.__main__ import main
from benchmarks.hold.coupling import Run
from benchmarks.hold.rivals import Gains
from benchmarks.hold.spread import judge, runs
from benchmarks.hold.spread.draw import CLASSES, rigs
from benchmarks.hold.spread.judge import EXCUSED_S, Figures
from benchmarks.hold.spread.kinds import CLEAN, KINDS, changed, run_kind
from benchmarks.hold.spread.pi import Rival, shortened
from benchmarks.hold.spread.report import FALSE_TRIPS, OVER, Pair, goals, lines, table
from benchmarks.hold.spread.rig import AREA_MM2, Rig, build
from fixture.core.safety.trips import Trip
from tests.made_run import made

RIG = Rig("plain", "test", CLEAN, currents=((1.0, 100.0), (-1.0, 100.0)))
BUILT = build(RIG)


def judged(run: Run) -> Figures:
    return judge.judge(RIG, BUILT, run)


def figures(**changes: object) -> Figures:
    return judged(made(np.full(500, 15.01)))._replace(**changes)  # type: ignore[arg-type]


def test_there_are_at_least_200_rigs_of_every_class_and_no_two_alike() -> None:
    drawn = list(rigs(1))
    assert len(drawn) >= 200
    assert {rig.kind for rig in drawn} == {group.name for group in CLASSES}
    assert len({runs.key(rig) for rig in drawn}) == len(drawn)
    assert len({rig.setpoints_mpa for rig in drawn}) == len(drawn)
    assert all(0.5 <= rig.setpoints_mpa[0] <= 75.0 for rig in drawn)


def test_a_rig_is_the_same_alone_and_among_all_and_another_with_another_seed() -> None:
    drawn = {runs.key(rig): rig for rig in rigs(1)}
    assert all(drawn[runs.key(rig)] == rig for rig in rigs(1, 2))
    assert next(rigs(1)) != next(rigs(2))


def test_one_rig_of_each_class_compiles_and_is_physics() -> None:
    for rig in rigs(3, 1):
        built = build(rig)
        assert built.found.config.tick_ns == round(1e9 * rig.tick_s)
        assert built.parameters.seed == rig.seed
        assert built.parameters.stack.contact_mpa < rig.setpoints_mpa[0]


def test_the_bound_is_the_best_sawtooth_of_the_slip_and_grows_with_noise() -> None:
    quiet = Rig("quiet", "test", changed(load_cells={"noise": 0.0}))
    noisy = Rig("noisy", "test", changed(load_cells={"noise": 0.01}))
    slip_mpa = 0.45 * 9.0 / AREA_MM2
    assert judge.bound_mpa(quiet, build(quiet).parameters) == pytest.approx(
        slip_mpa / math.sqrt(12.0), rel=1e-3
    )
    noise_mpa = 0.01 * 30.0 / math.sqrt(5.0)
    assert judge.bound_mpa(noisy, build(noisy).parameters) == pytest.approx(
        math.hypot(slip_mpa / math.sqrt(12.0), noise_mpa), rel=1e-3
    )


def test_what_comes_before_the_cycling_is_approach_and_not_held() -> None:
    pressure = np.full(500, 15.0)
    pressure[:5], pressure[5] = 3.0, 15.3
    found = judged(made(pressure))
    assert found.rms_mpa == 0.0
    assert found.overshoot == pytest.approx(2.0, abs=1e-3)


def test_reversals_and_travel_are_the_drives_while_it_is_held() -> None:
    drive = np.zeros(500, np.float32)
    drive[100:] = 1.0
    drive[200:] = 0.5
    drive[300:] = 2.0
    found = judged(made(np.full(500, 15.0), drive_um=drive))
    assert found.travel_um == pytest.approx(3.0)
    assert found.reversals_per_h == pytest.approx(2.0 / (490.0 / 3600.0))


def test_a_minute_after_a_crack_is_left_out() -> None:
    pressure, formed = np.full(500, 15.0), np.zeros(500, np.float32)
    pressure[200 : 200 + int(EXCUSED_S)] = 11.0
    formed[200:] = 5.0
    assert judged(made(pressure, formed_um=formed)).rms_mpa == 0.0
    assert judged(made(pressure)).rms_mpa > 1.0


def test_a_trip_is_false_unless_the_true_force_was_beyond_the_limit() -> None:
    quiet, high = np.full(500, 15.0), np.full(500, 15.0)
    high[400] = 30.1
    assert judged(made(quiet, trip=int(Trip.NO_RESPONSE))).false_trip()
    over = judged(made(high, trip=int(Trip.OVER_FORCE)))
    assert over.over_limit
    assert not over.false_trip()


def test_goals_count_false_trips_and_compare_rig_by_rig_with_pi() -> None:
    rival = Rival(Gains(0.1, 0.01), figures(rms_mpa=0.02, travel_um=10.0))
    pairs = [
        Pair(RIG, figures(rms_mpa=0.01, travel_um=1.0), rival),
        Pair(RIG, figures(rms_mpa=0.04, travel_um=3.0), rival),
        Pair(RIG, figures(trip=int(Trip.NO_RESPONSE), rms_mpa=math.nan, hours=0.0), rival),
    ]
    found = {figure.what: figure for figure in goals(pairs, short=False)}
    assert found[FALSE_TRIPS].value == 1.0
    assert not found[FALSE_TRIPS].met()
    assert found[OVER].met()
    assert found["rms by that of PI, worst"].value == pytest.approx(2.0)
    assert found["rms by that of PI, median"].value == pytest.approx(1.25)
    assert found["travel by that of PI"].value == pytest.approx(0.2)
    assert len(table(pairs)) == 3
    assert len(list(lines(pairs))) == 4


class Here(Executor):
    """A pool of no processes; counts what it is given."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def, override]
        """Work at once."""
        self.given += 1
        future: Future[object] = Future()
        future.set_result(Rival(Gains(0.1, 0.01), figures(rms_mpa=math.nan)))
        return future


def test_what_pi_made_of_a_rig_is_kept_until_the_rig_is_another(tmp_path: Path) -> None:
    file, pool = tmp_path / "pi.json", Here()
    first = runs.rivals([RIG], pool, file)
    again = runs.rivals([RIG], pool, file)
    assert pool.given == 1
    assert first[runs.key(RIG)].gains == again[runs.key(RIG)].gains
    runs.rivals([RIG._replace(settle_s=2.0)], pool, file)
    assert pool.given == 2


def test_pi_is_tuned_at_the_setpoint_from_the_start_and_briefly() -> None:
    long = RIG._replace(currents=((1.0, 600.0), (-1.0, 10.0)))
    assert build(shortened(long)).parameters.stack.contact_mpa == 15.0
    assert shortened(long).currents == ((1.0, 150.0), (-1.0, 10.0))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_trouble_compiles(name: str) -> None:
    assert build(KINDS[name].rig).parameters.bench.area_mm2 == pytest.approx(AREA_MM2, rel=1e-4)


def test_a_kind_is_run_and_judged() -> None:
    found, run = run_kind("steps of 2 um")
    assert KINDS["steps of 2 um"].bears(found)
    assert found.hours > 0.1
    assert not run.trip


def test_a_short_spread_judges_trips_and_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["spread", "--short", "--no-pi", "--class", "materials", "--class", "tick rates"]
    assert main([*told, "--jobs", "1", "--rigs", str(tmp_path / "rigs.txt")]) == 0
    said = capsys.readouterr().out
    assert FALSE_TRIPS in said
    assert "spread: 2 rigs, seed 1" in said.splitlines()[-1]
    assert len((tmp_path / "rigs.txt").read_text(encoding="utf-8").splitlines()) == 3
