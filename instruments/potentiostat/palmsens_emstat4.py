"""PalmSens EmStat4 (HR, LR) and Nexus by MethodSCRIPT, as galvanostat, potentiostat and voltmeter.

The device runs one script at a time and sends a package each `interval_ms`; there is no query for a
reading, and no command that changes a running current. So a command ends the script that runs (`Z`,
which opens the cell by its `on_finished:`) and starts another
(`instruments.potentiostat.palmsens_scripts`): the cell is open for some milliseconds at each change
of the command, and a voltage that is scanned would be a new script each tick, which is refused. A
spectrum is one script; while it runs there are points, and no readings of voltage and current.
Source: MethodSCRIPT manual 1.8; communication protocol EmStat4 1.3: `t` firmware, `i` serial
number, `e` run, `Z` abort.

A reading is the newest package. One that came between two reads is taken to have come in the
middle, and to be the mean of the interval before it [B: the averaging within an interval is the
device's]. An error while a script runs ends it without `on_finished:`: the cell may be on, so that
a script that opens it follows at once.
"""

import math
from typing import NamedTuple

from instruments.codecs import methodscript
from instruments.codecs.lines import Lines
from instruments.codecs.methodscript import CURRENT, OVERLOAD, POTENTIAL
from instruments.model import Model, Spectrometer
from instruments.potentiostat import palmsens_scripts as scripts
from instruments.potentiostat import palmsens_sweep
from instruments.potentiostat.palmsens_options import PalmsensEmstat4Options
from instruments.potentiostat.palmsens_sweep import SweepUnderWay
from instruments.potentiostat.rig_range import require_within
from instruments.protocols import (
    Accuracy,
    BadReply,
    CellReading,
    Clock,
    DeviceRefused,
    Identity,
    ReplyTimeout,
    Sweep,
    SweepPoint,
    Transport,
    WrongDevice,
)

DEVICES = {"es4_hr": "EmStat4 HR", "es4_lr": "EmStat4 LR", "nexus1": "Nexus"}
READ_SIZE = 4096
MOST_READS = 64  # of one look: a line that babbles faster than it is read holds nobody
LONGEST = 64  # bytes of a package, and more
STALE_INTERVALS = 5  # without a package: the link has failed
STALE_NS = 500_000_000  # but not sooner
RENEWED = 0.9  # of its time: then a script that is still wanted is started anew
OPEN_S = 20.0  # an open cell is measured for so long: then the device is free for the next run
SOONEST_NS = 200_000_000  # between two changes of a voltage: sooner, it is a scan
CURRENT_SHARE, VOLTAGE_SHARE = 0.01, 0.01  # five times the data sheets' [B]
CURRENT_OF_RANGE, VOLTAGE_V = 0.005, 0.01
FREQUENCY_HZ = (1e-5, 2e5)  # of EmStat4 HR and LR; a Nexus reaches more [B]
AMPLITUDE_V = (1e-3, 0.9)  # rms [B]


class _Task(NamedTuple):
    """What the device is to do: `open`, `current` or `voltage`, with its level and limit; or a
    `sweep`."""

    kind: str
    level: float = 0.0
    limit: float = 0.0
    sweep: Sweep | None = None


_KNOWN = ("", "M", "*", "T", "!")  # how lines begin that may follow a package
_OPEN = _Task("open")
_ASKED = _Task("asked")  # nothing was begun: it is only asked who it is


