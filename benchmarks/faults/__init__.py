"""Faults of instruments, injected into the twin while it presses and holds."""
