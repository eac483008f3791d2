"""Ways to carry bytes to an instrument."""
