"""`isostack … --web` as a process of its own, for tests and pictures of the page."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.cli.live_runs import of_its_own
from tests.waiting import PATIENCE_S


class Page(NamedTuple):
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    link: str

    @property
    def origin(self) -> str:
        return self.link.partition("?")[0].rpartition(":")[0] + ":" + str(self.port)

    @property
    def port(self) -> int:
        return int(self.link.split(":")[2].partition("/")[0])

    def next_link(self) -> str:
        """The link for another browser, which the server prints when one was used."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "For another browser: " in line:
                return line.rpartition(" ")[2].strip()
        raise AssertionError("the server is gone")


@contextmanager
def page(folder: Path, *arguments: str) -> Generator[Page]:
    """`isostack ARGUMENTS`, which serves the page while the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fixture.cli.main", *arguments],
        env={**os.environ, **of_its_own(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("page: "), process.stderr and process.stderr.read()
        yield Page(process, line.split()[1])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
