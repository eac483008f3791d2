"""A Dask scheduler and its workers, processes on loopback, for tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

START_S = 120.0
QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}


class Cluster(NamedTuple):
    """A scheduler and the workers that were started with it."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def dask(folder: Path, workers: int, environ: Mapping[str, str] = os.environ) -> Generator[Cluster]:
    """Started, each worker with one thread, and killed at the end; `folder` is for their files."""
    port = _free_port()
    address = f"tcp://127.0.0.1:{port}"
    begun = [
        _start("scheduler", ("--host", "127.0.0.1", "--port", str(port)), folder, environ),
        *(
            _start(
                "worker",
                (address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1",
                 "--name", f"worker-{number}", "--local-directory", str(folder)),
                folder, environ,
            )
            for number in range(workers)
        ),
    ]  # fmt: skip
    try:
        _wait_for(port)
        yield Cluster(address, begun[0], begun[1:])
    finally:
        for process in begun:
            process.kill()
            process.wait()


def _start(
    what: str, arguments: tuple[str, ...], folder: Path, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments, "--no-dashboard"]
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
            env={**environ, **QUIET},
        )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)
        else:
            return
