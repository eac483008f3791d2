"""Press drivers, one file a model."""
