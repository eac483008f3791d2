"""A Trinamic module turning a press, as bytes, over a `PressPlant`.

Rules: as the device: every whole frame to our address is answered, a wrong checksum with status 1;
half a frame is forgotten after a silence. While global parameter 68 is not 0, a silence longer than
it stops the motor, once, whether the silence ends or not: call `tick` as time goes on. Frames to
other addresses are heard by nobody and feed no heartbeat. A reset stops the motor, and begins to
count at 0, with the axis parameters of a new module and its user variables 0; the heartbeat is in
EEPROM and stays. A written position moves the counter; a module that keeps a target then goes to it
[B]: stop first.

Source and marks: as in `instruments.press.trinamic_tmcl`.
"""

from collections.abc import Callable

from instruments.codecs import tmcl
from instruments.codecs.tmcl import Axis, Command
from instruments.emulators.trinamic_axis import AT_REST, KEPT, defaults
from instruments.press.trinamic_tmcl import TrinamicTmclOptions
from instruments.protocols import PressPlant

VERSION = 1140 << 16 | 1 << 8 | 46  # a TMCM-1140 with firmware 1.46
VERSION_TEXT = b"1140V146"
HEARTBEAT_MAX_MS = 65_535
VARIABLES = 56  # user variables that a reset restores from EEPROM, where they are 0
_MS = 1_000_000

Answer = tuple[int, int]  # status, value


