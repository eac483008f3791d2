"""Mistakes of another kind: the wrong kind of file, a shared port, and what libraries say."""

import inspect
import re
from pathlib import Path

import pytest
from aurora_unicycler import CyclingProtocol

from fixture.config.resolve import plan
from fixture.config.yaml import library_texts
from fixture.config.yaml.errors import ConfigError
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


@pytest.mark.parametrize("sentence", sorted(library_texts.OF_PYDANTIC.values()))
def test_a_sentence_for_a_library_names_the_key(sentence: str) -> None:
    assert "{key}" in sentence


def test_every_message_of_the_protocol_library_has_words_of_ours() -> None:
    source = Path(inspect.getfile(CyclingProtocol)).with_name("_core.py").read_text("utf-8")
    messages = re.findall(r'msg = f?"([^"]+)"', source)
    passed_on = [text for text in messages if "aurora" in library_texts.of_aurora(text, "x")]
    assert len(messages) >= 12
    assert passed_on == []
