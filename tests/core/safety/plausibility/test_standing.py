"""A force that drifts while the press is on its way shows where the press stands."""

import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility.standing import (
    DEVIATIONS,
    LEAP,
    SEEN,
    Standing,
    follow,
    is_beyond,
    noise_um,
)
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


# -- each number of it, exactly -------------------------------------------------------------------

STOOD = Standing(20.0, 5.0, 1_000_000_000, 2.0, 3, 0.5)
LATE_NS = 2_000_000_000
SUMMED_NS = STOOD.moved_ns + LATE_NS + 1  # one more, and the force has followed


def window(
    before: Standing = STOOD,
    position_um: float = 5.0,
    t_ns: int = SUMMED_NS,
    *,
    spread_mpa2: float = 3.0,
    readings: int = 5,
    hidden_um: float = 100.0,
) -> Standing:
    """One more, in which 2 MPa at 0.25 MPa/um are lost, and 0.5 um of it are allowed."""
    known = Known(
        mean_mpa=18.0,
        position_um=position_um,
        spread_mpa2=spread_mpa2,
        mean_readings=readings,
    )
    return follow(before, known, t_ns, 1.0, LATE_NS, 0.25, -0.5, hidden_um)


@pytest.mark.parametrize(("position_um", "moved"), [(6.0, False), (4.0, False), (6.1, True)])
def test_a_press_that_trembles_stands(position_um: float, moved: bool):
    seen = window(position_um=position_um)
    assert (seen.from_um, seen.moved_ns) == (
        (position_um, SUMMED_NS) if moved else (STOOD.from_um, STOOD.moved_ns)
    )
    assert (seen.windows, seen.sum_um) == ((3, 2.0) if moved else (4, 2.0 + 8.0 - 0.5))
    assert seen.mean_mpa == 18.0


@pytest.mark.parametrize(("sum_um", "kept_um"), [(0.5, 0.5), (-0.5, 0.0)])
def test_only_a_loss_is_kept_when_the_press_moves_on(sum_um: float, kept_um: float):
    before = Standing(20.0, 5.0, 0, sum_um, 3, 0.5)
    assert window(before, 9.0) == Standing(18.0, 9.0, SUMMED_NS, kept_um, 3, 0.5)


def test_a_window_counts_once_the_force_has_followed():
    assert window(t_ns=SUMMED_NS - 1) == Standing(18.0, 5.0, STOOD.moved_ns, 2.0, 3, 0.5)
    assert window().windows == 4


@pytest.mark.parametrize(
    ("spread_mpa2", "readings", "noise_mpa2"),
    [(3.0, 5, (3.0 - 4.0 / 12.0) / 5.0), (3.0, 0, 3.0 - 4.0 / 12.0), (0.1, 5, 0.0)],
)
def test_the_noise_is_that_of_the_means_less_the_trend(
    spread_mpa2: float, readings: int, noise_mpa2: float
):
    seen = window(spread_mpa2=spread_mpa2, readings=readings)
    assert seen.noise_mpa2 == pytest.approx(0.5 + (noise_mpa2 - 0.5) / 4.0)


@pytest.mark.parametrize(("hidden_um", "counts_um"), [(8.0, LEAP * 8.0), (7.5 / LEAP, 7.5)])
def test_one_window_counts_no_more_than_a_part_of_what_is_hidden(
    hidden_um: float, counts_um: float
):
    assert window(hidden_um=hidden_um).sum_um == 2.0 + counts_um


@pytest.mark.parametrize(
    ("windows", "lost_um", "beyond"),
    [(SEEN, 4.1, True), (SEEN, 4.0, False), (SEEN - 1, 4.1, False), (SEEN + 9, 4.1, True)],
)
def test_it_is_judged_once_its_noise_has_been_seen(windows: int, lost_um: float, beyond: bool):
    assert is_beyond(Standing(sum_um=lost_um, windows=windows), 4.0) is beyond


@pytest.mark.parametrize(("seen_mpa2", "known_mpa2"), [(0.04, 0.01), (0.01, 0.04)])
def test_noise_is_what_is_known_of_it_or_what_is_seen_if_more(seen_mpa2: float, known_mpa2: float):
    seen = Standing(noise_mpa2=seen_mpa2)
    assert noise_um(seen, known_mpa2, 0.5) == pytest.approx(DEVIATIONS * 0.2 / 0.5)
