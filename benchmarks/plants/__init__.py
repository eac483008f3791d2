"""What benchmarks put behind the emulated instruments."""
