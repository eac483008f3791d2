"""Profile and rig become numbers."""

import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from aurora_unicycler import CyclingProtocol

from fixture.config import protocol, tuning
from fixture.config.checks import estimate
from fixture.config.checks.estimate import identification_s
from fixture.config.compile import reactions
from fixture.config.materials import MATERIALS, CellError, net_um_per_mah_cm2
from fixture.config.resolve import plan
from fixture.config.yaml.errors import ConfigError
from fixture.config.yaml.model import TICK_S
from fixture.core.safety.trips import Trip
from fixture.core.types import Action
from tests.config.cases import (
    PROFILE,
    SYMMETRIC,
    UNIDENTIFIED,
    changed,
    complaints,
    material,
    plan_of,
    rig_file,
)

TRACE = "time_s,current_a,voltage_v,temperature_degc,hoop_strain_ppm\n" + "".join(
    f"{10 * i},{1 - 2 * (i > 5)},3.7,25,{i}\n" for i in range(11)
)


def trace_file(folder: Path) -> Path:
    file = folder / "trace.csv"
    file.write_text(TRACE, encoding="utf-8")
    return file


@pytest.mark.parametrize("rig", ["twin", "twin-real"])
def test_every_shipped_rig_that_commands_runs_the_recipe(rig: str) -> None:
    found = plan("sodium-assembly-hold", rig)
    assert found.config.area_mm2 == pytest.approx(78.54, abs=1e-3)
    assert found.config.limits.voltage_min_v == 0.5
    assert found.config.limits.voltage_max_v == 4.5
    assert found.twin is not None


def test_the_traced_rig_holds_as_long_as_its_trace(tmp_path: Path) -> None:
    found = plan("traced-hold", "twin-traced", trace_file(tmp_path))
    assert found.config.observe
    assert found.config.steps[1].hold_ns == (600 + 100) * 10**9
    assert found.config.log_ns == found.config.tick_ns == 200_000_000
    assert found.twin is not None
    assert found.twin.trace is not None
    assert found.twin.trace.current_a[0] == 0.0007
    assert max(found.twin.trace.thickness_um) == pytest.approx(13.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hoop_strain_ppm", "strain", "trace.csv:1:1: no column 'hoop_strain_ppm'"),
        ("20,1,3.7", "20,one,3.7", "trace.csv:4:1: 'one' in 'current_a' is not a number"),
    ],
)
def test_a_bad_trace_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(TRACE.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        plan("traced-hold", "twin-traced", file)
    assert str(caught.value).replace(f"{tmp_path}/", "").startswith(said)


def test_a_trace_for_a_rig_that_plays_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="plays no measured trace"):
        plan("sodium-assembly-hold", "twin", trace_file(tmp_path))


def test_a_rig_without_twin_is_a_real_bench(tmp_path: Path) -> None:
    ports = {"load_cells": "/dev/ttyUSB0", "press": "/dev/ttyUSB1", "potentiostat": "tcp://h:1"}
    lines = [f"{name}: {{port: {{address: '{at}'}}}}\n" for name, at in ports.items()]
    rig = rig_file(tmp_path, f"twin: null\n{''.join(lines)}")
    found = plan_of(tmp_path, PROFILE, rig)
    assert found.twin is None
    assert [device.address for device in found.devices] == list(ports.values())


def test_a_seed_given_with_the_run_goes_before_the_rigs() -> None:
    found = plan("sodium-assembly-hold", "twin", seed=7)
    assert found.twin is not None
    assert found.twin.seed == 7


def test_instrument_options_are_plain_numbers_for_the_model(tmp_path: Path) -> None:
    rig = rig_file(tmp_path, "press: {options: {heartbeat: 1 s, deadline: 20 ms}}\n")
    load_cells, press, potentiostat = plan_of(tmp_path, PROFILE, rig).devices
    assert load_cells.options["units"] == (1, 2, 3)
    assert load_cells.options["division_n"] == 0.1
    assert press.options["um_per_count"] == 0.05
    assert press.options["heartbeat_ms"] == 1000
    assert press.options["deadline_ms"] == 20.0
    assert potentiostat.options["observe"] is False


def test_a_drive_hears_from_the_tick_before_it_gives_up() -> None:
    found = plan("sodium-assembly-hold", "twin")
    assert found.devices[1].options["heartbeat_ms"] == 3 * found.config.tick_ns / 1e6


