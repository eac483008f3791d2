"""Playback's time is that of the record, whatever the wall clock does meanwhile."""

import pytest

from fixture.view.playback import Playback


class Wall:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.ns = 5

    def __call__(self) -> int:
        return self.ns

    def wait(self, seconds: float) -> None:
        self.ns += round(1e9 * seconds)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def playback(wall: Wall) -> Playback:
    return Playback(wall, 10.0, 110.0)


def test_it_stands_at_the_beginning_until_it_is_played(playback: Playback, wall: Wall) -> None:
    wall.wait(60.0)
    assert playback.now_s() == 10.0
    playback.play()
    wall.wait(60.0)
    assert playback.now_s() == pytest.approx(70.0)


def test_speed_counts_from_when_it_is_set(playback: Playback, wall: Wall) -> None:
    playback.play()
    wall.wait(2.0)
    playback.set_speed(10.0)
    wall.wait(3.0)
    assert playback.now_s() == pytest.approx(42.0)


def test_it_pauses_at_the_end_and_plays_from_the_beginning(playback: Playback, wall: Wall) -> None:
    playback.play()
    wall.wait(500.0)
    assert (playback.now_s(), playback.playing) == (110.0, False)
    playback.play()
    assert playback.now_s() == 10.0


def test_a_loop_begins_again(playback: Playback, wall: Wall) -> None:
    playback.looping = True
    playback.play()
    wall.wait(130.0)
    assert playback.now_s() == pytest.approx(40.0)
    assert playback.playing


def test_a_pause_keeps_the_time(playback: Playback, wall: Wall) -> None:
    playback.play()
    wall.wait(7.0)
    playback.pause()
    wall.wait(7.0)
    assert playback.now_s() == pytest.approx(17.0)


@pytest.mark.parametrize(("asked", "shown"), [(-5.0, 10.0), (55.5, 55.5), (1e9, 110.0)])
def test_seeking_stays_within_the_record(playback: Playback, asked: float, shown: float) -> None:
    playback.seek(asked)
    assert playback.now_s() == shown


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e7, float("nan")])
def test_a_speed_that_shows_nothing_is_an_error(playback: Playback, speed: float) -> None:
    with pytest.raises(ValueError, match="a speed of"):
        playback.set_speed(speed)


def test_a_record_that_grows_is_played_on(playback: Playback, wall: Wall) -> None:
    playback.grow(200.0)
    playback.play()
    wall.wait(150.0)
    assert playback.now_s() == pytest.approx(160.0)


def test_a_record_without_length_loops_in_place(wall: Wall) -> None:
    playback = Playback(wall, 3.0, 3.0)
    playback.looping = True
    playback.play()
    wall.wait(1.0)
    assert playback.now_s() == 3.0
