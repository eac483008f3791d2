"""The rig's own range of voltage and current, which no command goes beyond."""

from typing import Protocol


class RigRange(Protocol):
    """The largest voltage, V, and current, A, of either sign."""

    @property
    def voltage_max_v(self) -> float:
        """Of the cell's limits."""
        ...

    @property
    def current_range_a(self) -> float:
        """Of the cell's limits."""
        ...


def require_within(rig: RigRange, voltage_v: float, current_a: float) -> None:
    """Raises ValueError beyond the range, and for what is no number."""
    if not abs(voltage_v) <= rig.voltage_max_v:
        raise ValueError(f"{voltage_v} V is beyond this rig's ±{rig.voltage_max_v:g} V")
    if not abs(current_a) <= rig.current_range_a:
        raise ValueError(f"{current_a} A is beyond this rig's ±{rig.current_range_a:g} A")
