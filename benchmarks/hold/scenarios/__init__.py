"""Profiles and rigs of the hold benchmarks, and the table of what is judged on them."""
