"""Asking an instrument that answers in lines: one out, one in, and back in step after a failure.

Rules: what can only be a damaged answer is a BadReply. After a failure the line is drained and the
instrument is asked its `Hello`: a question whose answer looks like no other, so that a late answer
is stepped over. Nothing here knows a model.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NamedTuple

from instruments.codecs.lines import Lines
from instruments.protocols import BadReply, WrongDevice
from instruments.transport.link import Link

QUIET_NS = 5_000_000


class Hello(NamedTuple):
    """The question after which an instrument is in step again, and what answers to it there are."""

    question: bytes
    is_answer: Callable[[str], bool]
    wrong: Callable[[str], str] = lambda _: ""
    """Of an answer: why the instrument is not the right one; '' where it is."""


class LineLink:
    """A `Link` on which lines are asked; `what` names the instrument in errors."""

    def __init__(self, link: Link, hello: Hello, what: str, end: bytes = b"\n") -> None:
        self.link = link
        self._lines = Lines(end=end)
        self._hello = hello
        self.what = what

    def send(self, line: bytes) -> None:
        """Write a line that has no answer."""
        self.link.send(line)

    def ask(self, request: bytes, longer_ns: int = 0) -> str:
        """The line that answers, and nothing but it. Raises LinkError."""
        return self.link.exchange(request, self._take, longer_ns)

    def ask_lines(self, request: bytes, is_last: Callable[[str], bool]) -> list[str]:
        """The lines that answer, up to one that `is_last`. Raises LinkError."""
        came: list[str] = []

        def take(chunk: bytes) -> list[str] | None:
            came.extend(self._text(line) for line in self._lines.feed(chunk))
            return came if came and is_last(came[-1]) else None

        return self.link.exchange(request, take)

    @contextmanager
    def understanding(self) -> Generator[None]:
        """An answer that says nothing sensible (ValueError) is a BadReply."""
        try:
            yield
        except ValueError as error:
            self.link.in_step = False
            raise BadReply(f"{self.what}: {error}") from None

    def ready(self) -> None:
        """Come back into step if need be. Raises WrongDevice where something else answers."""
        if self.link.in_step:
            return
        self.link.drain_until_quiet(QUIET_NS)
        self._lines.reset()
        answer = self.link.exchange(self._hello.question, self._take_hello)
        wrong = self._hello.wrong(answer)
        if wrong:
            self.link.in_step = False
            raise WrongDevice(f"{self.what} {wrong}")

    def _take(self, chunk: bytes) -> str | None:
        lines = self._lines.feed(chunk)
        if not lines:
            return None
        if len(lines) > 1 or self._lines.left:
            raise BadReply(f"{self.what}: more came than one answer")
        return self._text(lines[0])

    def _take_hello(self, chunk: bytes) -> str | None:
        for line in self._lines.feed(chunk):
            text = line.decode("latin-1").strip()
            if self._hello.is_answer(text):
                self._lines.reset()
                return text
        return None

    def _text(self, line: bytes) -> str:
        try:
            return line.decode("ascii").strip()
        except UnicodeDecodeError:
            raise BadReply(f"{self.what}: not text: {line[:40]!r}") from None
