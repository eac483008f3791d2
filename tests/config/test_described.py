"""A rig names an instrument that a file describes; mistakes in that file stand at their place."""

from pathlib import Path

import pytest

from fixture.config import described
from fixture.config.instrument import named
from fixture.config.resolve import RunPlan, plan
from fixture.config.yaml.errors import ConfigError
from instruments.options import OptionsError
from isostack.testing import conformance

STREAM = """wire: ascii-stream
for: load_cells
line: "{value1};{value2};{value3}"
example: "1;2;3"
rate: 20 Hz
"""
PRESS = """name: vise
wire: scpi
for: press
when_silent: goes on to its end
move: {say: "MOVE {value}", reply: OK}
stop: {say: STOP, reply: OK}
position: {say: "POS?", reply: "{value}"}
moving: {say: "MOV?", reply: "{value}"}
"""


def planned(folder: Path, rig: str, **files: str) -> RunPlan:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = folder / "rig.yaml"
    path.write_text(f"name: mine\nextends: twin\n{rig}", encoding="utf-8")
    return plan("manual", str(path))


SHIPPED = [name for kind in described.KINDS for name in described.names(kind)]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_keeps_the_rules_for_drivers(name: str) -> None:
    row, options = named(name, {"um_per_count": 0.05})
    scale = {"division_n": 0.1, "full_scale_n": 1000.0} if row.kind == "load_cells" else {}
    report = conformance(row, options | scale, budget_ms=50.0)
    assert report.passed, report


def test_a_file_beside_the_rig_becomes_the_model_of_its_wire(tmp_path: Path) -> None:
    found = planned(tmp_path, "load_cells: {model: mine.yaml}", mine=STREAM)
    cells, _, _ = found.devices
    assert cells.model == "ascii-stream"
    assert cells.options["name"] == "mine"
    assert cells.options["rate_hz"] == 20.0
    assert cells.options["units"] == (1, 2, 3)


def test_the_record_has_the_description_in_its_rig(tmp_path: Path) -> None:
    found = planned(tmp_path, "load_cells: {model: mine.yaml}", mine=STREAM)
    assert "{value1};{value2};{value3}" in found.rig_text
    assert "model: ascii-stream" in found.rig_text


def test_what_the_rig_says_goes_before(tmp_path: Path) -> None:
    rig = "load_cells: {model: mine.yaml, options: {rate: 10 Hz, latency: 50 ms}}"
    cells, _, _ = planned(tmp_path, rig, mine=STREAM).devices
    assert (cells.options["rate_hz"], cells.options["latency_ms"]) == (10.0, 50.0)


def test_a_press_takes_its_step_from_the_rig(tmp_path: Path) -> None:
    _, press, _ = planned(tmp_path, "press: {model: vise.yaml}", vise=PRESS).devices
    assert (press.model, press.options["um_per_count"]) == ("scpi", 0.05)
    assert press.options["move"] == {"say": "MOVE {value}", "reply": "OK"}


def test_a_description_beside_a_base_rig_is_found_from_elsewhere(tmp_path: Path) -> None:
    below = tmp_path / "lab"
    below.mkdir()
    planned(below, "load_cells: {model: mine.yaml}", mine=STREAM)
    (tmp_path / "top.yaml").write_text("name: top\nextends: lab/rig.yaml\n", encoding="utf-8")
    found = plan("manual", str(tmp_path / "top.yaml"))
    assert found.devices[0].options["name"] == "mine"


def test_another_model_does_not_take_the_options_of_the_rig_that_is_extended(
    tmp_path: Path,
) -> None:
    found = planned(tmp_path, "load_cells: {model: hx711-three}")
    assert "deadline_ms" not in found.devices[0].options  # what `twin` says of its Laumas


