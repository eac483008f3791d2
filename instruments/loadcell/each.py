"""Options of several load cells at one port: one value for all, or one for each of the units."""

from typing import Annotated, cast

from msgspec import Meta, Struct

from instruments.options import Positive

OneOrEach = float | tuple[float, ...]
Each = Positive | Annotated[tuple[Positive, ...], Meta(min_length=1, max_length=32)]


def of_each(value: OneOrEach, units: tuple[int, ...]) -> tuple[float, ...]:
    """One value for each unit."""
    return value if isinstance(value, tuple) else (value,) * len(units)


def require_each(options: Struct, names: tuple[str, ...], units: tuple[int, ...]) -> None:
    """Raises ValueError where an option has several values, and not one for each unit."""
    for name in names:
        value = getattr(options, name)
        if isinstance(value, tuple) and len(cast("tuple[float, ...]", value)) != len(units):
            raise ValueError(f"{name} takes one value, or one for each of the units")
