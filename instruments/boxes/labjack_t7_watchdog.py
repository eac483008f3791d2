"""The T7's own watchdog: what becomes of an analog output once the box hears nothing.

Rules: the settings are in flash, so they are read first, written only where they differ, and only
when a run is set up; the watchdog is disabled before they are changed. Whatever the box hears feeds
it, from whichever program. It goes on after a run has ended. Of its actions only that on the output
is used: no reset, no digital lines, no key.

Source: descriptions of the WATCHDOG registers in LabJack's register map. [B] Its shortest time is
not documented there: seconds are whole numbers.
"""

from instruments.boxes.labjack_t7 import Box, changed, check
from instruments.codecs import labjack_t7 as t7
from instruments.codecs.labjack_t7 import Register

MOST_S = 3600


def settings(dac: int, timeout_s: int, *, falls: bool) -> dict[Register, float]:
    """What the registers have to be: 0 V at the output after `timeout_s`, or no action at all."""
    if not falls:
        return {t7.WATCHDOG_ENABLE: 0}
    return {
        t7.WATCHDOG_ENABLE: 1,
        t7.WATCHDOG_ADVANCED: 0,
        t7.WATCHDOG_TIMEOUT_S: timeout_s,
        t7.WATCHDOG_STRICT: 0,
        t7.WATCHDOG_RESET: 0,
        t7.WATCHDOG_DIO: 0,
        t7.watchdog_dac_enable(dac): 1,
        t7.watchdog_dac(dac): 0.0,
    }


def set_up(box: Box, wanted: dict[Register, float]) -> None:
    """Bring the box to these settings, and read them back. Raises LinkError."""
    different = changed(box, wanted)
    if not different:
        return
    box.write(t7.WATCHDOG_ENABLE, 0)
    for register in different:
        if register != t7.WATCHDOG_ENABLE:
            box.write(register, wanted[register])
    if wanted[t7.WATCHDOG_ENABLE]:
        box.write(t7.WATCHDOG_ENABLE, 1)
    check(box, wanted)
