"""Every built-in model keeps the rules for drivers; a driver that breaks one is told which."""

from collections.abc import Callable
from typing import Any

import pytest

from instruments.emulators.faults import Fault
from instruments.loadcell.scpi import ScpiLoadCells
from instruments.model import Model
from instruments.options import OptionsError
from instruments.potentiostat.keithley_2450 import Keithley2450
from instruments.potentiostat.palmsens_emstat4 import PalmsensEmstat4
from instruments.press.alicat import Alicat
from instruments.protocols import CellReading, ForceReading, LinkError, Sweep, SweepPoint
from instruments.registry import LOAD_CELLS, PRESSES, TABLES
from isostack.testing import Report, conformance
from tests.instruments.descriptions import METER, MODELS

APART = {"adapter", "ep-regulator"}  # see below


@pytest.mark.parametrize("which", MODELS)
def test_a_built_in_model_keeps_every_rule(which: str) -> None:
    model, options = MODELS[which]
    report = conformance(model, options, budget_ms=50.0)
    assert report.passed, report


def test_every_built_in_model_is_among_them() -> None:
    tried = {(model.kind, model.name) for model, _ in MODELS.values()}
    ours = {(table.kind, name) for table in TABLES for name in table if name not in APART}
    assert ours - tried == set()


def broken_rules(report: Report) -> list[str]:
    return [row.rule for row in report.rows if row.kept is False]


def test_a_regulator_keeps_every_rule_but_that_its_stop_leaves_the_air_its_way() -> None:
    options = {"um_per_count": 0.5, "n_per_count": 5.0, "monitor": 3}
    report = conformance(PRESSES["ep-regulator"], options, budget_ms=50.0)
    assert broken_rules(report) == ["does what it is commanded"]
    assert rule(report, "commanded") == "stop() does not stop"
    assert next(row for row in report.rows if "reset" in row.rule).kept


def test_a_regulator_without_a_monitor_reads_what_it_was_told() -> None:
    options = {"um_per_count": 0.5, "n_per_count": 5.0}
    report = conformance(PRESSES["ep-regulator"], options, budget_ms=50.0)
    assert broken_rules(report) == ["reads what is true, at its time", "does what it is commanded"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.kind)
def test_an_adapter_has_no_emulator_and_is_asked_what_it_says(table: Any) -> None:
    acts = {"act": ["a = {value}"], "voltage": "v", "current": "i"}
    told: dict[str, dict[str, Any]] = {
        "load_cells": {"values": ["weight"]},
        "press": {
            "um_per_count": 0.5, "move": ["a = {value}"], "stop": ["halt"], "position": "at",
            "moving": "busy", "when_silent": "stops",
        },
        "potentiostat": {
            "as_current": acts, "as_voltage": acts, "at_rest": {}, "off": ["halt"], "on": "busy",
            "when_silent": "goes on",
        },
    }  # fmt: skip
    options = {"driver": "tests.instruments.stand_in:Instrument", **told[table.kind]}
    assert [row.kept for row in conformance(table["adapter"], options).rows] == [True, None]


def test_what_measures_impedance_has_rules_for_its_spectra() -> None:
    model, options = MODELS["palmsens"]
    told = [row.rule for row in conformance(model, options, budget_ms=50.0).rows]
    assert sum("spectrum" in one or "point" in one for one in told) == 5 + len(Fault)
    told = [row.rule for row in conformance(*MODELS["keithley"], budget_ms=50.0).rows]
    assert not any("spectrum" in one for one in told)


class Credulous(ScpiLoadCells):
    """Reads, and takes an old value where nothing comes."""

    last: ForceReading | None = None

    def read(self) -> ForceReading:
        try:
            self.last = super().read()
        except LinkError:
            assert self.last is not None
            return self.last._replace(t_ns=self._link.t_ns + 10**12)
        return self.last


class Careless(ScpiLoadCells):
    """Lets an exception of its own out."""

    def read(self) -> ForceReading:
        try:
            return super().read()
        except LinkError:
            raise KeyError("weight") from None


def broken(make: Callable[..., Any]) -> Report:
    return conformance(LOAD_CELLS["scpi"]._replace(make_driver=make), METER)


def rule(report: Report, words: str) -> str:
    return next(row.seen for row in report.rows if words in row.rule and row.kept is False)


def test_a_driver_that_takes_an_old_value_for_a_new_one_breaks_the_rules() -> None:
    report = broken(Credulous)
    assert not report.passed
    assert "was taken for true" in rule(report, "that is lost")
    assert "no error after" in rule(report, "silence")
    assert "works on a port that is gone" in rule(report, "a port that is gone")
    assert "scpi: FAILED" in str(report)
    assert "BROKEN" in str(report)


