"""The instruments of isostack: codecs, drivers and byte-level emulators, one file a model."""

DISTRIBUTION = "isostack"
"""Whose package this is: InstrumentKit has another of the same name (`fixture.own_instruments`)."""
