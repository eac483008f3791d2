"""Force and position that do not belong together are noticed; what stacks do is not doubted."""

import math

import pytest

from fixture.core.safety.plausibility import residual
from fixture.core.safety.plausibility.residual import Residual
from tests.core.bench import AREA_MM2
from tests.core.safety.plausibility.courses import Course, K, table

HOUR_S = 3600.0
FULL_N = 12_000.0  # the bench's force limit
MOST_N = 0.05 * FULL_N  # what a lying load cell may cost beyond the setpoint


def drifts(newton_per_s: float):
    """Load cells that drift."""

    def each(course: Course) -> None:
        course.lies_mpa += 0.5 * newton_per_s / AREA_MM2

    return each


@pytest.mark.parametrize("newton_per_s", [-0.3, -1.0, -3.0, -15.0, -150.0])
def test_a_drift_downwards_in_the_hold_is_noticed_in_time(newton_per_s: float):
    course = Course().press()
    assert course.doubted_after(2 * HOUR_S, drifts(newton_per_s)) is not None
    assert (course.true_mpa - 15.0) * AREA_MM2 < 0.5 * MOST_N


def test_a_drift_too_slow_to_be_noticed_by_its_rate_is_noticed_by_its_travel():
    course = Course().press()
    assert course.doubted_after(48 * HOUR_S, drifts(-0.01)) is not None
    assert (course.true_mpa - 15.0) * AREA_MM2 < MOST_N


@pytest.mark.parametrize("newton_per_s", [0.3, 3.0, 15.0])
def test_a_drift_upwards_is_noticed_before_the_stack_is_unloaded(newton_per_s: float):
    course = Course().press()
    assert course.doubted_after(2 * HOUR_S, drifts(newton_per_s)) is not None
    assert course.true_mpa > 4.0


def test_load_cells_that_freeze_while_the_press_goes_in_are_noticed():
    course = Course().press(5.0)
    course.gain, course.lies_mpa = 0.0, course.true_mpa
    before_um = course.position_um
    course.press()
    assert course.beyond
    assert course.position_um - before_um < 40.0


def test_a_load_cell_that_loses_its_gain_slowly_is_noticed():
    course = Course().press()

    def each(of: Course) -> None:
        of.gain *= math.exp(math.log(0.5) / 200.0)

    assert course.doubted_after(200.0, each) is not None
    assert (course.true_mpa - 15.0) * AREA_MM2 < 0.5 * MOST_N


@pytest.mark.parametrize(("least", "doubted"), [(0.0, False), (0.6, True)])
def test_half_the_gain_from_the_start_shows_where_the_rig_says_how_soft_a_stack_may_be(
    least: float, doubted: bool
):
    course = Course(table(softest=least), gain=0.5).press()
    assert course.beyond is doubted
    if doubted:
        assert course.true_mpa < 1.1 * course.setpoint_mpa


# -- what a stack does ---------------------------------------------------------------------------


def test_a_healthy_stack_is_not_doubted():
    assert Course().press().doubted_after(HOUR_S, lambda course: None) is None


def test_a_stack_that_breathes_by_half_more_than_declared_is_not_doubted():
    course = Course().press()

    def each(of: Course) -> None:
        of.flow(0.0008 if of.windows % 4000 < 2000 else -0.0008)
        of.lost_um = -0.5 * 3.133 * of.current.lagged_c

    assert course.doubted_after(4 * HOUR_S, each) is None


def test_a_stack_that_creeps_by_five_per_cent_a_decade_is_not_doubted():
    course = Course().press()
    start = course.windows

    def each(of: Course) -> None:
        seconds = 1.0 + 0.5 * (of.windows - start)
        of.lost_um = 0.05 * 15.0 / of.k * math.log10(seconds)

    assert course.doubted_after(24 * HOUR_S, each) is None


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_a_few_cracks_are_not_doubted(share: float):
    course = Course().press()

    def each(of: Course) -> None:
        if of.windows % 1200 == 0:
            of.lost_um += share * 15.0 / of.k

    assert course.doubted_after(0.5 * HOUR_S, each) is None


def test_a_stack_that_goes_on_cracking_is_doubted():
    course = Course().press()

    def each(of: Course) -> None:
        of.lost_um += 0.1 * 15.0 / of.k

    assert course.doubted_after(60.0, each) is not None


def test_a_room_that_swings_by_a_degree_is_not_doubted():
    course = Course().press()

    def each(of: Course) -> None:
        of.celsius = 25.0 + math.sin(of.windows / 300.0)
        of.lost_um = 3.0 * (of.celsius - 25.0)

    assert course.doubted_after(2 * HOUR_S, each) is None


def settles(um: float):
    """Grains that come to rest within seconds of a stroke."""
    start: list[int] = []

    def each(of: Course) -> None:
        start[:] = start or [of.windows]
        of.lost_um += 0.2 * um * 0.8 ** (of.windows - start[0])

    return each


def pressed_fast(mpa: float) -> Course:
    """At 10 µm/s, and not yet at the setpoint."""
    course = Course(setpoint_mpa=60.0)
    while course.true_mpa < mpa:
        course.window(5.0)
    return course


@pytest.mark.parametrize(("least_mpa", "doubted"), [(20.0, False), (8.0, True)])
def test_grains_that_settle_after_a_fast_stroke_are_not_doubted_where_they_are_pressed_first(
    least_mpa: float, doubted: bool
):
    course, each = pressed_fast(20.0), settles(12.0)
    while course.true_mpa > least_mpa:
        course.window(-5.0)
    while course.true_mpa < least_mpa:
        course.window(5.0)
    for _ in range(30):
        each(course)
        course.window()
        if course.beyond:
            break
    assert course.beyond is doubted


def test_metal_between_open_plates_may_look_softer_than_any_stack():
    assert not Course(table(flows=True, softest=0.6), k=0.3 * K).press().beyond


def test_metal_between_open_plates_may_lose_any_thickness():
    course = Course(table(flows=True)).press()

    def each(of: Course) -> None:
        of.lost_um += 0.25

    assert course.doubted_after(600.0, each) is None


def test_a_step_down_to_another_setpoint_is_not_doubted():
    course = Course(setpoint_mpa=70.0).press(70.0)
    course.setpoint_mpa = 5.0
    while course.true_mpa > 5.0:
        course.window(-2.0)
    assert course.doubted_after(HOUR_S, lambda course: None) is None


def test_the_force_of_a_late_load_cell_is_waited_for():
    course = Course()
    before = [course.true_mpa] * 3
    while course.true_mpa < 15.0:
        before.append(course.true_mpa)
        course.lies_mpa = before[-3] - course.true_mpa - course.k * 2.0
        course.window(2.0)
        assert not course.beyond


@pytest.mark.parametrize(
    ("k", "before", "expected"), [(0.2, 1, 0.9), (0.0, 1, 4.5 * K), (0.2, 0, 0)]
)
def test_what_travel_has_changed_at_most_goes_by_the_stiffness_known(
    k: float, before: int, expected: float
):
    first = Residual(window=before, position_um=10.0)
    now = Residual(window=2, position_um=13.0, stiffness=residual.Stiffness(mpa_per_um=k))
    assert residual.moved_mpa(table(), first, now) == pytest.approx(expected)
