"""The rules that every driver keeps, tried one after another, and a report of them.

Rules: a damaged, late or missing reply is an error of `instruments.protocols` or makes no
difference, and a few reads later all is well again. Silence is an error within a bound. A link that
is gone says so, and works again after it was opened anew with the same instrument behind it. A
press or source that was reset is not moved or switched on again. What measures impedance has rules
of its own (`isostack.testing.spectra`).
"""

import statistics
import time as real_time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

from instruments.emulators.faults import Fault
from instruments.model import Model
from instruments.options import OptionsError
from instruments.protocols import LinkError, LinkGone, Noticing
from isostack.testing.benches import MOVED, refused_after_reset
from isostack.testing.line import MS
from isostack.testing.pair import Broken, Pair, is_followed
from isostack.testing.spectra import Spectra

SILENT_MS = 2000.0  # at most until silence is an error
READS = 100
PIECES_OF_A_FILE = 7  # bytes: fewer are seldom written at once
REPLIES = 3  # of a read, whose faults are tried
AFTER = 4  # reads until all is well
FAULTS_OF_A_FILE = (Fault.LOST, Fault.LATE, Fault.SPLIT)  # nobody damages its bytes on the way
SEEN_AFTER = 60  # reads until a reset shows


class Row(NamedTuple):
    """One rule: whether it is kept (None: could not be tried) and what was seen."""

    rule: str
    kept: bool | None
    seen: str


