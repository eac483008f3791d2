"""Travel that noise hides counts as dry only where the force does not follow in the mean."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest

from fixture.core.control.response import (
    CAREFUL_UM,
    Evaluation,
    Verdict,
    account,
    displaced,
    longest_um,
)
from fixture.core.control.state import EXCUSES, Evidence, Friction, Stroke

K = 0.1  # MPa/µm
PRESS = Friction(K, K, 0.1, 0.01, 0.6)
STEP_UM = 0.1
INF = float("inf")
HIDDEN = Evaluation(Verdict.NO_RESPONSE, 0.0, 0.03)


def stroke(fraction: float = 0.0, step_um: float = STEP_UM) -> Stroke:
    """A displacement harder, one of many."""
    return Stroke(direction=1, travel_um=20 * STEP_UM, last_um=step_um, fraction=fraction)


def dry_um(follows: float, seed: int, walk_mpa: float, fraction: float = 0.0) -> float:
    """The most dry travel in 400 displacements hidden by noise, each followed by this share of its
    pressure. Between them the pressure goes back, and walks by this much, rms."""
    random = np.random.default_rng(seed)
    evidence, most_um = Evidence(excused=0), 0.0
    for start in 15.0 + random.normal(0.0, walk_mpa, 400):
        mean = start + follows * K * STEP_UM + random.normal(0.0, 0.01)
        evidence = displaced(evidence, start, 0.0)
        evidence = account(PRESS, evidence, stroke(fraction), HIDDEN, mean, start)
        most_um = max(most_um, evidence.dry_um)
    return most_um


@pytest.mark.parametrize("fraction", [0.0, 0.5])
@pytest.mark.parametrize("walk_mpa", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_strokes_that_noise_hides_are_not_dry_where_the_force_follows(
    seed: int, walk_mpa: float, fraction: float
):
    assert dry_um(1.0, seed, walk_mpa, fraction) < 2.0


@pytest.mark.parametrize("walk_mpa", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_strokes_that_noise_hides_are_dry_where_it_does_not(seed: int, walk_mpa: float):
    assert dry_um(0.0, seed, walk_mpa) > 28.0


def test_no_displacement_counts_for_more_than_half_as_much_again():
    spike = account(PRESS, displaced(Evidence(20.0), 15.0, 0.0), stroke(), HIDDEN, 16.0, 15.0)
    dip = account(PRESS, displaced(Evidence(20.0), 15.0, 0.0), stroke(), HIDDEN, 14.0, 15.0)
    assert spike.dry_um == pytest.approx(20.0 + STEP_UM - 3.0 * 1.5 * STEP_UM)
    assert dip.dry_um == pytest.approx(20.0 + STEP_UM + 3.0 * 1.5 * STEP_UM)


def test_a_predicted_disturbance_is_no_response():
    dead = account(PRESS, displaced(Evidence(20.0), 15.0, 0.0), stroke(), HIDDEN, 15.0, 14.9)
    assert dead.dry_um == pytest.approx(20.0 + STEP_UM)


def test_a_disturbance_that_goes_on_as_predicted_is_no_response_either():
    """The pressure rises by what was predicted, and by nothing else."""
    rising = account(PRESS, displaced(Evidence(20.0), 15.0, 0.0), stroke(), HIDDEN, 15.1, 15.1)
    assert rising.dry_um == pytest.approx(20.0 + STEP_UM)


def test_what_an_event_shows_is_no_response():
    event = Evaluation(Verdict.EVENT, 1.0, 0.03)
    courses = [displaced(Evidence(20.0, excused=0), 15.0, 0.0)]
    for _ in range(EXCUSES + 2):
        courses.append(account(PRESS, courses[-1], stroke(), event, 16.0, 15.0))
    grown = [after.dry_um - before.dry_um for before, after in pairwise(courses)]
    assert grown == pytest.approx([0.0] * EXCUSES + [STEP_UM] * 2)


def test_strokes_stay_short_after_sudden_events_until_the_force_has_responded():
    assert longest_um(Evidence()) == INF
    for events in range(1, EXCUSES + 1):
        assert longest_um(Evidence(excused=events)) == CAREFUL_UM
    assert longest_um(Evidence(excused=0)) == INF


def test_a_response_that_a_flow_took_away_counts_neither_for_nor_against():
    """It is clear by the prediction: the flow took more than the press gave."""
    found = Evaluation(Verdict.RESPONSE, 0.2, 0.03)
    made = msgspec.structs.replace(stroke(), before_mpa=15.0)
    after = account(PRESS, Evidence(dry_um=5.0, excused=0), made, found, 14.7, 14.5)
    assert after.dry_um == pytest.approx(5.0 + STEP_UM)
