"""An emulated EmStat4 HR: an interpreter of the part of MethodSCRIPT that measuring loops need.

Known are `var`, the settings of range, bandwidth and mode, `set_e`, `set_i`, `cell_on`, `cell_off`,
the loops `meas_loop_ocp`, `meas_loop_cp`, `meas_loop_ca`, `meas_loop_eis` and `meas_loop_geis`,
packages, `if`, `breakloop` and `on_finished:`; anything else is answered by error 4001 as the
manual says. Written from the MethodSCRIPT manual 1.8 and the communication protocol of the EmStat4;
values have 24 bits of mantissa as the device's. An impedance is what the plant says of itself at
the end of its point; where it says none, the device has no licence.
"""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from instruments.codecs.lines import Lines
from instruments.potentiostat.palmsens_options import PalmsensEmstat4Options
from instruments.potentiostat.palmsens_sweep import point_s
from instruments.protocols import CellPlant, ImpedancePlant

FIRMWARE = b"tes4_hr1302#Mar 25 2024 10:00:00\nR*\n"
SERIAL = b"iES4HR23A0007\n"
COMPLIANCE_V = 8.0  # what the galvanostat reaches by itself [B]
MOST_LINES = 20  # packages that wait for a host that has not read for long
LOOPS = {"meas_loop_ocp": ("M000B", 3), "meas_loop_cp": ("M000A", 5), "meas_loop_ca": ("M0007", 5)}
SPECTRA = {"meas_loop_eis": "M000D", "meas_loop_geis": "M000E"}  # marks [B]
ARGUMENTS = {
    "var": 1, "set_pgstat_chan": 1, "set_pgstat_mode": 1, "set_max_bandwidth": 1, "set_range": 2,
    "set_autoranging": 3, "set_e": 1, "set_i": 1, "cell_on": 0, "cell_off": 0, "pck_start": 0,
    "pck_add": 1, "pck_end": 0, "if": 3, "endif": 0, "breakloop": 0, "endloop": 0,
    "on_finished:": 0, **{name: count for name, (_, count) in LOOPS.items()},
    **dict.fromkeys(SPECTRA, 8),
}  # fmt: skip
SCALES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "k": 1e3, "M": 1e6, "i": 1.0}
PREFIXES = (("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), (" ", 1.0), ("k", 1e3))
LITERAL = re.compile(r"(-?\d+)([munpkMi]?)")
COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def encoded(value: float) -> str:
    """A value as a package has it, with the finest prefix that holds it."""
    if math.isnan(value):
        return "     nan"
    for prefix, factor in PREFIXES:
        mantissa = round(value / factor)
        if abs(mantissa) < 1 << 24:
            return f"{mantissa + (1 << 27):07X}{prefix}"
    return "     nan"


Words = tuple[str, ...]


class Command(NamedTuple):
    """One line of a script."""

    number: int
    name: str
    words: Words


class ScriptError(Exception):
    """A script that is not accepted; the text is what the device answers behind `e`."""


class _Loop(NamedTuple):
    """The measuring loop under way."""

    name: str
    variables: tuple[str, ...]
    body: int  # index of its first command
    period_ns: int
    end_ns: int
    frequencies_hz: tuple[float, ...] = ()  # of a spectrum, that are still to come

    def next_point(self) -> "_Loop":
        """A spectrum at its next frequency."""
        rest = self.frequencies_hz[1:]
        period_ns = round(1e9 * point_s(rest[0])) if rest else self.period_ns
        return self._replace(frequencies_hz=rest, period_ns=period_ns)


class PalmsensEmstat4Emulator:
    """`Emulator` of one EmStat4, which speaks unasked while a script runs."""

    def __init__(self, plant: CellPlant, options: PalmsensEmstat4Options) -> None:
        self._plant = plant
        self._heard = Lines()
        self._script: list[str] | None = None  # that is being received
        self._program: tuple[Command, ...] = ()
        self._at = -1  # the next command; -1: no script runs
        self._loop: _Loop | None = None
        self._due_ns = 0
        self._mode, self._level, self._on = 3, 0.0, False
        self._most_a = options.current_range_a
        self._values: dict[str, tuple[str, float]] = {}  # variables: type and value
        self._package: list[str] = []
        self._said = ""
        self._acts: dict[str, Callable[[Words], None]] = {
            "set_pgstat_mode": self._set_mode,
            "set_range": self._set_range,
            "set_e": self._set_level,
            "set_i": self._set_level,
            "cell_on": self._cell_on,
            "cell_off": self._cell_off,
            "pck_start": self._begin_package,
            "pck_add": self._add,
            "pck_end": self._end_package,
            "if": self._if,
        }
        self.period_ns = options.interval_ns

    def reset(self) -> None:
        """Power fails and comes back: no script runs, and the cell is open."""
        self._at, self._loop, self._script, self._said = -1, None, None, ""
        self._on = False
        self._plant.open_circuit()

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; what the device says up to then."""
        self._move(t_ns)
        for line in self._heard.feed(data):
            self._take(line.decode("ascii", "replace").strip(), t_ns)
        return self._sent()

    def unasked(self, t_ns: int) -> bytes:
        """Packages of the time up to `t_ns`."""
        self._move(t_ns)
        return self._sent()

    def _sent(self) -> bytes:
        said, self._said = self._said, ""
        return said.encode("ascii")

    # ---- commands of the communication protocol ---------------------------------------------

    def _take(self, line: str, t_ns: int) -> None:
        if self._script is not None:
            if line:
                self._script.append(line)
                return
            script, self._script = self._script, None
            self._load(script, t_ns)
            return
        runs = self._at >= 0
        match line:
            case "t":
                self._said += FIRMWARE.decode()
            case "i":
                self._said += "i!0006\n" if runs else SERIAL.decode()
            case "e" if not runs:
                self._script = []
            case "Z" if runs:
                self._said += "Z\n" + ("*\n" if self._loop else "")
                self._loop = None
                names = [command.name for command in self._program]
                self._at = names.index("on_finished:") if "on_finished:" in names else len(names)
                self._execute(t_ns)
            case "":
                pass
            case _:
                code = "0006" if line[0] in "eZ" else "0003"
                self._said += f"{line[0]}!{code}\n"

    def _load(self, script: list[str], t_ns: int) -> None:
        try:
            self._program = tuple(parsed(script))
        except ScriptError as error:
            self._said += f"e!{error}\n"
            return
        self._said += "e\n"
        self._values, self._at = {}, 0
        self._execute(t_ns)

    # ---- the interpreter --------------------------------------------------------------------

    def _move(self, t_ns: int) -> None:
        """Measure until `t_ns`."""
        for _ in range(MOST_LINES):
            loop = self._loop
            if loop is None or self._due_ns > t_ns:
                return
            self._measure(loop)
            if loop.frequencies_hz:
                self._loop = loop = loop.next_point()
            self._due_ns += loop.period_ns
            self._at = loop.body
            self._execute(t_ns)
            over = self._due_ns > loop.end_ns if loop.name in LOOPS else not loop.frequencies_hz
            if self._loop is loop and over:
                self._leave(t_ns)
        self._due_ns = max(self._due_ns, t_ns)

    def _execute(self, t_ns: int) -> None:
        """Commands up to a measurement, or to the end of the script."""
        while self._at < len(self._program):
            command = self._program[self._at]
            self._at += 1
            if command.name == "endloop" and self._loop:
                return
            if command.name == "breakloop":
                self._leave(t_ns)
                return
            if command.name in LOOPS:
                self._enter(command, t_ns)
                return
            if command.name in SPECTRA:
                self._enter_spectrum(command, t_ns)
                return
            self._do(command)
        self._at, self._said = -1, self._said + "\n"

    def _enter(self, command: Command, t_ns: int) -> None:
        mark, count = LOOPS[command.name]
        if self._on is (command.name == "meas_loop_ocp"):
            self._fail("4028" if self._on else "4027", command)
            return
        measured = 1 if command.name == "meas_loop_ocp" else 2
        numbers = [number(word) for word in command.words[measured:count]]
        if len(numbers) == 3:
            self._level = numbers[0]
            self._drive()
        interval_ns, run_ns = (round(1e9 * value) for value in numbers[-2:])
        variables = command.words[:measured]
        self._loop = _Loop(command.name, variables, self._at, interval_ns, t_ns + run_ns)
        self._due_ns = t_ns + interval_ns
        self._said += f"{mark}\n"

    def _enter_spectrum(self, command: Command, t_ns: int) -> None:
        start_hz, end_hz, points = (number(word) for word in command.words[4:7])
        if not self._on or not isinstance(self._plant, ImpedancePlant):
            self._fail("001F" if self._on else "4027", command)
            return
        self._level = self._value(command.words[7])
        self._drive()
        steps = max(round(points) - 1, 1)
        frequencies = tuple(
            [start_hz * (end_hz / start_hz) ** (step / steps) for step in range(round(points))]
        )
        period_ns = round(1e9 * point_s(frequencies[0]))
        self._loop = _Loop(command.name, command.words[:3], self._at, period_ns, 0, frequencies)
        self._due_ns = t_ns + period_ns
        self._said += f"{SPECTRA[command.name]}\n"

    def _fail(self, code: str, command: Command) -> None:
        """An error at run time: `on_finished:` is not run."""
        self._said += f"!{code}: Line {command.number}\n"
        self._at = -1

    def _leave(self, t_ns: int) -> None:
        """Behind the loop."""
        self._loop = None
        self._said += "*\n"
        while self._program[self._at - 1].name != "endloop":
            self._at += 1
        self._execute(t_ns)

    def _measure(self, loop: _Loop) -> None:
        if loop.frequencies_hz and isinstance(self._plant, ImpedancePlant):
            frequency_hz = loop.frequencies_hz[0]
            ohm = self._plant.impedance_ohm(frequency_hz)
            found = (("dc", frequency_hz), ("cc", ohm.real), ("cd", ohm.imag))
            self._values.update(zip(loop.variables, found, strict=True))
            return
        self._values[loop.variables[0]] = ("ab", self._plant.voltage_v())
        if len(loop.variables) > 1:
            self._values[loop.variables[1]] = ("ba", self._plant.current_a())

    def _do(self, command: Command) -> None:
        act = self._acts.get(command.name)
        if act is not None:
            act(command.words)

    def _set_mode(self, words: Words) -> None:
        self._mode = round(number(words[0]))

    def _set_range(self, words: Words) -> None:
        if words[0] == "ba":
            self._most_a = number(words[1])

    def _set_level(self, words: Words) -> None:
        self._level = self._value(words[0])

    def _cell_on(self, words: Words) -> None:
        del words
        self._on = True
        self._drive()

    def _cell_off(self, words: Words) -> None:
        del words
        self._on = False
        self._plant.open_circuit()

    def _begin_package(self, words: Words) -> None:
        del words
        self._package = []

    def _add(self, words: Words) -> None:
        kind, value = self._values[words[0]]
        self._package.append(kind + encoded(value) + ",10")

    def _end_package(self, words: Words) -> None:
        del words
        self._said += f"P{';'.join(self._package)}\n"

    def _if(self, words: Words) -> None:
        if not COMPARE[words[1]](self._value(words[0]), self._value(words[2])):
            while self._program[self._at].name != "endif":
                self._at += 1

    def _value(self, word: str) -> float:
        return self._values[word][1] if word in self._values else number(word)

    def _drive(self) -> None:
        """Give the plant what the mode and the level are."""
        if self._mode == 6:
            self._plant.source_current(self._level, math.copysign(COMPLIANCE_V, self._level))
        else:
            self._plant.source_voltage(self._level, self._most_a)


def number(word: str) -> float:
    """A literal. Raises ScriptError."""
    found = LITERAL.fullmatch(word)
    if not found:
        raise ScriptError("4039")
    return int(found[1]) * SCALES[found[2]]


def parsed(script: list[str]) -> list[Command]:
    """The commands of a script. Raises ScriptError with code, line and column."""
    commands: list[Command] = []
    declared: set[str] = set()
    for count, text in enumerate(script, 1):
        words = text.partition("#")[0].split()
        if not words:
            continue
        name, *rest = words
        if name not in ARGUMENTS:
            raise ScriptError(f"4001: Line {count}, Col {len(name) + 1}")
        if len(rest) != ARGUMENTS[name]:
            raise ScriptError(f"4007: Line {count}, Col {len(text) + 1}")
        if name == "var":
            if rest[0] in declared:
                raise ScriptError(f"4026: Line {count}, Col {len(text) + 1}")
            declared.add(rest[0])
        elif name not in {"set_range", "set_autoranging"}:
            _require_known(rest, declared, count)
        commands.append(Command(count, name, tuple(rest)))
    return commands


def _require_known(words: list[str], declared: set[str], line: int) -> None:
    for word in words:
        if word not in declared and word not in COMPARE and not LITERAL.fullmatch(word):
            code = "420B" if word.isidentifier() else "4039"
            raise ScriptError(f"{code}: Line {line}, Col 1")
