"""Spectra by a PalmSens EmStat4: scripts, points, and what goes wrong while one is measured."""

import math

import pytest

from instruments.emulators.palmsens_emstat4 import PalmsensEmstat4Emulator
from instruments.potentiostat.palmsens_emstat4 import PalmsensEmstat4, PalmsensEmstat4Options
from instruments.potentiostat.palmsens_sweep import SweepUnderWay, point_s
from instruments.protocols import (
    CellReading,
    DeviceRefused,
    ImpedancePlant,
    MeasuresImpedance,
    ReplyTimeout,
    Sweep,
    SweepPoint,
)
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock
from tests.instruments.palmsens_wire import Wire

OPTIONS = PalmsensEmstat4Options(current_range_a=0.02, voltage_max_v=5.0, alone_s=60.0)
SWEEP = Sweep(1e4, 1.0, 5, 0.01)
HERTZ = (1e4, 1e3, 100.0, 10.0, 1.0)


class SpectralCell(FakeCell):
    """50 ohm and an arc of 100 ohm at 100 Hz."""

    def impedance_ohm(self, frequency_hz: float) -> complex:
        return 50.0 + 100.0 / (1.0 + 1j * frequency_hz / 100.0)


class Bench:
    """A driver on an emulator in memory, polled each 100 ms."""

    def __init__(self, cell: FakeCell | None = None) -> None:
        self.cell, self.clock = cell or SpectralCell(), FakeClock()
        self.emulator = PalmsensEmstat4Emulator(self.cell, OPTIONS)
        self.wire = Wire(self.emulator)
        self.driver = PalmsensEmstat4(Loopback(self.wire, self.clock), self.clock, OPTIONS)
        self.driver.identify()
        self.driver.configure()
        self.points: list[SweepPoint] = []
        self.readings: list[CellReading] = []

    def polls(self, seconds: float) -> "Bench":
        for _ in range(round(10 * seconds)):
            self.clock.advance_ms(100)
            self.readings.append(self.driver.read())
            self.points += self.driver.sweep_points()
        return self

    def measures(self, seconds: float, sweep: Sweep = SWEEP, number: int = 3) -> "Bench":
        self.driver.measure_impedance(number, sweep)
        return self.polls(seconds)


def test_its_driver_and_the_cell_have_the_capability() -> None:
    bench = Bench()
    assert isinstance(bench.driver, MeasuresImpedance)
    assert isinstance(bench.cell, ImpedancePlant)


def test_a_spectrum_comes_point_by_point_and_then_ends() -> None:
    bench = Bench().measures(12.0)
    assert [point.point for point in bench.points] == [1, 2, 3, 4, 5, 0]
    assert {point.sweep for point in bench.points} == {3}
    for hertz, point in zip(HERTZ, bench.points, strict=False):
        assert point.frequency_hz == pytest.approx(hertz, rel=1e-5)
        ohm = SpectralCell().impedance_ohm(hertz)
        assert complex(point.real_ohm, point.imaginary_ohm) == pytest.approx(ohm, rel=1e-5)
    assert not any(point.doubtful for point in bench.points)


def test_it_is_about_the_potential_at_rest() -> None:
    bench = Bench().measures(0.1)
    assert bench.readings[-1][:3] == (pytest.approx(3.701234), 0.0, False)
    bench.polls(0.9)
    assert bench.cell.asked[-1][:2] == ("voltage", pytest.approx(3.701234))


def test_one_by_a_current_is_about_0_a() -> None:
    bench = Bench().measures(1.0, SWEEP._replace(amplitude=1e-4, galvanostatic=True))
    assert bench.cell.asked[-1][:2] == ("current", 0.0)
    assert [point.point for point in bench.polls(11.0).points] == [1, 2, 3, 4, 5, 0]


def test_while_it_is_measured_there_is_no_reading_but_that_the_cell_is_on() -> None:
    reading = Bench().measures(1.0).readings[-1]
    assert (reading.on, reading.absent) == (True, True)
    assert math.isnan(reading.voltage_v)


def test_after_it_the_cell_is_open_and_its_potential_is_read() -> None:
    bench = Bench().measures(12.0)
    reading = bench.readings[-1]
    assert (reading.on, reading.absent, reading.current_a) == (False, False, 0.0)
    assert reading.voltage_v == pytest.approx(3.701234)
    assert bench.cell.asked[-1][0] == "open"


def test_the_same_number_again_changes_nothing_another_begins_anew() -> None:
    bench = Bench().measures(12.0)
    bench.measures(2.0)
    assert len(bench.points) == 6
    bench.measures(12.0, number=4)
    assert [point.sweep for point in bench.points[6:]] == [4] * 6


def test_open_circuit_ends_it_and_the_same_number_then_is_another() -> None:
    bench = Bench().measures(1.0)
    bench.driver.open_circuit()
    assert bench.cell.asked[-1][0] == "open"
    assert bench.driver.sweep_points() == ()
    assert not bench.polls(0.2).readings[-1].on
    bench.points.clear()
    assert len(bench.measures(12.0).points) == 6


