"""Breathing by the kind of cell: the table, and the sign of the net change."""

import pytest

from fixture.config.materials import KINDS, MATERIALS, CellError, net_um_per_mah_cm2

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
    assert net_um_per_mah_cm2(kind, negative, positive) == pytest.approx(net)


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
        net_um_per_mah_cm2(kind, negative, positive)


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {"metal-anode", "anode-free", "composite", "symmetric"}
