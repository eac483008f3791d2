import math

import pytest

from instruments.codecs.methodscript import literal, package, refusal
from instruments.protocols import BadReply


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"), (1.0, "1"), (-5e-3, "-5m"), (785e-6, "785u"), (4.4, "4400m"),
        (0.1, "100m"), (-1.2345678e-3, "-1234567800p"), (12.0, "12"), (3600.0, "3600"),
        (1e-12, "1p"), (5850535.0, "5850535"),
    ],
)  # fmt: skip
def test_a_literal_is_a_whole_number_with_a_prefix(value: float, written: str):
    assert literal(value) == written


def test_a_package_is_read_by_what_its_values_are():
    found = package("PebDF5E100n;ab8387908u,10,201;ba80F4240n,12")
    assert found["eb"].value == pytest.approx(0.1)
    assert found["ab"].value == pytest.approx(3.701)
    assert found["ab"].status == 0
    assert found["ba"].value == pytest.approx(1e-3)
    assert found["ba"].status == 2


def test_what_the_device_does_not_know_is_no_number():
    value, status = package("Pab     nan")["ab"]
    assert math.isnan(value)
    assert status == 0


@pytest.mark.parametrize(
    "line",
    [
        "",
        "M000A",
        "Pab8387908",
        "Pab8387908q",
        "PabG387908u",
        "Pab8387908u,1g",
        "Pab_387908u",
        "P",
        "Pdc8989680m;cc8030D40 ;cd80F4240u,1Pdc8989680m,10",  # one half, and another whole
        "Pdc8989680m;cc8030D40 ,12,Pdc8989680m;cc8030D41 ;cd80F4240u",
        "Pab8387908u,10,2P1",
        "Pab8387908u;ab8387908u",
    ],
)
def test_a_damaged_package_is_no_number(line: str):
    with pytest.raises(BadReply):
        package(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("e!4001: Line 3, Col 5", "error 4001: see appendix A"),
        ("!0032: Line 9", "critical overload of the cell"),
        ("Z!0006", "another script runs, or none"),
    ],
)
def test_an_error_is_told_with_its_code_and_place(line: str, says: str):
    error = refusal(line)
    assert error is not None
    assert says in str(error)
    assert line in str(error)


@pytest.mark.parametrize("line", ["e", "", "Pab8387908u", "Thello world!", "*"])
def test_other_lines_are_no_error(line: str):
    assert refusal(line) is None
