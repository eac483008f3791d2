"""A run of the hold benchmark as a test wants it."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.hold.coupling import Mark, Run

HELD_FROM = 10  # tick from which it cycles


def made(true_mpa: NDArray[np.float64], **changes: object) -> Run:
    """A run at 15 MPa with this pressure each second, true and measured."""
    nothing = np.zeros(len(true_mpa), np.float32)
    run = Run(
        tick_s=1.0,
        measured_mpa=true_mpa.astype(np.float32),
        true_mpa=true_mpa.astype(np.float32),
        grown_um=nothing,
        drive_um=nothing,
        slips=nothing,
        breathing_um=nothing,
        foreseen=nothing,
        formed_um=nothing,
        marks=(Mark(0, 1, 15.0), Mark(HELD_FROM, 2, 15.0)),  # step 0 would be the identification
        events=(),
        trip=0,
        us_a_tick=1.0,
    )
    return run._replace(**changes)  # type: ignore[arg-type]
