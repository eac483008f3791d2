"""Brokers that are not as they should be: too old, or silent after the greeting."""

import json
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress


def _greeting(version: str) -> bytes:
    info = {"server_id": "X", "version": version, "headers": True, "max_payload": 1 << 20}
    return b"INFO " + json.dumps(info).encode() + b"\r\n"


@contextmanager
def fake_broker(version: str, *, answers: bool) -> Generator[int]:
    """The port of a server of the NATS protocol that knows INFO and PING only, if these."""
    listener = socket.create_server(("127.0.0.1", 0))
    links: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                link, _ = listener.accept()
                links.append(link)
                link.sendall(_greeting(version))
                while data := link.recv(4096):
                    if answers and b"PING\r\n" in data:
                        link.sendall(b"PONG\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for link in links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()
        thread.join()
