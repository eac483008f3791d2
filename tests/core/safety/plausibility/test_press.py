"""A press that moves without a command, or too fast, is noticed; one that obeys is not."""

import math

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import press
from fixture.core.safety.plausibility.press import Followed
from fixture.core.types import CellMode, Command, PressMode
from tests.core.bench import END, config

CONFIG = config((END,))
SPEED = CONFIG.press.speed_um_per_s


class Drive:
    """A drive, at a tenth of a second a tick."""

    def __init__(self) -> None:
        self.tick, self.position_um = 0, 0.0
        self.followed = Followed()

    def told(self, mode: PressMode, target_um: float = 0.0) -> "Drive":
        """A command."""
        command = Command(self.tick, 0, mode, target_um, CellMode.OPEN, 0.0, 0.0)
        self.followed = press.commanded(self.followed, command, self.known(), self.t_ns())
        return self

    def known(self) -> Known:
        """What is known of it."""
        return Known(position_um=self.position_um)

    def t_ns(self) -> int:
        """Now."""
        return self.tick * 100_000_000

    def moves(self, seconds: float, um_per_s: float) -> "Drive":
        """For a while at this speed."""
        for _ in range(round(10 * seconds)):
            self.tick += 1
            self.position_um += 0.1 * um_per_s
            self.followed = press.follow(CONFIG, self.followed, self.known(), self.t_ns())
        return self


def test_a_press_that_goes_to_its_target_and_stays_there_is_not_doubted():
    drive = Drive().told(PressMode.MOVE, 100.0).moves(20.0, SPEED).moves(60.0, 0.0)
    assert not drive.followed.astray


@pytest.mark.parametrize("um_per_s", [5.0, 1.0, 0.2, -1.0])
def test_a_press_that_runs_by_itself_is_noticed_in_its_first_micrometres(um_per_s: float):
    drive = Drive().told(PressMode.MOVE, 0.0).moves(10.0, 0.0)
    drive.moves(1.0 + 0.5 / abs(um_per_s), um_per_s)
    assert drive.followed.astray


@pytest.mark.parametrize("after_um", [20.0, 3.0])
def test_a_press_that_goes_on_after_a_stop_is_noticed(after_um: float):
    drive = Drive().told(PressMode.MOVE, 500.0).moves(4.0, 1.0)
    drive.told(PressMode.STOP).moves(after_um, 1.0)
    assert drive.followed.astray


def test_a_press_that_brakes_for_a_second_is_not_doubted():
    drive = Drive().told(PressMode.MOVE, 500.0).moves(4.0, SPEED)
    drive.told(PressMode.STOP).moves(1.0, SPEED).moves(3.0, 0.0)
    assert not drive.followed.astray


def test_another_target_on_the_way_may_be_the_other_way():
    drive = Drive().told(PressMode.MOVE, 500.0).moves(10.0, SPEED)
    drive.told(PressMode.MOVE, 0.0).moves(0.5, SPEED).moves(10.5, -SPEED)
    assert not drive.followed.astray


def ramped(drive: Drive, seconds: float, um_per_s: float) -> Drive:
    """Targets that lie further and further, twice a second, and the drive moves at this speed."""
    for _ in range(round(2 * seconds)):
        drive.told(PressMode.MOVE, drive.followed.target_um + 0.1).moves(0.5, um_per_s)
    return drive


@pytest.mark.parametrize("um_per_s", [0.2, 0.15, 0.0])
def test_a_press_that_follows_a_ramp_or_stands_is_not_astray(um_per_s: float):
    assert not ramped(Drive().told(PressMode.MOVE, 0.1), 60.0, um_per_s).followed.astray


def test_a_press_that_runs_against_its_ramp_is_noticed_in_its_first_micrometres():
    drive = ramped(Drive().told(PressMode.MOVE, 0.1), 30.0, 0.2)
    from_um = drive.position_um
    while not drive.followed.astray:
        ramped(drive, 0.5, -SPEED)
        assert drive.position_um > from_um - 20.0


