"""What holds for all tests: no example fails for being slow, for a computer may be busy."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
