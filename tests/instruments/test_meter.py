"""A meter is a driver of load cells with a meaning of its counts; no signal, no value."""

import pytest

from instruments.meter import Meter, Scale
from instruments.protocols import BadReply, DeviceRefused, ForceReading, Identity


class Counts:
    """`LoadCell` that reads what it is given."""

    def __init__(self, *counts: int, fault: bool = False, over: bool = False) -> None:
        self.reading = ForceReading(counts, fault, 7, 3, over)
        self.configured = 0

    def identify(self) -> Identity:
        return Identity("counts", "1", "")

    def configure(self) -> None:
        self.configured += 1

    def read(self) -> ForceReading:
        return self.reading

    def verify(self) -> None:
        self.configured = 0


def test_its_value_is_that_of_the_counts_above_the_zero() -> None:
    reading = Meter("thermometer", Counts(2345), Scale(0.01, -5.0)).read()
    assert reading.value == pytest.approx(18.45)
    assert (reading.t_ns, reading.uncertainty_ns) == (7, 3)


def test_counts_that_fall_while_it_rises_have_a_negative_division() -> None:
    assert Meter("gauge", Counts(-30), Scale(-0.5, 0.0)).read().value == 15.0


@pytest.mark.parametrize(("flag", "words"), [("fault", "no signal"), ("over", "more than")])
def test_without_a_signal_it_is_an_error_and_no_number(flag: str, words: str) -> None:
    with pytest.raises(DeviceRefused, match=words):
        Meter("gauge", Counts(0, **{flag: True}), Scale(1.0, 0.0)).read()


def test_several_values_are_refused() -> None:
    with pytest.raises(BadReply, match="2 values came"):
        Meter("gauge", Counts(1, 2), Scale(1.0, 0.0)).read()


def test_it_is_set_up_where_its_model_has_settings() -> None:
    driver = Counts(0)
    Meter("gauge", driver, Scale(1.0, 0.0)).configure()
    assert driver.configured == 1
