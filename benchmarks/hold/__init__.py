"""Scenarios of holding pressure, and what else could hold it: `python -m benchmarks.hold`."""