def test_a_damaged_point_is_told_without_a_value() -> None:
    bench = Bench()
    bench.wire.damage = lambda said: said.replace(b"Pdc8989680m", b"Pdc89x9680m")
    bench.measures(12.0)
    doubtful = [point for point in bench.points if point.doubtful]
    assert len(doubtful) == 1
    assert math.isnan(doubtful[0].real_ohm)
    assert [point.point for point in bench.points] == [1, 2, 3, 4, 5, 0]


def test_a_point_that_is_lost_is_missing_at_the_end() -> None:
    bench = Bench()
    lost = iter([True] + [False] * 10_000)

    def damage(said: bytes) -> bytes:
        return b"" if said.startswith(b"Pdc") and next(lost) else said

    bench.wire.damage = damage
    assert [point.point for point in bench.measures(12.0).points] == [1, 2, 3, 4, 0]


def test_silence_for_longer_than_a_point_takes_is_a_failed_link() -> None:
    bench = Bench().measures(1.0)
    bench.wire.damage = lambda _: b""
    with pytest.raises(ReplyTimeout, match="no point of its spectrum"):
        bench.polls(5.0 + 3.0 * point_s(1.0) + 0.5)


def test_a_slow_point_is_no_silence() -> None:
    slow = Sweep(1.0, 0.1, 2, 0.01)
    assert [point.point for point in Bench().measures(40.0, slow).points] == [1, 2, 0]


def test_an_error_while_it_is_measured_opens_the_cell_and_ends_it() -> None:
    bench = Bench().measures(1.0)
    error = iter([b"!0032: Line 27\n"])
    bench.wire.damage = lambda said: said + next(error, b"")
    with pytest.raises(DeviceRefused, match="critical overload"):
        bench.polls(0.1)
    bench.points += bench.driver.sweep_points()
    assert bench.points[-1].point == 0
    assert not bench.polls(0.3).readings[-1].on


def test_a_device_that_has_no_licence_for_it_says_so_and_ends_it() -> None:
    bench = Bench(FakeCell())
    bench.driver.measure_impedance(3, SWEEP)
    with pytest.raises(DeviceRefused, match="no licence"):
        bench.polls(1.0)
    assert [point.point for point in bench.driver.sweep_points()] == [0]
    assert bench.cell.asked[-1][0] == "open"


def test_a_link_that_was_away_ends_it_and_opens_the_cell() -> None:
    bench = Bench().measures(1.0)
    bench.driver.identify()
    bench.driver.verify()
    bench.points += bench.driver.sweep_points()
    assert bench.points[-1].point == 0
    assert bench.cell.asked[-1][0] == "open"
    assert not bench.polls(0.2).readings[-1].on


def test_a_device_that_was_reset_meanwhile_ends_it_too() -> None:
    bench = Bench().measures(1.0)
    bench.emulator.reset()
    bench.driver.identify()
    bench.driver.verify()
    bench.points += bench.driver.sweep_points()
    assert bench.points[-1].point == 0


def test_a_device_that_is_silent_when_it_is_asked_ends_it_too() -> None:
    bench = Bench().measures(1.0)
    bench.wire.cut = True
    with pytest.raises(ReplyTimeout):
        bench.driver.identify()
    bench.wire.cut = False
    bench.driver.identify()
    bench.driver.verify()
    bench.points += bench.driver.sweep_points()
    assert bench.points[-1].point == 0
    assert not bench.polls(0.2).readings[-1].on


def test_a_current_beyond_the_rig_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond this rig's"):
        Bench().driver.measure_impedance(3, SWEEP._replace(amplitude=0.021, galvanostatic=True))


GOLDEN = (  # as the device says them; hex digits less 2^27, an SI prefix, status, range
    "M000B", "Pab8387908u,10,201", "*", "M000D", "Pdc8030D40 ;cc8088C7Cm,10,288;cd7F0BDC0u,10,288",
    "Pdc8002710 ;cc     nan,11,288;cd     nan,11,288", "Pdc80F4240m;cc8003039 ,12;cd7FFFFFF ,10",
    "*", "",
)  # fmt: skip


def test_golden_lines() -> None:
    sweep = SweepUnderWay(7, SWEEP)
    for line in GOLDEN:
        sweep.take(line)
    first, unknown, overload, end = sweep.taken()
    assert first[:3] == (7, 1, 200_000.0)
    assert (first.real_ohm, first.imaginary_ohm) == pytest.approx((560.252, -1.0))
    assert (unknown.frequency_hz, unknown.doubtful) == (10_000.0, True)
    assert (overload.real_ohm, overload.imaginary_ohm, overload.doubtful) == (12345.0, -1.0, True)
    assert end[:2] == (7, 0)
    assert sweep.over
    sweep.take("Pdc8030D40 ;cc8088C7Cm;cd7F0BDC0u")
    assert sweep.taken() == ()
