"""The twin that a profile and a rig make."""

from pathlib import Path

import pytest

from fixture.config.resolve import plan
from fixture.twin.cell_parameters import LITHIUM_LPSCL, LITHIUM_LPSCL_SHORTS
from fixture.twin.metals import METALS, NO_METAL
from fixture.twin.parameters import Parameters
from tests.config.cases import PROFILE, plan_of, rig_file

CELL = """\
name: some
cell:
  diameter: 10 mm
  kind: {kind}
  electrodes: {{{electrodes}}}
pressure: [{{press: 15 MPa}}]
"""


def twin(
    folder: Path, kind: str, electrodes: str, rig: str = "twin", written: str = ""
) -> Parameters:
    name = rig_file(folder, written) if written else rig
    made = plan_of(folder, CELL.format(kind=kind, electrodes=electrodes), name).twin
    assert made is not None
    return made


@pytest.mark.parametrize("metal", ["Na", "Li"])
def test_the_negative_electrode_brings_its_creep_and_its_voids(tmp_path: Path, metal: str) -> None:
    made = twin(tmp_path, "metal-anode", f"negative: {metal}")
    assert (made.foil, made.voids) == METALS[metal]
    assert made.bench.metal_faces == 1


def test_a_symmetric_cell_has_two_faces_of_metal(tmp_path: Path) -> None:
    made = twin(tmp_path, "symmetric", "negative: Li, positive: Li")
    assert made.bench.metal_faces == 2


def test_what_is_no_metal_neither_creeps_nor_parts(tmp_path: Path) -> None:
    made = twin(tmp_path, "composite", "negative: Si, positive: NMC811")
    assert made.foil.rate_per_s == 0.0
    assert made.voids == NO_METAL.voids
    assert made.bench.metal_faces == 0


def test_what_the_rig_says_goes_before_the_metal(tmp_path: Path) -> None:
    made = twin(
        tmp_path,
        "metal-anode",
        "negative: Li",
        written="twin: {foil: {rate: 1 1/h, yield: 1 MPa}, voids: {depth: 1 um}}\n",
    )
    lithium = METALS["Li"]
    assert made.foil.rate_per_s == pytest.approx(1.0 / 3600.0)
    assert (made.foil.yield_mpa, made.voids.depth_um) == (1.0, 1.0)
    assert made.foil.exponent == lithium.foil.exponent
    assert made.voids.critical_mpa_cm2_per_ma == lithium.voids.critical_mpa_cm2_per_ma


def test_every_section_can_be_written_with_its_units(tmp_path: Path) -> None:
    made = twin(
        tmp_path,
        "metal-anode",
        "negative: Na",
        written="""\
        twin:
          press: {kind: hydraulic, n_per_count: 2}
          hydraulic: {exchange: [30 ms, 60 ms], oil: 20 kN/mm, stroke: [-1 mm, 1 cm]}
          bellows: {lag: 3 s, stiffness: 2 N/um, rest: -0.1 mm}
          air: {full_scale: 5 kN, wander: 0.1 %, seal: 20 N}
          breathing: {charge_shape: [0, 0.2, 1], discharge_shape: [0, 0.4, 1], turn: 2 %}
          compaction: {height: 1 mm, half: 40 MPa}
          electrolyte: {best: 600 MPa, fracture: 0.7 GPa, collapse: 5 um}
          voids: {critical: 3 MPa*cm**2/mA}
          dendrite: {critical: 1 mA/cm**2, crossing: 5 min}
          shorts: {pressures: [5 MPa, 10 MPa], hours: [100, 10], soft: 1 kohm*cm**2}
          load_cells: {seated_shares: [0.4, 0.3, 0.3], seating: 1 kN, gains: [1, 1.01, 1],
                       delay: 200 ms, filter: 0.5 s, hum: 0.1 %, mains: 60.02 Hz}
          stack: {power: 1.5, power_at: 1 kN}
          friction: {presliding: 10 %, creep: 50 %, creep_time: 1 min,
                     asymmetry: -0.2, wave: 0.1 mm}
          cracks: {rate: 8 1/h, at: [1 min, 5 min], most: 25 %}
          gas: {growth: 12 um/h}
        """,
    )
    assert made.press.kind == "hydraulic"
    assert made.press.n_per_count == 2.0
    assert made.hydraulic.exchange_s == (0.03, 0.06)
    assert made.hydraulic.oil_n_per_um == 20.0
    assert made.hydraulic.stroke_um == (-1000.0, 10_000.0)
    assert made.bellows.rest_um == -100.0
    assert made.air.wander == 0.001
    assert made.breathing.turn == 0.02
    assert made.electrolyte.fracture_mpa == 700.0
    assert made.voids.critical_mpa_cm2_per_ma == 3.0
    assert made.dendrite.critical_ma_per_cm2 == 1.0
    assert made.shorts.soft_ohm_cm2 == 1000.0
    assert made.load_cells.gains == (1.0, 1.01, 1.0)
    assert (made.load_cells.delay_s, made.load_cells.mains_hz) == (0.2, 60.02)
    assert (made.stack.power, made.stack.power_at_n) == (1.5, 1000.0)
    assert (made.friction.creep_time_s, made.friction.wave_um) == (60.0, 100.0)
    assert (made.friction.presliding, made.friction.asymmetry) == (0.1, -0.2)
    assert (made.cracks.rate_per_h, made.cracks.at_s) == (8.0, (60.0, 300.0))
    assert made.gas.growth_um_per_h == 12.0


def test_the_lithium_rig_is_the_published_pair() -> None:
    made = plan("manual", "twin-lpscl").twin
    assert made is not None
    assert made.contact == LITHIUM_LPSCL
    assert made.shorts == LITHIUM_LPSCL_SHORTS


def test_a_days_swing_in_degrees_is_a_size(tmp_path: Path) -> None:
    rig = rig_file(tmp_path, "twin: {thermal: {day: 1 degC, mean: 296.15 K}}\n")
    twin = plan_of(tmp_path, PROFILE, rig).twin
    assert twin is not None
    assert (twin.thermal.day_k, twin.thermal.mean_degc) == (1.0, 23.0)


@pytest.mark.parametrize(
    ("written", "first_c"),
    [("unit: K", 23.0), ("unit: degC", 296.15), ("scale: 0.1 degC", 29.615)],
)
def test_a_traces_temperature_is_of_its_unit_or_its_scale(
    tmp_path: Path, written: str, first_c: float
) -> None:
    rig = tmp_path / "r.yaml"
    rig.write_text(
        "name: r\nextends: twin-traced\ntwin:\n  trace:\n"
        "    time: {column: t, unit: s}\n    current: {column: i, unit: mA}\n"
        "    voltage: {column: v, unit: V}\n"
        f"    temperature: {{column: temp, {written}}}\n    thickness: {{column: h, swing: 1 um}}\n"
    )
    table = tmp_path / "kelvin.csv"
    table.write_text("t,i,v,temp,h\n0,0.1,3.5,296.15,0\n60,0.1,3.6,296.35,0.5\n")
    twin = plan("traced-hold", str(rig), table).twin
    assert twin is not None
    assert twin.trace is not None
    assert twin.trace.temperature_degc[0] == pytest.approx(first_c)
    assert twin.trace.current_a[0] == pytest.approx(1e-4)
