"""A broker from its wheel, on a free port of this machine."""

import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from fixture.lab import serve
from fixture.lab.access import Access
from tests.lab.namespaces import within

STARTED_S = 60.0


class BrokerProcess:
    """A server that can be killed and started again."""

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        more: str = "",
        host: str = "127.0.0.1",
        inside: str = "",
    ) -> None:
        """`inside`: the network namespace that it runs in."""
        self.port = port or free_port()
        self.told = serve.Served(folder, host, self.port)
        self.access: Access = serve.prepared(self.told)
        config = folder / serve.CONFIG
        config.write_text(config.read_text() + more)
        self._inside = inside
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        before = ["ip", "netns", "exec", self._inside] if self._inside else []
        self._process = subprocess.Popen(
            [*before, str(serve.program()), "-c", str(self.told.folder / serve.CONFIG)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + STARTED_S
        while time.monotonic() < end and self._process.poll() is None:
            if within(self._inside, self._listens) if self._inside else self._listens():
                return
            time.sleep(0.01)
        raise RuntimeError((self.told.folder / serve.LOG).read_text())

    def _listens(self) -> bool:
        with socket.socket() as sock:
            return not sock.connect_ex((self.told.host, self.port))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def free_port() -> int:
    """A port at which nobody listens now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def running(folder: Path, more: str = "") -> Generator[BrokerProcess]:
    """A broker while the block runs."""
    made = BrokerProcess(folder, more=more)
    made.start()
    try:
        yield made
    finally:
        made.kill()
