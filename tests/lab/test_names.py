"""Names become tokens of subjects that differ, and come back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.lab.errors import LabError
from fixture.lab.names import Lab, lab_name, machine_name, name_of, of_key, of_subject, token

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
TOKEN = re.compile(r"[A-Za-z0-9_=-]+")


@given(NAMES)
def test_any_name_is_one_token_and_comes_back(name: str) -> None:
    assert TOKEN.fullmatch(token(name))
    assert name_of(token(name)) == name


@given(NAMES, NAMES)
def test_different_names_are_different_tokens(one: str, other: str) -> None:
    assert (token(one) == token(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cell-7", "cell-7"), ("a.b", "a=2Eb"), ("a=2Eb", "a=3D2Eb"), ("*", "=2A"), (">", "=3E")],
)
def test_what_means_something_in_a_subject_is_escaped(name: str, expected: str) -> None:
    assert token(name) == expected


@given(NAMES, NAMES)
def test_a_subject_and_a_key_tell_machine_and_run(machine: str, run: str) -> None:
    lab = Lab("lab")
    assert of_subject(lab.rows(machine, run)) == (machine, run)
    assert of_subject(lab.events(machine, run)) == (machine, run)
    assert of_key(lab.key(machine, run)) == (machine, run)


def test_the_subjects_are_those_that_are_documented() -> None:
    lab = Lab("lab2")
    assert lab.rows("press-1", "cell-7") == "isostack.lab2.press-1.cell-7.row"
    assert lab.events("press-1", "cell-7") == "isostack.lab2.press-1.cell-7.event"


@pytest.mark.parametrize("text", ["", "a.b", "a b", "-a", "a" * 33, "a\n", "a*"])
def test_a_laboratory_is_not_called_so(text: str) -> None:
    with pytest.raises(LabError, match="--lab"):
        lab_name(text)


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "\x1b[2J", "ü" * 33])
def test_a_machine_is_not_called_so(text: str) -> None:
    with pytest.raises(LabError, match="--machine"):
        machine_name(text)
