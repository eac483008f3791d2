"""Emulators served on real ports of this machine, for as long as a test lasts."""

import asyncio
import os
import threading
import time
import tty
from collections.abc import Generator
from contextlib import contextmanager

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from instruments.protocols import Emulator
from instruments.serve import Pace, Server
from tests.waiting import PATIENCE_S

SECOND_NS = 1_000_000_000
FAST = Pace(0, 0)


def soon(ms: float = 1000.0) -> int:
    """A deadline that far away."""
    return time.monotonic_ns() + round(ms * 1e6)


@contextmanager
def running(server: Server) -> Generator[Server]:
    """The server's loop, in a thread."""
    thread = threading.Thread(target=server.run)
    with server:
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


@contextmanager
def on_pty(emulator: Emulator, pace: Pace = FAST) -> Generator[str]:
    """The path of a pty on which `emulator` answers."""
    server = Server(time.monotonic_ns, lambda _: None)
    path = server.pty(emulator, pace)
    with running(server):
        yield path


@contextmanager
def on_tcp(emulator: Emulator, pace: Pace = FAST) -> Generator[int]:
    """The port at 127.0.0.1 on which `emulator` answers."""
    server = Server(time.monotonic_ns, lambda _: None)
    _, port = server.tcp(emulator, "127.0.0.1", 0, pace)
    with running(server):
        yield port


@contextmanager
def bare_pty() -> Generator[tuple[int, str]]:
    """A pty without anybody: its master, and the path of its slave, which stays open."""
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


@contextmanager
def pymodbus_server(registers: dict[int, list[int]], unit: int = 1) -> Generator[int]:
    """The port of a Modbus TCP server by pymodbus, with blocks of holding registers."""
    blocks = [
        SimData(address, values=list(values), datatype=DataType.REGISTERS)
        for address, values in registers.items()
    ]
    loop = asyncio.new_event_loop()

    async def start() -> ModbusTcpServer:
        server = ModbusTcpServer(SimDevice(unit, simdata=blocks), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        return server

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.transport.sockets[0].getsockname()[1]  # pyright: ignore
    finally:
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()
