"""Waiting for what another thread or process does, on a computer however busy.

A wait that is met ends at once: only a failure lasts as long as the patience. So a deadline of
seconds in a test says something about isostack, and stands in a test that is marked `realtime`.
What is waited for stays true once it is: a state that passes may pass between two looks.
"""

import time
from collections.abc import Callable

PATIENCE_S = 60.0
LOOK_S = 0.002


def until(condition: Callable[[], object], what: str = "", seconds: float = PATIENCE_S) -> None:
    """Wait for a condition; fail where it does not come true, and say what was waited for."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what or condition}"
        time.sleep(LOOK_S)
