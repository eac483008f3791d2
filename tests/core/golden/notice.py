"""Which golden run notices that a tuning number has been changed by 30 %, up or down."""

from collections.abc import Callable, Iterable
from functools import cache, partial

import msgspec

from fixture.core.config import Control
from tests.core.golden.constants import Constant, changed, constants, scaled
from tests.core.golden.play import Tuned, differs
from tests.core.golden.runs import RUNS, digests, played, stored

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
Find = Callable[[float, Iterable[str]], str | None]  # factor and runs to try, to the run


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


def _of_constant(constant: Constant, factor: float, names: Iterable[str]) -> str | None:
    with changed(constant, factor):
        return _first(names)


def _of_field(field: str, factor: float, names: Iterable[str]) -> str | None:
    def tuned(control: Control) -> Control:
        value = scaled(getattr(control, field), factor)
        return msgspec.structs.replace(control, **{field: value})

    return _first(names, tuned)


def _first(names: Iterable[str], tuned: Tuned | None = None) -> str | None:
    """The first of these runs that notices; None where none does."""
    return next((name for name in names if _notices(name, tuned)), None)


def _in_turn(hint: str | None) -> list[str]:
    """All runs: the hint first, then the short ones."""
    return sorted(RUNS, key=lambda name: (name != hint, RUNS[name].ticks))


def _notices(name: str, tuned: Tuned | None) -> bool:
    try:
        return differs(RUNS[name], played(name)[0], tuned)
    except BROKEN:
        return True


def noticed(name: str, hints: Noticed) -> bool:
    """Whether any run notices a number changed, up or down.

    The hints are tried first; where they are out of date, every run is.
    """
    find = tuned_numbers()[name]
    hinted = [(factor, hint) for factor, hint in zip(FACTORS, hints, strict=True) if hint in RUNS]
    for _, hint in hinted:
        played(hint)
    return any(find(factor, [hint]) for factor, hint in hinted) or any(search(name, hints))


def search(name: str, hints: Noticed) -> Noticed:
    """By FACTORS, the run that notices a number changed, every run tried."""
    find = tuned_numbers()[name]
    digests()
    return [find(factor, _in_turn(hint)) for factor, hint in zip(FACTORS, hints, strict=True)]


def hints_of(name: str) -> Noticed:
    """What noticed this number when the golden runs were last refreshed."""
    return stored()["noticed_by"].get(name, [None, None])
