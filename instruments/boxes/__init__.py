"""Boxes that are several devices at one address: what the drivers of their roles have in common."""
