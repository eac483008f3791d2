"""`serial` under the port of an instrument: the number that it must say."""

from pathlib import Path

import pytest

from fixture.cli.emulate_rig import rig_file
from fixture.config.resolve import RunPlan, plan, rehearsal
from fixture.config.yaml.errors import ConfigError

RIG = """\
name: mine
extends: {base}
load_cells: {{port: {{serial: {serial}}}}}
"""
ANY = {"load_cells": "tcp://127.0.0.1:1", "press": "/dev/pts/1"}


def planned(folder: Path, serial: str, base: str = "bench") -> RunPlan:
    path = folder / "mine.yaml"
    path.write_text(RIG.format(serial=serial, base=base), encoding="utf-8")
    return plan("manual", str(path))


@pytest.mark.parametrize(
    ("written", "is_"), [("20101", "20101"), ('"04096331"', "04096331"), ("null", "")]
)
def test_a_number_or_a_text_is_the_number_of_that_instrument(
    tmp_path: Path, written: str, is_: str
) -> None:
    assert [one.serial for one in planned(tmp_path, written).devices] == [is_, "", ""]


def test_an_emulated_instrument_says_what_it_says(tmp_path: Path) -> None:
    assert planned(tmp_path, "20101", "twin").devices[0].serial == ""


@pytest.mark.parametrize("written", ["1.5", "true", "[1]", '""'])
def test_what_is_no_number_is_refused_at_its_place(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml:3:21"):
        planned(tmp_path, written)


def test_the_meters_have_one_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nextends: bench-screw-t7\nthermometer: {port: {serial: 470012345}}\n",
        encoding="utf-8",
    )
    found = {one.port: one.serial for one in plan("manual", str(path)).meters}
    assert found == {"gauge": "", "thermometer": "470012345"}


def test_a_rehearsal_is_with_any(tmp_path: Path) -> None:
    planned(tmp_path, "20101")
    text = rig_file(rehearsal("manual", str(tmp_path / "mine.yaml")), ANY)
    assert 'load_cells: {port: {address: "tcp://127.0.0.1:1", serial: null}}' in text
    assert 'press: {port: {address: "/dev/pts/1"}}' in text
