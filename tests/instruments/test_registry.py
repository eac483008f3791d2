import pytest

from instruments import registry
from instruments.loadcell.laumas_tlb import LaumasTlbOptions
from instruments.registry import OptionsError
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce

TABLES = (registry.LOAD_CELLS, registry.PRESSES, registry.POTENTIOSTATS)


def test_each_row_stands_under_its_own_name():
    for table in TABLES:
        assert [model.name for model in table.values()] == list(table)


def test_a_driver_and_its_emulator_are_made_from_the_same_options():
    model = registry.find(registry.LOAD_CELLS, "laumas-tlb")
    options = {"units": [4, 5], "division_n": 0.5, "full_scale_n": 1000.0}
    clock = FakeClock()
    line = Loopback(model.emulator(FakeForce(10.0, 20.0), options), clock)
    assert model.driver(line, clock, options).read().counts == (20, 40)


def test_options_have_defaults_and_are_checked():
    model = registry.LOAD_CELLS["laumas-tlb"]
    assert model.check({}) == LaumasTlbOptions()
    assert model.check({"deadline_ms": 20.0}).deadline_ns == 20_000_000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"unit": [1]}, "unknown field `unit`"),
        ({"units": []}, "length >= 1"),
        ({"units": [0]}, ">= 1"),
        ({"division_n": 0.0}, "> 0"),
        ({"sign": "none"}, "sign"),
        ({"deadline_ms": "long"}, "deadline_ms"),
    ],
)
def test_options_that_do_not_fit_name_the_field_and_the_choices(
    options: dict[str, object], says: str
):
    with pytest.raises(OptionsError, match=says) as caught:
        registry.LOAD_CELLS["laumas-tlb"].check(options)
    assert "its options are" in str(caught.value)
    assert "division_n" in str(caught.value)


def test_a_model_that_is_not_known_is_answered_with_those_that_are():
    with pytest.raises(OptionsError, match="'keithly'; there are keithley-2450"):
        registry.find(registry.POTENTIOSTATS, "keithly")
