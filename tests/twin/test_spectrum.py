"""The twin's impedance: what it is made of, how pressure changes it, and that it fits its time."""

import cmath
import math

import msgspec
import pytest

from fixture.twin.cell import SolidStateCell
from fixture.twin.interface import Interface
from fixture.twin.parameters import Breathing, Contact, Electrochemistry, Parameters
from fixture.twin.spectrum import Arc, Circuit, impedance_ohm
from instruments.protocols import ImpedancePlant
from tests.twin.twins import BENCH

NOTHING = Circuit(0.0, (), 0.0, 1.0, 0.0, 0.0)


def test_a_separator_is_a_resistance_at_any_frequency() -> None:
    for hertz in (1e-3, 1.0, 1e6):
        assert impedance_ohm(NOTHING._replace(separator_ohm=64.0), hertz) == 64.0


def test_an_arc_of_a_capacitor_is_a_half_circle() -> None:
    arc = NOTHING._replace(arcs=(Arc(100.0, 1e-3, 1.0),))
    top = impedance_ohm(arc, 1.0 / (2.0 * math.pi * 1e-3))
    assert top == pytest.approx(50.0 - 50.0j)
    assert impedance_ohm(arc, 1e-3) == pytest.approx(100.0, abs=0.01)


def test_a_constant_phase_element_depresses_it() -> None:
    arc = NOTHING._replace(arcs=(Arc(100.0, 1e-3, 0.8),))
    top = impedance_ohm(arc, 1.0 / (2.0 * math.pi * 1e-3))
    assert top.real == pytest.approx(50.0)
    assert top.imag == pytest.approx(-50.0 * math.tan(0.25 * math.pi * 0.8), rel=1e-6)


def test_diffusion_rises_at_45_degrees_and_ends_in_its_resistance() -> None:
    layer = NOTHING._replace(layer_ohm=40.0, layer_s=100.0)
    assert math.degrees(cmath.phase(impedance_ohm(layer, 10.0))) == pytest.approx(-45.0, abs=0.01)
    assert impedance_ohm(layer, 1e-6).real == pytest.approx(40.0, rel=1e-3)


def test_a_short_lies_across_all_of_it() -> None:
    shorted = NOTHING._replace(separator_ohm=60.0, short_siemens=1.0 / 30.0)
    assert impedance_ohm(shorted, 1.0) == pytest.approx(20.0)


def test_charge_that_raises_the_voltage_is_a_capacitance() -> None:
    slope = NOTHING._replace(slope_v_per_c=0.5)
    assert impedance_ohm(slope, 1.0 / (2.0 * math.pi)) == pytest.approx(-0.5j)


class Pressed:
    """A cell whose contact is pressed, without a press."""

    def __init__(self) -> None:
        parameters = Parameters(bench=BENCH, contact=Contact(memory=0.0))
        self.interface = Interface(parameters, 0.3)
        self.cell = SolidStateCell(BENCH, Electrochemistry(), Breathing(), self.interface.arcs)

    def ohm(self, mpa: float, hertz: float) -> complex:
        self.cell.press(self.interface.settle(mpa))
        return self.cell.impedance_ohm(hertz)


def test_the_contact_falls_with_pressure_as_it_does_in_time() -> None:
    made, contact = Pressed(), Contact(memory=0.0)
    rise = (made.ohm(5.0, 100.0) - made.ohm(50.0, 100.0)).real
    law = contact.slope_ohm_cm2 * (5.0**-0.6 - 50.0**-0.6) / (BENCH.area_mm2 / 100.0)
    assert rise == pytest.approx(law, rel=0.05)


def test_at_high_frequency_only_the_separator_is_left() -> None:
    made = Pressed()
    ohm = Parameters(bench=BENCH).electrochemistry.ohmic_ohm_cm2 / (BENCH.area_mm2 / 100.0)
    assert made.ohm(15.0, 1e8).real == pytest.approx(ohm, rel=0.01)


def test_an_emulated_potentiostat_can_measure_it() -> None:
    assert isinstance(Pressed().cell, ImpedancePlant)


def test_each_face_has_its_part_and_both_make_up_the_contact() -> None:
    two = msgspec.structs.replace(BENCH, metal_faces=2)
    interface = Interface(Parameters(bench=two), 0.3)
    interface.settle(15.0)
    assert sum(arc.ohm for arc in interface.arcs()) == pytest.approx(interface.contact_ohm)
    assert len(interface.arcs()) == 2
    interface.faces[0].share = 0.5
    interface.settle(15.0)
    parted, whole = interface.arcs()
    assert parted.ohm == pytest.approx(2.0 * whole.ohm)
    assert parted.time_s == whole.time_s
    assert parted.ohm + whole.ohm == pytest.approx(interface.contact_ohm)


def test_a_cell_with_a_short_says_so() -> None:
    cell = SolidStateCell(BENCH, Electrochemistry(), Breathing())
    cell.press(20.0)
    whole = cell.impedance_ohm(1e6)
    cell.press(20.0, 1.0 / 30.0)
    assert cell.impedance_ohm(1e6) == pytest.approx(whole / (1.0 + whole / 30.0))
