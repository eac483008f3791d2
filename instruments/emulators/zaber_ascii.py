"""A Zaber device with one axis turning a press, as lines, over a `PressPlant`.

Rules: as the device: a command to another device is heard by nobody, one to all (0) is answered; a
wrong check sum is not answered; message numbers and, where `comm.checksum` is 1, check sums come
back. After a reset the counter begins at 0 and the axis has no reference (WR) until it is homed,
and rejects absolute moves [B]. Alerts are off, and cannot be switched on here.

Source and marks: as in `instruments.press.zaber_ascii`. [A] Numbers of type, serial and firmware;
that the gravest flag is the first in the list of `WarningFlags` of zaber-motion 10.3.
"""

import re
from collections.abc import Callable

from instruments.codecs import zaber_ascii as codec
from instruments.emulators.connection import Connection, of_lines
from instruments.press.zaber_ascii import FURTHEST, ZaberAsciiOptions
from instruments.protocols import PressPlant

COMMAND = re.compile(r"/(?:(\d+)(?: +(\d+)(?: +(\d+|--))?)?)? *([^:]*)(?::([0-9A-Fa-f]{2}))?")
FIXED = {  # settings that say who it is, or are only kept
    "deviceid": "50081",
    "system.serial": "68412",
    "version": "7.38",
    "version.build": "19035",
    "system.axiscount": "1",
    "system.access": "1",
    "system.voltage": "24.0",
    "peripheral.id": "0",
    "comm.alert": "0",
    "comm.protocol": "2",
    "resolution": "64",
    "maxspeed": "153600",
    "accel": "205",
    "limit.min": str(-FURTHEST),
    "limit.max": str(FURTHEST),
}
GRAVEST_FIRST = (
    "FF FN FZ FH FV FO FC FM FD FQ FI FA FR FS FB FP FE FT "
    "WL WV WT WS WM WP WR WH NC NI ND NR NT NU NJ NB"
)
REJECTED = {"command": "BADCOMMAND", "data": "BADDATA", "axis": "BADAXIS"}


class Rejected(Exception):  # noqa: N818 - the device's word
    """A command that the device rejects, and why."""


class ZaberAsciiEmulator:
    """`Emulator` of one device."""

    def __init__(self, plant: PressPlant, options: ZaberAsciiOptions) -> None:
        self._plant = plant
        self._options = options
        self._line = self.line()
        self._zero = 0  # the plant's position where the counter is 0
        self._checks = False
        self.warnings: set[str] = set()
        self._acts: tuple[tuple[str, Callable[[str], str]], ...] = (
            ("()", lambda _: "0"),
            (r"move abs (-?\d+)", self._move),
            (r"move rel (-?\d+)", lambda text: self._go(plant.target() + int(text))),
            (r"move vel (-?\d+)", self._turn),
            ("(home)", self._home),
            ("(stop|estop)", self._stop),
            ("(warnings)", self._warned),
            ("(warnings clear)", self._cleared),
            (r"tools echo ?(.*)", lambda text: text or "0"),
            (r"get (\S+)", self._get),
            (r"set (\S+ \S+)", self._set),
        )
        self._patterns = tuple((re.compile(pattern), act) for pattern, act in self._acts)

    def reset(self) -> None:
        """As after a loss of supply: it stands, counts from 0, and has no reference."""
        self._plant.stop()
        self._zero = self._plant.position()
        self.warnings.add(codec.NO_REFERENCE)

    def line(self) -> Connection[bytes]:
        """Another connection to the same device, with its own half line."""
        return of_lines(self.hear, codec.END)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._line.receive(data, t_ns)

    def hear(self, line: bytes) -> bytes:
        """One line; what is answered."""
        found = COMMAND.fullmatch(line.decode("latin-1").strip())
        if found is None:
            return b""
        device, axis, message, text, check = found.groups()
        said = line.strip()[1:].partition(b":")[0]
        if check is not None and int(check, 16) != codec.lrc(said):
            return b""
        if int(device or 0) not in (0, self._options.unit):
            return b""
        flag, data = self._answer(text.strip(), int(axis or 0))
        numbered = f" {message}" if message is not None else ""
        busy = "BUSY" if self._plant.moving() else "IDLE"
        warning = min(self.warnings, key=GRAVEST_FIRST.index, default=codec.NO_WARNING)
        reply = f"{self._options.unit:02d} {axis or 0}{numbered} {flag} {busy} {warning} {data}"
        return self._ended(reply.encode("latin-1"))

    def _ended(self, reply: bytes) -> bytes:
        check = b":%02X" % codec.lrc(reply) if self._checks else b""
        return b"@%s%s\r\n" % (reply, check)

    def _answer(self, text: str, axis: int) -> tuple[str, str]:
        if axis not in (0, self._options.axis):
            return "RJ", REJECTED["axis"]
        for pattern, act in self._patterns:
            found = pattern.fullmatch(text)
            if found:
                try:
                    return "OK", act(found[1])
                except Rejected as error:
                    return "RJ", str(error)
        return "RJ", REJECTED["command"]

    # ---- motion -----------------------------------------------------------------------------

    def _move(self, text: str) -> str:
        if codec.NO_REFERENCE in self.warnings:
            raise Rejected(REJECTED["data"])
        return self._go(self._zero + int(text))

    def _go(self, counts: int) -> str:
        if abs(counts) > FURTHEST:
            raise Rejected(REJECTED["data"])
        self._plant.move_to(counts)
        return "0"

    def _turn(self, text: str) -> str:
        """At a velocity: towards the end of the drive's range, at the plant's own speed."""
        speed = int(text)
        return self._go((speed > 0) * 2 * FURTHEST - FURTHEST) if speed else self._stop("")

    def _home(self, _: str) -> str:
        self.warnings.discard(codec.NO_REFERENCE)
        self._zero = 0
        return self._go(0)

    def _stop(self, _: str) -> str:
        self._plant.stop()
        return "0"

    # ---- settings ---------------------------------------------------------------------------

    def _warned(self, _: str) -> str:
        return " ".join([f"{len(self.warnings):02d}", *sorted(self.warnings)])

    def _cleared(self, text: str) -> str:
        del text
        shown = self._warned("")
        self.warnings &= {codec.NO_REFERENCE}
        return shown

    def _get(self, setting: str) -> str:
        plant = self._plant
        live: dict[str, Callable[[], int]] = {
            "pos": lambda: plant.position() - self._zero,
            "limit.home.state": lambda: int(plant.end_low()),
            "limit.away.state": lambda: int(plant.end_high()),
            "comm.checksum": lambda: int(self._checks),
            "comm.address": lambda: self._options.unit,
        }
        if setting in live:
            return str(live[setting]())
        if setting not in FIXED:
            raise Rejected(REJECTED["command"])
        return FIXED[setting]

    def _set(self, told: str) -> str:
        setting, _, value = told.partition(" ")
        if setting != "comm.checksum":
            raise Rejected(REJECTED["command"])
        if value not in ("0", "1"):
            raise Rejected(REJECTED["data"])
        self._checks = value == "1"
        return "0"