def test_the_protocol_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    step = {"step": "constant_current", "current_mA": 1, "until_time_s": 60}
    method = [{"step": "tag", "tag": "cycling"}, step]
    protocol = {"record": {"time_s": 1}, "method": method}
    (tmp_path / "c.json").write_text(json.dumps(protocol, indent=4), encoding="utf-8")
    profile = PROFILE[: PROFILE.index("protocol:")] + f"protocol: c.json\n{UNIDENTIFIED}"
    assert plan_of(tmp_path, profile).config.steps[1].cell_setpoint == 0.001
    step["current_mA"] = 99
    (tmp_path / "c.json").write_text(json.dumps(protocol, indent=4), encoding="utf-8")
    assert complaints(tmp_path, profile) == [
        "c.json:12:13: 99 mA is beyond the limits -20 … 20 mA of rig and safety; lower it"
    ]


def test_loops_whose_counts_would_not_fit_in_a_checkpoint_are_refused(tmp_path: Path) -> None:
    begin = "    - {step: tag, tag: cycling}\n"
    rest = "    - {{step: tag, tag: t{0}}}\n    - {{step: open_circuit_voltage, until_time_s: 1}}\n"
    loop = "    - {{step: loop, loop_to: t{0}, cycle_count: 2}}\n"
    many = PROFILE.replace(begin, begin + "".join((rest + loop).format(n) for n in range(300)))
    (said,) = complaints(tmp_path, many)
    assert said.startswith("p.yaml:12:3: 301 loops and 3 load cells are too many: the state of a ")
    assert said.endswith("and a checkpoint holds 2560; fewer loops would help")
    few = PROFILE.replace(begin, begin + "".join((rest + loop).format(n) for n in range(79)))
    assert complaints(tmp_path, few) == []


def test_safety_narrows_the_limits_and_never_widens_them(tmp_path: Path) -> None:
    safety = (
        "safety: {min_voltage_V: -9, max_voltage_V: 4, max_current_mA: 5, min_current_mA: -90, "
        "delay_s: 9}"
    )
    limits = plan_of(tmp_path, changed("sample: {capacity_mAh: 1.0}", safety)).config.limits
    assert (limits.voltage_min_v, limits.voltage_max_v) == (-5.0, 4.0)
    assert (limits.current_min_a, limits.current_max_a) == (-0.02, 0.005)
    assert limits.voltage_delay_ns == 200_000_000


def test_the_log_is_never_finer_than_a_tick(tmp_path: Path) -> None:
    coarse = plan_of(tmp_path, PROFILE).config
    fine = plan_of(tmp_path, changed("time_s: 1}", "time_s: 0.001}")).config
    assert (coarse.log_ns, fine.log_ns) == (10**9, fine.tick_ns)


OF_THE_CELL = {
    Trip.VOLTAGE,
    Trip.CURRENT,
    Trip.CAPACITY,
    Trip.WRONG_CURRENT,
    Trip.TEMPERATURE,
    Trip.TEMPERATURE_RATE,
}


def test_only_a_fault_of_the_cell_may_leave_the_press_as_it_is(tmp_path: Path) -> None:
    """Every other trip ends with a press that stands still or goes back."""
    for trip in Trip:
        if trip == Trip.NONE:
            continue
        name = trip.name.lower()
        rig = rig_file(tmp_path, f"limits: {{reactions: {{{name}: open_circuit}}}}\n")
        refused = (
            f"r.yaml:2:22: '{name}: open_circuit' would leave the press pressing after a trip; "
            "write 'halt' or 'release', which open the circuit too"
        )
        said = [] if trip in OF_THE_CELL else [refused]
        assert complaints(tmp_path, PROFILE, rig) == said


@pytest.mark.parametrize("action", ["halt", "release"])
def test_over_force_may_be_told_to_halt_or_to_release(tmp_path: Path, action: str) -> None:
    rig = rig_file(tmp_path, f"limits: {{reactions: {{over_force: {action}}}}}\n")
    table = plan_of(tmp_path, PROFILE, rig).config.limits.reactions
    assert Action(table[Trip.OVER_FORCE]) == Action[action.upper()]


