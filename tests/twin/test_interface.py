"""The faces of metal as a whole."""

from math import isnan

import pytest
from msgspec.structs import replace

from fixture.twin.cell_parameters import LITHIUM_LPSCL_SHORTS
from fixture.twin.contact import resistance_ohm_cm2
from fixture.twin.interface import Interface
from fixture.twin.parameters import Contact, Dendrite, Shorts
from tests.twin.twins import IDEAL, changed

MA = 0.7854e-3  # A: 1 mA/cm2


def interface(
    faces: int = 1, shorts: Shorts | None = None, dendrite: Dendrite | None = None
) -> Interface:
    parameters = changed(IDEAL, bench={"metal_faces": faces})
    given = {"shorts": shorts or Shorts(), "dendrite": dendrite or Dendrite()}
    return Interface(replace(parameters, **given), 5.0)


def run(
    made: Interface, milliampere_per_cm2: float, seconds: int, pressure_mpa: float = 5.0
) -> None:
    for _ in range(seconds):
        made.advance(1.0, pressure_mpa, milliampere_per_cm2 * MA)


def test_the_contact_is_that_of_the_pressure_and_its_peak() -> None:
    made = interface()
    for pressure_mpa, peak_mpa in ((5.0, 5.0), (40.0, 40.0), (5.0, 40.0)):
        expected = resistance_ohm_cm2(Contact(), pressure_mpa, peak_mpa) / 0.7854
        assert made.settle(pressure_mpa) == pytest.approx(expected)
    assert made.peak_mpa == 40.0


def test_stripping_is_discharge_of_a_metal_anode() -> None:
    made = interface()
    run(made, 3.0, 600)
    assert made.void_share == 0.0
    whole_ohm = made.settle(5.0)
    run(made, -3.0, 600)
    assert made.void_share > 0.1
    assert made.settle(5.0) == pytest.approx(whole_ohm / (1.0 - made.void_share))


def test_a_symmetric_cell_is_stripped_either_way_at_half_of_its_contact() -> None:
    made = interface(faces=2)
    run(made, 3.0, 600)
    parted = made.faces[1].share
    assert made.faces[0].share == 0.0 < parted
    expected = interface().settle(5.0) * 0.5 * (1.0 + 1.0 / (1.0 - parted))
    assert made.settle(5.0) == pytest.approx(expected)
    run(made, -3.0, 300)
    assert made.faces[0].share > 0.0


def test_without_metal_there_is_nothing_to_part() -> None:
    made = interface(faces=0)
    run(made, -30.0, 600)
    assert made.void_share == 0.0


def test_voids_left_by_stripping_bring_the_next_plating_to_its_limit() -> None:
    limit = Dendrite(critical_ma_per_cm2=2.0, weakening_mpa=1e9, scatter=0.0)
    smooth = interface(dendrite=limit)
    run(smooth, 1.8, 60)
    assert smooth.hazard.reach == 0.0
    parted = interface(dendrite=limit)
    run(parted, -3.0, 1200)
    run(parted, 1.8, 60)
    assert parted.hazard.reach > 0.0


def test_a_discharge_plates_no_metal_on_a_metal_anode_but_does_in_a_symmetric_cell() -> None:
    limit = Dendrite(critical_ma_per_cm2=1.0, scatter=0.0)
    anode, symmetric = interface(dendrite=limit), interface(faces=2, dendrite=limit)
    run(anode, -3.0, 60)
    run(symmetric, -3.0, 60)
    assert anode.hazard.reach == 0.0 < symmetric.hazard.reach


def test_a_short_is_told_in_ohm_of_this_cell() -> None:
    made = interface(shorts=LITHIUM_LPSCL_SHORTS)
    assert isnan(made.short_ohm)
    assert made.short_siemens() == 0.0
    made.advance(3600.0, 75.0, 0.1 * MA)
    assert made.short_ohm == pytest.approx(30_000.0 / 0.7854)
    assert made.short_siemens() == pytest.approx(1.0 / made.short_ohm)


def unassembled() -> Interface:
    parameters = changed(IDEAL, bench={"metal_faces": 2}, assembly={"below_mpa": 0.5})
    return Interface(replace(parameters, shorts=LITHIUM_LPSCL_SHORTS), 0.3)


def test_metal_is_put_in_when_a_formed_pellet_is_unloaded() -> None:
    made = unassembled()
    made.settle(0.4)
    assert not made.assembled
    made.settle(375.0)
    made.settle(0.6)
    assert not made.assembled
    made.settle(0.5)
    assert made.assembled
    assert made.peak_mpa == 0.5


def test_before_the_metal_nothing_parts_or_shorts() -> None:
    made = unassembled()
    made.settle(375.0)
    run(made, 5.0, 3600, 375.0)
    assert made.void_share == 0.0
    assert isnan(made.short_ohm)
    made.settle(0.3)
    run(made, 5.0, 60, 0.3)
    assert made.void_share > 0.0
