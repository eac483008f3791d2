"""A key with the name that it had in an earlier version is refused, and the new name is given."""

from pathlib import Path

import pytest

from fixture.config.find import RIGS, find
from fixture.config.yaml.renamed_keys import REMOVED_KEYS, RENAMED_KEYS, unknown_key
from tests.config.cases import PROFILE, complaints, rig_file


@pytest.mark.parametrize(("old", "new"), RENAMED_KEYS.items())
def test_an_old_key_is_said_with_its_new_name_only_where_that_is_a_key(old: str, new: str) -> None:
    assert unknown_key(old, ["tick", new]) == f"'{old}' is now called '{new}'; rename it here"
    assert unknown_key(old, ["tick"]).startswith(f"unknown key '{old}'")


CONTROL_LINE = len(PROFILE.splitlines()) + 2


def test_an_old_key_of_a_profile_is_refused_at_its_place(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, PROFILE + "control:\n  commissioning: false\n")
    renamed = "'commissioning' is now called 'identification'; rename it here"
    assert said == f"p.yaml:{CONTROL_LINE}:3: {renamed}"


@pytest.mark.parametrize("old", REMOVED_KEYS)
def test_a_key_that_was_removed_is_refused_at_its_place(tmp_path: Path, old: str) -> None:
    (said,) = complaints(tmp_path, PROFILE + f"control:\n  {old}: false\n")
    assert said.startswith(f"p.yaml:{CONTROL_LINE}:3: '{old}' was removed: ")


@pytest.mark.parametrize(
    ("section", "old", "value"),
    [("nominal", "slip", "0.5 um"), ("nominal", "reversal", "1 um")],
)
def test_an_old_key_of_a_rig_is_refused_at_its_place(
    tmp_path: Path, section: str, old: str, value: str
) -> None:
    rig = rig_file(tmp_path, f"{section}:\n  {old}: {value}\n")
    (said,) = complaints(tmp_path, PROFILE, rig)
    assert said == f"r.yaml:3:3: '{old}' is now called '{RENAMED_KEYS[old]}'; rename it here"


def test_a_key_that_stands_under_its_old_name_is_not_missing_too(tmp_path: Path) -> None:
    whole = find(RIGS, "twin").document.text.replace("  stick_band: ", "  slip: ")
    (tmp_path / "r.yaml").write_text(whole, encoding="utf-8")
    (said,) = complaints(tmp_path, PROFILE, str(tmp_path / "r.yaml"))
    assert said.endswith("'slip' is now called 'stick_band'; rename it here")
