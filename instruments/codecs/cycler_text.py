"""Tables of voltage and current as battery cyclers write them: the forms, and their reader. Pure.

A form is one row of `FORMS`: how the program names its columns, and the unit of each name. What is
read is the time that the program itself gives a row (the time of the test, not of the step, which
begins anew), voltage and current; the current is positive on charge. Names are compared without
blanks and capitals. A header may stand anywhere in the first lines, and again later on.

Sources. `bdf`: labels and machine names of the Battery Data Format, ontology 1.3. `biologic`: text
export of EC-Lab and BT-Lab (`Nb header lines`, tabs; EC-Lab software manual). `neware`: CSV of BTS
7 and 8 (BTSDA). `landt`: CSV and text of LANDdt and LANHE. The names of the last three were
compared with those that the readers of `batterydf` 0.1.0 (Apache-2.0) and public data files have
[B]; versions differ, and `columns` of a rig says what none of them says.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from instruments.codecs.text_lines import Lines, Times, number
from instruments.protocols import BadReply

HEADER_LINES = 2000  # of text before the table; EC-Lab writes some 60
DELIMITERS = ("\t", ";", ",")
READABLE = 1e4  # V, A: no cycler writes more
LATEST_S = 1e13  # no clock says more, not even one that counts milliseconds from 1970
_BLANKS = re.compile(r"\s+")
_WORDS = re.compile(r"\s{2,}|\t")  # columns that are padded with blanks


class Named(NamedTuple):
    """A name of a column, without blanks and capitals, and what a 1 in it is in our unit."""

    name: str
    scale: float = 1.0


class Form(NamedTuple):
    """How one program names its columns; the first name that is there counts."""

    name: str
    time: tuple[Named, ...]  # s, or a time of day
    voltage: tuple[Named, ...]  # V
    current: tuple[Named, ...]  # A
    state: tuple[str, ...] = ()  # says the direction where the current has no sign


PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9}


def _in_units(*stems: str, of: str) -> tuple[Named, ...]:
    """Stems such as `current({})`, in all units of A or V."""
    return tuple(
        Named(stem.format(prefix + of), scale)
        for stem in stems
        for prefix, scale in PREFIXES.items()
    )


FORMS: tuple[Form, ...] = (
    Form(
        "bdf",
        (Named("testtime/s"), Named("test_time_second"), Named("unixtime/s"),
         Named("unix_time_second")),
        (Named("voltage/v"), Named("voltage_volt")),
        (Named("current/a"), Named("current_ampere")),
    ),
    Form(
        "biologic",
        (Named("time/s"),),
        _in_units("ewe/{}", "<ewe>/{}", "ecell/{}", "<ecell>/{}", "ewe-ece/{}", of="v"),
        _in_units("i/{}", "<i>/{}", of="a"),
    ),
    Form(
        "neware",
        (Named("totaltime(s)"), Named("testtime(s)"), Named("totaltime"),
         Named("totaltime(ms)", 1e-3),
         Named("总时间(s)"), Named("总时间"), Named("test_time"), Named("date(h:min:s.ms)"),
         Named("absolutetime"), Named("realtime"), Named("datetime"), Named("date"),
         Named("绝对时间")),
        _in_units("voltage({})", "电压({})", of="v"),
        _in_units("current({})", "cur({})", "电流({})", of="a"),
    ),
    Form(
        "landt",
        (Named("testtime/sec."), Named("testtime/sec"), Named("test_time_s"), Named("test(sec)"),
         Named("testtime"), Named("测试时间/sec"), Named("测试时间")),
        (*_in_units("voltage/{}", "电压/{}", of="v"), Named("voltage_v"), Named("volts")),
        (*_in_units("current/{}", "电流/{}", of="a"), Named("current_a"), Named("amps")),
        ("state", "stepstatus", "md"),
    ),
)  # fmt: skip
BY_NAME: dict[str, Form] = {form.name: form for form in FORMS}
DISCHARGES = re.compile(r"(?i)d|dc|dch.*|discharge.*|d_.*|cc[_-]?d.*|cv[_-]?d.*")


class CyclerRow(NamedTuple):
    """One row: the program's own time, and what it measured."""

    time_s: float
    voltage_v: float
    current_a: float


class _Place(NamedTuple):
    """Where a column stands, and what a 1 in it is."""

    column: int
    scale: float


