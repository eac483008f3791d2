"""Load cells of a rig: side by side and in series, what they read, survive and add of their own."""

import math
from pathlib import Path

import pytest

from fixture.config import tuning
from fixture.config.resolve import RunPlan, plan
from fixture.core.safety.trips import Trip
from fixture.core.types import Action
from tests.config.cases import PROFILE, changed, complaints, plan_of, rig_file

SERIES = """\
load_cells:
  units: [1, 2]
  arrangement: series
  full_scale: [200 N, 4 kN]
  division: [0.01 N, 0.1 N]
  overload: 9 kN
  zero_counts: [0, 0]
limits: {force: 4 kN}
twin: {load_cells: {shares: [1, 1]}}
"""


def series(folder: Path, old: str = "", new: str = "") -> str:
    """A rig with two load cells in series, one passage of it replaced; its path."""
    assert not old or SERIES.count(old) == 1
    return rig_file(folder, SERIES.replace(old, new) if old else SERIES)


def pressed(mpa: float) -> str:
    """The good profile at another pressure."""
    return changed("press: 15 MPa", f"press: {mpa:g} MPa")


# -- numbers -------------------------------------------------------------------------------------


def test_each_load_cell_has_its_own_range_and_count(tmp_path: Path) -> None:
    rig = rig_file(
        tmp_path,
        "load_cells: {full_scale: [4 kN, 5 kN, 6 kN], division: [0.1 N, 0.5 N, 1 N]}\n",
    )
    found = plan_of(tmp_path, PROFILE, rig)
    assert found.config.load_cells.newton_per_count == (0.1, 0.5, 1.0)
    assert found.config.load_cells.limit_counts == (40_000, 10_000, 6_000)
    assert found.devices[0].options["division_n"] == (0.1, 0.5, 1.0)
    assert found.twin is not None
    assert found.twin.bench.full_scales_n == (4000.0, 5000.0, 6000.0)
    assert found.twin.bench.stages == (0, 0, 0)


def test_cells_in_series_are_used_up_to_95_percent_and_again_from_85(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE, series(tmp_path))
    cells = found.config.load_cells
    assert cells.series
    assert cells.over_range_counts == pytest.approx((19_000.0, 38_000.0))
    assert cells.back_in_range_counts == pytest.approx((17_000.0, 38_000.0))
    assert cells.disagreement_n == pytest.approx((1.0, 20.0))
    assert cells.limit_counts == (2**31 - 1, 40_000)
    assert found.config.limits.overload_n == 9000.0
    assert found.devices[0].options["series"] is True


def test_the_driver_and_the_twin_know_the_arrangement(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE, series(tmp_path, "overload:", "stop: 5 kN\n  overload:"))
    assert found.twin is not None
    bench = found.twin.bench
    assert (bench.stages, bench.stops_n, bench.crushes_n) == (
        (0, 1),
        (5000.0, 5000.0),
        (9000.0, 9000.0),
    )


def test_a_wide_disagreement_takes_a_cell_up_again_further_down(tmp_path: Path) -> None:
    """Else a hold regulated by the larger one could bring the smaller one back, and so for ever."""
    rig = series(tmp_path, "  overload", "  disagreement: 1 %\n  overload")
    cells = plan_of(tmp_path, PROFILE, rig).config.load_cells
    assert cells.back_in_range_counts[0] == pytest.approx(15_000.0)


def test_noise_in_series_is_that_of_the_cell_at_the_highest_pressure(tmp_path: Path) -> None:
    rig = series(tmp_path)
    low, high = plan_of(tmp_path, pressed(2.0), rig), plan_of(tmp_path, pressed(15.0), rig)
    area_mm2 = low.config.area_mm2
    assert low.config.nominal.noise_mpa == low.config.load_cells.noise_mpa[0]
    assert high.config.nominal.noise_mpa == high.config.load_cells.noise_mpa[1]
    large = tuning.noise_mpa((4000.0,), (0.1,), 10e-6, area_mm2)
    assert high.config.nominal.noise_mpa == large


def test_an_overload_releases_unless_the_rig_says_otherwise(tmp_path: Path) -> None:
    table = plan_of(tmp_path, PROFILE, series(tmp_path)).config.limits.reactions
    assert Action(table[Trip.OVERLOAD]) == Action.RELEASE


def test_cells_side_by_side_have_no_overload(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE, rig_file(tmp_path, "load_cells: {overload: 6 kN}\n"))
    assert math.isinf(found.config.limits.overload_n)
    assert found.twin is not None
    assert found.twin.bench.crushes_n == (6000.0,) * 3


# -- what a rig cannot be ------------------------------------------------------------------------

