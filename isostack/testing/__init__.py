"""For the authors of drivers: does a model keep the rules, against its own emulator?

    from isostack.testing import conformance

    report = conformance(MODEL, {"um_per_count": 0.05})
    assert report.passed, report

No port, no thread and no waiting: the line is in memory and time is simulated, but for the
computing time of a read, which is measured.
"""

from isostack.testing.conformance import Report, Row, conformance

__all__ = ["Report", "Row", "conformance"]
