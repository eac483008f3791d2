"""Every recipe on its twin, and whether it comes to what it is for."""
