"""How a run ends for a person: what was left, what tripped, and what the machine could not do."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixture.cli.errors import HARDWARE, INTERRUPTED, guarded
from fixture.cli.report.trips import trip_line, trips
from fixture.cli.run import left
from fixture.cli.summarise import RunSummary
from fixture.cli.sweeping import resumable
from fixture.cli.watch import Stopper
from fixture.core.safety.trips import Trip
from fixture.core.types import Event, EventKind
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame, make_status


@pytest.fixture
def tripped(tmp_path: Path) -> Path:
    """A record of a voltage that went out of its limits."""
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config())
    event = Event(3 * 10**8, 3, EventKind.TRIP, Trip.VOLTAGE, 4.75)
    for tick in range(20):
        writer.append(make_frame(tick, events=(event,) if tick == 3 else ()))
    writer.finish("tripped: voltage", 0)
    return path


def test_a_trip_is_told_with_its_time_number_and_limits(tripped: Path) -> None:
    limits = make_config().limits
    with Record.open(tripped) as record:
        (told,) = trips(record)
    assert told["limits"] == [limits.voltage_min_v, limits.voltage_max_v]
    assert trip_line(told) == "voltage after 0.3 s: 4.75 V, limits 0 … 5 V"
    assert "look at the cell" in RunSummary.read(tripped).screen()


@pytest.mark.parametrize(
    ("reset", "outcome"), [(False, "running, tripped: voltage"), (True, "running")]
)
def test_a_run_that_goes_on_says_that_it_tripped_until_somebody_resets_it(
    tmp_path: Path, reset: bool, outcome: str
) -> None:
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config())
    trip = Event(3 * 10**8, 3, EventKind.TRIP, Trip.VOLTAGE, 4.75)
    cleared = Event(9 * 10**8, 9, EventKind.RESET, Trip.VOLTAGE, 0.0)
    happened = {3: (trip,), 9: (cleared,) if reset else ()}
    for tick in range(20):
        writer.append(make_frame(tick, events=happened.get(tick, ())))
    writer.sync()
    assert RunSummary.read(tmp_path / "run.h5").facts["outcome"] == outcome
    writer.close()


def test_a_picture_that_cannot_be_written_is_one_line(tripped: Path) -> None:
    tripped.with_suffix(".png").mkdir()
    found = RunSummary.read(tripped)
    assert "Is a directory" in found.draw()
    assert found.facts["picture"] is None


def test_what_was_not_read_back_is_not_claimed() -> None:
    config = make_config()
    assert "not read back" in left(config, make_status(at_rest=False))
    assert "cell at open circuit" in left(config, make_status(at_rest=True))


def test_a_stop_that_no_tick_took_is_no_stop() -> None:
    stopper = Stopper()
    stopper.wanted = True
    assert not stopper.entered
    assert stopper.request().code
    assert stopper.entered


def test_an_interruption_says_what_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise KeyboardInterrupt("nothing was moved")

    assert guarded(work) == INTERRUPTED
    assert capsys.readouterr().err == "interrupted: nothing was moved\n"


def test_what_the_machine_refuses_is_a_line_and_not_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work() -> int:
        raise OSError(28, "words", "/data/run.h5")

    assert guarded(work) == HARDWARE
    assert capsys.readouterr().err == "isostack: /data/run.h5: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_does_not_fit_is_told_once() -> None:
    command = [sys.executable, "-m", "fixture.cli.main", "recipes"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (HARDWARE, "isostack: No space left on device\n")


SMALL_DISK = """
import os, sys
from pathlib import Path
from fixture.record import store
from fixture.record.errors import reason
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config
try:
    RecordWriter.create(sys.argv[1], HEADER, make_config())
except OSError as error:
    print(reason(error), flush=True)
if store.abandoned:
    os._exit(0)  # as the command does (fixture.cli.entry)
"""


def test_a_record_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = subprocess.run(
        [sys.executable, "-B", "-c", SMALL_DISK, str(tmp_path / "run.h5")],
        stdout=subprocess.PIPE, text=True, check=False, preexec_fn=bounded,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "File too large\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_is_one_line_and_the_code_of_an_interrupt(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)

    def work() -> int:
        with resumable():
            os.kill(os.getpid(), number)
        return 0

    assert guarded(work) == INTERRUPTED
    said = "interrupted: what was done is kept, and the same command goes on with it\n"
    assert capsys.readouterr().err == said
    assert signal.getsignal(number) is before
