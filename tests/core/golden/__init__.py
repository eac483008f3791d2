"""Golden runs: short closed loops of the core whose answers are kept to the bit."""
