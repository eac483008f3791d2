"""The recorder's process, in this one: frames from rings into a record."""

import json
import os
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fixture.analysis.replay import verify
from fixture.core.safety.trips import Trip
from fixture.core.step import freeze, status, step
from fixture.core.types import EventKind, Phase
from fixture.frame.codec import SLOT_BYTES, encode
from fixture.frame.frame import Frame
from fixture.frame.ring import Ring
from fixture.frame.status_page import StatusPage
from fixture.record.header import Header, TruthColumn
from fixture.record.parts import JoinedRecord
from fixture.record.reader import Record
from fixture.runtime import recorder_process
from fixture.runtime.record_guard import Fault
from fixture.runtime.registry import REQUESTS
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from tests.core import bench
from tests.waiting import PATIENCE_S

CONFIG = bench.config((bench.press_row(5.0, 1000.0), bench.END))
DEVICE = DeviceSpec("press", "trinamic-tmcl", "emulated:x", {})
TRUTH = (TruthColumn("true_pressure_pa", "Pa", "True"),)


def frames(ticks: int) -> Iterator[tuple[Frame, bytes]]:
    """A run of the bare rig: each frame, and the core's state after it."""
    rig = bench.Rig(CONFIG)
    for tick in range(ticks):
        sample = rig.sample()
        rig.state, command, events = step(CONFIG, rig.state, sample)
        rig.act(command)
        rig.tick += 1
        believed = status(CONFIG, rig.state)
        yield Frame(sample, command, events, believed, 0, int(tick > 0), 0, 0), freeze(rig.state)


class Rig:
    """The recorder's surroundings; the recorder itself is a thread of this process."""

    def __init__(self, folder: Path, slots: int = 4096, truth: bool = False) -> None:
        self.folder = folder
        columns = TRUTH if truth else ()
        RunSpec("run", CONFIG, Header("run", 0), DEVICE, DEVICE, DEVICE, columns).write(folder)
        self.ring = Ring.create(slots, SLOT_BYTES)
        self.states = Ring.create(16, 4096)
        self.truth = Ring.create(1024, 64) if truth else None
        self.status_page = StatusPage.create()
        self.status_page.set("start_ns", 1)
        self.ending = threading.Event()

    def put(self, ticks: int, first: int = 0) -> None:
        for number, (frame, state) in enumerate(frames(ticks)):
            if number < first:
                continue
            self.ring.put(encode(frame).payload)
            if number % 100 == 99:
                self.states.put(struct.pack("<q", number) + state)

    def record(self) -> None:
        rings = (self.ring, self.states, self.status_page, self.truth)
        recorder_process.record(self.folder, *rings, self.ending.is_set)

    def close(self) -> None:
        for one in (self.ring, self.states, self.truth, self.status_page):
            if one is not None:
                one.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def test_everything_in_the_ring_is_recorded_and_replays(rig: Rig) -> None:
    rig.put(650)
    rig.ending.set()
    rig.record()
    with Record.open(rig.folder / "run.h5") as record:
        assert record.ticks.rows == 650
        assert record.outcome == "control died"
        assert verify(record).good()
        assert verify(record).checkpoints == 6
    assert rig.status_page.get("recorded") == 1
    assert rig.status_page.get("acknowledged_tick") == 649


def test_what_was_overwritten_is_a_loss_and_the_replay_goes_on_after_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path, slots=512)
    rig.put(700)
    rig.ending.set()
    rig.record()
    with Record.open(tmp_path / "run.h5") as record:
        events = record.events
        lost = events["code"][events["kind"] == EventKind.LOST]
        assert lost.tolist() == [700 - 512]
        verdict = verify(record)
        assert verdict.good()
        assert verdict.unseen == 200 - 188
    assert rig.status_page.get("lost_frames") == 188
    rig.close()


def test_a_second_recorder_goes_on_in_the_next_part(rig: Rig) -> None:
    rig.put(50)
    rig.ending.set()
    rig.record()
    rig.put(250, first=50)
    rig.record()
    assert rig.status_page.get("part") == 2
    with Record.open(rig.folder / "run.part2.h5") as record:
        assert record.ticks["tick"].tolist() == list(range(50, 250))
        verdict = verify(record)
        assert verdict.good()
        assert verdict.ticks == 150


