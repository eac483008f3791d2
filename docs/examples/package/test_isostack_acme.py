"""What the author of the package runs: `python -m pytest`."""

import isostack_acme
import isostack_acme_cell

from isostack.testing import conformance


def test_the_load_cells_keep_the_rules() -> None:
    report = conformance(isostack_acme.MODEL, {"units": (1, 2, 3)})
    assert report.passed, report


def test_the_potentiostat_keeps_the_rules_and_those_for_spectra() -> None:
    report = conformance(isostack_acme_cell.MODEL)
    assert report.passed, report
    assert any("spectrum" in row.rule for row in report.rows)
