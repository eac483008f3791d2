"""What the author of the package runs: `python -m pytest`."""

from isostack_acme import MODEL

from isostack.testing import conformance


def test_the_driver_keeps_the_rules() -> None:
    report = conformance(MODEL, {"units": (1, 2, 3)})
    assert report.passed, report
