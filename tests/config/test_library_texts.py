"""Mistakes of another kind: the wrong kind of file, a shared port, and what libraries say."""

import inspect
import re
from pathlib import Path

import pytest
from aurora_unicycler import CyclingProtocol

from fixture.config.resolve import plan
from fixture.config.yaml import library_texts
from fixture.config.yaml.errors import ConfigError
from tests import made_trace
from tests.config.cases import PROFILE


def test_a_rig_given_as_a_profile_is_one_mistake_and_the_other_way_round(tmp_path: Path) -> None:
    rig, profile = tmp_path / "r.yaml", tmp_path / "p.yaml"
    rig.write_text("name: r\npress: {step: 1 um}\n", encoding="utf-8")
    profile.write_text(PROFILE, encoding="utf-8")
    with pytest.raises(ConfigError, match="this is a rig, not a profile; it is given as --rig"):
        plan(str(rig))
    with pytest.raises(ConfigError, match="this is a profile, not a rig; it is given as isostack"):
        plan(str(profile), str(profile))


def test_two_instruments_on_one_port_are_refused(tmp_path: Path) -> None:
    port = "port: {address: '/dev/ttyUSB9?baud=115200'}"
    lines = f"load_cells: {{{port}}}\npress: {{{port}}}\npotentiostat: {{port: {{address: x}}}}\n"
    rig = tmp_path / "r.yaml"
    rig.write_text(f"name: r\nextends: twin\n{lines}twin: null\n".replace("address: x",
                   "address: 'tcp://h:1'"), encoding="utf-8")  # fmt: skip
    with pytest.raises(ConfigError, match="load cells and press are both at /dev/ttyUSB9, and a"):
        plan("manual", str(rig))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("press: {options: {monitor: 2}}", "load cells and press both have AIN2 of the box"),
        ("load_cells: {options: {force_output: 0}}", "load cells and press both have DAC0"),
        (
            "potentiostat: {options: {voltage_input: 3}}",
            "press and potentiostat both have AIN3 of the box at emulated:t7; wire one of them",
        ),
    ],
)
def test_two_devices_of_a_box_have_terminals_of_their_own(
    lines: str, says: str, tmp_path: Path
) -> None:
    rig, trace = tmp_path / "r.yaml", made_trace.write(tmp_path / "t.csv", 1, 200.0)
    rig.write_text(f"name: r\nextends: twin-air-t7-follow\n{lines}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        plan("manual", str(rig), trace)


@pytest.mark.parametrize("sentence", sorted(library_texts.OF_PYDANTIC.values()))
def test_a_sentence_for_a_library_names_the_key(sentence: str) -> None:
    assert "{key}" in sentence


def test_every_message_of_the_protocol_library_has_words_of_ours() -> None:
    source = Path(inspect.getfile(CyclingProtocol)).with_name("_core.py").read_text("utf-8")
    messages = re.findall(r'msg = f?"([^"]+)"', source)
    passed_on = [text for text in messages if "aurora" in library_texts.of_aurora(text, "x")]
    assert len(messages) >= 12
    assert passed_on == []
