"""No tuning number of the core can be changed by 30 % without a golden run that notices."""

import ast
from collections.abc import Callable

import msgspec
import pytest

from fixture.config import tuning
from fixture.core.config import Nominal
from fixture.core.control import dead_band, tracking
from fixture.core.control.response import (
    Evaluation,
    Verdict,
    account,
    without_response,
)
from fixture.core.control.state import DeadBand, Evidence, Friction, Stroke, Tracking
from fixture.core.measurement import at_rest, short_circuit
from fixture.core.measurement.signals import Known
from tests.core.bench import AREA_MM2, END, config
from tests.core.golden.constants import (
    Constant,
    changed,
    constants,
    copies,
    modules,
    numbers,
    replaced,
    scaled,
    written,
)
from tests.core.golden.notice import FACTORS, PARTS, hints_of, noticed, tuned_numbers
from tests.core.golden.runs import stored
from tests.core.sequence.test_after_trip import lost

pytestmark = pytest.mark.xdist_group("golden")

UNSEEN = ("control.response.CREDIT", "control.response.BEYOND")  # see below
DIRECT = (  # limits of last resort: seen directly below
    "control.tracking.WENT",
    "control.response.TRACKED",
    "control.dead_band.UNDOES_S",
    "safety.permissives.CONTACT_SHARE",
    "measurement.at_rest.READINGS",
    "measurement.at_rest.SAME_SHARE",
)


@pytest.mark.parametrize(
    "name", [name for name in tuned_numbers() if name not in (*UNSEEN, *DIRECT)]
)
def test_a_golden_run_notices_a_change_of(name: str):
    assert noticed(name, hints_of(name)), (
        f"no golden run notices {name} changed by 30 %: add a run in which it matters, or delete it"
    )


def test_the_hints_are_of_the_numbers_that_there_are():
    assert set(stored()["noticed_by"]) == set(tuned_numbers()), (
        "run 'python -m tests.core.golden.refresh'"
    )


# -- what is credited to a stroke whose response the noise hides ---------------------------------
#
# It decides only whether a load cell that is dead and noisy trips a stroke earlier or later; in a
# golden run the tracking of what such a load cell shows, or a response by chance, comes first.


def dry_um(seen_um: float) -> float:
    """Dry travel after a stroke of 1 µm that moved the force by as much as this many µm do."""
    model = Friction(0.1, 0.2, 0.5, 0.05, 0.0)
    stroke = Stroke(direction=1, travel_um=1.0, last_um=1.0)
    found = Evaluation(Verdict.UNSEEN, 0.1 * seen_um, 1.0)
    return account(model, Evidence(dry_um=20.0), stroke, found, 0.1 * seen_um, 0.0).dry_um


@pytest.mark.parametrize(("name", "seen_um"), [(UNSEEN[0], 1.0), (UNSEEN[1], 9.0)])
def test_the_credit_of_a_hidden_response_depends_on(name: str, seen_um: float):
    before = dry_um(seen_um)
    constant = next(one for one in constants("control", "safety") if str(one) == name)
    for factor in FACTORS:
        with changed(constant, factor):
            assert dry_um(seen_um) != before


def went() -> tuple[bool, ...]:
    """Whether the disturbance is believed, by what the pressure did while the press stood."""
    standing = Tracking(mark_mpa=0.0, stood=tracking.CHECK_WINDOWS)
    return tuple(
        tracking.went(standing, Known(mean_mpa=0.015 * share), 0.015)
        for share in (0.22, 0.28, 0.32, 0.38)
    )


def tracked_um() -> float:
    """Dry travel after tracking without a disturbance."""
    return without_response(Evidence(), 10.0, 28.0).dry_um


def undone() -> tuple[int, ...]:
    """Whether a second reversal undoes the first, by the time between them."""
    band = dead_band.reversed_at(DeadBand(), 0, 0.0)
    return tuple(
        dead_band.reversed_at(band, seconds * 1_000_000_000, 0.0).undone for seconds in (100, 140)
    )


def touches() -> object:
    """Why a hold does not go on after a trip with hardly any pressure left."""
    return lost(0.01)


def rested() -> tuple[bool, ...]:
    """Whether so many readings in a row are a rest."""
    return tuple(at_rest.stands(at_rest.Standing(count), 0) for count in range(1, 6))


