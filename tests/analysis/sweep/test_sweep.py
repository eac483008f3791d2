"""Units come back in their order, whoever carries them out, and none is computed twice."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest

from fixture.analysis.errors import ClusterError, SweepError
from fixture.analysis.sweep import sweep as module
from fixture.analysis.sweep.identity import identity
from fixture.analysis.sweep.kept import Kept
from fixture.analysis.sweep.sweep import Sweep
from fixture.analysis.sweep.unit import (
    Order,
    Unit,
    carried_out,
    check_identity,
    digest_of,
    order_of,
)
from fixture.analysis.sweep.workers import processes
from tests.waiting import until


class Here:
    """Workers that do it at once, and count what they were sent."""

    def __init__(self) -> None:
        self.sent: list[Order[Any]] = []

    def send(self, order: Order[Any]) -> Future[Any]:
        self.sent.append(order)
        future: Future[Any] = Future()
        try:
            future.set_result(carried_out(order))
        except SweepError as error:
            future.set_exception(error)
        return future

    def check(self) -> None:
        """They are always here."""

    def why(self, error: Exception) -> str:
        """They fail in nothing."""
        return ""


class Dead(Here):
    """Workers that died."""

    def why(self, error: Exception) -> str:
        return "died" if isinstance(error, BrokenProcessPool) else ""

    def send(self, order: Order[Any]) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool())
        return future


class Broken(Dead):
    """Workers of which one died before this unit was sent."""

    def send(self, order: Order[Any]) -> Future[Any]:
        raise BrokenProcessPool


class Silent(Here):
    """Workers that never answer, because the last of them is gone."""

    def send(self, order: Order[Any]) -> Future[Any]:
        return Future()

    def check(self) -> None:
        raise ClusterError("gone")


def double(number: int) -> float:
    return 2.0 * number


def unit(number: int, *files: Path) -> Unit[float]:
    return Unit("record", f"double {number}", files, double, (number,), float)


def never(_: float) -> bool:
    return False


def values(found: Iterator[tuple[Unit[float], float]]) -> list[float]:
    return [value for _, value in found]


def test_results_are_in_the_order_of_their_units() -> None:
    found = Sweep(Here()).results(unit(number) for number in range(1000))
    assert values(found) == [2.0 * number for number in range(1000)]


def test_units_are_taken_only_as_workers_need_them() -> None:
    workers, endless = Here(), iter(int, 1)
    results = Sweep(workers).results(unit(number) for number in endless)
    assert len(list(islice(results, 3))) == 3
    assert len(workers.sent) == module.AHEAD + 2


def test_what_was_kept_is_not_computed_again(tmp_path: Path) -> None:
    first, again = Here(), Here()
    list(islice(Sweep(first, Kept(tmp_path)).results([unit(1), unit(2)]), 1))
    found = values(Sweep(again, Kept(tmp_path)).results([unit(1), unit(2), unit(3)]))
    assert found == [2.0, 4.0, 6.0]
    assert [order.given for order in again.sent] == [(3,)]


def test_what_was_kept_of_a_file_that_is_gone_is_computed_again(tmp_path: Path) -> None:
    there, gone = unit(1), unit(2)._replace(stands=never)
    again = Here()
    list(Sweep(Here(), Kept(tmp_path)).results([there, gone]))
    assert values(Sweep(again, Kept(tmp_path)).results([there, gone])) == [2.0, 4.0]
    assert [order.given for order in again.sent] == [(2,)]


def test_what_a_kill_left_unfinished_is_computed_again_and_more_can_be_kept(tmp_path: Path) -> None:
    list(Sweep(Here(), Kept(tmp_path)).results([unit(1), unit(2)]))
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for cut in range(len(whole)):
        file.write_bytes(whole[:cut])
        kept = Kept(tmp_path)
        assert values(Sweep(Here(), kept).results([unit(1), unit(2)])) == [2.0, 4.0]
        assert file.read_bytes() == whole


def test_a_sweep_that_is_over_leaves_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "verify")
    list(Sweep(Here(), kept).results([unit(1)]))
    assert [*tmp_path.iterdir()] == [tmp_path / "verify"]
    kept.remove()
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_kept_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    found = Sweep(Here(), Kept(tmp_path / "kept")).results([unit(1)])
    assert values(found) == [2.0]


def test_another_isostack_is_refused_before_any_work() -> None:
    other = identity()._replace(isostack="0.0.1 (abcdef)")
    with pytest.raises(SweepError, match=r"0\.0\.1 \(abcdef\).*was started by"):
        check_identity(identity(), "worker 7", other)
    with pytest.raises(
        SweepError, match=r"worker process \d+ on .+ has isostack .* nothing was sent"
    ):
        carried_out(order_of(unit(1))._replace(by=other))


def test_a_file_that_a_worker_does_not_see_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(b"here")
    order = order_of(unit(1, path))
    path.write_bytes(b"another one")
    with pytest.raises(SweepError, match="sees another file at"):
        carried_out(order)
    path.unlink()
    with pytest.raises(SweepError, match=r"cannot see .*run\.h5.*that all workers share"):
        carried_out(order)


@pytest.mark.parametrize(
    ("workers", "said"),
    [(Dead(), "died"), (Broken(), "died"), (Silent(), "gone")],
)
def test_workers_that_are_gone_are_one_message(
    workers: Here, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)
    with pytest.raises(ClusterError, match=said):
        list(Sweep(workers).results([unit(1)]))


def test_a_pool_that_lost_a_process_says_so_and_leaves_what_a_unit_raised() -> None:
    with processes(1) as workers:
        assert "goes on where it was" in workers.why(BrokenProcessPool())
        assert not workers.why(SweepError("cannot see it"))


def for_ever(begun: Path) -> float:
    begun.touch()
    threading.Event().wait()
    return 0.0


def test_processes_end_in_the_midst_of_a_unit_where_the_block_is_interrupted(
    tmp_path: Path,
) -> None:
    begun = tmp_path / "begun"
    endless = Unit("record", "for ever", (), for_ever, (begun,), float)
    with suppress(KeyboardInterrupt), processes(1) as workers:
        workers.send(order_of(endless))
        until(begun.exists)
        raise KeyboardInterrupt
    until(lambda: not active_children())


def test_a_digest_tells_records_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    found = {digest_of(files) for files in ([one], [other], [one, other], [other, one])}
    assert len(found) == 4
    other.write_bytes(b"1")
    assert digest_of([one]) == digest_of([other])


def test_this_isostack_is_the_same_in_every_process() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(identity).result() == identity()
