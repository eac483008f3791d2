"""`python -m benchmarks.hold spread`: many rigs, each unlike the others, each for half an hour."""
