"""Asking a SCPI instrument: lines, numbers, and its queue of errors. Nothing here knows a model."""

from instruments.codecs import scpi
from instruments.protocols import Clock, DeviceRefused, Transport
from instruments.transport.lines import Hello, LineLink
from instruments.transport.link import Link

NO_ERROR = ("0", "+0")
SHOWN = 80  # characters of an answer in an error


def _not_scpi(language: str) -> str:
    if language == "SCPI":
        return ""
    return f"speaks {language}, not SCPI; send `*LANG SCPI` and restart it"


def _is_language(line: str) -> bool:
    return line in ("SCPI", "TSP", "SCPI2400")


LANGUAGE = Hello(b"*LANG?\n", _is_language, _not_scpi)


class ScpiLink(LineLink):
    """A `LineLink` to an instrument that speaks SCPI."""

    def __init__(
        self, transport: Transport, clock: Clock, deadline_ns: int, latency_ns: int, what: str,
        hello: Hello = LANGUAGE,
    ) -> None:  # fmt: skip
        link = Link(transport, clock, deadline_ns, latency_ns, f"{what} (SCPI)")
        super().__init__(link, hello, what)

    def say(self, line: str) -> None:
        """Write commands."""
        self.send(line.encode() + b"\n")

    def numbers(self, line: str, count: int) -> tuple[float, ...]:
        """So many numbers of an answer. Raises BadReply."""
        with self.understanding():
            return scpi.numbers(line, count)

    def check(self, done: str) -> None:
        """Ask for the oldest error. Raises DeviceRefused where there is one."""
        self.ready()
        answer = self.ask(b":SYST:ERR?\n")
        code, _, message = answer.partition(",")
        if code.strip() not in NO_ERROR:
            self.link.in_step = False
            raise DeviceRefused(f"{self.what} refused {done}: error {code} ({message[:SHOWN]})")
