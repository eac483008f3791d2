"""A followed file: readings with the time at which they were measured, and what becomes of it."""

import random
from pathlib import Path

import pytest

from instruments.options import OptionsError
from instruments.potentiostat.follow_file import MOST_WAITING, FollowFile
from instruments.protocols import CellReading, LinkGone, Notice
from instruments.registry import POTENTIOSTATS, find
from instruments.transport.growing import GrowingFile
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock

MODEL = find(POTENTIOSTATS, "follow-file")
HEADER = "Test Time / s,Voltage / V,Current / A\n"


class Followed:
    """A folder into which another program writes, a driver, and their time."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.path = folder / "cell.csv"
        self.clock = FakeClock()
        transport = GrowingFile(str(folder / "*.csv"), self.clock)
        self.driver: FollowFile = MODEL.driver(transport, self.clock, options)  # type: ignore[assignment]
        self.noticed: list[Notice] = []
        self.readings: list[CellReading] = []

    def write(self, *rows: tuple[float, float, float], header: bool = False) -> None:
        text = HEADER if header else ""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text + "".join(f"{t},{v},{i}\n" for t, v, i in rows))

    def pass_s(self, seconds: float) -> None:
        """Read each 100 ms."""
        for _ in range(round(10 * seconds)):
            self.clock.advance_ms(100)
            reading = self.driver.read()
            if not self.readings or reading is not self.readings[-1]:
                self.readings.append(reading)
            self.noticed += [one.notice for one in self.driver.notices()]


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    """A file with a header and one old row, which has been looked at."""
    found = Followed(tmp_path)
    found.write((0.0, 3.0, 0.0), header=True)
    found.pass_s(1.0)
    return found


def test_before_a_fresh_row_nothing_is_known(followed: Followed):
    (reading,) = followed.readings
    assert reading.absent
    assert followed.noticed == [Notice.FOUND]


def test_a_row_is_one_reading_of_the_time_at_which_it_was_measured(tmp_path: Path):
    found, chance = Followed(tmp_path, latency_ms=500.0), random.Random(1)
    found.write((0.0, 3.0, 0.0), header=True)
    measured: list[float] = []
    for second in range(1, 300):
        found.pass_s(chance.choice([0.2, 0.2, 3.0]) if second % 7 == 0 else 0.8)
        measured.append(found.clock() * 1e-9)
        found.write((found.clock() * 1e-9 - 77.0, 3.0 + second, 1e-3))
    found.pass_s(5.0)
    rows = [reading for reading in found.readings if not reading.absent]
    assert [round(reading.voltage_v - 3.0) for reading in rows] == list(range(1, 300))
    off_s = [r.t_ns * 1e-9 + 0.5 - at for r, at in zip(rows[50:], measured[50:], strict=True)]
    assert max(abs(one) for one in off_s) < 0.15
    assert all(0 <= reading.uncertainty_ns < 2e8 for reading in rows)


@pytest.mark.parametrize("time_s", ["inf", "-inf", "1e999", "1e300", "nan"])
def test_a_row_whose_time_is_none_is_no_reading(followed: Followed, time_s: str):
    followed.write((float(time_s), 9.0, 0.001))
    followed.pass_s(0.5)
    followed.write((1.0, 3.1, 0.001))
    followed.pass_s(0.5)
    assert [one.voltage_v for one in followed.readings if not one.absent] == [3.1]
    assert followed.noticed == [Notice.FOUND]


def test_readings_come_in_the_order_of_their_times(followed: Followed):
    chance = random.Random(3)
    for second in range(1, 200):
        followed.pass_s(1.0)
        if chance.random() < 0.7:
            followed.write((float(second), 3.0, 0.0))
    times = [reading.t_ns for reading in followed.readings if not reading.absent]
    assert times == sorted(times)


def test_a_file_that_stops_is_noticed_once_and_so_is_that_it_goes_on(followed: Followed):
    followed.write((1.0, 3.0, 0.0))
    followed.pass_s(90.0)
    assert followed.noticed == [Notice.FOUND, Notice.STOPPED]
    followed.write((91.0, 3.0, 0.0))
    followed.pass_s(1.0)
    assert followed.noticed[2:] == [Notice.GOES_ON]


def test_time_that_goes_back_is_noticed_and_its_rows_are_of_now(followed: Followed):
    followed.write((100.0, 3.0, 0.0))
    followed.pass_s(1.0)
    followed.write((0.0, 3.1, 0.0))
    followed.pass_s(1.0)
    assert followed.noticed == [Notice.FOUND, Notice.BACK_IN_TIME]
    assert followed.clock() - followed.readings[-1].t_ns < 2e9


def test_a_clock_that_was_set_ahead_is_noticed(followed: Followed):
    followed.write((1.0, 3.0, 0.0))
    followed.pass_s(1.0)
    followed.write((3602.0, 3.1, 0.0))
    followed.pass_s(1.0)
    assert followed.noticed == [Notice.FOUND, Notice.AHEAD_IN_TIME]
    assert followed.clock() - followed.readings[-1].t_ns < 2e9


def test_another_file_is_noticed_and_followed(followed: Followed, tmp_path: Path):
    followed.write((1.0, 3.0, 0.0))
    followed.pass_s(1.0)
    (tmp_path / "next.csv").write_text(f"{HEADER}0.5,3.3,0.001\n", encoding="utf-8")
    followed.pass_s(1.0)
    assert followed.noticed == [Notice.FOUND, Notice.REPLACED, Notice.FOUND]
    assert followed.readings[-1].voltage_v == 3.3


def test_of_a_file_that_is_written_again_only_new_rows_are_read(followed: Followed):
    followed.write((1.0, 3.1, 0.0), (2.0, 3.2, 0.0))
    followed.pass_s(1.0)
    followed.path.write_text("", encoding="utf-8")
    followed.pass_s(1.0)
    rows = [(0.0, 3.0, 0.0), (1.0, 3.1, 0.0), (2.0, 3.2, 0.0), (3.0, 3.3, 0.0)]
    followed.write(*rows, header=True)
    followed.pass_s(1.0)
    assert followed.noticed == [Notice.FOUND, Notice.CUT_SHORT, Notice.FOUND]
    volts = [reading.voltage_v for reading in followed.readings if not reading.absent]
    assert volts == [3.1, 3.2, 3.3]


def test_of_an_hour_that_comes_at_once_some_rows_and_the_newest_are_read(followed: Followed):
    followed.write((1.0, 3.0, 0.0))
    followed.pass_s(1.0)
    followed.clock.advance_ms(3_600_000)
    followed.write(*[(float(second), 3.0 + second, 0.0) for second in range(2, 3602)])
    followed.pass_s(0.1 * MOST_WAITING + 1.0)
    assert Notice.THINNED in followed.noticed
    volts = [reading.voltage_v for reading in followed.readings if not reading.absent]
    assert volts[-1] == 3604.0
    assert len(volts) <= MOST_WAITING + 1


def test_text_without_columns_that_are_known_is_noticed_and_no_row(tmp_path: Path):
    found = Followed(tmp_path)
    found.path.write_text("no table\n" * 2500, encoding="utf-8")
    found.pass_s(1.0)
    assert found.noticed == [Notice.UNREADABLE]
    assert found.driver.read().absent


def test_the_lateness_is_told_after_some_rows(followed: Followed):
    for second in range(1, 40):
        followed.pass_s(1.0)
        followed.write((float(second), 3.0, 0.0))
    assert followed.noticed == [Notice.FOUND, Notice.LATE, Notice.LATE_AT_MOST]


def test_a_folder_that_is_not_there_is_a_lost_link(tmp_path: Path):
    found = Followed(tmp_path / "away")
    with pytest.raises(LinkGone):
        found.driver.identify()


def test_columns_of_ones_own_need_their_names():
    with pytest.raises(OptionsError, match="time_column"):
        MODEL.driver(
            Loopback(MODEL.emulator(FakeCell(), {}), FakeClock()), FakeClock(), {"form": "own"}
        )


def test_a_cell_that_is_followed_is_never_commanded(tmp_path: Path):
    cell, clock = FakeCell(), FakeClock()
    driver = MODEL.driver(Loopback(MODEL.emulator(cell, {}), clock), clock, {})
    driver.configure()
    driver.open_circuit()
    driver.switch_off()
    driver.source_current(1.0, 1.0)
    driver.source_voltage(1.0, 1.0)
    assert cell.asked == []


@pytest.mark.parametrize("form", ["auto", "bdf", "biologic", "neware", "landt"])
def test_what_the_emulator_writes_is_read_back(form: str):
    cell, clock = FakeCell(), FakeClock()
    emulator = MODEL.emulator(cell, {"form": form, "emulated_late_ms": 3000.0})
    driver = MODEL.driver(Loopback(emulator, clock), clock, {"latency_ms": 3000.0})
    cell.amperes = -785e-6
    reading = driver.read()
    for _ in range(100):
        clock.advance_ms(100)
        emulator.tick(clock())  # type: ignore[attr-defined]
        reading = driver.read()
    assert (reading.voltage_v, reading.current_a) == pytest.approx((3.701234, -785e-6), rel=1e-5)
    assert 2.9e9 <= clock() - reading.t_ns <= 4.1e9
