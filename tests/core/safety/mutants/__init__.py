"""Mutants of the safety layer: each small change of its code must be noticed by its tests."""
