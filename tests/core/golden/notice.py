"""Which golden run notices that a tuning number has been changed by 30 %, up or down."""

from collections.abc import Callable, Iterator
from functools import cache, partial

import msgspec

from fixture.core.config import Control
from tests.core.golden.constants import Constant, changed, constants, scaled
from tests.core.golden.play import Tuned, play
from tests.core.golden.runs import RUNS, digest, digests, stored

PARTS: tuple[str, ...] = (
    "measurement",
    "sequence",
    "safety",
    "control",
)  # folders of the core whose constants are guarded
WATCHED = "safety.plausibility."  # guarded by courses of its own, beside its tests
FACTORS = (1.3, 0.7)
BROKEN = (ArithmeticError, IndexError, ValueError)  # what a core with a wrong constant may raise

Noticed = list[str | None]  # by FACTORS: the run that notices; None: no run does
Find = Callable[[float, str | None], str | None]  # factor and hint to run


@cache
def tuned_numbers() -> dict[str, Find]:
    """Every tuning number by name, with what finds the run that notices it changed."""
    found: dict[str, Find] = {
        str(one): partial(_of_constant, one)
        for one in constants(*PARTS)
        if not str(one).startswith(WATCHED)
    }
    if "control" in PARTS:
        for field in Control.__struct_fields__:
            found[f"Control.{field}"] = partial(_of_field, field)
    return found


def _of_constant(constant: Constant, factor: float, hint: str | None) -> str | None:
    with changed(constant, factor):
        return _first(hint)


def _of_field(field: str, factor: float, hint: str | None) -> str | None:
    def tuned(control: Control) -> Control:
        value = scaled(getattr(control, field), factor)
        return msgspec.structs.replace(control, **{field: value})

    return _first(hint, tuned)


def _first(hint: str | None, tuned: Tuned | None = None) -> str | None:
    """The first run that notices, the hint tried before all others; None where none does."""
    return next((name for name in _in_turn(hint) if _notices(name, tuned)), None)


def _in_turn(hint: str | None) -> Iterator[str]:
    if hint in RUNS:
        yield hint
    yield from (name for name in RUNS if name != hint)


def _notices(name: str, tuned: Tuned | None) -> bool:
    try:
        return play(RUNS[name], tuned)[0] != digest(name)
    except BROKEN:
        return True


def noticed(name: str, hints: Noticed) -> Noticed:
    """The runs that notice a number changed, by FACTORS, as far as the hints say that any does.

    Without hints, or where they are out of date, every run is tried.
    """
    find = tuned_numbers()[name]
    digests()
    found = [
        find(factor, hint) if hint else None for factor, hint in zip(FACTORS, hints, strict=True)
    ]
    return found if any(found) else search(name, hints)


def search(name: str, hints: Noticed) -> Noticed:
    """The same with every run tried in both directions."""
    find = tuned_numbers()[name]
    digests()
    return [find(factor, hint) for factor, hint in zip(FACTORS, hints, strict=True)]


def hints_of(name: str) -> Noticed:
    """What noticed this number when the golden runs were last refreshed."""
    return stored()["noticed_by"].get(name, [None, None])