@pytest.mark.parametrize(("factor", "astray"), [(1.5, False), (2.0, True), (5.0, True)])
def test_a_press_that_is_too_fast_is_noticed(factor: float, astray: bool):
    drive = Drive().told(PressMode.MOVE, 1000.0).moves(3.0, factor * SPEED)
    assert drive.followed.astray is astray


def test_a_position_that_jumps_is_noticed():
    drive = Drive().told(PressMode.MOVE, 0.0).moves(5.0, 0.0)
    drive.position_um -= 100.0
    assert drive.moves(0.5, 0.0).followed.astray


def test_an_operator_who_resets_forgives_it():
    drive = Drive().told(PressMode.STOP).moves(5.0, 0.0).moves(2.0, SPEED)
    assert drive.followed.astray
    assert not press.forgiven(drive.followed).astray


def test_a_repeated_command_is_no_new_one():
    drive = Drive().told(PressMode.MOVE, 10.0).moves(5.0, SPEED)
    assert drive.told(PressMode.MOVE, 10.0).followed.since_ns == 0
    stopped = drive.told(PressMode.STOP).followed
    assert drive.told(PressMode.STOP).followed is stopped
    assert msgspec.structs.replace(stopped) == stopped


# -- each number of it, exactly -------------------------------------------------------------------

TOLERANCE_UM = CONFIG.press.tolerance_um + press.STEPS * CONFIG.press.um_per_count
T_NS = 50_000_000_000
MOVE, STOP = int(PressMode.MOVE), int(PressMode.STOP)


def look(followed: Followed, position_um: float, t_ns: int = T_NS) -> Followed:
    """One tick."""
    return press.follow(CONFIG, followed, Known(position_um=position_um), t_ns)


def test_a_target_is_new_for_a_second_beyond_the_settling():
    assert press.grace_ns(CONFIG) == CONFIG.press.settle_ns + 1_000_000_000


def test_without_a_command_nothing_is_followed():
    nothing = Followed()
    assert look(nothing, 5.0) is nothing


def test_it_is_looked_at_twice_a_second():
    followed = Followed(MOVE, window_ns=T_NS - press.LOOKS_NS)
    assert look(followed, 0.0, T_NS - 1) is followed
    assert look(followed, 0.0).window_ns == T_NS


def test_a_drive_that_brakes_is_judged_from_where_it_is_once_it_had_its_time():
    begun_ns = T_NS - press.grace_ns(CONFIG)
    stopped = Followed(STOP, 10.0, begun_ns, 0.0, T_NS - 2 * press.LOOKS_NS, 10.0)
    braking = look(stopped, 10.3, T_NS - 1)
    assert (braking.target_um, braking.nearest_um, braking.astray) == (10.3, 0.0, False)
    late = look(stopped, 12.0)
    assert (late.target_um, late.nearest_um, late.since_ns) == (12.0, 0.0, T_NS)
    assert late.astray


def test_it_may_go_away_by_its_tolerance_and_no_further():
    followed = Followed(MOVE, 0.0, 0, 0.0, T_NS - press.LOOKS_NS)
    assert not look(followed, TOLERANCE_UM).astray
    assert look(followed, math.nextafter(TOLERANCE_UM, 9.0)).astray


def test_it_may_be_so_fast_and_no_faster():
    most_um = press.FASTER * SPEED * (press.LOOKS_NS * 1e-9) + TOLERANCE_UM
    followed = Followed(MOVE, 0.0, T_NS, 0.0, T_NS - press.LOOKS_NS)
    assert not look(followed, most_um).astray
    assert look(followed, math.nextafter(most_um, 99.0)).astray


@pytest.mark.parametrize(("window_ns", "astray"), [(0, False), (1, True)])
def test_a_speed_needs_a_position_before(window_ns: int, astray: bool):
    followed = Followed(MOVE, 0.0, T_NS, window_ns=window_ns)
    assert look(followed, 1e4).astray is astray


def test_after_a_reset_no_speed_is_taken_from_before():
    assert press.forgiven(Followed(MOVE, window_ns=5, astray=True)).window_ns == 0