def test_another_exception_than_those_of_a_link_is_named() -> None:
    assert rule(broken(Careless), "that is late") == "KeyError: 'weight'"


def test_a_model_without_an_emulator_is_only_asked_what_it_says() -> None:
    model: Model[Any, Any] = LOAD_CELLS["scpi"]._replace(emulated_by="")
    report = conformance(model, METER)
    assert report.passed
    assert [row.kept for row in report.rows] == [True, None]


def test_a_read_that_computes_for_too_long_breaks_the_rules() -> None:
    report = conformance(LOAD_CELLS["scpi"], METER, budget_ms=1e-9)
    assert [row.rule for row in report.rows if row.kept is False] == ["keeps its time"]


def test_options_that_do_not_fit_are_an_error_of_the_author() -> None:
    with pytest.raises(OptionsError, match="Object missing required field `read`"):
        conformance(LOAD_CELLS["scpi"], {})


class Meddling(Keithley2450):
    """Drives a cell that another program has."""

    def _commanding(self) -> None:
        """Nothing is refused."""


class Trusting(Alicat):
    """Never asks for its setpoint."""

    def verify(self) -> None:
        pass


def test_a_follower_that_drives_breaks_the_rules() -> None:
    model, options = MODELS["keithley that is observed"]
    report = conformance(model._replace(make_driver=Meddling), options)
    assert "drives a cell that is another program's" in rule(report, "commanded")


def test_a_press_that_presses_on_after_a_reset_breaks_the_rules() -> None:
    model, options = MODELS["alicat"]
    report = conformance(model._replace(make_driver=Trusting), options)
    assert rule(report, "sees a reset") == "after a reset move_to() is carried out"


def test_a_source_that_is_driven_the_wrong_way_breaks_the_rules() -> None:
    model, options = MODELS["keithley"]

    class Reversed:
        """The right driver, with its currents turned round."""

        def __init__(self, *given: Any) -> None:
            self._inner = model.make_driver(*given)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def source_current(self, current_a: float, voltage_limit_v: float) -> None:
            self._inner.source_current(-current_a, 5.0 - voltage_limit_v)

        def read(self) -> CellReading:
            return self._inner.read()

    report = conformance(model._replace(make_driver=Reversed), options)
    assert rule(report, "commanded") == "source_current(1 mA) gives -0.001 A"


class Conjugate(PalmsensEmstat4):
    """Has the sign of the imaginary part the other way round."""

    def sweep_points(self) -> tuple[SweepPoint, ...]:
        points = super().sweep_points()
        return tuple(one._replace(imaginary_ohm=-one.imaginary_ohm) for one in points)


class Restless(PalmsensEmstat4):
    """Begins anew with each command, also the same one."""

    def measure_impedance(self, number: int, sweep: Sweep) -> None:
        self._sweep = None
        super().measure_impedance(number, sweep)


class LeavingOn(PalmsensEmstat4):
    """Drives on once a spectrum is over."""

    def sweep_points(self) -> tuple[SweepPoint, ...]:
        points = super().sweep_points()
        if any(one.point == 0 for one in points):
            self.source_current(1e-3, 4.0)
        return points


class Blocking(PalmsensEmstat4):
    """Waits for each point."""

    def read(self) -> CellReading:
        if self._sweep is not None and not self._sweep.over:
            self._transport.read(1, self._clock() + 3_000_000_000)
        return super().read()


@pytest.mark.parametrize(
    ("driver", "words", "seen"),
    [
        (Conjugate, "measures a spectrum", "was taken for true"),
        (Restless, "by its number", "or come twice"),
        (LeavingOn, "measures a spectrum", "the cell is left at 0.001 A"),
        (Blocking, "measures a spectrum", "while a spectrum is measured"),
    ],
)
def test_a_driver_whose_spectra_are_wrong_breaks_the_rules(
    driver: type[PalmsensEmstat4], words: str, seen: str
) -> None:
    model, options = MODELS["palmsens"]
    assert seen in rule(conformance(model._replace(make_driver=driver), options), words)


def test_a_driver_that_only_says_that_it_measures_impedance_breaks_the_rules() -> None:
    keithley, options = MODELS["keithley"]
    model = keithley._replace(impedance=MODELS["palmsens"][0].impedance)
    assert "lacks measure_impedance()" in rule(conformance(model, options), "measures a spectrum")
