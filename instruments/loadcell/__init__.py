"""Load-cell drivers, one file a model."""