ORDER = (
    "load cells in series stand in order of their ranges, smallest first: sort units, full_scale, "
    "division and overload"
)
MISTAKES = [
    ("[200 N, 4 kN]", "[4 kN, 200 N]", f"r.yaml:5:3: {ORDER}"),
    ("[200 N, 4 kN]", "4 kN", f"r.yaml:5:3: {ORDER}"),
    (
        "  overload: 9 kN\n",
        "",
        (
            "r.yaml:4:3: load cells in series all carry the whole force: write 'overload', the "
            "force that each survives, by its data sheet or its mechanical stop"
        ),
    ),
    (
        "9 kN",
        "3 kN",
        (
            "r.yaml:7:3: overload 3000 N is less than the full scale 4000 N of its load cell; "
            "write the force on the cell, from its data sheet"
        ),
    ),
    (
        "[0.01 N, 0.1 N]",
        "[0.01 N, 0.1 N, 1 N]",
        ("r.yaml:6:3: 3 values of division for 2 load cells; write one for all, or one for each"),
    ),
    (
        "[200 N, 4 kN]",
        "[20 N, 4 kN]",
        (
            "r.yaml:5:3: load cells of 20 N and 4000 N are too far apart: they may disagree by "
            "20 N, 100 % of the smaller; put one between them, or write a smaller 'disagreement'"
        ),
    ),
    (
        "{force: 4 kN}",
        "{force: 4.1 kN}",
        ("r.yaml:9:10: 4100 N is more than the load cells can read (4000 N in series); lower it"),
    ),
    ("[200 N, 4 kN]", "[200 MPa, 4 kN]", "r.yaml:5:3: 200 MPa is a pressure, not a force; write "),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_load_cells_that_cannot_work_together_are_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (found,) = complaints(tmp_path, PROFILE, series(tmp_path, old, new))
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ("creep: 0.1", "0.1 is outside -0.01 … 0.01"),
        ("creep: [0.1 %, 0.1 %]", "2 values of creep for 3 load cells; write one for all, or"),
        ("creep_time: 0 s", "0 s is outside 0.001 … 34560000 s"),
        ("reference: 23 N", "23 N is a force, not a temperature; write it like '23 degC'"),
        ("drift: 1 %", "unknown key 'drift'; did you mean 'zero_drift'?"),
    ],
)
def test_errors_of_load_cells_that_cannot_be_are_refused(
    tmp_path: Path, errors: str, said: str
) -> None:
    rig = rig_file(tmp_path, f"load_cells: {{compensation: {{{errors}}}}}\n")
    (found,) = complaints(tmp_path, PROFILE, rig)
    assert said in found


# -- pressures -----------------------------------------------------------------------------------


def test_a_pressure_that_would_crush_a_load_cell_is_refused_in_newtons(tmp_path: Path) -> None:
    rig = series(tmp_path, "9 kN", "[300 N, 9 kN]")
    assert complaints(tmp_path, PROFILE, rig) == [
        (
            "p.yaml:7:5: 15 MPa on 78.54 mm² is 1178 N, which would crush the load cell of 200 N "
            "in series: it survives 300 N; at most 3.8 MPa on this cell, or more with a stop "
            "beside it, or on a rig without it"
        )
    ]
    assert complaints(tmp_path, pressed(3.8), rig) == []


def test_a_pressure_that_no_load_cell_reads_is_refused_in_newtons(tmp_path: Path) -> None:
    assert complaints(tmp_path, pressed(60.0), series(tmp_path)) == [
        (
            "p.yaml:7:5: 60 MPa on 78.54 mm² is 4712 N, and the largest load cell reads 4000 N; "
            "at most 50.9 MPa on this cell"
        )
    ]


def test_cells_of_several_ranges_side_by_side_say_what_they_read_together(tmp_path: Path) -> None:
    rig = rig_file(
        tmp_path, "load_cells: {full_scale: [100 N, 200 N, 300 N]}\nlimits: {force: 600 N}\n"
    )
    assert complaints(tmp_path, PROFILE, rig) == [
        (
            "p.yaml:7:5: 15 MPa on 78.54 mm² is 1178 N, and the load cells read 100 + 200 + 300 N; "
            "at most 7.6 MPa on this cell"
        )
    ]


def warned(found: RunPlan) -> list[str]:
    """Warnings of the load cells' range."""
    return [text for text in found.warnings if "on a range of" in text]


def test_a_pressure_at_the_bottom_of_the_range_is_warned_of_in_percent(tmp_path: Path) -> None:
    (said,) = warned(plan_of(tmp_path, pressed(0.2)))
    assert said == (
        "0.2 MPa is 15.7 N on a range of 12000 N: noise is 0.54 % of it, and a zero that drifts by "
        "0.05 % of full scale in 10 K moves it by 3.8 % a kelvin; load cells of a smaller range, "
        "or in series, would help"
    )
    assert warned(plan_of(tmp_path, pressed(3.1))) == []


def test_the_drift_is_the_declared_one_where_it_is_declared(tmp_path: Path) -> None:
    rig = rig_file(tmp_path, "load_cells: {compensation: {zero_drift: -0.1 %}}\n")
    (said,) = warned(plan_of(tmp_path, pressed(0.2), rig))
    assert "drifts by 0.1 % of full scale in 10 K moves it by 7.6 % a kelvin" in said


