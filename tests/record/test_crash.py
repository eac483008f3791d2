"""What was acknowledged survives, and can be copied out; the damaged file is left alone."""

import hashlib
from pathlib import Path

import h5py
import pytest

from fixture.record import recovery
from fixture.record.anchor import side_path
from fixture.record.errors import RecordError
from fixture.record.integrity import damage
from fixture.record.nodes import dataset_at, group_at, values_at
from fixture.record.reader import Record
from fixture.record.recovery import recover
from fixture.record.writer import RecordWriter
from tests.record.conftest import Run
from tests.record.crash import crash
from tests.record.synthetic import HEADER, START_UNIX_NS, TRUTH, make_config, make_frame


def left_open(path: Path, ticks: int) -> None:
    """A record as a crash leaves it: a copy of the file under a writer's hands."""
    live = path.with_name("live.h5")
    writer = RecordWriter.create(live, HEADER, make_config(), TRUTH)
    for tick in range(ticks):
        writer.append(make_frame(tick, position=tick), (float(tick), 0.5))
    writer.checkpoint(ticks - 1, b"state")
    writer.sync()
    path.write_bytes(live.read_bytes())
    writer.close()


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path: Path, seed: int):
    left = crash(tmp_path / "run.h5", seed)
    assert left.read >= left.acknowledged
    assert left.recovered == left.read
    assert left.exact


def test_recovery_makes_a_file_that_any_tool_opens(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 1450)
    with pytest.raises(OSError, match="open"), h5py.File(path):
        pass
    done = recover(path)
    assert done == (tmp_path / "run.recovered.h5", 1450, 1450, 0, 1449)
    with h5py.File(done.path) as file:
        assert values_at(file, "entry/ticks/position").tolist() == list(range(1450))
        assert values_at(file, "entry/twin/true_pressure_pa")[1448] == 1448.0
        assert group_at(file, "entry").attrs["recovered_from"] == "run.h5"
        assert group_at(file, "entry").attrs["outcome"] == "recovered"


def test_recovery_keeps_everything(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 700)
    done = recover(path, tmp_path / "out.h5")
    with Record.open(path) as old, Record.open(done.path) as new:
        assert list(new.samples()) == list(old.samples())
        assert list(new.commands()) == list(old.commands())
        assert (new.header, new.config, new.truth) == (old.header, old.config, old.truth)
        assert new.checkpoints == old.checkpoints
        assert all((new.log[c] == old.log[c]).all() for c in old.log)
        assert (old.finished, new.finished) == (False, True)


def test_a_finished_record_may_be_recovered_too(run: Run, tmp_path: Path):
    done = recover(run.path, tmp_path / "copy.h5")
    with Record.open(run.path) as old, Record.open(done.path) as new:
        assert new.outcome == old.outcome
        assert all((new.cycles[c] == old.cycles[c]).all() for c in ("cycle", "pressure_mean_pa"))
        assert new.events["text"].tolist() == old.events["text"].tolist()


def test_recovery_changes_nothing_in_the_damaged_file(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 100)
    before = hashlib.sha256(path.read_bytes()).digest()
    recover(path)
    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_recovery_overwrites_nothing(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 100)
    (tmp_path / "run.recovered.h5").write_text("mine")
    with pytest.raises(RecordError, match="already there"):
        recover(path)
    assert (tmp_path / "run.recovered.h5").read_text() == "mine"


def test_a_reader_that_hangs_is_ended_and_the_bytes_are_read(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 100)
    assert recover(path, deadline_s=0.0).last_tick == 99


def test_a_closed_record_on_which_hdf5_hangs_is_read_from_its_bytes(run: Run, tmp_path: Path):
    done = recover(run.path, tmp_path / "copy.h5", deadline_s=0.0)
    with Record.open(run.path) as old, Record.open(done.path) as new:
        assert list(map(repr, new.samples())) == list(map(repr, old.samples()))
        assert (new.outcome, new.config, damage(new)) == (old.outcome, old.config, ())
        assert all((new.cycles[c] == old.cycles[c]).all() for c in ("cycle", "pressure_mean_pa"))


def test_a_last_chunk_without_its_check_sum_adds_no_row_of_padding(tmp_path: Path):
    writer = RecordWriter.create(tmp_path / "live.h5", HEADER, make_config(), TRUTH)
    for tick in range(700):
        writer.append(make_frame(tick, position=tick), (float(tick), 0.5))
    writer.sync()
    kept: list[bytes] = []

    def cut_off(_: int) -> None:
        kept.append((tmp_path / "live.h5").read_bytes())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fixture.record.store.sync_data", cut_off)
        writer.finish("done", START_UNIX_NS)
    for number, raw in enumerate(kept):
        path = tmp_path / f"run{number}.h5"
        path.write_bytes(raw)
        with Record.open(path) as record:
            assert record.ticks["position"].tolist() == list(range(700))
            assert record.log.rows == 700


def test_a_live_file_cut_before_its_anchor_is_a_clear_error(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 1450)
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(RecordError, match="damaged or cut short"):
        recover(path)
    assert sorted(p.name for p in tmp_path.glob("run.*")) == ["run.h5"]


@pytest.mark.parametrize("side", [True, False])
@pytest.mark.parametrize("kept", [0.5, 0.93])
def test_a_file_cut_short_gives_what_is_in_it(run: Run, tmp_path: Path, kept: float, side: bool):
    path = tmp_path / "run.h5"
    raw = run.path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    if side:
        side_path(path).write_bytes(side_path(run.path).read_bytes())
    done = recover(path)
    with Record.open(run.path) as old, Record.open(done.path) as new:
        ticks, known = new.ticks.salvage("tick", 0, done.ticks)
        assert ticks[ticks > 0].tolist() == [t for t in old.ticks["tick"] if t in set(ticks) - {0}]
        assert known.all()
        assert damage(new) == new.lost
        assert all(one.table.split("/")[0] in {"ticks", "log", "twin"} for one in new.lost)
    assert 0 < done.ticks <= 1331


def test_a_broken_check_sum_ends_the_tail_there(tmp_path: Path):
    path = tmp_path / "run.h5"
    left_open(path, 50)
    with h5py.File(tmp_path / "live.h5", "r", libver="latest", swmr=True) as file:
        ring = dataset_at(file, "entry/live/ticks")
        place = ring.id.get_offset() + 20 * ring.dtype.itemsize + 30
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    with Record.open(path) as record:
        assert record.ticks["position"].tolist() == list(range(20))


def test_the_child_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    missing = tmp_path / "no.h5"
    assert recovery.main([str(missing), str(tmp_path / "out.h5")]) == 1
    assert str(missing) in capsys.readouterr().err
