"""What the machine refuses is said and does no harm; lateness is counted within a quarter."""

import errno
import gc
import os
import resource
import subprocess
import sys
import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.runtime import timing
from fixture.runtime.timing import Grant, Granted, Lateness, System, bin_of, edge_ns

UNLIMITED = -1
CONTROL_MUST_NOT_IMPORT = ("numpy", "h5py", "logging", "asyncio", "subprocess", "multiprocessing")


class Kernel:
    """A kernel that refuses what it is told to refuse, and remembers what it granted."""

    def __init__(self, refuses: str = "", limit: int = UNLIMITED, root: bool = False) -> None:
        self.refuses = refuses
        self.max = limit
        self.root = root
        self.asked: dict[str, int] = {}

    def system(self) -> System:
        return System(
            partial(self.take, "slack"),
            partial(self.take, "memory"),
            partial(self.take, "priority"),
            self.may,
            self.limit,
        )

    def may(self, capability: int) -> bool:
        return self.root

    def limit(self, kind: int) -> int:
        return self.max

    def take(self, name: str, value: int) -> None:
        if name == self.refuses:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        self.asked[name] = value


@pytest.fixture(autouse=True)
def interpreter_as_before():
    """`grant` changes this process; put it back."""
    interval, stack = sys.getswitchinterval(), timing.threading.stack_size()
    yield
    gc.enable()
    gc.unfreeze()
    sys.setswitchinterval(interval)
    timing.threading.stack_size(stack)


def granted(**kernel: object) -> tuple[Granted, dict[str, int]]:
    made = Kernel(**kernel)  # type: ignore[arg-type]
    return timing.grant(made.system()), made.asked


def test_everything_is_granted_where_nothing_is_bounded() -> None:
    got, asked = granted()
    assert got.bits() == sum(Grant)
    assert asked == {"slack": 1, "memory": 7, "priority": timing.PRIORITY}
    assert got.words() == "timer slack 1 ns; memory locked; real-time priority 40"


@pytest.mark.parametrize(
    ("refuses", "left"),
    [
        ("slack", Grant.MEMORY | Grant.PRIORITY),
        ("memory", Grant.TIMER_SLACK | Grant.PRIORITY),
        ("priority", Grant.TIMER_SLACK | Grant.MEMORY),
    ],
)
def test_what_is_refused_is_said_and_the_rest_is_still_asked_for(refuses: str, left: int) -> None:
    got, asked = granted(refuses=refuses)
    assert got.bits() == left
    assert "Operation not permitted" in got.words()
    assert len(asked) == 2


def test_bounded_memory_is_not_locked_or_a_later_allocation_would_fail() -> None:
    got, asked = granted(limit=8_388_608)
    assert not got.memory.granted
    assert "memory" not in asked
    assert granted(limit=8_388_608, root=True)[0].memory.granted


def test_the_priority_stays_within_what_the_user_may_have() -> None:
    assert granted(limit=0)[0].priority.words == "no real-time priority: no permission"
    assert granted(limit=10)[1]["priority"] == 10
    assert granted(limit=99)[1]["priority"] == timing.PRIORITY
    assert granted(limit=0, root=True)[1]["priority"] == timing.PRIORITY


def test_the_interpreter_is_quiet_afterwards() -> None:
    granted()
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert sys.getswitchinterval() == pytest.approx(timing.SWITCH_INTERVAL_S)
    assert timing.threading.stack_size() == timing.STACK_BYTES


def test_the_kernel_here_answers_each_question() -> None:
    """In a process of its own, which may keep what it gets."""
    code = (
        "import sys; from fixture.runtime import timing; got = timing.grant(); print(got.bits());"
        "print(open('/proc/self/timerslack_ns').read().strip(), *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    bits, slack, *modules = done.stdout.split()
    assert int(bits) & Grant.TIMER_SLACK
    assert int(slack) <= timing.TIMER_SLACK_NS  # 0 where the priority is real-time
    assert not set(modules) & set(CONTROL_MUST_NOT_IMPORT)


def test_limits_and_capabilities_are_read_from_the_machine() -> None:
    assert (
        timing.LINUX.limit(resource.RLIMIT_NOFILE) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    )
    assert timing.LINUX.may(63) is False


def test_sleep_until_never_wakes_early_even_where_the_sleep_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000]

    def half(seconds: float) -> None:
        now[0] += max(1, round(seconds * 1e9 / 2))

    monkeypatch.setattr(time, "monotonic_ns", lambda: now[0])
    monkeypatch.setattr(time, "sleep", half)
    timing.sleep_until(501_000)
    assert now[0] == 501_000


def test_a_deadline_that_has_passed_is_not_slept_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 1000)
    monkeypatch.setattr(time, "sleep", pytest.fail)
    timing.sleep_until(1000)
    timing.sleep_until(-5)


@given(st.integers(0, 2**63 - 1))
def test_every_lateness_has_its_bin_within_a_quarter(late_ns: int) -> None:
    low, high = edge_ns(bin_of(late_ns)), edge_ns(bin_of(late_ns) + 1)
    assert low <= late_ns < high
    assert high - low == 1 or 4 * (high - low) <= low


def test_bins_cover_each_number_once() -> None:
    edges = [edge_ns(index) for index in range(Lateness.BINS + 1)]
    assert edges == sorted(set(edges))
    assert edges[-1] == 2**63
    assert [bin_of(edge) for edge in edges[:-1]] == list(range(Lateness.BINS))


@given(st.lists(st.integers(0, 10**9), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_never_too_small_and_at_most_a_quarter_too_large(
    late: list[int], part: float
) -> None:
    histogram = Lateness()
    for late_ns in late:
        histogram.add(late_ns)
    exact = next(x for i, x in enumerate(sorted(late), 1) if i >= part * len(late))
    assert exact <= histogram.quantile_ns(part) <= exact * 1.25 + 1
    assert histogram.quantile_ns(1.0) == histogram.worst_ns == max(late)


def test_the_quantile_of_nothing_is_zero() -> None:
    assert Lateness().quantile_ns(0.5) == 0


@given(
    st.integers(0, 2**62), st.sampled_from((1_000_000, 10_000_000, 333)),
    st.floats(0.0, 1.0, exclude_max=True),
)  # fmt: skip
def test_a_loop_begins_at_its_phase_and_within_a_tick(
    earliest_ns: int, tick_ns: int, phase: float
) -> None:
    begin_ns = timing.in_phase(earliest_ns, tick_ns, phase)
    assert earliest_ns <= begin_ns < earliest_ns + tick_ns
    assert begin_ns % tick_ns == int(phase * tick_ns)
    assert timing.in_phase(earliest_ns, tick_ns, None) == earliest_ns
