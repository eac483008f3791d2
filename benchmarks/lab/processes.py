"""The processes of the benchmark: started, given a time to begin, measured, ended by id."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.common import ROOT, isostack

TICKS_A_S = os.sysconf("SC_CLK_TCK")
READY_S = 60.0


class Worker:
    """A process that says `ready`, begins at the time that it is given, and says `done`."""

    def __init__(self, line: Sequence[str], environ: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *line],
            cwd=ROOT, env={**os.environ, **environ}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout

    def wait_for(self, word: str) -> None:
        """Until it says so."""
        said = self._out.readline().strip()
        if said != word:
            raise RuntimeError(f"{word} was expected, and not {said!r}")

    def begin(self, at_s: float) -> None:
        """Give it the time to begin, s of the monotonic clock."""
        self._in.write(f"{at_s!r}\n")
        self._in.flush()

    def close(self) -> None:
        """End it."""
        self._in.close()
        self._out.close()
        self.process.wait(READY_S)


class Command:
    """`isostack …` as a process, its lines in a file."""

    def __init__(self, environ: Mapping[str, str], log: Path, *arguments: str) -> None:
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                isostack(*arguments), cwd=ROOT, env={**os.environ, **environ},
                stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it in order."""
        self.process.terminate()
        try:
            self.process.wait(10.0)
        except subprocess.TimeoutExpired:
            self.kill()


def cpu_s(pid: int) -> float:
    """Processor time of a process up to now, s. Source: proc(5), fields 14 and 15 of stat."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_S


def memory_mb(pid: int) -> float:
    """Memory of a process that is its own, PSS, MB. Source: proc(5), smaps_rollup."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def until_s(at_s: float) -> None:
    """Wait for a time of the monotonic clock, s."""
    time.sleep(max(0.0, at_s - time.monotonic()))
