"""A cell that another program cycles, followed by the file that this program writes.

The driver only reads (`mode: observe`). Each row of the file becomes one reading, whose time is
when the row was measured: the program's own time, put on our clock by when its rows arrive
(`arrival`), less the declared `latency`. Rows that were there before the first look are of the
past: they say nothing of when they came, and only show the form of the table. Rows that
come together are handed out one a call, in their order; of more than `MOST_WAITING` some are left
out, with a notice.

What becomes of the file is noticed and never raised: it stops, goes on, is replaced, cut short,
goes back in time or ahead. A file or share that cannot be read is a lost link.
"""

from collections import deque
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta

from instruments.codecs.cycler_text import BY_NAME, FORMS, CyclerRow, CyclerText, own_form
from instruments.model import Model
from instruments.options import LinkOptions, OptionsError, Positive
from instruments.potentiostat.arrival import Arrivals, Lateness
from instruments.protocols import (
    BadReply,
    BeginsAnew,
    CellReading,
    Clock,
    Identity,
    Notice,
    Noticed,
    Transport,
)

READ_BYTES = 65_536
READS = 16  # at one call; a long file takes several
MOST_WAITING = 32  # rows
FIRST_LATE_ROWS = 30  # before the lateness is told for the first time ...
LATE_EVERY_NS = 3_600_000_000_000  # ... and again, and
LATE_SOONEST_NS = 60_000_000_000  # at once where it has doubled, but not more often than this
AHEAD_S = 60.0  # a row from so far in the future shows that the program's clock was set
NAN = float("nan")
NS = 1e-9


class FollowFileOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a followed file."""

    latency_ms: Annotated[float, Meta(ge=0.0, le=600_000.0)] = 0.0  # that every row has
    form: Literal["auto", "bdf", "biologic", "neware", "landt", "own"] = "auto"
    time_column: str = ""  # of `form: own`, as the header names it
    voltage_column: str = ""
    current_column: str = ""
    time_scale: Positive = 1.0  # s of a 1 in the column
    voltage_scale: float = 1.0  # V
    current_scale: float = 1.0  # A
    discharge_is_positive: bool = False  # as this program counts
    stopped_after_ms: Annotated[float, Meta(ge=1_000.0, le=86_400_000.0)] = 60_000.0
    rest_current_a: Annotated[float, Meta(ge=0.0)] = 0.0  # less is a rest; 0: 0.2 % of the limit
    emulated_every_ms: Positive = 1_000.0  # of the twin: between two rows
    emulated_late_ms: Annotated[float, Meta(ge=0.0)] = 0.0  # and until a row is in the file


def text_reader(options: FollowFileOptions) -> CyclerText:
    """What reads the table that the options describe. Raises OptionsError."""
    sign = -1.0 if options.discharge_is_positive else 1.0
    if options.form == "auto":
        return CyclerText(FORMS, sign)
    if options.form in BY_NAME:
        return CyclerText((BY_NAME[options.form],), sign)
    names = options.time_column, options.voltage_column, options.current_column
    if not all(names):
        raise OptionsError(
            "follow-file: 'form: own' needs time_column, voltage_column and current_column, as the "
            "file's header names them"
        )
    scales = options.time_scale, options.voltage_scale, options.current_scale
    return CyclerText((own_form(names, scales),), sign)


class _Last(NamedTuple):
    """The newest row, and when it came."""

    row: CyclerRow
    arrival_ns: int


class FollowFile:
    """`Potentiostat` that is only observed, and says what becomes of its file."""

    def __init__(self, transport: Transport, clock: Clock, options: FollowFileOptions) -> None:
        self._transport = transport
        self._clock = clock
        self._options = options
        self._text = text_reader(options)
        self._arrivals, self._lateness = Arrivals(), Lateness()
        self._waiting: deque[CellReading] = deque()
        self._notices: list[Noticed] = []
        self._start_ns = self._heard_ns = self._looked_ns = clock()
        self._reading = CellReading(NAN, NAN, on=False, limited=False, t_ns=self._start_ns,
                                    uncertainty_ns=0, absent=True)  # fmt: skip
        self._is_old = True  # what comes was there before the first look
        self._first: CyclerRow | None = None  # of the file
        self._was_first: CyclerRow | None = None  # before it began anew
        self._last: _Last | None = None
        self._again_until_s = float("-inf")  # of a file that was written again: rows seen already
        self._jumps = False  # the next row may have any time
        self._stopped = self._unreadable = False
        self._stopped_ns = 0  # when the last row before that came
        self._late_ns, self._late_most_s = 0, 0.0  # when the lateness was last told, and the most

    # ---- what a potentiostat does ----------------------------------------------------------

    def identify(self) -> Identity:
        """A file has no identity: that its folder is there shows. Raises LinkError."""
        self.read()
        return Identity("follow-file", "", "")

    def configure(self) -> None:
        """There is nothing of ours to set."""

    def verify(self) -> None:
        """There is nothing of ours in it."""

    def open_circuit(self) -> None:
        """Only the other program can."""

    def switch_off(self) -> None:
        """Only the other program can."""

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Only the other program can."""

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Only the other program can."""

    def read(self) -> CellReading:
        """The next row, or the one before where there is none yet. Raises LinkError."""
        now_ns = self._clock()
        self._take(now_ns)
        if self._waiting:
            self._reading = self._waiting.popleft()
        self._watch(now_ns)
        self._looked_ns = now_ns
        return self._reading

    def notices(self) -> tuple[Noticed, ...]:
        """What was noticed since the last call."""
        told, self._notices = tuple(self._notices), []
        return told

    # ---- the file --------------------------------------------------------------------------

    def _take(self, now_ns: int) -> None:
        for _ in range(READS):
            try:
                self._transport.write(b"")
                data = self._transport.read(READ_BYTES, now_ns)
            except BeginsAnew as error:
                self._begin_anew(error, now_ns)
                continue
            if not data:
                self._is_old = self._is_old and self._first is None
                break
            self._rows(data, now_ns)
        self._thin()

    def _rows(self, data: bytes, now_ns: int) -> None:
        form = self._text.form
        try:
            rows = self._text.feed(data)
        except BadReply:
            if not self._unreadable:
                self._unreadable = True
                self._notice(Notice.UNREADABLE, 0.0)
            self._text = text_reader(self._options)
            return
        if self._text.form != form:
            self._unreadable = False
            names = [*BY_NAME, "own"]
            self._notice(Notice.FOUND, float(names.index(self._text.form)))
        for row in rows:
            self._row(row, now_ns)

    def _row(self, row: CyclerRow, now_ns: int) -> None:
        if self._first is None:
            self._first = row
            if row != self._was_first:
                self._again_until_s = float("-inf")
        if row.time_s <= self._again_until_s:
            return
        if self._last is not None:
            self._check_time(row, self._last, now_ns)
        self._jumps = False
        self._last, self._heard_ns = _Last(row, now_ns), now_ns
        if self._is_old:
            return
        self._arrivals.add(row.time_s, NS * now_ns)
        self._lateness.add(max(NS * now_ns - self._arrivals.measured_s(row.time_s), 0.0)
                           + NS * self._options.latency_ns)  # fmt: skip
        self._waiting.append(self._reading_of(row, now_ns))

    def _reading_of(self, row: CyclerRow, now_ns: int) -> CellReading:
        measured_ns = min(round(self._arrivals.measured_s(row.time_s) / NS), now_ns)
        t_ns = max(measured_ns - self._options.latency_ns, self._newest_ns() + 1000)
        half_ns = (now_ns - self._looked_ns) >> 1
        uncertainty_ns = half_ns + round(self._arrivals.spread_s / NS)
        on = row.current_a != 0.0
        return CellReading(row.voltage_v, row.current_a, on, False, t_ns, uncertainty_ns)

    def _newest_ns(self) -> int:
        """Readings come in the order of their times."""
        if self._waiting:
            return self._waiting[-1].t_ns
        return -(2**62) if self._reading.absent else self._reading.t_ns

    def _check_time(self, row: CyclerRow, last: _Last, now_ns: int) -> None:
        """A clock that was set, or a test that was begun again: it is put on ours anew."""
        back_s = last.row.time_s - row.time_s
        known = self._arrivals.is_fitted
        ahead_s = self._arrivals.measured_s(row.time_s) - NS * now_ns if known else 0.0
        if back_s <= 0.0 and ahead_s <= AHEAD_S:
            return
        if back_s > 0.0 and known and not self._jumps:
            self._notice(Notice.BACK_IN_TIME, back_s)
        elif back_s <= 0.0 and not self._jumps:
            self._notice(Notice.AHEAD_IN_TIME, ahead_s)
        self._arrivals = Arrivals()

    def _begin_anew(self, error: BeginsAnew, now_ns: int) -> None:
        notice = Notice.REPLACED if error.replaced else Notice.CUT_SHORT
        self._notice(notice, NS * (now_ns - self._heard_ns))
        self._was_first, last = self._first, self._last
        self._text, self._first, self._jumps = text_reader(self._options), None, True
        self._again_until_s = float("-inf")
        if not error.replaced and last is not None:
            self._again_until_s = last.row.time_s  # where it is the same table, written again

    def _thin(self) -> None:
        """Of many rows that came at once, evenly spaced ones, the newest among them."""
        number = len(self._waiting)
        if number <= MOST_WAITING:
            return
        each = -(-number // MOST_WAITING)
        kept = list(self._waiting)[::-1][::each][::-1]
        self._waiting = deque(kept)
        self._notice(Notice.THINNED, float(number - len(kept)))

    # ---- what is noticed -------------------------------------------------------------------

    def _watch(self, now_ns: int) -> None:
        silent_ns = now_ns - self._heard_ns
        if not self._stopped and silent_ns > 1e6 * self._options.stopped_after_ms:
            self._stopped = True
            self._stopped_ns = self._heard_ns
            self._notice(Notice.STOPPED, NS * silent_ns)
        elif self._stopped and self._heard_ns > self._stopped_ns:
            self._stopped = False
            self._notice(Notice.GOES_ON, NS * (self._heard_ns - self._stopped_ns))
        self._report_lateness(now_ns)

    def _report_lateness(self, now_ns: int) -> None:
        if len(self._lateness) < FIRST_LATE_ROWS:
            return
        since_ns = now_ns - self._late_ns
        if self._late_ns and since_ns < LATE_SOONEST_NS:
            return
        middle_s, most_s = self._lateness.middle_and_most_s()
        if self._late_ns and since_ns < LATE_EVERY_NS and most_s < 2.0 * self._late_most_s + 1.0:
            return
        self._late_ns, self._late_most_s = now_ns, most_s
        self._notice(Notice.LATE, middle_s)
        self._notice(Notice.LATE_AT_MOST, most_s)

    def _notice(self, notice: Notice, value: float) -> None:
        self._notices.append(Noticed(notice, value))


def when_silent(options: FollowFileOptions) -> str:
    """It never hears anything of us."""
    del options
    return "nothing: another program runs the cell"


MODEL = Model(
    "potentiostat",
    "follow-file",
    FollowFileOptions,
    FollowFile,
    "instruments.emulators.follow_file:FollowFileEmulator",
    when_silent,
    kinds=("file",),
    observes=True,
)
