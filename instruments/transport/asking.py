"""Questions and answers in lines of text, by templates: the wire of the models `scpi`.

Rules: an answer is one line that fits the template; another line, or bytes after it, is a BadReply.
Such a protocol cannot tell a late answer from the next one, so after any failure a question is
asked again and again until it is answered, and all that comes is thrown away. An answer that only
the identification has shows that nothing is late any more; any other only if the line is silent for
twice the deadline after it.
"""

from collections.abc import Sequence

import msgspec

from instruments.codecs.lines import Lines
from instruments.codecs.template import Template, TemplateError
from instruments.loadcell.channels import CUTS, ENDS, End
from instruments.options import OptionError
from instruments.protocols import BadReply, ReplyTimeout
from instruments.transport.link import CALM, Link

SHOWN = 80  # characters of an answer in an error
QUIET_NS = 20_000_000


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent, without its line end, and the template of the answer; '': none comes."""

    say: str
    reply: str = ""


def check_said(field: str, said: Said | None, numbers: int | None = None) -> None:
    """Whether both are templates, and the answer has so many numbers. Raises OptionError."""
    if said is None:
        return
    try:
        Template(said.say)
        reply = Template(said.reply)
    except TemplateError as error:
        raise OptionError(field, str(error)) from None
    if numbers is not None and len(reply.numbers) != numbers:
        raise OptionError(
            field, f"reply {said.reply!r} reads {len(reply.numbers)} numbers, not {numbers}"
        )


def check_takes(field: str, said: Said) -> None:
    """Whether `say` has room for one number. Raises OptionError."""
    check_said(field, said)
    if Template(said.say).numbers != ("value",):
        raise OptionError(field, f"say {said.say!r} has no {{value}} for the position")


class Asker:
    """Asks over a link, and judges the answers."""

    def __init__(self, link: Link, end: End, identify: Said | None, reading: Said) -> None:
        """What the device is identified by, or else one of its readings, is asked to find the place
        again after a failure: they change nothing."""
        self._link = link
        self._own = identify is not None  # the probe is asked for nothing else
        self._end = ENDS[end]
        self._lines = Lines(end=CUTS[end])
        self._probe = identify or reading
        self._templates: dict[str, Template] = {}
        self._replies: set[str] = set()  # of all other questions

    @property
    def in_step(self) -> bool:
        """Whether no late answer may still come."""
        return self._link.in_step

    def ask(self, said: Said, number: str = "") -> dict[str, str]:
        """Say it, with a number in it, and return the fields of the answer. Raises LinkError."""
        request = self._request(said, number)
        if not said.reply:  # a device may answer only once it has been set up
            self._link.send(request)
            return {}
        if not self._link.in_step:
            self._resynchronise()
        if said != self._probe:
            self._replies.add(said.reply)
        return self._link.exchange(request, lambda chunk: self._take(chunk, said))

    def numbers(self, said: Said) -> tuple[float, ...]:
        """Ask, and return the numbers of the answer. Raises LinkError."""
        found = self.ask(said)
        return tuple([float(found[name]) for name in self._template(said.reply).ordered()])

    def say_first(self, said: Said) -> None:
        """Say it whatever the line's state is, without an answer. Raises LinkError."""
        self._link.drain()
        self._link.send(self._request(said, ""))

    def _request(self, said: Said, number: str) -> bytes:
        return self._template(said.say).fill({"value": number}).encode("latin-1") + self._end

    def _template(self, text: str) -> Template:
        if text not in self._templates:
            self._templates[text] = Template(text)
        return self._templates[text]

    def _take(self, chunk: bytes, said: Said) -> dict[str, str] | None:
        lines = self._lines.feed(chunk)
        if not lines:
            return None
        line = lines[0].decode("latin-1")
        found = self._template(said.reply).match(line)
        if found is None or len(lines) > 1 or self._lines.left:
            more = " and more" if len(lines) > 1 or self._lines.left else ""
            raise BadReply(
                f"{said.say!r} was answered {line[:SHOWN]!r}{more}, and not {said.reply!r}; "
                "check the description"
            )
        return found

    def _resynchronise(self) -> None:
        """Raises ReplyTimeout while nothing answers, or the line does not fall silent."""
        link = self._link
        link.drain_until_quiet(QUIET_NS)
        self._lines.reset()
        probe = self._request(self._probe, "")
        came = 0

        def take(chunk: bytes) -> bool | None:
            nonlocal came
            lines = self._lines.feed(chunk)
            came += len(lines)
            own = bool(lines) and self._is_probes(lines[-1].decode("latin-1"))
            return True if own and not self._lines.left else None

        try:
            link.exchange(probe, take)
        except (ReplyTimeout, BadReply):
            silence_ns = CALM * link.deadline_ns
            if not came or not link.is_quiet_for(silence_ns, 2 * silence_ns):
                raise
        self._lines.reset()
        link.in_step = True

    def _is_probes(self, line: str) -> bool:
        """Whether a line answers the probe, and no other question that was asked."""
        if not self._own or not self._probe.reply:
            return False
        others = any(self._template(reply).match(line) is not None for reply in self._replies)
        return not others and self._template(self._probe.reply).match(line) is not None


class Answers:
    """The device's side: which of several questions a line is, and what is in it."""

    def __init__(self, end: End, said: Sequence[Said]) -> None:
        self._end = ENDS[end] if end != "lf" else b"\n"
        self._lines = Lines(end=CUTS[end])
        self._known = [(Template(one.say), one) for one in said]

    def heard(self, data: bytes) -> list[tuple[Said, dict[str, str]]]:
        """What whole lines ask; one that is not known is not answered."""
        found: list[tuple[Said, dict[str, str]]] = []
        for line in self._lines.feed(data):
            for template, said in self._known:
                fields = template.match(line.decode("latin-1"))
                if fields is not None:
                    found.append((said, fields))
                    break
        return found

    def reply(self, said: Said, given: dict[str, str]) -> bytes:
        """The answer with these fields; nothing where none is due."""
        return Template(said.reply).fill(given).encode("latin-1") + self._end if said.reply else b""