class _Layout(NamedTuple):
    """A header that was found."""

    form: str
    delimiter: str  # '': columns are padded with blanks
    time: _Place
    voltage: _Place
    current: _Place
    state: int  # -1: none


class CyclerText:
    """A table that grows: bytes in, rows out."""

    def __init__(self, forms: Sequence[Form] = FORMS, sign: float = 1.0) -> None:
        """`forms`: those that are looked for. `sign`: -1 where the program counts a discharge as
        positive."""
        self._forms = forms
        self._sign = sign
        self._lines = Lines()
        self._times = Times()
        self._layout: _Layout | None = None
        self._header_lines = 0
        self._first = ""
        self.damaged = 0  # lines below the header that are no row

    @property
    def form(self) -> str:
        """Name of the form that was found; '' before a header has come."""
        return self._layout.form if self._layout else ""

    def feed(self, data: bytes) -> list[CyclerRow]:
        """The rows that these bytes complete. Raises BadReply where no header can be found."""
        rows: list[CyclerRow] = []
        for line in self._lines.feed(data):
            layout = self._header(line) if self._may_be_header(line) else None
            if layout is not None:
                self._layout = layout
            elif self._layout is None:
                self._count(line)
            elif line.strip():
                row = self._row(self._layout, line)
                self.damaged += row is None
                rows += [] if row is None else [row]
        return rows

    def _may_be_header(self, line: str) -> bool:
        """A row begins with a number; what names columns has letters."""
        return self._layout is None or any(c.isalpha() for c in line[:40])

    def _count(self, line: str) -> None:
        self._header_lines += 1
        self._first = self._first or line.strip()[:60]
        if self._header_lines > HEADER_LINES:
            names = ", ".join(form.name for form in self._forms)
            raise BadReply(
                f"no line names time, voltage and current as {names} does (the text begins with "
                f"{self._first!r}); name the columns in the rig's options"
            )

    def _header(self, line: str) -> _Layout | None:
        for delimiter in (*DELIMITERS, ""):
            cells = _split(line, delimiter)
            if len(cells) < 3:
                continue
            names = [_plain(cell) for cell in cells]
            for form in self._forms:
                found = _layout(form, delimiter, names)
                if found is not None:
                    return found
        return None

    def _row(self, layout: _Layout, line: str) -> CyclerRow | None:
        cells = _split(line, layout.delimiter)
        last = max(layout.time.column, layout.voltage.column, layout.current.column)
        if len(cells) <= last:
            return None
        comma = layout.delimiter != ","
        time_s = layout.time.scale * self._times.seconds(cells[layout.time.column], comma)
        voltage_v = layout.voltage.scale * number(cells[layout.voltage.column], comma)
        current_a = layout.current.scale * number(cells[layout.current.column], comma)
        if not (abs(time_s) <= LATEST_S and abs(voltage_v) <= READABLE >= abs(current_a)):
            return None
        if 0 <= layout.state < len(cells) and current_a > 0.0:
            discharges = DISCHARGES.fullmatch(cells[layout.state]) is not None
            return CyclerRow(time_s, voltage_v, -current_a if discharges else current_a)
        return CyclerRow(time_s, voltage_v, self._sign * current_a)


def _split(line: str, delimiter: str) -> list[str]:
    parts = line.split(delimiter) if delimiter else _WORDS.split(line.strip())
    return [part.strip().strip('"').strip() for part in parts]


def _plain(name: str) -> str:
    return _BLANKS.sub("", name).lower()


def _layout(form: Form, delimiter: str, names: list[str]) -> _Layout | None:
    time, voltage, current = (_found(one, names) for one in form[1:4])
    if time is None or voltage is None or current is None:
        return None
    state = next((names.index(name) for name in form.state if name in names), -1)
    return _Layout(form.name, delimiter, time, voltage, current, state)


def _found(known: Sequence[Named], names: list[str]) -> _Place | None:
    for name, scale in known:
        if name in names:
            return _Place(names.index(name), scale)
    return None


def own_form(columns: tuple[str, str, str], scales: tuple[float, float, float]) -> Form:
    """The form of columns that a rig names: time, voltage, current; `scales`: s, V, A of a 1."""
    names = (Named(_plain(name), scale) for name, scale in zip(columns, scales, strict=True))
    time, voltage, current = names
    return Form("own", (time,), (voltage,), (current,))
