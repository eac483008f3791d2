from pathlib import Path

from fixture.runtime import identities
from instruments.protocols import Identity


def test_identities_are_read_back_and_a_new_start_replaces_them(tmp_path: Path):
    first = {"press": Identity("TMCM-1140", "", "1.46")}
    identities.write(tmp_path, first)
    assert identities.read(tmp_path) == first
    second = {"press": Identity("TMCM-1140", "", "1.47")}
    identities.write(tmp_path, second)
    assert identities.read(tmp_path) == second


def test_where_there_are_none_or_they_are_damaged_nothing_is_known(tmp_path: Path):
    assert identities.read(tmp_path) == {}
    for text in ("{", '{"press": {"modell": "x"}}', "[]"):
        (tmp_path / identities.FILE).write_text(text)
        assert identities.read(tmp_path) == {}
