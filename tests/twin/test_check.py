"""Parameters that make no physics."""

import pytest

from fixture.config.yaml.numbers import key
from fixture.twin.check import NOT_NEGATIVE, POSITIVE, SHARES, WHOLE_SHARES, check
from fixture.twin.parameters import UNITS
from fixture.twin.plant import Plant
from tests.twin.twins import DEFAULT, changed


def test_the_default_twin_is_sound() -> None:
    check(DEFAULT)


@pytest.mark.parametrize(("section", "name"), POSITIVE)
def test_what_is_divided_by_must_not_be_zero(section: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"{section}: {name} is 0; make it larger than 0"):
        Plant(changed(DEFAULT, **{section: {name: 0.0}}))


@pytest.mark.parametrize(("section", "name"), NOT_NEGATIVE)
def test_what_may_be_missing_must_not_be_negative(section: str, name: str) -> None:
    check(changed(DEFAULT, **{section: {name: 2.0}}))
    with pytest.raises(ValueError, match=f"{section}: {name} is -1; make it 0 or larger"):
        check(changed(DEFAULT, **{section: {name: -1.0}}))


@pytest.mark.parametrize(("section", "name"), WHOLE_SHARES)
@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_whole_share_is_from_0_to_1(section: str, name: str, share: float) -> None:
    check(changed(DEFAULT, **{section: {name: 1.0}}))
    with pytest.raises(ValueError, match=f"{section}: {name} is"):
        check(changed(DEFAULT, **{section: {name: share}}))


@pytest.mark.parametrize(("section", "name"), SHARES)
@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_is_between_0_and_1(section: str, name: str, share: float) -> None:
    with pytest.raises(ValueError, match=f"{section}: {name} is"):
        Plant(changed(DEFAULT, **{section: {name: share}}))


@pytest.mark.parametrize(
    ("section", "new", "complaint"),
    [
        ("bench", {"load_cells": 2}, "shares has 3 for 2 load cells"),
        ("load_cells", {"shares": (0.5, 0.3, 0.3)}, "add up to 1.1; make it 1"),
        ("load_cells", {"shares": (1.2, -0.1, -0.1)}, "shares has -0.1"),
        ("load_cells", {"seated_shares": (0.5, 0.5)}, "seated_shares has 2 for 3 load cells"),
        ("load_cells", {"seated_shares": (0.5, 0.5, 0.5)}, "seated_shares add up to 1.5; make"),
        ("load_cells", {"gains": (1.0, 1.0)}, "gains has 2 for 3 load cells; .*, or none"),
        ("load_cells", {"gains": (1.0, 0.0, 1.0)}, "gains has one that is not larger than 0"),
        ("breathing", {"charge_shape": (0.0, 0.5)}, "charge_shape must begin at 0 and end at 1"),
        ("breathing", {"discharge_shape": (0.0, 1.0)}, "needs a charge_shape beside it"),
        ("breathing", {"curve": "tin"}, "curve is 'tin'; choose from silicon, indium"),
        ("stack", {"power": 0.5}, "power is 0.5; make it 0, or 1 or larger"),
        ("friction", {"asymmetry": -1.0}, "asymmetry is -1; make it larger than -1"),
        ("cracks", {"least": 0.3, "most": 0.2}, "most is 0.2; make it at least 0.3"),
        ("shorts", {"hours": (1.0, 2.0)}, "hours has 2 for 0 pressures"),
        ("shorts", {"hours": (1.0, 0.0), "pressures_mpa": (1.0, 2.0)}, "not larger than 0"),
        ("shorts", {"hours": (2.0, 1.0), "pressures_mpa": (2.0, 2.0)}, "must rise from each"),
        ("bench", {"metal_faces": 3}, "metal_faces is 3; at most 2"),
        ("press", {"kind": "ram"}, "kind is 'ram'; choose from screw, air, bellows, hydraulic"),
        ("air", {"stroke_um": (5.0, 10.0)}, "stroke_um runs from 5 to 10 um; make it begin below"),
        ("hydraulic", {"exchange_s": (0.1, 0.05)}, "exchange_s runs from 0.1 to 0.05 s"),
        ("bench", {"full_scales_n": (1.0, 2.0)}, "full_scales_n has 2 for 3"),
        ("bench", {"crushes_n": (1.0, -2.0, 3.0)}, "crushes_n has one that is not larger"),
        ("bench", {"stages": (0, 0, 1)}, "shares add up to 0.677 in stage 0; make it 1"),
        ("electrochemistry", {"ocv_v": (3.0, 4.0)}, "2 voltages for 7 charges"),
        ("electrochemistry", {"ocv_soc": (0.0, 0.0), "ocv_v": (3.0, 4.0)}, "must rise"),
        ("foil", {"exponent": 1.0}, "exponent is 1; make it larger"),
        ("compaction", {"times_s": (0.0, 1.0)}, "times_s must be larger than 0"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    section: str, new: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Plant(changed(DEFAULT, **{section: new}))


def test_all_mistakes_are_told_at_once() -> None:
    twice = changed(DEFAULT, stack={"bedding_n": 0.0}, press={"speed": -1.0})
    with pytest.raises(ValueError, match=r"bedding_n is 0.*\n.*speed is -1"):
        check(twice)


def test_no_two_fields_of_a_section_have_one_key() -> None:
    for section in DEFAULT.__struct_fields__:
        fields = getattr(getattr(DEFAULT, section), "__struct_fields__", ())
        keys = [key(name, UNITS) for name in fields]
        assert len(set(keys)) == len(keys), section
