"""Quantities with units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.config.yaml import units
from fixture.config.yaml.units import QuantityError


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (units.PRESSURE, "74 MPa", 74.0),
        (units.PRESSURE, "150 bar", 15.0),
        (units.PRESSURE, "50 mPa", 5e-8),
        (units.LENGTH, "10 mm", 10_000.0),
        (units.LENGTH, "-200 µm", -200.0),
        (units.STIFFNESS, "10 kN/mm", 10.0),
        (units.CURRENT, "0.785 mA", 0.000785),
        (units.TIME, "10 min", 600.0),
        (units.RATIO, "0.5 %", 0.005),
        (units.RATIO, "20 ppm", 2e-5),
        (units.AREA, "0.7854 cm²", 78.54),
        (units.TEMPERATURE, "296.15 K", 23.0),
        (units.TEMPERATURE, "73.4 degF", 23.0),
        (units.TEMPERATURE_RATE, "1 degC/s", 1.0),
        (units.TEMPERATURE_RATE, "108 degF/min", 1.0),
        (units.RESISTANCE, "50 \u2126", 50.0),
        (units.RESISTANCE, "50 \u03a9", 50.0),
        (units.RESISTANCE, "50 \u33c0", 50_000.0),
        (units.AREA_RESISTANCE, "40 \u2126 cm\u00b2", 40.0),
        (units.LENGTH, "10 \u03bcm", 10.0),
        (units.LENGTH, "10 \u339b", 10.0),
        (units.LENGTH, "\u2212200 um", -200.0),
        (units.TEMPERATURE, "23 \u2103", 23.0),
        (units.TEMPERATURE, "23 \u00baC", 23.0),
    ],
)
def test_a_quantity_is_read_exactly_in_the_unit_of_its_kind(
    kind: units.Kind, text: str, expected: float
) -> None:
    assert units.parse(kind, text) == expected


@pytest.mark.parametrize(
    ("unit", "text", "expected"),
    [
        ("K", "1 degC", 1.0),
        ("K", "1 °C", 1.0),
        ("K", "0.02 K", 0.02),
        ("K", "9 degF", 5.0),
        ("K", "1 celsius", 1.0),
        ("K", "9 fahrenheit", 5.0),
        ("K", "4 degree_Reaumur", 5.0),
        ("K", "1 delta_degC", 1.0),
        ("K", "1 \u2103", 1.0),
        ("um/K", "2.4 um/degC", 2.4),
        ("degC", "296.15 K", 23.0),
        ("degC", "23 degC", 23.0),
    ],
)
def test_a_degree_is_a_size_except_where_a_point_on_a_scale_is_wanted(
    unit: str, text: str, expected: float
) -> None:
    assert units.plain(unit, text) == expected


@pytest.mark.parametrize(
    ("written", "scale", "zero"),
    [("degC", 1.0, 0.0), ("K", 1.0, -273.15), ("degF", 5.0 / 9.0, -160.0 / 9.0)],
)
def test_numbers_of_a_scale_have_a_size_and_a_zero(written: str, scale: float, zero: float) -> None:
    assert units.offset("degC", written) == pytest.approx((scale, zero))


@given(st.floats(min_value=-1e9, max_value=1e9), st.sampled_from(["MPa", "Pa", "bar"]))
def test_every_number_that_can_be_written_comes_back(number: float, unit: str) -> None:
    scale = {"MPa": 1.0, "Pa": 1e-6, "bar": 0.1}[unit]
    assert units.parse(units.PRESSURE, f"{number!r} {unit}") == pytest.approx(number * scale)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("50", "50 has no unit; write '50 MPa' if you mean that"),
        ("50 Mpa", "'50 Mpa': unknown unit 'Mpa'; did you mean MPa?"),
        ("5 kN", "5 kN is a force, not a pressure; write it like '15 MPa'"),
        ("lots", "'lots' is not a pressure; write it like '15 MPa'"),
        ("1e999 MPa", "'1e999 MPa' is too large for a number; write it like '15 MPa'"),
        ("1 MPa*9**9**9", "'1 MPa*9**9**9': unknown unit 'MPa*9**9**9'; write it like '15 MPa'"),
        ("1 N/9**9", "'1 N/9**9': unknown unit 'N/9**9'; write it like '15 MPa'"),
        ("1 MPa**9**9", "'1 MPa**9**9': unknown unit 'MPa**9**9'; write it like '15 MPa'"),
        ("1 MPa" + 99 * " " + "!", "105 characters are no pressure; write it like '15 MPa'"),
        ("9**9**9 MPa", "'9**9**9 MPa': unknown unit '**9**9 MPa'; write it like '15 MPa'"),
        ("1_000 MPa", "'1_000 MPa' is not a pressure; write it like '15 MPa'"),
        ("1.000,5 MPa", "'1.000,5 MPa' is not a pressure; write it like '15 MPa'"),
        ("1 000 MPa", "'1 000 MPa' is not a pressure; write it like '15 MPa'"),
        ("1 MPa/0", "'1 MPa/0': unknown unit 'MPa/0'; did you mean MPa?"),
    ],
)
def test_what_is_no_pressure_is_told_what_to_write(text: str, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        units.parse(units.PRESSURE, text)
    assert str(caught.value) == said


@pytest.mark.parametrize("text", ["1 delta_degC", "1 delta_degF"])
def test_a_difference_is_no_point_on_a_scale(text: str) -> None:
    with pytest.raises(QuantityError, match=f"{text} is no temperature; write it like '23 degC'"):
        units.parse(units.TEMPERATURE, text)


@pytest.mark.parametrize("value", [True, None, [1], {"a": 1}])
def test_what_is_not_text_is_no_quantity(value: object) -> None:
    with pytest.raises(QuantityError, match="expected a pressure such as '15 MPa'"):
        units.parse(units.PRESSURE, value)


def test_a_legal_and_absurd_pressure_is_told_its_likely_meaning() -> None:
    with pytest.raises(QuantityError) as caught:
        units.within(units.PRESSURE, "50 mPa", 0.05, 1000.0)
    assert str(caught.value) == "50 mPa is 0.00000005 MPa; did you mean 50 MPa?"


def test_a_quantity_outside_its_range_is_told_the_range() -> None:
    with pytest.raises(QuantityError) as caught:
        units.within(units.PRESSURE, "2 GPa", 0.05, 1000.0)
    assert str(caught.value) == "2 GPa is 2000 MPa, which is outside 0.05 … 1000 MPa"


def test_numbers_are_shown_without_exponent() -> None:
    assert [units.shown(x) for x in (5e-8, 15.0, 0.785, 1200.0, -0.1)] == [
        "0.00000005",
        "15",
        "0.785",
        "1200",
        "-0.1",
    ]
