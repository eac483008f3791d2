"""ACME load cells for isostack: a model in a package of its own, reached through the vendor's library.

The protocol: `W` and a line end are answered with the weight of each load cell in counts and a fault
flag, `+001234 -000002 0`. The vendor's library opens an instrument by a name of its own
(`acme:NAME`); here a socket stands in for it, and the name is HOST:PORT.
"""

import select
import socket

from isostack.drivers import (
    BadReply,
    Clock,
    ForcePlant,
    ForceReading,
    Identity,
    Lines,
    Link,
    LinkError,
    LinkGone,
    LinkOptions,
    Model,
    Positive,
    Template,
    Transport,
    require,
)

require(1)

ASK = b"W\n"
QUIET_NS = 5_000_000  # longer than the gap between two bytes of one answer


class AcmeOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`units`, `division_n` (N of one count) and `full_scale_n` come from the rig."""

    units: tuple[int, ...] = (1,)
    division_n: Positive = 0.1
    full_scale_n: Positive = 4000.0


class AcmeCells:
    """`LoadCell`: all load cells of one ACME amplifier."""

    def __init__(self, transport: Transport, clock: Clock, options: AcmeOptions) -> None:
        self._link = Link(transport, clock, options.deadline_ns, options.latency_ns, "acme")
        self._lines = Lines()
        values = " ".join(f"{{value{i + 1}}}" for i in range(len(options.units) + 1))
        self._template = Template(values)  # the last one is the fault

    def identify(self) -> Identity:
        """It has no identity: it is read once. Raises LinkError."""
        self.read()
        return Identity("acme-cells", "", "")

    def read(self) -> ForceReading:
        """All load cells, once. Raises LinkError."""
        if not self._link.in_step:  # a late answer may still come: all is taken, and thrown away
            self._link.drain_until_quiet(QUIET_NS)
            self._lines.reset()
            self._link.send(ASK)
            self._link.drain_until_quiet(self._link.deadline_ns)
        *counts, fault = self._link.exchange(ASK, self._take)
        link = self._link
        return ForceReading(
            tuple([round(count) for count in counts]), fault != 0, link.t_ns, link.uncertainty_ns
        )

    def verify(self) -> None:
        """There is no setting of ours in it: it answers. Raises LinkError."""
        self.read()

    def _take(self, chunk: bytes) -> tuple[float, ...] | None:
        lines = self._lines.feed(chunk)
        if not lines:
            return None
        values = self._template.values(lines[0].decode("latin-1"))
        if values is None or len(lines) > 1 or self._lines.left:
            raise BadReply(f"acme: no weights in {lines[0][:80]!r}")
        return values


class AcmeEmulator:
    """`Emulator` of one amplifier, over load cells 0, 1, 2, …"""

    def __init__(self, plant: ForcePlant, options: AcmeOptions) -> None:
        self._plant = plant
        self._options = options
        self._lines = Lines()

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes that arrive at `t_ns`; the answer."""
        del t_ns
        return b"".join([self._answer() for line in self._lines.feed(data) if line == b"W"])

    def _answer(self) -> bytes:
        forces = [self._plant.force_n(cell) for cell in range(len(self._options.units))]
        broken = any(force != force for force in forces)
        counts = [0 if broken else round(force / self._options.division_n) for force in forces]
        return " ".join([*(f"{count:+07d}" for count in counts), str(int(broken))]).encode() + b"\n"


class AcmePort:
    """`Transport` over the vendor's library. Its errors become those of isostack here."""

    def __init__(self, name: str, clock: Clock) -> None:
        host, _, port = name.rpartition(":")
        try:
            self._session = socket.create_connection((host, int(port)), timeout=1.0)
        except (OSError, ValueError) as error:
            raise LinkError(f"acme:{name}: cannot be opened ({error})") from None
        self._name = name
        self._clock = clock

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkGone."""
        try:
            self._session.sendall(data)
        except OSError as error:
            raise LinkGone(f"acme:{self._name}: {error}") from None

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size` bytes; b'' at the deadline. Raises LinkGone."""
        left_s = max(0.0, (deadline_ns - self._clock()) / 1e9)
        if not select.select([self._session], [], [], left_s)[0]:
            return b""
        try:
            data = self._session.recv(size)
        except OSError as error:
            raise LinkGone(f"acme:{self._name}: {error}") from None
        if not data:
            raise LinkGone(f"acme:{self._name}: closed")
        return data

    def drain(self) -> None:
        """Throw away what has come; never fails."""
        while select.select([self._session], [], [], 0)[0]:
            try:
                if not self._session.recv(4096):
                    return
            except OSError:
                return

    def close(self) -> None:
        """Let go of it."""
        self._session.close()


def opens(name: str, clock: Clock, options: AcmeOptions):
    """What opens `acme:NAME`, each time it is called: for control, the supervisor, after a loss."""
    del options
    return lambda: AcmePort(name, clock)


def when_silent(options: AcmeOptions) -> str:
    """What it does once nothing is heard of the host again."""
    del options
    return "nothing: it only answers"


MODEL = Model(
    "load_cells",
    "acme-cells",
    AcmeOptions,
    AcmeCells,
    "isostack_acme:AcmeEmulator",
    when_silent,
    kinds=("tcp",),
    scheme="acme",
    opens=opens,
)