@pytest.mark.parametrize(
    ("phase", "trip", "outcome"),
    [
        (Phase.ENDED, 0, "done"),
        (Phase.ENDED, Trip.TILT, "tripped: tilt"),
        (Phase.RUNNING, 0, "control died"),
    ],
)
def test_one_that_takes_over_when_all_is_recorded_says_how_the_run_ended(
    rig: Rig, phase: Phase, trip: int, outcome: str
) -> None:
    rig.put(50)
    rig.ending.set()
    rig.record()
    rig.status_page.set("phase", int(phase))
    rig.status_page.set("last_trip", int(trip))
    rig.record()
    with JoinedRecord.open(rig.folder / "run.h5") as run:
        assert len(run.parts) == 2
        assert (run.outcome, run.ticks.rows) == (outcome, 50)


def test_a_run_without_a_frame_has_nothing_recorded(rig: Rig) -> None:
    rig.ending.set()
    rig.record()
    with Record.open(rig.folder / "run.h5") as record:
        assert record.outcome == "nothing recorded"


def test_what_was_overwritten_between_two_recorders_is_a_loss_of_the_second(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, slots=512)
    rig.put(50)
    rig.ending.set()
    rig.record()
    rig.put(700, first=50)
    rig.record()
    with Record.open(tmp_path / "run.part2.h5") as record:
        events = record.events
        lost = events["code"][events["kind"] == EventKind.LOST]
        assert lost.tolist() == [700 - 512 - 50]
        assert record.ticks["tick"].tolist() == list(range(700 - 512, 700))
    assert rig.status_page.get("lost_frames") == 700 - 512 - 50
    rig.close()


def test_a_recorder_killed_while_it_made_its_part_leaves_no_part(rig: Rig) -> None:
    for name in (".run.h5.new", ".run.chunks.new", "run.lock"):
        (rig.folder / name).write_bytes(b"half made")
    rig.put(50)
    rig.ending.set()
    rig.record()
    assert rig.status_page.get("part") == 1
    assert not list(rig.folder.glob("*.new"))
    with Record.open(rig.folder / "run.h5") as record:
        assert record.ticks.rows == 50


def noted(path: Path) -> list[str]:
    """The notes in a record."""
    with Record.open(path) as record:
        events = record.events
        return [text.decode() for text in events["text"][events["kind"] == EventKind.NOTE]]


