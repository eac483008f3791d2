"""Plays the tests against each mutant: a pytest plugin that forks, changes one function, and looks.

The tests are collected and played once, with their lines measured; then each mutant gets a process
of its own in which those tests are played that come by its line, the quickest first, until one
fails. A mutant whose tests hang is killed after `HANG_S`, and counts as noticed: of its own CPU
time, so that a busy computer is not taken for a hang.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType

import pytest
from coverage import Coverage

from tests.core.safety.mutants.changes import Mutant

HANG_S = 60
EXAMPLES = 30  # of a property
NOTICED, MISSED = 1, 0


class Play:
    """The plugin. `survivors` and `failed` are what came of it."""

    def __init__(self, mutants: Sequence[Mutant], measure: Coverage, jobs: int) -> None:
        self._mutants, self._measure, self._jobs = mutants, measure, jobs
        self._seconds: dict[str, float] = {}
        self._failed = False
        self.failed: list[str] = []  # tests that fail without any change
        self.survivors: list[Mutant] = []
        self.unreached: list[Mutant] = []

    def pytest_configure(self) -> None:
        """Properties are tried with the same few examples each time."""
        from hypothesis import settings  # noqa: PLC0415 - pytest has to know of it first

        settings.register_profile(
            "mutants", derandomize=True, database=None, deadline=None, max_examples=EXAMPLES
        )
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whether a test failed, and how long it took."""
        seconds = self._seconds.get(report.nodeid, 0.0)
        self._seconds[report.nodeid] = seconds + report.duration
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own loop."""
        for item in session.items:
            self._measure.switch_context(item.nodeid)
            if self._fails(item):
                self.failed.append(item.nodeid)
        self._measure.stop()
        if not self.failed:
            self._try_all(session)
        return True

    def _fails(self, item: pytest.Item) -> bool:
        self._failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self._failed

    def _try_all(self, session: pytest.Session) -> None:
        items = {item.nodeid: item for item in session.items}
        gc.freeze()  # forks share what is there
        running: dict[int, Mutant] = {}
        for mutant, names in self._with_tests():
            if not names:
                self.unreached.append(mutant)
                continue
            while len(running) >= self._jobs:
                self._reap(running)
            process = os.fork()
            if not process:
                self._try(mutant, [items[name] for name in names])
            running[process] = mutant
        while running:
            self._reap(running)

    def _with_tests(self) -> Iterator[tuple[Mutant, list[str]]]:
        """Each mutant with the tests that come by its line, the quickest first."""
        data = self._measure.get_data()
        for mutant in self._mutants:
            by_line = data.contexts_by_lineno(str(mutant.path))
            names = [name for name in by_line.get(mutant.line, []) if name in self._seconds]
            yield mutant, sorted(set(names), key=lambda name: self._seconds[name])

    def _reap(self, running: dict[int, Mutant]) -> None:
        process, status = os.waitpid(-1, 0)
        mutant = running.pop(process)
        if os.waitstatus_to_exitcode(status) == MISSED:
            sys.stderr.write(f"unnoticed: {mutant.name}\n")
            self.survivors.append(mutant)

    def _try(self, mutant: Mutant, items: Sequence[pytest.Item]) -> None:
        """In a process of its own: leaves with what came of it."""
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, HANG_S)
        try:
            change(mutant.before, mutant.after)
            noticed = any(self._fails(item) for item in items)
        except BaseException:  # noqa: BLE001 - whatever it is, it was noticed
            noticed = True
        os._exit(NOTICED if noticed else MISSED)


def change(before: CodeType, after: CodeType) -> None:
    """Give every function with this code the other, and those that it has made already."""
    gc.unfreeze()
    pairs = tuple(_pairs(before, after))
    functions = [one for one in gc.get_objects() if isinstance(one, FunctionType)]
    found = [(one, new) for one in functions for old, new in pairs if one.__code__ == old]
    if not found:
        raise LookupError(f"no function has the code of {before.co_name}")
    for one, new in found:
        one.__code__ = new


def _pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The codes that are not the same: a function's, and of those within it."""
    yield before, after
    for old, new in zip(before.co_consts, after.co_consts, strict=False):
        if isinstance(old, CodeType) and isinstance(new, CodeType) and old != new:
            yield from _pairs(old, new)