def test_a_model_of_one_load_cell_takes_one_unit(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a mt-sics is one load cell, and 3 units are written"):
        plan_of(tmp_path, PROFILE, rig_file(tmp_path, "load_cells: {model: mt-sics}\n"))


def test_readings_that_come_too_seldom_for_the_trip_are_refused(tmp_path: Path) -> None:
    slow = "potentiostat: {options: {nplc: 10}}\n"
    said = "takes 200 ms with these options, and readings older than 300 ms trip: .* 150 ms at most"
    with pytest.raises(ConfigError, match=said):
        plan_of(tmp_path, PROFILE, rig_file(tmp_path, slow))
    found = plan_of(tmp_path, PROFILE, rig_file(tmp_path, "tick: 200 ms\n" + slow))
    assert found.devices[2].options["nplc"] == 10.0


def test_a_rate_outside_what_a_tick_may_be_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--rate: 0.02 ticks a second is one each 50 s"):
        plan("sodium-assembly-hold", "twin", rate_hz=0.02)


def test_the_slowest_tick_that_is_allowed_runs_on_the_shipped_rig() -> None:
    found = plan("sodium-assembly-hold", "twin", rate_hz=1.0 / TICK_S[1])
    assert found.devices[1].options["heartbeat_ms"] == 60_000


def test_a_symmetric_cell_rests_at_zero_and_may_work_on_both_sides(tmp_path: Path) -> None:
    found = plan_of(tmp_path, SYMMETRIC)
    assert found.twin is not None
    assert set(found.twin.electrochemistry.ocv_v) == {0.0}
    limits = found.config.limits
    assert (limits.voltage_min_v, limits.voltage_max_v) == (-0.5, 0.5)
    full = plan_of(tmp_path, PROFILE).twin
    assert full is not None
    assert full.electrochemistry.ocv_v[0] > 1.0


@pytest.mark.parametrize(("word", "code"), [("halt", 1), ("release", 2), ("keep", -1)])
def test_the_end_is_as_declared(tmp_path: Path, word: str, code: int) -> None:
    config = plan_of(tmp_path, f"at_end: {word}\n{PROFILE}").config
    assert (config.at_end, config.on_stop) == (code, int(Action.HALT))


def test_load_cells_trip_on_raw_counts_at_full_scale() -> None:
    cells = plan("sodium-assembly-hold", "twin").config.load_cells
    assert cells.limit_counts == (40_000,) * 3
    assert cells.newton_per_count == (0.1,) * 3


def test_every_trip_has_the_reaction_of_the_table_unless_the_rig_says_otherwise() -> None:
    table = reactions("halt", {"tilt": "release"})
    assert len(table) == max(Trip) + 1
    named = {trip: Action(table[trip]) for trip in Trip}
    assert named[Trip.OVER_FORCE] == named[Trip.TILT] == Action.RELEASE
    assert named[Trip.VOLTAGE] == named[Trip.CURRENT] == Action.OPEN_CIRCUIT
    assert named[Trip.FORCE_STALE] == named[Trip.NO_RESPONSE] == Action.HALT
    assert Action(reactions("release", {})[Trip.FORCE_STALE]) == Action.RELEASE


@pytest.mark.parametrize(
    ("kind", "negative", "positive", "expected"),
    [
        ("metal-anode", "Na", None, 8.86),
        ("metal-anode", "Li", "NMC811", 4.35),
        ("anode-free", "Na", "NVP", 6.66),
        ("symmetric", "Na", "Na", 0.0),
        ("composite", "Si", "LCO", 3.6),
        ("composite", None, "Li2S", -2.3),
    ],
)
def test_net_breathing_follows_from_kind_and_electrodes(
    kind: str, negative: str | None, positive: str | None, expected: float
) -> None:
    assert net_um_per_mah_cm2(kind, material(negative), material(positive)) == pytest.approx(
        expected
    )


def test_a_metal_that_breathes_at_the_positive_side_is_no_full_cell() -> None:
    with pytest.raises(CellError, match="Na is a negative electrode"):
        net_um_per_mah_cm2("composite", None, MATERIALS["Na"])


def test_every_material_says_its_mark() -> None:
    assert {one.mark for one in MATERIALS.values()} <= {"S", "C", "A", "B"}


def test_breathing_is_known_in_pressure_per_charge() -> None:
    """8.86 µm per mAh/cm² on 10 N/µm: 1.13 MPa per mAh/cm², as published fixed gaps swing."""
    config = plan("sodium-assembly-hold", "twin").config
    charge_c = 3.6 * config.area_mm2 / 100.0
    mpa_per_um = config.nominal.stiffness_n_per_um / config.area_mm2
    assert config.nominal.breathing_um_per_c * charge_c * mpa_per_um == pytest.approx(
        1.13, rel=0.01
    )


@pytest.mark.parametrize("tick_s", [0.001, 0.01, 0.1, 0.2, 2.0])
def test_the_window_is_about_half_a_second_and_at_least_a_tick(tick_s: float) -> None:
    nominal = plan("sodium-assembly-hold", "twin").config.nominal
    control = tuning.control(nominal, 78.54, tick_s, 1e-3, 0.02)
    assert control.window_s == pytest.approx(max(0.5, tick_s), abs=0.1)
    assert control.drift_decay == math.exp(-control.window_s / 600.0)
    assert control.tick_s == tick_s
    assert control.lag_spread_s == pytest.approx(12.0)


def test_noise_adds_up_over_load_cells() -> None:
    one = tuning.noise_mpa((4000.0,), (0.1,), 10e-6, 78.54)
    assert one == pytest.approx(math.hypot(0.04, 0.1 / math.sqrt(12.0)) / 78.54)
    four = tuning.noise_mpa((4000.0,) * 4, (0.1,) * 4, 10e-6, 78.54)
    assert four == pytest.approx(2.0 * one)


def test_estimates_count_every_pass(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE)
    identify, press, current, _, _ = found.estimates.rows
    assert (identify.times, identify.usual) == (1, 1)
    assert (press.times, current.times, current.likely_s) == (2, 2, 60.0)
    once_s = identification_s(found.config, found.estimates.rows)
    assert once_s == identify.likely_s
    assert found.estimates.likely_s == pytest.approx(2 * (press.likely_s + 60.0) + once_s)
    assert found.estimates.peak_n == pytest.approx(1178.1, abs=0.1)
    assert found.estimates.disk_bytes > estimate.FIXED_BYTES


def test_what_only_a_voltage_ends_has_no_upper_bound_and_says_so(tmp_path: Path) -> None:
    found = plan_of(tmp_path, changed("until_time_s: 60", "until_voltage_V: 4"))
    assert math.isinf(found.estimates.most_s)
    assert found.estimates.rows[2].likely_s == pytest.approx(3600.0)
    assert any("no upper bound" in text for text in found.warnings)


def test_an_open_sodium_film_above_its_limit_is_warned_of(tmp_path: Path) -> None:
    text = changed("15 MPa", "70 MPa").replace("metal-anode", "metal-anode\n  confinement: open")
    assert any("extrudes" in warning for warning in plan_of(tmp_path, text).warnings)


def test_the_texts_for_the_record_are_whole(tmp_path: Path) -> None:
    found = plan("sodium-assembly-hold", "twin-real")
    assert found.profile_text.startswith("# Sodium metal")
    again = tmp_path / "again.yaml"
    again.write_text(found.rig_text, encoding="utf-8")
    assert plan("sodium-assembly-hold", str(again)).config == found.config


# -- temperature -----------------------------------------------------------------------------------


def test_a_rig_without_limits_of_temperature_has_those_of_its_load_cells(tmp_path: Path) -> None:
    limits = plan_of(tmp_path, PROFILE).config.limits
    assert (limits.temperature_min_c, limits.temperature_max_c) == (-20.0, 60.0)
    assert limits.temperature_rate_k_per_s == 1.0


def test_limits_of_temperature_are_the_rigs(tmp_path: Path) -> None:
    rig = rig_file(
        tmp_path, "limits: {temperature: [283.15 K, 212 degF], temperature_rate: 6 degC/min}\n"
    )
    limits = plan_of(tmp_path, PROFILE, rig).config.limits
    assert (limits.temperature_min_c, limits.temperature_max_c) == (10.0, 100.0)
    assert limits.temperature_rate_k_per_s == 0.1


def test_limits_of_temperature_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    rig = rig_file(tmp_path, "limits: {temperature: [60 degC, -20 degC]}\n")
    (said,) = complaints(tmp_path, PROFILE, rig)
    assert said.endswith("temperature: write the lower limit first")


def test_a_thermometers_scale_is_a_size_and_its_offset_a_point(tmp_path: Path) -> None:
    rig = rig_file(
        tmp_path,
        "press: {options: {temperature_scale: 0.02 degC, temperature_offset: 273.15 K}}\n",
    )
    options = plan_of(tmp_path, PROFILE, rig).devices[1].options
    assert (options["temperature_scale_k"], options["temperature_offset_c"]) == (0.02, 0.0)


def test_a_thermometer_is_read_twice_a_second_at_least(tmp_path: Path) -> None:
    for tick, every in (("10 ms", 10), ("100 ms", 5), ("300 ms", 1), ("20 s", 1)):
        rig = rig_file(tmp_path, f"tick: {tick}\n")
        assert plan_of(tmp_path, PROFILE, rig).devices[1].options["temperature_every"] == every


# -- the potentiostat against its commands ---------------------------------------------------------


def test_a_command_may_be_off_by_what_the_instrument_is(tmp_path: Path) -> None:
    limits = plan_of(tmp_path, PROFILE).config.limits
    assert limits.current_error_share == pytest.approx(0.013)  # 5 times 0.05 % + 21 µA of 10 mA
    assert limits.current_error_a == pytest.approx(11e-9)
    assert limits.wrong_current_ns == 500_000_000
    slow = plan_of(tmp_path, PROFILE, rig_file(tmp_path, "tick: 500 ms\n")).config.limits
    assert slow.wrong_current_ns == 1_000_000_000


def test_where_that_is_not_known_a_reading_at_a_limit_may_be_off_all_the_same(
    tmp_path: Path,
) -> None:
    rig = rig_file(tmp_path, "potentiostat: {mode: observe}\n")
    limits = plan_of(tmp_path, PROFILE, rig).config.limits
    assert (limits.current_error_share, limits.current_error_a) == (0.01, pytest.approx(20e-6))
    assert limits.wrong_current_ns == 0  # it is not compared with what was commanded


def test_a_scan_may_be_behind_by_what_it_moves_while_a_command_takes_effect(
    tmp_path: Path,
) -> None:
    scan = "{step: voltage_scan, start_voltage_V: 1, end_voltage_V: 0.5, scan_rate_mV_per_s: 100}"
    text = changed("{step: constant_current, current_mA: 1, until_time_s: 60}", scan)
    still = plan_of(tmp_path, PROFILE).config.limits.voltage_error_v
    moving = plan_of(tmp_path, text).config.limits.voltage_error_v
    assert moving - still == pytest.approx(0.05)


# -- capacity --------------------------------------------------------------------------------------

BARE = (
    PROFILE.replace("capacity_mAh: 1.0", "")
    .replace("current_mA: 1,", "rate_C: 0.5,")
    .replace("  kind: metal-anode\n", "  kind: metal-anode\n  capacity: 2 mAh\n")
)


def test_the_profile_gives_a_capacity_to_a_protocol_that_says_none(tmp_path: Path) -> None:
    found = plan_of(tmp_path, BARE)
    assert found.capacity_mah == 2.0
    assert found.config.steps[-3].cell_setpoint == pytest.approx(1e-3)


def test_a_capacity_of_unit_area_is_the_cells_own(tmp_path: Path) -> None:
    text = BARE.replace("capacity: 2 mAh", "capacity: 1 mAh/cm**2")
    assert plan_of(tmp_path, text).capacity_mah == pytest.approx(0.785398)


def test_two_capacities_are_refused_unless_they_are_the_same(tmp_path: Path) -> None:
    text = PROFILE.replace("  kind: metal-anode\n", "  kind: metal-anode\n  capacity: 2 mAh\n")
    (said,) = complaints(tmp_path, text)
    assert said.endswith("the protocol's capacity_mAh is 1, and this is 2 mAh; keep one of them")
    assert complaints(tmp_path, text.replace("2 mAh", "1 mAh")) == []


def test_what_aurora_unicycler_warns_of_is_a_warning_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*args: object, **named: object) -> object:
        if args[0] is CyclingProtocol:
            warnings.warn("capacity will be needed", DeprecationWarning, stacklevel=1)
        return built(*args, **named)

    built: Callable[..., object] = protocol.model.build
    monkeypatch.setattr(protocol.model, "build", build)
    found = plan_of(tmp_path, PROFILE)
    assert "aurora-unicycler: capacity will be needed" in found.warnings
