"""`python -m benchmarks.durability [--short] [--seeds N]`: what damage costs a record.

A recorder is killed; its flushes are torn (of the pages or sectors written since the last sync
each reaches the disk or not, at random): in ordinary seconds, in those in which chunks are written,
and while the record is finished; its disk is full, or answers with an error; bits are flipped, and
files cut short. Each time the record is recovered and every row compared with what was written:
no acknowledged row may be lost, and no row may be wrong unless it is named as damaged.

`--seeds`: how many kills, and how many torn flushes (1000 of each; with `--short` 2).
"""

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Figure, conclude, parser, perform
from fixture.record import old_layout, regions, store
from fixture.record.anchor import side_path
from fixture.record.contents import Columns
from fixture.record.errors import RecordError
from fixture.record.reader import Record
from fixture.record.recovery import copy, recover
from fixture.record.store import lock_path
from fixture.record.writer import RecordWriter
from tests.record.crash import frame_of, killed
from tests.record.synthetic import HEADER, START_UNIX_NS, TRUTH, make_config

SEEDS, SEEDS_SHORT = 1000, 2
HANG_S = old_layout.START_S  # longer than any deadline that is met
PAGE, SECTOR = 4096, 512
APART = 10  # one of so many is recovered in a process of its own, which costs a second
EACH = 6  # flushes of each stage of one run
SYNCS = 12  # of one run that is torn
LENGTHS = (1, 7, 10, 60, 599, 600, 601, 1801)  # ticks between two syncs


class Result(NamedTuple):
    """What one injection left."""

    kind: str
    recovered: bool
    lost: int  # acknowledged rows, of ticks and log
    wrong: int  # rows that differ and are not named as damaged
    named: int  # rows that are named as damaged
    seconds: float


class Image(NamedTuple):
    """The files at one moment: what a disk would hold."""

    record: bytes
    side: bytes
    acknowledged: int
    stage: str


def images(folder: Path, seed: int) -> list[Image]:
    """Run a recorder and keep what its files hold before each sync, and after the last."""
    rng = random.Random(seed)  # noqa: S311 (moments, not secrets)
    path = folder / "run.h5"
    kept: list[Image] = []
    acknowledged, stage = -1, "ordinary"
    genuine = store.sync_data

    def keep(fd: int) -> None:
        kept.append(Image(path.read_bytes(), side_path(path).read_bytes(), acknowledged, stage))
        genuine(fd)

    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    store.sync_data = keep
    try:
        for _ in range(SYNCS):
            end = acknowledged + 1 + rng.choice(LENGTHS)
            stage = "ordinary" if (acknowledged + 1) // 600 == end // 600 else "chunk"
            for tick in range(acknowledged + 1, end):
                writer.append(frame_of(tick), (float(tick), -1.0))
            if rng.random() < 0.3:
                writer.checkpoint(end - 1, rng.randbytes(500))
            acknowledged = writer.sync()
        stage = "finishing"
        writer.finish("done", START_UNIX_NS)
    finally:
        store.sync_data = genuine
        writer.close()
    return kept


def torn(before: bytes, after: bytes, size: int, rng: random.Random) -> bytes:
    """`before`, with some of the blocks that `after` changed; its length is that of either."""
    share = rng.choice((0.1, 0.5, 0.9))
    length = len(after) if rng.random() < share else len(before)
    made = bytearray(before.ljust(len(after), b"\0"))
    for at in range(0, len(after), size):
        block = bytearray(after[at : at + size])
        if block != made[at : at + size] and rng.random() < share:
            made[at : at + size] = block
    return bytes(made[: max(length, 1)])


