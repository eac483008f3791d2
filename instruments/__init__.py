"""Load cells, potentiostats and presses: codecs, drivers and byte-level emulators."""
