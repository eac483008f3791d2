"""The twin beside what has been published of cells and presses: `python -m benchmarks.twin`."""
