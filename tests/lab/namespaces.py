"""Two network namespaces with a cable between them, which a test can pull. Needs root and iproute2.

Nothing but the two is touched: the cable is a pair of virtual interfaces that live in them.
Source: ip-netns(8), veth(4), setns(2).
"""

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
NEW_NETWORK = 0x40000000  # CLONE_NEWNET, linux/sched.h


class Cable:
    """Two namespaces, `near` and `far`, and the link between them."""

    def __init__(self) -> None:
        own = f"isostack-{os.getpid()}"
        self.near, self.far = f"{own}-a", f"{own}-b"
        self.near_address, self.far_address = "10.213.77.1", "10.213.77.2"

    def make(self) -> None:
        """Raises CalledProcessError where that is not allowed."""
        for name in (self.near, self.far):
            ip("netns", "add", name)
        ip("-n", self.near, "link", "add", "wire", "type", "veth", "peer", "name", "wire",
           "netns", self.far)  # fmt: skip
        for name, address in ((self.near, self.near_address), (self.far, self.far_address)):
            ip("-n", name, "addr", "add", f"{address}/30", "dev", "wire")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "wire", "up")

    def pull(self) -> None:
        """Nothing passes any more, and nobody is told."""
        ip("-n", self.near, "link", "set", "wire", "down")

    def plug(self) -> None:
        """It passes again."""
        ip("-n", self.near, "link", "set", "wire", "up")

    def close(self) -> None:
        for name in (self.near, self.far):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def ip(*words: str) -> None:
    """`ip …`. Raises CalledProcessError."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def why_not() -> str:
    """Why no namespace can be made here; '' where one can."""
    if os.geteuid():
        return "needs root"
    if shutil.which("ip") is None:
        return "needs the command ip"
    name = f"isostack-{os.getpid()}-try"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except subprocess.CalledProcessError as error:
        return f"no network namespaces here: {error.stderr.decode().strip()}"
    return ""


@contextmanager
def cable() -> Generator[Cable]:
    """Two namespaces while the block runs."""
    made = Cable()
    try:
        made.make()
        yield made
    finally:
        made.close()


def enter(name: str) -> None:
    """This thread's sockets, and those of threads that it starts, belong to a namespace from now
    on. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{name}").open("rb") as file:
        if libc.setns(file.fileno(), NEW_NETWORK):
            raise OSError(ctypes.get_errno(), f"setns {name}")


def within(name: str, work: Callable[[], T]) -> T:
    """What `work` returns, done within a namespace."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            enter(name)
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]
