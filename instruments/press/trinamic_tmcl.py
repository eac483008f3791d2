"""A screw press driven by a Trinamic module over TMCL's binary protocol.

Rules: every read asks for the position; one of the slower questions (end stops, faults,
temperature) takes its turn beside it, so that a read costs two exchanges. After a failure the line
is drained and probed with a command that nothing else uses (version, 136), so that a late position
is never taken for a new one. The module stops the motor by itself when the line is silent for
`heartbeat_ms` (global parameter 68, that of the RS-485 line: on USB it may not guard [B]): any
traffic feeds it, so only the control tick may call `read`, `move_to` or `stop`. The module keeps
the heartbeat in EEPROM, so it is written only where it differs, and a reset does not show in it.
What a reset clears is a user variable: `configure` writes a mark there, which takes its turn among
the slow questions, with the other settings. A module without it was reset, and its counter with it.
It reports a fault from then on and is not moved again; nothing is written, so that another process
sees it as well.

Source: TMCL Firmware Manual: MVP, MST, SGP, GAP, GIO, axis parameters; global parameters 64 to 128
of bank 0 are in EEPROM alone, and SGP stores them; bank 2 has the user variables, in RAM, which a
reset restores from EEPROM (0 as delivered; GP 85). [B] Axis parameter 10 is the
right end stop (towards larger positions) and 11 the left; 1 means reached. [B] Bits of 208: 1
over-temperature, 3 and 4 short circuits; 207 is an extended error flag whose bits differ by module.
[B] GIO with bank 1 gives an analog input's raw value.
"""

import math
from typing import Annotated

from msgspec import Meta

from instruments.codecs import tmcl
from instruments.codecs.tmcl import Axis, Command
from instruments.model import Model
from instruments.options import Byte, Every, LinkOptions, Positive
from instruments.protocols import BadReply, Clock, DeviceRefused, Identity, PressReading, Transport
from instruments.transport.link import Link

QUIET_NS = 5_000_000
HEARTBEAT_MAX_MS = 60_000
MARK = 0x15057ACC  # any number but 0, which is what a reset leaves

_NAN = math.nan


class TrinamicTmclOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a TMCL screw press.

    Temperature (°C) = offset + scale × raw, of the analog input.
    """

    um_per_count: Positive  # stack displacement of one drive count
    module: Annotated[int, Meta(ge=1, le=255)] = 1  # address of the module
    host: Byte = 2  # address of the replies
    motor: Annotated[int, Meta(ge=0, le=5)] = 0  # axis
    # silence after which the module stops the motor; 0: never
    heartbeat_ms: Annotated[int, Meta(ge=0, le=HEARTBEAT_MAX_MS)] = 200
    # user variable (bank 2) that shows a reset; none: its firmware has none, and no reset shows
    mark_variable: Byte | None = 55
    # axis parameter 4, in the module's own unit; without: as it is
    max_speed: Annotated[int, Meta(ge=0, le=tmcl.INT32_MAX)] | None = None
    # bits of the driver's status that are a fault
    status_fault_mask: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)] = 0b1_1010
    # bits of the extended error that are a fault
    error_fault_mask: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)] = 0xFFFFFFFF
    temperature_port: Byte | None = None  # analog input of a thermometer; without: none is wired
    temperature_every: Every = 10  # of so many reads one is of the temperature
    temperature_scale_k: float = 0.1  # K per raw count [B]
    temperature_offset_c: float = 0.0  # temperature of count 0


def when_silent(options: TrinamicTmclOptions) -> str:
    """What the press does once nothing is heard of the host again."""
    if options.heartbeat_ms:
        return f"the motor stops after {options.heartbeat_ms} ms, and holds"
    return "a move goes on to its end: heartbeat_ms is 0"


class _Question:
    """One prepared request with the reader of its answer."""

    def __init__(self, options: TrinamicTmclOptions, command: int, kind: int, motor: int) -> None:
        self.request = tmcl.frame(tmcl.Request(options.module, command, kind, motor, 0))
        self.what = f"{Command(command).name} {kind}"
        self._reply = tmcl.Replies(options.host, options.module, command)

    def take(self, chunk: bytes) -> int | None:
        """The value, once the answer is whole and alone."""
        answer = self._reply.feed(chunk)
        if answer is None:
            return None
        left = self._reply.left
        self._reply.reset()
        if left:
            raise BadReply(f"press: bytes after the answer to {self.what}")
        return _accepted(answer, self.what)

    def take_last(self, chunk: bytes) -> int | None:
        """The value of the answer, whatever came before or after it."""
        answer = self._reply.feed(chunk)
        if answer is None:
            return None
        self._reply.reset()
        return _accepted(answer, self.what)

    def reset(self) -> None:
        """Forget half an answer."""
        self._reply.reset()


def _turns(flags: tuple[_Question, ...], settings: tuple[_Question, ...]) -> tuple[_Question, ...]:
    """The order of the slow questions: a moving press meets its end stops first."""
    end_low, end_high, status, error = flags
    rest = (status, error, *settings)
    return tuple([question for other in rest for question in (end_low, end_high, other)])


def _accepted(answer: tmcl.Reply, what: str) -> int:
    if answer.status == tmcl.OK:
        return answer.value
    name = tmcl.STATUS_NAMES.get(answer.status, "unknown")
    raise DeviceRefused(
        f"press refused {what}: status {answer.status} ({name}); "
        "check the module's firmware and the rig's press options"
    )


class TrinamicTmcl:
    """`Press` on one TMCL module, one motor."""

    def __init__(self, transport: Transport, clock: Clock, options: TrinamicTmclOptions) -> None:
        self._options = options
        self._link = Link(transport, clock, options.deadline_ns, options.latency_ns, "press (TMCL)")
        self._per_um = 1.0 / options.um_per_count
        ask = self._question
        self._version = ask(Command.VERSION, 1, 0)
        self._position = ask(Command.GAP, Axis.POSITION)
        self._stop = ask(Command.MST, 0)
        self._move_reply = tmcl.Replies(options.host, options.module, Command.MVP)
        self._end_high = ask(Command.GAP, Axis.END_RIGHT)
        self._end_low = ask(Command.GAP, Axis.END_LEFT)
        self._status = ask(Command.GAP, Axis.STATUS)
        self._error = ask(Command.GAP, Axis.ERROR)
        self._speed = ask(Command.GAP, Axis.SPEED)
        self._flags = (self._end_low, self._end_high, self._status, self._error)
        self._heartbeat = ask(Command.GGP, tmcl.HEARTBEAT, 0)
        self._settings: dict[_Question, int] = {}
        if options.mark_variable is not None:
            self._settings[ask(Command.GGP, options.mark_variable, tmcl.USER_VARIABLES)] = MARK
        if options.heartbeat_ms:
            self._settings[self._heartbeat] = options.heartbeat_ms
        if options.max_speed is not None:
            self._settings[ask(Command.GAP, Axis.MAX_SPEED)] = options.max_speed
        self._turns = _turns(self._flags, ())
        self._watched = False  # whether the settings are those of `configure`
        self._lost = ""  # why the position is no longer known
        port = options.temperature_port
        self._temperature = None if port is None else ask(Command.GIO, port, 1)
        self._known: dict[_Question, int] = {}
        self._reads = 0
        self._slow = 0  # slow questions asked in turns

    def _question(self, command: int, kind: int, motor: int | None = None) -> _Question:
        return _Question(
            self._options, command, kind, self._options.motor if motor is None else motor
        )

    def identify(self) -> Identity:
        """Module number and firmware, from command 136. Raises LinkError."""
        self._resynchronise()
        value = self._ask(self._version) & 0xFFFFFFFF
        return Identity(f"TMCM-{value >> 16}", "", f"{value >> 8 & 0xFF}.{value & 0xFF:02d}")

    def configure(self) -> None:
        """Stop, set speed, heartbeat and mark, and check that the two were taken.

        Raises LinkError; BadReply where the module keeps another heartbeat, or no mark.
        """
        options = self._options
        self._lost = ""
        self.stop()
        if options.max_speed is not None:
            self._set(Command.SAP, Axis.MAX_SPEED, options.motor, options.max_speed)
        self._set_heartbeat()
        if options.mark_variable is not None:
            self._set_mark(options.mark_variable)
        self._watch()

    def _set_heartbeat(self) -> None:
        """Written only where it is another: it is in EEPROM. Raises LinkError, BadReply."""
        wanted = self._options.heartbeat_ms
        try:
            if self._ask(self._heartbeat) == wanted:
                return
        except DeviceRefused:
            if not wanted:  # the module has none
                return
            raise
        self._set(Command.SGP, tmcl.HEARTBEAT, 0, wanted)
        kept = self._ask(self._heartbeat)
        if kept != wanted:
            raise BadReply(
                f"press: heartbeat (global 68) is {kept} ms after setting {wanted}; "
                "this firmware may not have it: set heartbeat_ms to 0 and stop the drive otherwise"
            )

    def _set_mark(self, variable: int) -> None:
        """Raises LinkError, BadReply."""
        self._set(Command.SGP, variable, tmcl.USER_VARIABLES, MARK)
        kept = self._ask(self._question(Command.GGP, variable, tmcl.USER_VARIABLES))
        if kept != MARK:
            raise BadReply(
                f"press: user variable {variable} is {kept} after setting {MARK}, so that a reset "
                "of the module would not show; give mark_variable another number (0 to 55), that "
                "no program of the module uses"
            )

    def move_to(self, position_um: float) -> None:
        """Go to an absolute position, µm. Raises ValueError where no int32 can hold it; LinkError;
        DeviceRefused where the module was reset.

        The answer confirms that the module took the target, not that it is there.
        """
        if self._lost:
            raise DeviceRefused(self._lost)
        if not math.isfinite(position_um):
            raise ValueError(f"press position {position_um} µm is not a number")
        counts = round(position_um * self._per_um)
        if not tmcl.INT32_MIN <= counts <= tmcl.INT32_MAX:
            raise ValueError(f"press position {position_um} µm is beyond the drive's 32 bits")
        self._ready()
        options = self._options
        request = tmcl.Request(options.module, Command.MVP, 0, options.motor, counts)
        self._link.exchange(tmcl.frame(request), self._take_move)

    def _take_move(self, chunk: bytes) -> int | None:
        answer = self._move_reply.feed(chunk)
        if answer is None:
            return None
        self._move_reply.reset()
        return _accepted(answer, "MVP")

    def stop(self) -> None:
        """Stop the motor, and hold. Goes to the wire first, whatever the line's state is."""
        if not self._link.in_step:
            self._link.drain()
            self._link.send(self._stop.request)
        self._ask(self._stop)

    def read(self) -> PressReading:
        """Position and the newest flags; the time is the position's. Raises LinkError."""
        position = self._ask(self._position)
        link = self._link
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        temperature_c = self._poll()
        known, options = self._known, self._options
        return PressReading(
            position,
            self._lost != ""
            or known[self._status] & options.status_fault_mask != 0
            or known[self._error] & options.error_fault_mask != 0,
            known[self._end_low] == 1,
            known[self._end_high] == 1,
            temperature_c,
            t_ns,
            uncertainty_ns,
        )

    def _poll(self) -> float:
        """One slow question; all of them while their answers are unknown. Temperature or NaN.

        The temperature has turns of its own, between those of the others, and both are asked where
        each turn is the temperature's.
        """
        reads = self._reads
        self._reads = reads + 1
        if not self._known:
            self._known = {question: self._ask(question) for question in self._flags}
            if self._watched:
                self.verify()
        options = self._options
        temperature_c = _NAN
        if self._temperature is not None and reads % options.temperature_every == 0:
            raw = self._ask(self._temperature)
            temperature_c = options.temperature_offset_c + options.temperature_scale_k * raw
            if options.temperature_every > 1:
                return temperature_c
        question = self._turns[self._slow % len(self._turns)]
        self._slow += 1
        if question in self._settings:
            self._compare(question)
        else:
            self._known[question] = self._ask(question)
        return temperature_c

    def moving(self) -> bool:
        """Whether the drive turns, by its own speed (axis parameter 3). Raises LinkError."""
        return self._ask(self._speed) != 0

    def verify(self) -> None:
        """Read the settings of `configure` back. Raises LinkError.

        A module that has others was reset: `read` reports a fault, `move_to` is refused.
        """
        self._watch()
        for question in self._settings:
            self._compare(question)

    def _watch(self) -> None:
        """From now on the settings are those of `configure`."""
        self._watched = True
        clears = [one for one in self._settings if one is not self._heartbeat]  # at a reset
        self._turns = _turns(self._flags, tuple(clears))

    def _compare(self, question: _Question) -> None:
        """Read one setting back; where it is another twice, the module was reset."""
        was = self._settings[question]
        if self._ask(question) == was:
            return
        found = self._ask(question)
        if found != was:
            self._lost = (
                f"the press's module was reset: {question.what} is {found}, and was set to {was}; "
                "its position is lost. Unload it by hand and start anew"
            )

    def _ask(self, question: _Question) -> int:
        self._ready()
        try:
            return self._link.exchange(question.request, question.take)
        finally:
            if not self._link.in_step:
                question.reset()

    def _set(self, command: int, kind: int, motor: int, value: int) -> None:
        self._ready()
        what = f"{Command(command).name} {kind}"
        options = self._options
        replies = tmcl.Replies(options.host, options.module, command)

        def take(chunk: bytes) -> int | None:
            answer = replies.feed(chunk)
            return None if answer is None else _accepted(answer, what)

        request = tmcl.Request(options.module, command, kind, motor, value)
        self._link.exchange(tmcl.frame(request), take)

    def _ready(self) -> None:
        if not self._link.in_step:
            self._resynchronise()

    def _resynchronise(self) -> None:
        """Silence, so that the module forgets half a frame; then the probe."""
        self._link.drain_until_quiet(QUIET_NS)
        self._version.reset()
        self._move_reply.reset()
        self._known.clear()
        self._link.exchange(self._version.request, self._version.take_last)


MODEL = Model(
    "press",
    "trinamic-tmcl",
    TrinamicTmclOptions,
    TrinamicTmcl,
    "instruments.emulators.trinamic_tmcl:TrinamicTmclEmulator",
    when_silent,
    kinds=("serial", "tcp"),
    unit="module",
)