def same() -> tuple[int, ...]:
    """How many readings are the same, by what the force changed between two."""
    table = config((END,))
    first = at_rest.follow(table, at_rest.MOVES, 0, 0.0, 0)
    limit_n = table.limits.force_max_n
    return tuple(
        at_rest.follow(table, first, 0, share * limit_n, 1).readings for share in (0.008, 0.012)
    )


FIGURES = (went, tracked_um, undone, touches, rested, same)


@pytest.mark.parametrize(("name", "figure"), list(zip(DIRECT, FIGURES, strict=True)))
def test_what_is_seen_directly_depends_on(name: str, figure: Callable[[], object]):
    before = figure()
    known = constants("control", "measurement", "safety")
    constant = next(one for one in known if str(one) == name)
    for factor in FACTORS:
        with changed(constant, factor):
            assert figure() != before


# -- what the core is given ----------------------------------------------------------------------

PLAIN = Nominal(10.0, 0.5, 1.0, 3.0, 20.0, 0.002)
STICKY = Nominal(10.0, 9.0, 1.0, 3.0, 1.0, 0.002)
STILL = Nominal(10.0, 0.5, 1.0, 0.0, 20.0, 0.002)
FLOWING = Nominal(10.0, 0.5, 1.0, 0.0, 20.0, 0.002, flows=True)


def given() -> tuple[object, ...]:
    """Numbers that the core is given for some rigs and protocols."""
    controls = [
        msgspec.structs.astuple(tuning.control(nominal, AREA_MM2, 0.1, largest_a, 0.02))
        for nominal in (PLAIN, STICKY, STILL, FLOWING)
        for largest_a in (1e-3, 0.0)
    ]
    return (*controls, tuning.creep(1e-3, 600.0))


@pytest.mark.parametrize("constant", constants(tuning.__name__), ids=str)
def test_the_core_is_given_other_numbers_by_a_change_of(constant: Constant):
    before = given()
    for factor in FACTORS:
        with changed(constant, factor):
            assert given() != before
    assert given() == before


# -- what a tuning constant is -------------------------------------------------------------------


def test_constants_are_found_by_how_they_are_written():
    found = {str(one) for one in constants(*PARTS)}
    assert {
        "measurement.short_circuit.GRACE_NS",
        "measurement.compensation.LOWEST_C",
        "measurement.compensation.HIGHEST_C",
        "safety.permissives.JOG_MAX_UM",
    } <= found
    names = {name.rsplit(".", 1)[1] for name in found}
    assert not {"NAN", "NO_ACTION", "NEW_FORCE", "NEW_CELL", "RULES"} & names


@pytest.mark.parametrize(
    ("source", "is_constant"),
    [
        ("3", True),
        ("-2.5", True),
        ("1.0 + 1e-9", True),
        ("2.0 * OTHER", True),
        ("(0.0, 1.5)", True),
        ("True", False),
        ("'text'", False),
        ("OTHER", False),
        ("ONE | OTHER", False),
        ("int(Kind.END)", False),
        ("float('nan')", False),
        ("(first, second)", False),
        ("()", False),
    ],
)
def test_what_is_written_in_numbers_is_a_constant(source: str, is_constant: bool):
    assert written(ast.parse(source, mode="eval").body) is is_constant


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(10.0, 13.0, 7.0), (10, 13, 7), (1, 2, 0), (-1, -2, 0), (-10, -13, -7)],
)
def test_a_number_is_changed_by_30_percent_and_an_integer_at_least_by_one(
    value: float, up: float, down: float
):
    assert [scaled(value, factor) for factor in FACTORS] == [up, down]
    assert type(scaled(value, 1.3)) is type(value)


def test_of_a_table_each_number_is_changed_by_itself():
    table = (1.0, (0.0, 10), 2.0)
    assert list(numbers(table)) == [((0,), 1.0), ((1, 1), 10), ((2,), 2.0)]
    assert replaced(table, (1, 1), 1.3) == (1.0, (0.0, 13), 2.0)


def test_a_change_lasts_as_long_as_it_is_tried():
    constant = Constant(short_circuit.__name__, "CONFIRM")
    with changed(constant, 1.3):
        assert short_circuit.CONFIRM == 4
    assert short_circuit.CONFIRM == 3


def test_a_change_goes_wherever_a_constant_was_imported():
    for constant in constants(*PARTS):
        for module, name in copies(constant.module, constant.name):
            with changed(constant, 1.3):
                assert (
                    vars(modules()[module])[name] == vars(modules()[constant.module])[constant.name]
                )