def compared(kind: str, path: Path, acknowledged: int, apart: bool = True) -> Result:
    """Recover and compare every row with what was written; `apart`: in a process of its own."""
    begin = time.monotonic()
    try:
        done = recover(path) if apart else copy(path, path.with_name("run.recovered.h5"))
    except RecordError as error:
        sys.stderr.write(f"{kind}: {error}\n")
        return Result(kind, False, acknowledged + 1, 0, 0, time.monotonic() - begin)
    spent = time.monotonic() - begin
    with Record.open(done.path) as record:
        bad = {t: _named(record, t, rows.rows) for t, rows in _bulk(record)}
        named = sum(int(rows.sum()) for rows in bad.values())
        wrong = _wrong_ticks(record, bad["ticks"]) + _wrong_log(record, bad["log"])
        missing = sum(max(0, acknowledged + 1 - t.rows) for _, t in _bulk(record))
        damaged = sum(int(rows[: acknowledged + 1].sum()) for rows in bad.values())
    for made in (done.path, side_path(done.path)):
        made.unlink()
    return Result(kind, True, missing + damaged, wrong, named, spent)


def _bulk(record: Record) -> tuple[tuple[str, Columns], ...]:
    return (("ticks", record.ticks), ("log", record.log))


def _named(record: Record, table: str, rows: int) -> NDArray[np.bool_]:
    """Which rows of a table are named as damaged."""
    bad = np.zeros(rows, bool)
    groups = {"ticks"} if table == "ticks" else {"log", "twin"}
    for one in record.lost:
        if one.table.split("/")[0] in groups:
            bad[one.first_row : one.first_row + one.rows] = True
    return bad


def _wrong_ticks(record: Record, bad: NDArray[np.bool_]) -> int:
    ticks, rows = record.ticks, np.arange(record.ticks.rows)
    right = {
        "tick": rows, "position": rows, "command": rows / 2**20, "counts_1": rows,
        "counts_2": -rows, "counts_3": np.full(len(rows), 7), "voltage": np.full(len(rows), 3.5),
    }  # fmt: skip
    wrong = np.zeros(len(rows), bool)
    for name, values in right.items():
        wrong |= ticks[name] != values
    return int((wrong & ~bad).sum())


def _wrong_log(record: Record, bad: NDArray[np.bool_]) -> int:
    rows = np.arange(record.log.rows)
    wrong = ~np.isclose(record.log["test_time_second"], rows / 10, rtol=0, atol=1e-9)
    if "true_thickness_metre" in record.twin:
        wrong |= record.twin["true_thickness_metre"] != -1.0
    return int((wrong & ~bad).sum())


def kills(seeds: int) -> Iterator[Result]:
    """`kill -9` at odd moments."""
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.h5"
            acknowledged = killed(path, seed)
            yield compared("kills", path, acknowledged, apart=seed % APART == 0)


def torn_flushes(seeds: int) -> Iterator[Result]:
    """A power cut in the middle of a flush; with and without the side file."""
    done = seed = 0
    while done < seeds:
        with tempfile.TemporaryDirectory() as folder:
            kept = images(Path(folder), seed)
            rng = random.Random(seed)  # noqa: S311
            for before, after in _chosen(kept, rng, seeds - done):
                place = Path(folder) / f"torn{done}"
                place.mkdir()
                size = rng.choice((PAGE, SECTOR))
                (place / "run.h5").write_bytes(torn(before.record, after.record, size, rng))
                if rng.random() < 0.5:
                    side = torn(before.side, after.side, size, rng)
                    side_path(place / "run.h5").write_bytes(side)
                kind = f"torn, {after.stage}"
                apart = done % APART == 0 or after.stage == "finishing"
                yield compared(kind, place / "run.h5", after.acknowledged, apart)
                shutil.rmtree(place)
                done += 1
        seed += 1


