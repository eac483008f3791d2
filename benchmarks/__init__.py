"""Benchmarks: `python -m benchmarks.NAME [--short]`; a table, the headline figure last."""
