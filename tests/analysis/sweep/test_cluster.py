"""What Dask says of a unit that nobody carried out is told as what it is."""

from concurrent.futures import CancelledError
from types import SimpleNamespace

import distributed
import pytest

from fixture.analysis.errors import ClusterError, SweepError
from fixture.analysis.sweep.cluster import Cluster

ADDRESS = "tcp://127.0.0.1:8786"
KILLED = distributed.KilledWorker("a unit", None, 3)  # pyright: ignore[reportArgumentType]


def executor(*, pure: bool) -> None:
    assert not pure


def cluster(status: str = "running") -> Cluster:
    return Cluster(SimpleNamespace(status=status, get_executor=executor), ADDRESS)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        ("connecting", CancelledError(), "the scheduler is gone"),
        ("running", CancelledError(), "the scheduler is gone"),  # another one is at its address
        ("closed", Exception("Client is closed."), "the scheduler is gone"),
        ("running", KILLED, "each died in it"),
    ],
)
def test_what_the_workers_failed_in_is_one_line_that_says_how_to_go_on(
    status: str, error: Exception, said: str
) -> None:
    found = cluster(status).why(error)
    assert said in found
    assert found.startswith(f"--on {ADDRESS}: ")
    assert found.endswith("Run it again once they are back: it goes on where it was")


def test_what_a_unit_raised_stays_what_it_is() -> None:
    assert not cluster().why(SweepError("another isostack"))


def test_a_client_that_is_closed_has_no_scheduler() -> None:
    with pytest.raises(ClusterError, match="the scheduler is gone"):
        cluster("closed").check()
