"""Byte-level emulated instruments, one file a model."""