def _chosen(kept: list[Image], rng: random.Random, most: int) -> list[tuple[Image, Image]]:
    """Some flushes of each stage: an image, and the next of which a part is on the disk."""
    pairs = list(pairwise(kept))
    by_stage: dict[str, list[tuple[Image, Image]]] = {}
    for pair in pairs:
        by_stage.setdefault(pair[1].stage, []).append(pair)
    each = max(1, min(EACH, most // len(by_stage)))
    return [pair for of in by_stage.values() for pair in rng.sample(of, min(each, len(of)))][:most]


def disk_faults(seeds: int) -> Iterator[Result]:
    """A disk that is full, or answers with an error, from some write or sync on."""
    for seed in range(seeds):
        for kind, fault in (("full disk", OSError(28, "full")), ("EIO", OSError(5, "broken"))):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "run.h5"
                acknowledged = failed(path, seed, fault, at_sync=kind == "EIO")
                yield compared(kind, path, acknowledged)


def failed(path: Path, seed: int, fault: OSError, at_sync: bool) -> int:
    """Write until the disk fails; the last acknowledged tick. What is in the file then is kept."""
    rng = random.Random(seed)  # noqa: S311
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    left = [rng.randint(3, 40)]
    name = "sync_data" if at_sync else "write_at"
    place = store if at_sync else regions
    genuine: Callable[..., None] = getattr(place, name)

    def failing(*arguments: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise fault
        genuine(*arguments)

    setattr(place, name, failing)
    acknowledged = -1
    try:
        while True:
            for tick in range(acknowledged + 1, acknowledged + 1 + rng.choice(LENGTHS)):
                writer.append(frame_of(tick), (float(tick), -1.0))
            acknowledged = writer.sync()
    except OSError:
        raw, side = path.read_bytes(), side_path(path).read_bytes()
    finally:
        setattr(place, name, genuine)
        writer.close()
    path.write_bytes(raw)
    side_path(path).write_bytes(side)
    lock_path(path).touch()
    return acknowledged


def finished(path: Path, rng: random.Random) -> int:
    """A finished record; its last tick."""
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    ticks = rng.randint(1500, 3000)
    for tick in range(ticks):
        writer.append(frame_of(tick), (float(tick), -1.0))
        if tick % 97 == 0:
            writer.sync()
    writer.finish("done", START_UNIX_NS)
    return ticks - 1


def flips_and_cuts(seeds: int) -> Iterator[Result]:
    """One bit, or everything from some byte on, of a finished record."""
    with tempfile.TemporaryDirectory() as folder:
        rng = random.Random(1)  # noqa: S311
        path = Path(folder) / "run.h5"
        last = finished(path, rng)
        raw = path.read_bytes()
        for number in range(2 * seeds):
            made = bytearray(raw)
            kind = ("bit flips", "truncations")[number % 2]
            if number % 2:
                del made[rng.randint(len(raw) // 5, len(raw) - 1) :]
            else:
                made[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
            path.write_bytes(made)
            yield compared(kind, path, last)


def figures(found: list[Result]) -> Iterator[Figure]:
    """The counts of each kind, and of all."""
    for kind in dict.fromkeys(one.kind for one in found):
        mine = [one for one in found if one.kind == kind]
        damaged = kind in ("bit flips", "truncations")  # which lose what they hit, by name
        lost = sum(one.lost for one in mine)
        yield Figure(f"{kind}: injected", len(mine), "")
        yield Figure(f"{kind}: not recovered", sum(not o.recovered for o in mine), "", most=0.0)
        if damaged:
            yield Figure(f"{kind}: rows lost or named as damaged", lost, "rows")
        else:
            yield Figure(f"{kind}: acknowledged rows lost", lost, "rows", most=0.0)
        yield Figure(f"{kind}: wrong rows", sum(one.wrong for one in mine), "rows", most=0.0)
    slow = sum(one.seconds > HANG_S for one in found)
    yield Figure("hangs", slow, "", most=0.0)
    yield Figure("worst time to recover", max(one.seconds for one in found), "s")


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where anything is lost."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, help="kills, and torn flushes")
    given = options.parse_args(arguments)
    short: bool = given.short
    seeds: int = given.seeds or (SEEDS_SHORT if short else SEEDS)
    some = max(1, seeds // 10)
    parts = (kills(seeds), torn_flushes(seeds), disk_faults(some), flips_and_cuts(some))
    found: list[Result] = []
    for one in chain.from_iterable(parts):
        found.append(one)
        print(f"{len(found)}: {one.kind}", file=sys.stderr, flush=True)
    lost = sum(not one.recovered or one.wrong > 0 for one in found)
    return conclude(
        figures(found), f"durability: {lost} of {len(found)} not recovered or wrong", short
    )


if __name__ == "__main__":
    perform(main)
