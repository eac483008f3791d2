"""The recipes (`*.yaml`) and rigs (`rigs/*.yaml`) that ship with isostack, found by name."""
