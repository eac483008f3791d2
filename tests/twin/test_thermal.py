"""Room and fixture."""

import pytest

from fixture.twin.parameters import Thermal
from fixture.twin.thermal import Room


def test_the_room_swings_by_a_kelvin_a_day_and_a_fifth_a_quarter_of_an_hour() -> None:
    day = Room(Thermal(hvac_k=0.0), 1)
    temperatures = [day.room_degc(60.0 * minute) for minute in range(1440)]
    assert max(temperatures) - min(temperatures) == pytest.approx(2.0, rel=1e-3)
    hvac = Room(Thermal(day_k=0.0), 1)
    temperatures = [hvac.room_degc(float(second)) for second in range(900)]
    assert max(temperatures) - min(temperatures) == pytest.approx(0.4, rel=1e-3)


def test_warming_expands_the_column() -> None:
    room = Room(Thermal(), 1)
    for tick in range(1, 2000):
        expansion_um = room.advance(10.0 * tick, 10.0)
        assert expansion_um == pytest.approx(2.4 * room.warming_k())


def test_the_fixture_lags_and_so_swings_less_than_the_room() -> None:
    room = Room(Thermal(day_k=0.0), 1)
    warming: list[float] = []
    for tick in range(1, 3600):
        room.advance(float(tick), 1.0)
        warming.append(room.fixture_degc)
    assert max(warming[1800:]) - min(warming[1800:]) < 0.25 * 0.4
