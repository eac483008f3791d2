"""A laboratory through one broker, beside bare nats-py. See `benchmarks.lab.__main__`."""