def test_a_note_made_while_no_recorder_runs_is_in_the_next_part_and_only_there(rig: Rig) -> None:
    def note(text: str) -> None:
        entry = {"type": "request", "command": "note", "text": text, "user": "me", "pid": 1}
        with (rig.folder / REQUESTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    note("before")
    rig.put(50)
    rig.ending.set()
    rig.record()
    note("between")
    rig.put(250, first=50)
    rig.record()
    assert noted(rig.folder / "run.h5") == ["note: before, by me (process 1)"]
    assert noted(rig.folder / "run.part2.h5") == ["note: between, by me (process 1)"]


@pytest.mark.parametrize("torn", [b'{"type":"request","us', b"5\n", b"\xff\n", b"\n"])
def test_a_line_of_the_requests_that_is_torn_is_skipped(rig: Rig, torn: bytes) -> None:
    whole = b'{"type":"request","command":"note","text":"whole","user":"me","pid":1}\n'
    answer = b'{"type":"answer","id":1,"ok":true,"tick":5,"text":"done"}\n'
    (rig.folder / REQUESTS).write_bytes(torn + answer + whole)
    rig.put(50)
    rig.ending.set()
    rig.record()
    assert noted(rig.folder / "run.h5") == ["note: whole, by me (process 1)"]


def test_what_the_run_before_noted_is_not_noted_again(tmp_path: Path) -> None:
    (tmp_path / REQUESTS).write_text('{"type":"request","command":"note","text":"old"}\n')
    (tmp_path / "run.h5").touch()
    rig = Rig(tmp_path)
    rig.put(50)
    rig.ending.set()
    rig.record()
    assert noted(rig.folder / "run.part2.h5") == []
    rig.close()


def test_the_truth_is_what_was_true_at_the_time_of_the_frame(tmp_path: Path) -> None:
    rig = Rig(tmp_path, truth=True)
    assert rig.truth is not None
    for tenth in range(60):
        rig.truth.put(struct.pack("<qd", 1 + tenth * CONFIG.tick_ns, 1000.0 * tenth))
    rig.put(50)
    rig.ending.set()
    rig.record()
    with Record.open(tmp_path / "run.h5") as record:
        assert record.twin["true_pressure_pa"][40] == pytest.approx(40_000.0, abs=1000.0)
    rig.close()


def test_a_run_that_never_began_leaves_no_record(rig: Rig) -> None:
    rig.status_page.set("start_ns", 0)
    rig.ending.set()
    rig.record()
    assert not (rig.folder / "run.h5").exists()


@pytest.mark.parametrize(("control_lives", "looks"), [(False, 1), (True, 3)])
def test_before_tick_0_it_waits_only_while_control_or_supervisor_lives(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, control_lives: bool, looks: int
) -> None:
    looked: list[int] = []

    def third() -> bool:
        looked.append(1)
        return len(looked) == 3

    monkeypatch.setattr(recorder_process, "ALONE_NS", -1)
    rig.status_page.set("start_ns", 0)
    rig.status_page.set("control_pid", os.getpid() if control_lives else 0)
    recorder_process.record(rig.folder, rig.ring, rig.states, rig.status_page, None, third)
    assert len(looked) == looks
    assert not (rig.folder / "run.h5").exists()


def test_it_ends_by_itself_when_the_run_has_ended(rig: Rig) -> None:
    *_, (last, _) = frames(20)
    rig.put(20)
    ended = replace(last.status, phase=int(Phase.ENDED))
    sample = replace(last.sample, tick=20, t_ns=20 * CONFIG.tick_ns)
    rig.ring.put(encode(replace(last, sample=sample, status=ended)).payload)
    worker = threading.Thread(target=rig.record)
    worker.start()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()
    with Record.open(rig.folder / "run.h5") as record:
        assert record.outcome == "done"
    assert rig.status_page.get("recorder_ns") > 0


def test_making_its_part_is_part_of_its_start(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    make = recorder_process.Recorder

    def made(*arguments: Any) -> recorder_process.Recorder:
        seen.append(rig.status_page.get("recorder_ns"))
        return make(*arguments)

    monkeypatch.setattr(recorder_process, "Recorder", made)
    rig.status_page.set("recorder_ns", 5)  # of its wait for tick 0
    rig.ending.set()
    rig.record()
    assert seen == [0]
    assert rig.status_page.get("recorder_ns") > 0


def test_a_signal_alone_does_not_end_it_while_control_lives() -> None:
    control = [os.getpid()]
    ending = recorder_process.Ending(lambda: control[0])
    assert not ending()
    ending.want()
    assert not ending()
    control[0] = 0
    assert ending()


def truncate(path: Path) -> None:
    os.truncate(path, 10)


@pytest.mark.parametrize(
    ("harm", "fault"), [(Path.unlink, Fault.GONE), (truncate, Fault.TRUNCATED)]
)
@pytest.mark.parametrize("name", ["run.h5", "run.chunks"])
def test_a_record_that_is_harmed_is_told_and_left(
    rig: Rig, name: str, harm: Callable[[Path], None], fault: Fault
) -> None:
    rig.put(20)
    spec = RunSpec.read(rig.folder)
    recorder = recorder_process.Recorder(spec, rig.folder, rig.status_page, 1, lambda: 0)
    recorder.look()
    recorder.wrote()
    harm(rig.folder / name)
    with pytest.raises(recorder_process.RecordLostError, match="the record was"):
        recorder.look()
    assert rig.status_page.get("record_fault") == fault


def test_a_record_whose_directory_is_gone_is_told_and_goes_on(rig: Rig) -> None:
    spec = RunSpec.read(rig.folder)
    recorder = recorder_process.Recorder(spec, rig.folder, rig.status_page, 1, lambda: 0)
    rig.folder.rename(rig.folder.with_name("moved"))
    recorder.look()
    assert rig.status_page.get("record_fault") == Fault.GONE
    recorder.finish()
    rig.folder.with_name("moved").rename(rig.folder)
