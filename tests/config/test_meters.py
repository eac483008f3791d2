"""`thermometer:` and `gauge:` of a rig: what they take, and what is refused at its place."""

from pathlib import Path

import pytest

from fixture.cli.check import report
from fixture.config.resolve import RunPlan, plan, rehearsal
from fixture.config.yaml.errors import ConfigError
from tests import metered


def planned(folder: Path, text: str = metered.RIG) -> RunPlan:
    return plan("manual", metered.rig(folder, text))


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        planned(folder, text)
    return str(error.value)


def test_any_model_of_load_cells_is_a_meter(tmp_path: Path) -> None:
    thermometer, gauge = planned(tmp_path).meters
    assert (thermometer.port, thermometer.model, thermometer.per_count) == (
        "thermometer", "scpi", 0.01,
    )  # fmt: skip
    assert (gauge.port, gauge.model) == ("gauge", "ascii-stream")
    assert (gauge.per_count, gauge.at_zero) == (0.1, 100.0)
    assert gauge.options["units"] == (1,)


def test_check_says_what_they_do_in_silence_and_that_there_is_a_thermometer(
    tmp_path: Path,
) -> None:
    told = report(planned(tmp_path))
    assert told["host_silent"]["gauge"] == "nothing: they only print"
    assert told["limits"]["thermometer"]


def test_a_gauge_on_the_box_of_the_load_cells_shares_its_port(tmp_path: Path) -> None:
    text = """\
name: box
extends: twin-air-t7
gauge:
  model: labjack-t7
  port: {address: "emulated:t7"}
  unit: 5
  division: 0.1 um
  full_scale: 2 mm
"""
    box = plan("manual", metered.rig(tmp_path, text)).devices[0].address
    (gauge,) = planned(tmp_path, text.replace("emulated:t7", box)).meters
    assert gauge.options["units"] == (5,)
    taken = text.replace("emulated:t7", box).replace("unit: 5", "unit: 0")
    assert "both have AIN0 of the box" in refused(tmp_path, taken)


def test_two_thermometers_are_refused(tmp_path: Path) -> None:
    text = metered.RIG.replace("press: {options: {temperature_port: null}}\n", "")
    assert "a thermometer is wired to the press's drive too" in refused(tmp_path, text)


def test_a_count_of_nothing_is_refused(tmp_path: Path) -> None:
    text = metered.RIG.replace("division: 0.1 um", "division: 0 um")
    assert "metered.yaml:7:" in refused(tmp_path, text)


def test_a_value_that_its_lines_do_not_have_is_refused(tmp_path: Path) -> None:
    text = metered.RIG.replace("division: 0.1 um", "division: 0.1 um\n  unit: 2")
    assert "gives 1 of the values" in refused(tmp_path, text)


def test_a_press_is_no_meter(tmp_path: Path) -> None:
    text = metered.RIG.replace("model: lvdt.yaml", "model: trinamic-tmcl")
    assert "no model 'trinamic-tmcl'" in refused(tmp_path, text)


def test_it_is_rehearsed_with_the_rig(tmp_path: Path) -> None:
    found = rehearsal("manual", metered.rig(tmp_path))
    assert [one.port for one in found.meters] == ["thermometer", "gauge"]


def test_a_thermocouple_is_no_load_cell_and_no_gauge(tmp_path: Path) -> None:
    (thermocouple,) = planned(tmp_path, metered.THERMOCOUPLE).meters
    assert thermocouple.options["units"] == (6,)
    text = metered.THERMOCOUPLE.replace("thermometer:", "gauge:").replace("0.01 K", "0.1 um")
    assert "is for the thermometer of a rig, not for its gauge" in refused(tmp_path, text)
    text = "name: x\nextends: twin\nload_cells: {model: labjack-t7-thermocouple}\n"
    assert "metered.yaml:3:" in refused(tmp_path, text)


def test_a_thermocouple_has_its_type_and_its_inputs(tmp_path: Path) -> None:
    text = metered.THERMOCOUPLE.replace("type: K, ", "")
    assert "'type' is missing" in refused(tmp_path, text)
    text = metered.THERMOCOUPLE.replace("cold_input: 9", "cold_input: 7")
    assert "'cold_input': AIN7 is the thermocouple's" in refused(tmp_path, text)
    text = metered.THERMOCOUPLE.replace("cold_input: 9", "cold_input: 3")
    assert "both have AIN3 of the box" in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("type: K", "type: k", "metered.yaml:8:13: 'type' takes one of B, C, E, J, K, N, R, S, T"),
        ("type: K", "type: K, range: 5 V", "metered.yaml:8:22: 'range': a T7 has 10, 1, 0.1, 0"),
        ("unit: 6", "unit: 5", "'differential': input 5 cannot be differential"),
        ("0.01 K", "0.01 N", "0.01 N is a force, not a temperature difference"),
    ],
)
def test_a_wrong_option_is_named_at_its_key(tmp_path: Path, was: str, now: str, says: str) -> None:
    assert says in refused(tmp_path, metered.THERMOCOUPLE.replace(was, now))