class PalmsensEmstat4:
    """`Potentiostat` on one EmStat4 or Nexus."""

    def __init__(self, transport: Transport, clock: Clock, options: PalmsensEmstat4Options) -> None:
        self._transport = transport
        self._clock = clock
        self._options = options
        self._lines = Lines()
        self._waiting: list[str] = []  # lines that came and were not read
        self._task: _Task | None = _ASKED  # that runs; None: not known
        self._driven: _Task | None = None  # last begun, or tried to, and not opened since
        self._ended: _Task | None = None  # that the device ended by itself
        self._parted: _Task | None = None  # that was ended to ask for the serial number
        self._sweep: SweepUnderWay | None = None  # that runs, or has ended
        self._began_ns = 0
        self._looked_ns = clock()
        self._reading = CellReading(math.nan, 0.0, False, False, self._looked_ns, 0)

    # ---- identity and set-up ----------------------------------------------------------------

    def identify(self) -> Identity:
        """Firmware and serial number. Raises WrongDevice for another device, LinkError.

        A script of ours that runs, or may run, is ended: meanwhile it does not say its number.
        """
        self._parted = None
        self._drop_packages()
        firmware = self._answer(b"t\n", "t")
        while not firmware.endswith("*"):
            firmware += " " + self._line(self._deadline())
        kind, _, version = firmware[1:].rstrip("*").partition("#")
        name = next((name for key, name in DEVICES.items() if kind.startswith(key)), None)
        if name is None:
            raise WrongDevice(
                f"potentiostat: one of {', '.join(DEVICES.values())} was expected, "
                f"{firmware[:60]!r} answers; check the address"
            )
        serial, task = self._answer(b"i\n", "i"), self._task
        if serial.startswith("i!"):
            if task is _ASKED:
                raise DeviceRefused(
                    f"potentiostat: it runs a script. One of a run that has just ended is over "
                    f"within {OPEN_S:g} s; one of another program, or of a run that was killed, "
                    "ends when that program ends it or the device is switched off"
                )
            self._abort()
            self._parted = task or _OPEN
            serial = self._answer(b"i\n", "i")
        return Identity(name, serial[1:], f"{kind} {version}".strip())

    def configure(self) -> None:
        """Open the cell and measure its potential. Raises LinkError."""
        self._driven = None
        self._become(_OPEN)

    def verify(self) -> None:
        """Begin anew what ran, if it ran until now; else it was reset, and the cell stays open.

        What was wanted is then not begun again by the same command. Raises LinkError.
        """
        parted, self._parted = self._parted, None
        if self._sweep is not None and not self._sweep.over:  # half of one is not gone on with
            self._end_sweep()
            return
        task = parted or self._task or _OPEN
        if self._abort() or parted is not None:
            self._run(task)
            return
        self._run(_OPEN)
        self._ended = self._driven

    # ---- commands ---------------------------------------------------------------------------

    def open_circuit(self) -> None:
        """Open the cell, and measure its potential. Raises LinkError."""
        self._driven = self._ended = self._sweep = None
        if self._task != _OPEN:
            self._become(_OPEN)

    def switch_off(self) -> None:
        """The same, whatever is known of the device. Raises LinkError."""
        self._driven = self._ended = self._sweep = None
        self._become(_OPEN)

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive `current_a` (A, positive charges); at `voltage_limit_v` (V) the cell opens.

        No current is an open cell. Raises ValueError beyond the rig's range; LinkError.
        """
        if current_a == 0.0:
            self.open_circuit()
            return
        require_within(self._options, voltage_limit_v, current_a)
        self._drive(_Task("current", current_a, voltage_limit_v))

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive to `voltage_v` (V); beyond `current_limit_a` (A) the device opens the cell.

        Raises ValueError beyond the rig's range; DeviceRefused for a voltage that is scanned;
        LinkError.
        """
        require_within(self._options, voltage_v, current_limit_a)
        task = _Task("voltage", voltage_v, abs(current_limit_a))
        follows = self._task is not None and self._task.kind == "voltage" and self._task != task
        if follows and self._clock() - self._began_ns < SOONEST_NS:
            raise DeviceRefused(
                "potentiostat: a PalmSens device takes no voltage that changes so often; give "
                "constant voltages, or a scan to another potentiostat"
            )
        self._drive(task)

    def _drive(self, task: _Task) -> None:
        if task == self._ended:
            raise DeviceRefused(
                f"potentiostat: it ended its {task.kind} by itself, at its limit or after an "
                "error, and opened the cell; the same command does not switch it on again"
            )
        self._ended = self._sweep = None
        self._driven = task
        if task != self._task:
            self._become(task)

    # ---- spectra ----------------------------------------------------------------------------

    def measure_impedance(self, number: int, sweep: Sweep) -> None:
        """See `MeasuresImpedance`. Raises ValueError beyond the rig's range; DeviceRefused where
        the device does not do it, which ends the spectrum; LinkError."""
        if self._sweep is not None and self._sweep.number == number:
            return
        if sweep.galvanostatic:
            require_within(self._options, 0.0, sweep.amplitude)
        self._driven = self._ended = self._sweep = None
        self._abort()
        begun = SweepUnderWay(number, sweep)
        try:
            self._run(_Task("sweep", sweep=sweep))
        except DeviceRefused:
            self._sweep = begun
            self._end_sweep()
            raise
        self._sweep = begun

    def sweep_points(self) -> tuple[SweepPoint, ...]:
        """See `MeasuresImpedance`."""
        return () if self._sweep is None else self._sweep.taken()

    def _end_sweep(self) -> None:
        """The spectrum is over: the cell is open, for certain, and measured. Raises LinkError."""
        if self._sweep is not None:
            self._sweep.end()
        self._become(_OPEN)

    def _read_sweep(self, sweep: SweepUnderWay, now_ns: int) -> CellReading:
        """What came of a spectrum; its points are no readings."""
        self._looked_ns, lines = now_ns, self._came(now_ns)
        for line in lines:
            sweep.take(line)
        if sweep.over:
            self._end_sweep()
            if sweep.error is not None:
                raise sweep.error
        elif lines:
            self._reading = sweep.reading(now_ns - self._options.latency_ns) or self._reading
        elif now_ns - max(self._reading.t_ns, self._began_ns) > sweep.silent_ns():
            raise ReplyTimeout("potentiostat: no point of its spectrum; check power and cable")
        return self._reading

    # ---- readings ---------------------------------------------------------------------------

    def read(self) -> CellReading:
        """The newest package; the last reading again while there is no newer. Raises LinkError."""
        if self._task is None:
            raise ReplyTimeout("potentiostat: it is not known what the device does; open the cell")
        newest, now_ns, over = "", self._clock(), False
        if self._task is _ASKED:  # a measurement would take the device from whoever uses it
            return self._reading._replace(t_ns=now_ns)
        if self._sweep is not None and not self._sweep.over:
            return self._read_sweep(self._sweep, now_ns)
        error: DeviceRefused | None = None
        for line in self._came(now_ns):
            newest = line if line.startswith("P") else newest if line[:1] in _KNOWN else ""
            error = methodscript.refusal(line) or error
            over = over or not line or error is not None
        if (
            newest and self._lines.left <= LONGEST
        ):  # else what came last is damaged: no time is known
            self._reading = self._of(newest, now_ns)
        if over:
            self._over(error)
        elif (silent_ns := now_ns - max(self._reading.t_ns, self._began_ns)) > self._stale_ns():
            raise ReplyTimeout(
                f"potentiostat: no package for {silent_ns / 1e9:.2g} s; check power, cable and "
                "address"
            )
        self._looked_ns = now_ns
        if self._clock() - self._began_ns > RENEWED * self._lasts_s(self._task) * 1e9:
            self._become(self._task)
        return self._reading

    def _of(self, line: str, now_ns: int) -> CellReading:
        values = methodscript.package(line)
        drives = self._task is not None and self._task.kind != "open"
        potential, current = values.get(POTENTIAL), values.get(CURRENT)
        if potential is None or (current is None) is drives:
            raise BadReply(f"potentiostat: another package than was asked for: {line[:60]!r}")
        gap_ns = min(max(now_ns - self._looked_ns, 0), self._options.interval_ns)
        t_ns = now_ns - (gap_ns + self._options.interval_ns) // 2 - self._options.latency_ns
        status = potential.status | (current.status if current else 0)
        current_a = current.value if current else 0.0
        over = bool(status & OVERLOAD)
        return CellReading(potential.value, current_a, drives, over, t_ns, gap_ns // 2)

    def _over(self, error: DeviceRefused | None) -> None:
        """The script ended by itself: the cell is opened, for certain, and measured."""
        self._ended = self._task
        self._become(_OPEN)
        at_limit = error is None and self._ended not in (None, _OPEN)
        self._reading = self._reading._replace(limited=at_limit)
        if error is not None:
            raise error

    def _lasts_s(self, task: _Task) -> float:
        """How long its script runs where nobody is heard, s."""
        alone_s = self._options.alone_s
        return min(OPEN_S, alone_s) if task == _OPEN else alone_s

    def _stale_ns(self) -> int:
        return max(STALE_NS, STALE_INTERVALS * self._options.interval_ns)

    # ---- scripts ----------------------------------------------------------------------------

    def _become(self, task: _Task) -> None:
        self._abort()
        self._run(task)

    def _abort(self) -> bool:
        """End the script that runs, by its `on_finished:`; whether one ran. Raises LinkError."""
        self._task = None
        self._drop_packages()
        if self._answer(b"Z\n", "Z") != "Z":
            return False
        deadline_ns = self._deadline()
        while self._line(deadline_ns):
            pass
        return True

    def _run(self, task: _Task) -> None:
        """Start the script of a task. Raises DeviceRefused with the device's error; LinkError."""
        options = self._options
        common = (1e-3 * options.interval_ms, options.voltage_max_v, self._lasts_s(task))
        if task.sweep is not None:
            script = scripts.impedance(task.sweep, *common[:2], options.current_range_a)
        elif task.kind == "open":
            script = scripts.open_circuit(*common)
        else:
            make = scripts.current if task.kind == "current" else scripts.voltage
            script = make(task.level, task.limit, *common)
        text = "".join(f"{line}\n" for line in ("e", *script, ""))
        answer = self._answer(text.encode("ascii"), "e")
        refused = methodscript.refusal(answer)
        if refused is not None:
            raise refused
        self._task, self._began_ns = task, self._clock()
        if task == _OPEN:
            self._reading = CellReading(math.nan, 0.0, False, False, self._began_ns, 0)

    # ---- the line ---------------------------------------------------------------------------

    def _drop_packages(self) -> None:
        """What has come answers nothing any more."""
        self._transport.drain()
        self._lines.reset()
        self._waiting = []

    def _deadline(self) -> int:
        return self._clock() + self._options.deadline_ns

    def _answer(self, request: bytes, begins: str) -> str:
        """Write, and step over packages to the line that begins so. Raises LinkError."""
        self._transport.write(request)
        deadline_ns = self._deadline()
        while True:
            line = self._line(deadline_ns)
            if line.startswith(begins):
                return line

    def _line(self, deadline_ns: int) -> str:
        """The next line. Raises ReplyTimeout."""
        while not self._waiting:
            chunk = self._transport.read(READ_SIZE, deadline_ns)
            if not chunk or self._clock() > deadline_ns:
                if self._task is not _ASKED:
                    self._task = None
                raise ReplyTimeout(
                    f"potentiostat (MethodSCRIPT): no whole answer in "
                    f"{self._options.deadline_ms:g} ms; check power, cable, address and baud rate"
                )
            self._waiting += [_text(line) for line in self._lines.feed(chunk)]
        return self._waiting.pop(0)

    def _came(self, now_ns: int) -> list[str]:
        """Lines that have come, without waiting."""
        found, self._waiting = self._waiting, []
        for _ in range(MOST_READS):
            chunk = self._transport.read(READ_SIZE, now_ns)
            if not chunk:
                break
            found += [_text(line) for line in self._lines.feed(chunk)]
        return found


def _text(line: bytes) -> str:
    """A line as text; what is no ASCII shows as `?`, which no package contains."""
    return line.decode("ascii", "replace").replace("\N{REPLACEMENT CHARACTER}", "?")


def accuracy(current_a: float, voltage_v: float) -> Accuracy:
    """How far a reading may be off a command up to so many A and V."""
    return Accuracy(
        CURRENT_SHARE, CURRENT_OF_RANGE * current_a, VOLTAGE_V + VOLTAGE_SHARE * voltage_v
    )


def when_silent(options: PalmsensEmstat4Options) -> str:
    """What the cell does once nothing is heard of the host again."""
    return (
        "the current goes on to its voltage limit, where the device opens the cell, for "
        f"{options.alone_s:g} s at most"
    )


MODEL = Model(
    "potentiostat",
    "palmsens-emstat4",
    PalmsensEmstat4Options,
    PalmsensEmstat4,
    "instruments.emulators.palmsens_emstat4:PalmsensEmstat4Emulator",
    when_silent,
    kinds=("serial", "tcp"),
    accuracy=accuracy,
    impedance=Spectrometer(FREQUENCY_HZ, AMPLITUDE_V, palmsens_sweep.point_s),
)