class Report(NamedTuple):
    """What came of all rules; as text, a table."""

    model: str
    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether no rule is broken."""
        return all(row.kept is not False for row in self.rows)

    def __str__(self) -> str:
        words = {True: "kept", False: "BROKEN", None: "not tried"}
        width = max(len(row.rule) for row in self.rows)
        lines = [f"{row.rule:{width}}  {words[row.kept]:9}  {row.seen}" for row in self.rows]
        return "\n".join([f"{self.model}: {'passed' if self.passed else 'FAILED'}", *lines])


class _Rules:
    """All rules for one model."""

    def __init__(
        self, model: Model[Any, Any], told: Mapping[str, object], budget_ms: float
    ) -> None:
        self._model = model
        self._told = told
        self._budget_ms = budget_ms
        self._healthy: dict[int, Hashable] = {}

    def pair(self, chunk: int = 0) -> Pair:
        return Pair(self._model, self._told, chunk)

    def healthy(self, level: int) -> Hashable:
        """What an undisturbed pair reads at a level."""
        if level not in self._healthy:
            pair = self.pair()
            pair.at(level)
            self._healthy[level] = pair.read()
        return self._healthy[level]

    # ---- the rules --------------------------------------------------------------------------

    def silent(self) -> str:
        words = self._model.silent(self._told)
        if not words:
            raise Broken("when_silent says nothing")
        return words

    def identifies(self) -> str:
        pair = self.pair()
        again = pair.driver.identify()
        if again != pair.identity:
            raise Broken(f"first {pair.identity}, then {again}")
        return " ".join(filter(None, again))

    def reads(self) -> str:
        pair = self.pair()
        pair.at(5)
        before_ns = pair.time()
        reading = pair.driver.read()
        value = pair.bench.value(reading)
        if value == "fault" or value == self.healthy(9):
            raise Broken(f"a healthy instrument reads {reading}")
        if not before_ns - 1000 * MS <= reading.t_ns <= pair.time() or reading.uncertainty_ns < 0:
            raise Broken(f"its time is {reading.t_ns - before_ns} ns from the call's")
        return str(value)

    def byte_by_byte(self) -> str:
        pair = self.pair(chunk=PIECES_OF_A_FILE if self.is_file() else 1)
        pair.at(5)
        self._equal(pair.read(), 5)
        return ""

    def is_file(self) -> bool:
        """Whether what it reads is a file that grows."""
        return self._model.kinds == ("file",)

    def obeys(self) -> str:
        pair = self.pair()
        wrong = pair.bench.commands(pair.driver, pair.plant, pair.options)
        if wrong:
            raise Broken(wrong)
        return ""

    def damaged(self, fault: Fault) -> str:
        refused = 0
        for reply in range(REPLIES):
            pair = self.pair()
            pair.at(10)
            pair.read()
            for _ in range(reply):
                pair.wait()
                pair.read()
            pair.plant.level(20)
            changed_ns = pair.time()
            pair.faults.inject(fault)
            pair.wait()
            refused += self._judge(pair, 20, 10, changed_ns)
            self._recovers(pair)
        return f"refused {refused} of {REPLIES}"

    def _recovers(self, pair: Pair) -> None:
        for count in range(AFTER):
            before, level = 20 + count, 21 + count
            pair.plant.level(level)
            changed_ns = pair.time()
            pair.wait()
            if self._judge(pair, level, before, changed_ns) and count == AFTER - 1:
                raise Broken(f"still an error {AFTER} reads later")

    def _judge(self, pair: Pair, level: int, before: int, changed_ns: int) -> int:
        """1 where the read was refused; a value must be that of its time."""
        try:
            reading = pair.driver.read()
        except LinkError:
            return 1
        value = pair.bench.value(reading)
        if value == self.healthy(level):
            return 0
        early = reading.t_ns - reading.uncertainty_ns <= changed_ns
        if value != self.healthy(before) or not early:
            raise Broken(f"{value} was taken for true, and it is {self.healthy(level)}")
        return 0

    def silence(self) -> str:
        pair = self.pair()
        pair.line.mute = True
        began_ns, last = pair.time(), pair.driver.read() if self._notices(pair) else None
        while True:
            try:
                reading = pair.driver.read()
            except LinkError as error:
                took_ms = (pair.time() - began_ns) / MS
                pair.line.mute = False
                self._recovers(pair)
                return f"{type(error).__name__} after {took_ms:.0f} ms"
            if pair.time() - began_ns > SILENT_MS * MS:
                if last is not None and reading.t_ns == last.t_ns:
                    return "its last reading ages"
                raise Broken(f"still no error after {SILENT_MS:g} ms")
            pair.time.t_ns += 10 * MS

    @staticmethod
    def _notices(pair: Pair) -> bool:
        """Whether what is followed may stop: that is noticed, and no error."""
        return isinstance(pair.driver, Noticing)

    def unplugged(self) -> str:
        pair = self.pair()
        pair.line.gone = True
        try:
            pair.driver.read()
        except LinkGone:
            pass
        else:
            raise Broken("a read works on a port that is gone")
        pair.time.t_ns += 2000 * MS
        try:
            pair.relink()
        except LinkGone:
            pass
        else:
            raise Broken("it came back while the port is gone")
        pair.line.gone = False
        pair.time.t_ns += 2000 * MS
        pair.relink()
        self._recovers(pair)
        return "gone, opened again, identified, verified"

    def reset(self) -> str | None:
        pair = self.pair()
        reset = getattr(pair.emulator, "reset", None)
        followed = is_followed(self._model, pair.options)
        if self._model.kind == "load_cells" or followed or reset is None:
            return None
        if self._model.kind == "press":
            pair.driver.move_to(MOVED * pair.options.um_per_count)
            pair.plant.at = pair.plant.to
        reset()
        for _ in range(SEEN_AFTER):
            pair.wait()
            try:
                if self._model.kind == "press" and pair.read() == "fault":
                    break
            except LinkError:
                continue
        pair.driver.verify()
        still = refused_after_reset(self._model.kind, pair.driver, pair.options)
        if still:
            raise Broken(f"after a reset {still}")
        return "seen; commands are refused"

    def budget(self) -> str:
        pair = self.pair()
        took: list[float] = []
        before = pair.line.bytes
        for _ in range(READS):
            pair.wait()
            began = real_time.perf_counter()
            pair.driver.read()
            took.append(1e3 * (real_time.perf_counter() - began))
        median_ms, count = statistics.median(took), (pair.line.bytes - before) / READS
        if median_ms > self._budget_ms:
            raise Broken(f"a read computes for {median_ms:.2f} ms, and may for {self._budget_ms:g}")
        return f"{median_ms:.3f} ms with the emulator, {count:.0f} bytes a read"

    def _equal(self, value: Hashable, level: int) -> None:
        if value != self.healthy(level):
            raise Broken(f"{value} is read, and it is {self.healthy(level)}")


def conformance(
    model: Model[Any, Any], options: Mapping[str, object] | None = None, budget_ms: float = 5.0
) -> Report:
    """Try every rule on a model against its emulator.

    `options`: as the model takes them, with those that have no default. `budget_ms`: computing time
    of one read, emulator included. A model without an emulator: only what it says is tried. Raises
    OptionsError where the options do not fit.
    """
    told = options or {}
    model.check(told)
    rules = _Rules(model, told, budget_ms)
    rows = [_tried("says what it does when the host is silent", rules.silent)]
    if not model.emulated_by:
        rows.append(Row("against its emulator", None, "it has none"))
        return Report(model.name, tuple(rows))
    named: list[tuple[str, Callable[[], str | None]]] = [
        ("says twice who it is, alike", rules.identifies),
        ("reads what is true, at its time", rules.reads),
        ("reads bytes that come one by one", rules.byte_by_byte),
        ("does what it is commanded", rules.obeys),
        *(
            (f"takes no wrong value from a reply that is {one.value}", _of(rules, one))
            for one in (FAULTS_OF_A_FILE if rules.is_file() else Fault)
        ),
        ("reports silence", rules.silence),
        ("reports a port that is gone, and comes back", rules.unplugged),
        ("sees a reset", rules.reset),
        ("keeps its time", rules.budget),
        *Spectra(model, told).rules(),
    ]
    return Report(model.name, (*rows, *(_tried(rule, act) for rule, act in named)))


def _of(rules: _Rules, fault: Fault) -> Callable[[], str]:
    return lambda: rules.damaged(fault)


def _tried(rule: str, act: Callable[[], str | None]) -> Row:
    try:
        seen = act()
    except Broken as broken:
        return Row(rule, kept=False, seen=str(broken))
    except OptionsError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is what it did wrong
        return Row(rule, kept=False, seen=f"{type(error).__name__}: {error}")
    return Row(rule, kept=None if seen is None else True, seen=seen or "")