class TrinamicTmclEmulator:
    """`Emulator` of one module with one motor."""

    def __init__(self, plant: PressPlant, options: TrinamicTmclOptions) -> None:
        self._plant = plant
        self._options = options
        self._line = self.line()
        self._heard_ns = 0
        self._stopped = True
        self.heartbeat_ms = 0  # global parameter 68, in EEPROM
        self.saves = 0  # writes of EEPROM
        self._variables = [0] * VARIABLES  # bank 2
        self.heartbeat_stops = 0  # how often silence stopped the motor
        self.faults = {Axis.ERROR: 0, Axis.STATUS: 0}  # what axis parameters 207 and 208 show
        self._stored = defaults()
        self._zero = 0  # the plant's position where the counter is 0
        self._positions = False  # it keeps a target, as after MVP
        self._turns = 0  # speed that ROR, ROL or axis parameter 2 has set
        self._commands: dict[int, Callable[[tmcl.Request], Answer]] = {
            Command.ROR: lambda request: self._rotate(request.value),
            Command.ROL: lambda request: self._rotate(-request.value),
            Command.MST: self._stop,
            Command.MVP: self._move,
            Command.SAP: self._set_axis,
            Command.GAP: self._get_axis,
            Command.SGP: self._set_global,
            Command.GGP: self._get_global,
            Command.GIO: self._input,
            Command.VERSION: _version,
        }
        self._axis: dict[int, Callable[[], int]] = {
            Axis.TARGET: lambda: plant.target() - self._zero,
            Axis.POSITION: lambda: plant.position() - self._zero,
            Axis.TARGET_SPEED: lambda: self._turns or self._speed(),
            Axis.SPEED: self._speed,
            Axis.REACHED: lambda: int(plant.position() == plant.target()),
            Axis.END_RIGHT: lambda: int(plant.end_high()),
            Axis.END_LEFT: lambda: int(plant.end_low()),
            Axis.LOAD: lambda: 0,
            Axis.ERROR: lambda: self.faults[Axis.ERROR],
            Axis.STATUS: lambda: self.faults[Axis.STATUS],
            Axis.ENCODER: lambda: plant.position() - self._zero,
            **dict.fromkeys(AT_REST, lambda: 0),
        }
        self._sets: dict[int, Callable[[int], Answer]] = {
            Axis.TARGET: lambda value: self._go(self._zero + value, value),
            Axis.POSITION: self._count_from,
            Axis.TARGET_SPEED: self._rotate,
            Axis.ENCODER: lambda value: (tmcl.OK, value),
        }

    def reset(self) -> None:
        """As after a loss of supply: the motor stands, counter and user variables are 0."""
        self._stand()
        self._stored = defaults()
        self._variables = [0] * VARIABLES
        self._zero = self._plant.position()

    def tick(self, t_ns: int) -> None:
        """Time has come to `t_ns`: stop the motor if the host has been silent too long."""
        if self._stopped or not self.heartbeat_ms:
            return
        if t_ns - self._heard_ns > self.heartbeat_ms * _MS:
            self.heartbeat_stops += 1
            self._stand()

    def line(self) -> "TmclLine":
        """Another connection to the same module, with its own half frame."""
        return TmclLine(self.hear)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._line.receive(data, t_ns)

    def hear(self, requests: tmcl.Requests, data: bytes, t_ns: int) -> bytes:
        """Bytes of one connection, whose half frame `requests` keeps."""
        self.tick(t_ns)
        return b"".join([self._answer(r, t_ns) for r in requests.feed(data, t_ns)])

    def _answer(self, request: tmcl.Request | None, t_ns: int) -> bytes:
        options = self._options
        if request is None:
            return tmcl.frame(tmcl.Reply(options.host, options.module, tmcl.CHECKSUM, 0, 0))
        if request.address != options.module:
            return b""
        self._heard_ns = t_ns
        if (request.command, request.type) == (Command.VERSION, 0):
            return bytes((options.host,)) + VERSION_TEXT
        command = self._commands.get(request.command)
        status, value = (tmcl.BAD_COMMAND, 0) if command is None else command(request)
        return tmcl.frame(tmcl.Reply(options.host, options.module, status, request.command, value))

    # ---- motion -----------------------------------------------------------------------------

    def _speed(self) -> int:
        plant = self._plant
        if not plant.moving():
            return 0
        if self._turns:
            return self._turns
        ahead = plant.target() >= plant.position()
        speed = self._stored[Axis.MAX_SPEED]
        return speed if ahead else -speed

    def _stand(self) -> None:
        self._stopped, self._positions, self._turns = True, False, 0
        self._plant.stop()

    def _rotate(self, speed: int) -> Answer:
        """Turn until stopped: towards the end of the drive's range, at the plant's own speed."""
        if speed == 0:
            self._stand()
        else:
            self._stopped, self._positions, self._turns = False, False, speed
            self._plant.move_to(tmcl.INT32_MAX if speed > 0 else tmcl.INT32_MIN)
        return tmcl.OK, speed

    def _stop(self, request: tmcl.Request) -> Answer:
        if request.motor != self._options.motor:
            return tmcl.BAD_VALUE, 0
        self._stand()
        return tmcl.OK, request.value

    def _move(self, request: tmcl.Request) -> Answer:
        if request.type not in (0, 1):
            return tmcl.BAD_TYPE, 0
        if request.motor != self._options.motor:
            return tmcl.BAD_VALUE, 0
        start = self._plant.target() if request.type else self._zero
        return self._go(start + request.value, request.value)

    def _go(self, target: int, told: int) -> Answer:
        """Go to the plant's `target`; `told` is what the request said."""
        if abs(target) > tmcl.INT32_MAX:
            return tmcl.BAD_VALUE, 0
        self._stopped, self._positions, self._turns = False, True, 0
        self._plant.move_to(target)
        return tmcl.OK, told

    def _count_from(self, value: int) -> Answer:
        """Let the counter say `value` where the drive stands."""
        target = self._plant.target() - self._zero
        self._zero = self._plant.position() - value
        if self._positions:
            self._go(self._zero + target, target)
        return tmcl.OK, value

    # ---- parameters -------------------------------------------------------------------------

    def _get_axis(self, request: tmcl.Request) -> Answer:
        if request.motor != self._options.motor:
            return tmcl.BAD_VALUE, 0
        live = self._axis.get(request.type)
        if live is not None:
            return tmcl.OK, live()
        stored = self._stored.get(request.type)
        return (tmcl.BAD_TYPE, 0) if stored is None else (tmcl.OK, stored)

    def _set_axis(self, request: tmcl.Request) -> Answer:
        number, value = request.type, request.value
        kept, act = KEPT.get(number), self._sets.get(number)
        if kept is None and act is None:
            return tmcl.BAD_TYPE, 0
        if request.motor != self._options.motor:
            return tmcl.BAD_VALUE, 0
        if act is not None:
            return act(value)
        if kept is None or not kept.low <= value <= kept.high:
            return tmcl.BAD_VALUE, 0
        self._stored[number] = value
        return tmcl.OK, value

    def _set_global(self, request: tmcl.Request) -> Answer:
        if request.motor == tmcl.USER_VARIABLES and request.type < VARIABLES:
            self._variables[request.type] = request.value
            return tmcl.OK, request.value
        if request.type != tmcl.HEARTBEAT or request.motor != 0:
            return tmcl.BAD_TYPE, 0
        if not 0 <= request.value <= HEARTBEAT_MAX_MS:
            return tmcl.BAD_VALUE, 0
        self.heartbeat_ms = request.value
        self.saves += 1
        return tmcl.OK, request.value

    def _get_global(self, request: tmcl.Request) -> Answer:
        if request.motor == tmcl.USER_VARIABLES and request.type < VARIABLES:
            return tmcl.OK, self._variables[request.type]
        if request.type != tmcl.HEARTBEAT or request.motor != 0:
            return tmcl.BAD_TYPE, 0
        return tmcl.OK, self.heartbeat_ms

    def _input(self, request: tmcl.Request) -> Answer:
        """Analog input: the plant's temperature on the port that the rig declares, else 0."""
        options = self._options
        if request.motor != 1 or request.type != options.temperature_port:
            return (tmcl.OK, 0) if request.motor in (0, 1) else (tmcl.BAD_VALUE, 0)
        above_c = self._plant.temperature_c() - options.temperature_offset_c
        return tmcl.OK, round(above_c / options.temperature_scale_k)


class TmclLine:
    """`Emulator` of one connection."""

    def __init__(self, hear: Callable[[tmcl.Requests, bytes, int], bytes]) -> None:
        self._hear = hear
        self._requests = tmcl.Requests()

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._hear(self._requests, data, t_ns)


def _version(request: tmcl.Request) -> Answer:
    return (tmcl.OK, VERSION) if request.type == 1 else (tmcl.BAD_TYPE, 0)