def test_a_small_load_cell_in_series_makes_low_pressures_useful(tmp_path: Path) -> None:
    assert warned(plan_of(tmp_path, pressed(0.2), series(tmp_path))) == []


# -- tilt ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tilt", "limit"), [("0.2", 0.2), ("0.5", 0.5)])
def test_a_profile_narrows_the_limit_of_tilt(tmp_path: Path, tilt: str, limit: float) -> None:
    found = plan_of(tmp_path, f"limits: {{tilt: {tilt}}}\n{PROFILE}")
    assert found.config.limits.tilt_max == limit
    assert plan_of(tmp_path, PROFILE).config.limits.tilt_max == 0.5


def test_a_profile_never_widens_it(tmp_path: Path) -> None:
    assert complaints(tmp_path, f"limits: {{tilt: 0.6}}\n{PROFILE}") == [
        "p.yaml:1:10: 0.6 is wider than rig twin allows: 0.5; lower it"
    ]


def test_load_cells_in_series_cannot_watch_it(tmp_path: Path) -> None:
    rig = series(tmp_path)
    assert complaints(tmp_path, f"limits: {{tilt: 0.2}}\n{PROFILE}", rig) == [
        (
            "p.yaml:1:10: the load cells of rig twin stand in series and show no tilt; remove the "
            "limit, or use a rig with load cells side by side"
        )
    ]


# -- compensation --------------------------------------------------------------------------------


def test_what_is_declared_is_compensated_and_nothing_else(tmp_path: Path) -> None:
    assert not plan_of(tmp_path, PROFILE).config.compensation.on
    rig = rig_file(
        tmp_path,
        "load_cells:\n  compensation:\n    creep: [0.1 %, 0.2 %, -0.1 %]\n    creep_time: 10 min\n"
        "    zero_drift: 0.05 %\n    non_linearity: 0.02 %\n    reference: 20 degC\n",
    )
    table = plan_of(tmp_path, PROFILE, rig).config.compensation
    end = 1.0 - math.exp(-3.0)
    assert table.on
    assert table.creep == pytest.approx((0.001 / end, 0.002 / end, -0.001 / end))
    assert table.creep_gain == (1.0 - math.exp(-0.5 / 600.0),) * 3
    assert table.zero_n_per_k == pytest.approx((0.2,) * 3)  # 0.05 % of 4 kN is 2 N in 10 K
    assert table.non_linearity == pytest.approx((0.0008,) * 3)
    assert (table.reference_at_start, table.reference_c) == (False, 20.0)


def test_without_a_reference_drift_is_counted_from_the_start(tmp_path: Path) -> None:
    rig = rig_file(tmp_path, "load_cells: {compensation: {creep: 0.1 %}}\n")
    assert plan_of(tmp_path, PROFILE, rig).config.compensation.reference_at_start


def test_compensation_is_switched_off_by_the_profile(tmp_path: Path) -> None:
    off = plan_of(tmp_path, f"control: {{compensation: false}}\n{PROFILE}", "twin-real").config
    assert not off.compensation.on
    assert plan_of(tmp_path, PROFILE, "twin-real").config.compensation.on


# -- the shipped rigs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rig", "lowest_mpa", "highest_mpa"),
    [("twin-60kn", 20.0, 700.0), ("twin-low", 0.2, 5.0), ("twin-ranges", 0.2, 700.0)],
)
def test_the_shipped_rigs_cover_what_they_are_for(
    tmp_path: Path, rig: str, lowest_mpa: float, highest_mpa: float
) -> None:
    for mpa in (lowest_mpa, highest_mpa):
        found = plan_of(tmp_path, pressed(mpa), rig)
        assert warned(found) == []
        assert found.estimates.likely_s < 20 * 60


@pytest.mark.parametrize("rig", ["twin", "twin-60kn", "twin-low", "twin-ranges"])
def test_one_slip_of_a_shipped_press_is_no_sudden_drop(rig: str) -> None:
    """A slip of 2 µm in the 20 ms over which safety takes a rate, and the press's own speed."""
    found = plan("manual", rig)
    stiffness = found.rig.nominal.stiffness
    assert 2.0 * stiffness / 0.02 < found.config.limits.force_rate_n_per_s
    assert 2.0 * found.rig.press.speed * stiffness < found.config.limits.force_rate_n_per_s


def test_the_real_twin_is_compensated_by_numbers_that_are_not_the_true_ones() -> None:
    found = plan("sodium-assembly-hold", "twin-real")
    told, true = found.rig.load_cells.compensation, found.twin
    assert told is not None
    assert true is not None
    assert found.config.compensation.on
    left = true.load_cells.nonlinearity * true.load_cells.nonlinearity_left
    for declared, actual in (
        (told.creep[0], true.load_cells.creep),
        (told.creep_time, true.load_cells.creep_time_s),
        (told.zero_drift[0], true.load_cells.zero_drift),
        (told.non_linearity[0], left),
    ):
        assert declared != actual
        assert declared == pytest.approx(actual, rel=0.15)
