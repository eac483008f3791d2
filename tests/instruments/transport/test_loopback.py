from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock


class Echo:
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, int]] = []

    def receive(self, data: bytes, t_ns: int) -> bytes:
        self.heard.append((data, t_ns))
        return data


def test_the_emulator_hears_the_bytes_at_the_clocks_time():
    echo, clock = Echo(), FakeClock()
    Loopback(echo, clock).write(b"abc")
    assert echo.heard == [(b"abc", clock.t_ns)]


def test_a_read_gives_at_most_what_is_asked_and_then_nothing():
    line = Loopback(Echo(), FakeClock())
    line.write(b"abcdef")
    assert [line.read(4, 0), line.read(4, 0), line.read(4, 0)] == [b"abcd", b"ef", b""]


def test_replies_wait_until_they_are_read_or_drained():
    line = Loopback(Echo(), FakeClock())
    line.write(b"one")
    line.write(b"two")
    assert line.read(99, 0) == b"onetwo"
    line.write(b"three")
    line.drain()
    assert line.read(99, 0) == b""
    line.write(b"four")
    line.close()
    assert line.read(99, 0) == b""


def test_a_slow_line_gives_its_bytes_in_pieces():
    line = Loopback(Echo(), FakeClock(), chunk=2)
    line.write(b"abc")
    assert [line.read(99, 0), line.read(99, 0)] == [b"ab", b"c"]
