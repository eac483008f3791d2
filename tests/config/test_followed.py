"""A rig that only follows its cell: what the core is given, and what is refused."""

from pathlib import Path

import pytest

from fixture.config.followed import NEVER_US
from fixture.config.resolve import plan
from fixture.config.yaml.errors import ConfigError
from fixture.core.config import Config, Followed


def compiled(folder: Path, text: str, profile: str = "followed-hold") -> Config:
    """The configuration of a profile on a rig that is written as `text`."""
    rig = folder / "rig.yaml"
    rig.write_text(f"name: rig\n{text}", encoding="utf-8")
    return plan(profile, str(rig)).config


def test_silence_does_not_trip_and_a_current_that_is_too_old_is_not_known(tmp_path: Path):
    found = compiled(tmp_path, "extends: twin-follow\n")
    assert found.observe
    assert found.limits.stale_cell_us == NEVER_US
    assert found.followed == Followed(on=True, lost_us=30_000_000, rest_a=40e-6)


def test_a_rig_may_say_when_silence_trips_and_what_is_a_rest(tmp_path: Path):
    found = compiled(
        tmp_path,
        "extends: twin-follow\n"
        "potentiostat: {options: {stopped_after: 2 min, rest_current: 5 uA}}\n"
        "limits: {stale_cell: 10 min}\n",
    )
    assert found.limits.stale_cell_us == 600_000_000
    assert (found.followed.lost_us, found.followed.rest_a) == (120_000_000, pytest.approx(5e-6))


def test_an_instrument_that_is_only_read_trips_on_silence_as_any_other(tmp_path: Path):
    found = compiled(tmp_path, "extends: twin\npotentiostat: {mode: observe}\n")
    assert found.followed.on
    assert found.followed.lost_us == found.limits.stale_cell_us == found.limits.stale_force_us


def test_a_cell_that_is_commanded_is_not_followed(tmp_path: Path):
    assert compiled(tmp_path, "extends: twin\n").followed == Followed()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extends: twin-follow\npotentiostat: {mode: command}\n", "write 'mode: observe'"),
        ("extends: twin\nlimits: {stale_cell: 10 min}\n", "stale_cell is for a potentiostat with"),
        ("extends: twin-follow\npotentiostat: {options: {form: exel}}\n", "form"),
        ("extends: twin-follow\nlimits: {stale_cell: 10}\n", "10 has no unit"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(tmp_path: Path, text: str, says: str):
    with pytest.raises(ConfigError, match=says) as raised:
        compiled(tmp_path, text)
    assert "rig.yaml:" in str(raised.value)


def test_a_protocol_on_a_rig_that_only_follows_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="only observes its potentiostat"):
        compiled(tmp_path, "extends: twin-follow\n", "sodium-assembly-hold")
