"""Potentiostat drivers, one file a model."""
