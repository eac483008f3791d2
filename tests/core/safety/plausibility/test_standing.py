"""A force that drifts while the press is on its way shows where the press stands."""

import pytest

from tests.core.bench import AREA_MM2
from tests.core.safety.plausibility.courses import Course, table

STROKE_UM = 100.0  # between two stands
STANDS = 10  # windows
STACK = table(softest=0.0)


def press_in_strokes(newton_per_s: float, mpa: float = 74.0) -> Course:
    """Press on, standing for 5 s after each stroke; the load cells drift meanwhile."""
    course = Course(STACK, setpoint_mpa=mpa)
    begun_um = 0.0
    while not course.beyond and course.true_mpa + course.lies_mpa < mpa:
        if course.position_um - begun_um >= STROKE_UM:
            begun_um = course.position_um
            for _ in range(STANDS):
                course.lies_mpa += 0.5 * newton_per_s / AREA_MM2
                course.window()
        else:
            course.lies_mpa += 0.5 * newton_per_s / AREA_MM2
            course.window(2.0)
    return course


@pytest.mark.parametrize("newton_per_s", [-6.0, -15.0, -30.0])
def test_a_drift_from_the_first_contact_on_is_noticed_on_the_way(newton_per_s: float):
    course = press_in_strokes(newton_per_s)
    assert course.beyond
    assert course.true_mpa < course.setpoint_mpa


def test_a_stack_that_only_creeps_is_pressed_to_its_setpoint():
    assert not press_in_strokes(0.0).beyond


def test_nothing_is_summed_while_the_press_moves():
    course = Course(STACK, setpoint_mpa=74.0)
    for _ in range(30):
        course.lies_mpa -= 2.0 / AREA_MM2
        course.window(2.0)
    assert course.seen.standing.sum_um == 0.0
