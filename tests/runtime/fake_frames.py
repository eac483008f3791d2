"""Frames as a control process would put them, without a controller."""

from fixture.core.types import CellMode, Command, Event, Phase, PressMode, Sample, Status
from fixture.frame.frame import Frame

NAN = float("nan")


def frame(
    tick: int,
    t_ns: int,
    phase: Phase = Phase.RUNNING,
    trip: int = 0,
    events: tuple[Event, ...] = (),
    pressure_mpa: float = 5.0,
) -> Frame:
    """One tick of a run that stands still."""
    sample = Sample(tick, t_ns, 0, 0, 0, 0, (1, 2, 3), 0, NAN, NAN, NAN)
    command = Command(tick, t_ns, int(PressMode.STOP), 0.0, int(CellMode.OPEN), 0.0, 0.0)
    status = Status(
        phase=int(phase),
        trip=trip,
        row=0,
        step_count=1,
        cycle_count=0,
        force_n=390.0,
        pressure_mpa=pressure_mpa,
        setpoint_mpa=5.0,
        tilt=0.0,
        peak_mpa=5.0,
        branch=1,
        position_um=50.0,
        voltage_v=2.5,
        current_a=0.001,
        temperature_c=NAN,
        stiffness_n_per_um=10.0,
        breathing_um_per_c=0.0,
        drift_mpa_per_s=0.0,
        lag_s=20.0,
        friction_um=0.5,
        reversal_um=1.0,
        slip_mpa=0.06,
        style=0,
        slips=0,
        travel_um=0.0,
        at_rest=phase == Phase.ENDED,
    )
    return Frame(sample, command, events, status, 0, 0, 0, 0)