def test_one_description_extends_another(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: hx711-ascii\nrate: 10 Hz\n", encoding="utf-8")
    row, options = named(str(tmp_path / "mine.yaml"))
    assert (row.name, options["rate_hz"], options["latency_ms"]) == ("ascii-stream", 10.0, 25.0)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        (
            "example: ",
            'example: "1,2,3"  #',
            "mine.yaml:3:1: 'line': .* does not match the example",
        ),
        ("rate: 20 Hz", "rate: 20 s", "mine.yaml:5:1: 20 s is a time, not a quantity in Hz"),
        ("rate: 20 Hz", "rat: 20 Hz", "mine.yaml:5:1: unknown key 'rat'; did you mean 'rate'"),
        ("rate: 20 Hz", "", "mine.yaml.*'rate' is missing"),
        ("ascii-stream", "ascii-strem", "mine.yaml:1:1: no wire 'ascii-strem'; did you mean 'asc"),
        ("for: load_cells", "", "mine.yaml:1:1: 'for' is missing"),
        ("for: load_cells", "for: press", "rig.yaml:3:14: mine.yaml describes press, not load c"),
        (";{value3}", "", "mine.yaml:3:1: 'line': .* does not match the example"),
        ("{value3}", "{val3}", "mine.yaml:3:1: 'line': .* no field {val3}"),
    ],
)
def test_a_mistake_in_a_description_stands_at_its_place(
    tmp_path: Path, was: str, now: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        planned(tmp_path, "load_cells: {model: mine.yaml}", mine=STREAM.replace(was, now))


def test_a_mistake_within_a_list_stands_at_its_place(tmp_path: Path) -> None:
    text = "wire: modbus-map\nfor: load_cells\nread:\n- {register: 1}\n- {regster: 2}\n"
    with pytest.raises(ConfigError, match=r"mine.yaml:5:4: unknown key 'regster'; did you mean"):
        planned(tmp_path, "load_cells: {model: mine.yaml}", mine=text)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("hx711-asci", "rig.yaml:3:14: no model 'hx711-asci'; did you mean 'hx711-ascii'"),
        ("gone.yaml", "rig.yaml:3:14: .*gone.yaml: cannot be read: No such file"),
        ("ascii-stream", "rig.yaml:3:1: 'line' is missing"),
    ],
)
def test_a_wrong_model_of_a_rig_stands_at_its_place(tmp_path: Path, model: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        planned(tmp_path, f"load_cells: {{model: {model}}}")


def test_a_name_that_is_nothing_is_answered_with_what_is_near() -> None:
    with pytest.raises(OptionsError, match=r"'laumas-tbl'; did you mean 'laumas-tlb'\?"):
        named("laumas-tbl")
    with pytest.raises(OptionsError, match=r"'hx711-asci'; did you mean 'hx711-ascii'\?"):
        named("hx711-asci")


LIBRARY_RIG = """name: mine
extends: bench
press:
  model: adapter
  port: {address: "adapter:here"}
  options:
    driver: "tests.instruments.stand_in:Instrument"
    move: ["position = {value}"]
    stop: [halt]
    position: position
    moving: busy
"""


def test_what_a_press_of_a_library_does_alone_is_said_by_a_person(tmp_path: Path) -> None:
    """The rig's safe state says nothing of it."""
    (tmp_path / "rig.yaml").write_text(LIBRARY_RIG, encoding="utf-8")
    with pytest.raises(ConfigError, match="'when_silent' is missing"):
        plan("manual", str(tmp_path / "rig.yaml"))
    said = f"{LIBRARY_RIG}    when_silent: goes on\n"
    (tmp_path / "rig.yaml").write_text(said, encoding="utf-8")
    _, press, _ = plan("manual", str(tmp_path / "rig.yaml")).devices
    assert press.options["when_silent"] == "goes on"


LIBRARY_CELL = """name: mine
extends: bench
tick: 500 ms
potentiostat:
  model: adapter
  port: {address: "adapter:here"}
  options:
    driver: "tests.instruments.stand_in:Instrument"
    as_current: {act: ["level = {value}"], voltage: volts, current: amperes}
    as_voltage: {act: ["level = {value}"], voltage: volts, current: amperes}
    at_rest: {act: [halt]}
    "off": [halt]
    "on": busy
    when_silent: goes on
"""


def test_seldom_readings_of_a_library_trip_as_silence_before_one_of_them_is_wrong(
    tmp_path: Path,
) -> None:
    """A call that took long may say what was before the command, and the next one comes late."""
    (tmp_path / "rig.yaml").write_text(LIBRARY_CELL, encoding="utf-8")
    limits = plan("manual", str(tmp_path / "rig.yaml")).config.limits
    assert limits.wrong_current_ns >= 1000 * limits.stale_cell_us
