"""Breathing by the kind of cell: the table, and the sign of the net change."""

from pathlib import Path

import pytest

from fixture.config.materials import KINDS, MATERIALS, CellError, Material, net_um_per_mah_cm2
from tests.config.cases import PROFILE, changed, complaints, material, plan_of

PUBLISHED = {  # µm per mAh/cm² on charge
    "Na": 8.86,
    "Li": 4.85,
    "Si": 3.3,
    "In": 2.9,
    "Sn": 6.9,
    "graphite": 1.5,
    "NMC811": -0.5,
    "LCO": 0.3,
    "LFP": -1.1,
    "LTO": 0.0,
    "NVP": -2.2,
    "Li2S": -2.3,  # sulfur grows by 2.3 on discharge
    "Na2S": -4.95,  # and by 4.95 with sodium
}


def test_the_table_is_the_published_one() -> None:
    assert {name: one.um_per_mah_cm2 for name, one in MATERIALS.items()} == PUBLISHED


def test_metal_coefficients_are_those_of_their_molar_volumes() -> None:
    """1 mAh is 3.6 C, F is 96485 C/mol; Na 23.7 and Li 13.0 cm³/mol."""
    for name, cm3_per_mol in (("Na", 23.7), ("Li", 13.0)):
        um = 3.6 / 96485.0 * cm3_per_mol * 1e4
        assert MATERIALS[name].um_per_mah_cm2 == pytest.approx(um, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "negative", "positive", "net"),
    [
        ("metal-anode", "Na", None, 8.86),
        ("metal-anode", "Na", "NVP", 8.86 - 2.2),
        ("metal-anode", "Li", "NMC811", 4.85 - 0.5),
        ("metal-anode", "Li", "LFP", 4.85 - 1.1),
        ("metal-anode", "Li", "LCO", 4.85 + 0.3),
        ("anode-free", "Na", "NVP", 8.86 - 2.2),
        ("anode-free", "Li", None, 4.85),
        ("metal-anode", "Na", "Na2S", 8.86 - 4.95),
        ("composite", "Si", "NMC811", 3.3 - 0.5),
        ("composite", "graphite", "LFP", 1.5 - 1.1),
        ("composite", "LTO", "NVP", -2.2),
        ("composite", None, "Li2S", -2.3),
        ("composite", None, None, 0.0),
        ("symmetric", "Li", "Li", 0.0),
        ("symmetric", "Na", "Na", 0.0),
        ("symmetric", "Li", None, 0.0),
    ],
)
def test_on_charge_the_stack_grows_by_the_sum_of_its_electrodes(
    kind: str, negative: str | None, positive: str | None, net: float
) -> None:
    assert net_um_per_mah_cm2(kind, material(negative), material(positive)) == pytest.approx(net)


@pytest.mark.parametrize(
    ("kind", "negative", "positive", "said"),
    [
        ("metal-anode", "Si", None, "plates metal: write 'negative: Na or Li'"),
        ("metal-anode", None, "NVP", "plates metal: write 'negative: Na or Li'"),
        ("anode-free", "graphite", None, "plates metal"),
        ("composite", "NVP", None, "NVP is a positive electrode; move it there"),
        ("composite", None, "Si", "Si is a negative electrode; move it there"),
        ("symmetric", "Li", "Na", "the same electrode twice"),
    ],
)
def test_electrodes_that_do_not_fit_the_kind_are_told(
    kind: str, negative: str | None, positive: str | None, said: str
) -> None:
    with pytest.raises(CellError, match=said):
        net_um_per_mah_cm2(kind, material(negative), material(positive))


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {"metal-anode", "anode-free", "composite", "symmetric"}


OWN = "{name: Na-K, breathing: 9.3 um/(mAh/cm**2), metal: true, source: own dilatometer}"


def with_negative(text: str) -> str:
    return changed("negative: Na", f"negative: {text}")


def test_a_material_of_ones_own_breathes_as_it_says(tmp_path: Path) -> None:
    found = plan_of(tmp_path, with_negative(OWN))
    own = Material("Na-K", "", True, 9.3, "own", "own dilatometer")
    assert found.profile.cell.materials() == {"negative": own}
    assert found.profile.cell.breathing_um_per_mah_cm2() == 9.3
    assert found.config.nominal.breathing_um_per_c == pytest.approx(
        9.3 / 3.6 / (found.config.area_mm2 / 100.0)
    )
    assert OWN in found.profile_text, "the record has it with its source"


def test_the_twin_breathes_and_plates_by_it(tmp_path: Path) -> None:
    found = plan_of(tmp_path, with_negative(OWN)).twin
    assert found is not None
    assert found.bench.breathing_um_per_mah_cm2 == 9.3
    assert found.bench.metal_faces == 1


def test_a_coefficient_of_ones_own_leaves_a_known_metal_a_metal(tmp_path: Path) -> None:
    own = "{name: Na, breathing: 9.1 um/(mAh/cm**2), source: own dilatometer}"
    found = plan_of(tmp_path, with_negative(own))
    known = plan_of(tmp_path, PROFILE)
    assert found.twin is not None
    assert known.twin is not None
    assert found.twin.bench.breathing_um_per_mah_cm2 == 9.1
    assert found.twin.foil == known.twin.foil, "it creeps as sodium does"


def test_a_material_of_ones_own_may_be_positive(tmp_path: Path) -> None:
    electrodes = "Na, positive: {name: NaCrO2, breathing: -0.6 um/(mAh/cm**2), source: c-axis}"
    found = plan_of(tmp_path, with_negative(electrodes)).profile.cell
    assert found.breathing_um_per_mah_cm2() == pytest.approx(8.86 - 0.6)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{name: X, breathing: 9 um, source: y}", "5:36: 9 um is a length, not a breathing"),
        ("{name: X, breathing: 9, source: y}", "5:36: 9 has no unit; write '9 um/(mAh/cm**2)'"),
        ("{name: X, breathing: 51 um/(mAh/cm**2), source: y}", "5:36: 51 um/(mAh/cm**2) is 51"),
        ("{name: X, breathing: 9 um/(mAh/cm**2)}", "5:16: 'source' is missing; add it here"),
        ("{name: X, breathing: 9 um/(mAh/cm**2), sorce: y}", "unknown key 'sorce'; did you mean"),
        ("{name: X, breathing: 9 um/(mAh/cm**2), source: y}", "'metal: true'"),
        ("Nak", "5:16: no breathing coefficient for 'Nak'; did you mean 'Na'? (one of your own"),
        ("[Na]", "5:16: no breathing coefficient for '['Na']'"),
    ],
)
def test_a_mistake_in_it_is_told_at_its_place(tmp_path: Path, written: str, said: str) -> None:
    assert any(said in line for line in complaints(tmp_path, with_negative(written)))
