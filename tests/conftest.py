"""What holds for all tests, wherever they are started.

No example fails for being slow, for a computer may be busy. A shell's job in the background (`&`)
ignores SIGINT, and so would every process of a test: it is taken back.
"""

import signal

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
