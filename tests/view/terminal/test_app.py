"""The screen shows a run, sends what is confirmed, plays a record, and survives what happens."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from textual.events import MouseScrollUp
from textual.pilot import Pilot
from textual.widgets import Static

from fixture.record.errors import RecordError
from fixture.runtime.errors import RunError
from fixture.runtime.link.messages import End
from fixture.view.terminal.app import RunScreen
from fixture.view.terminal.curves import CurvePlot
from fixture.view.terminal.dialogs import Help, Question
from fixture.view.terminal.panels import Panel
from fixture.view.terminal.plot import Plot
from tests.view.terminal.fakes import FakeRun, note


class Shown:
    """A screen under test."""

    def __init__(self, run: FakeRun, app: RunScreen, pilot: Pilot[None]) -> None:
        self.run, self.app, self.pilot = run, app, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.see()

    async def see(self) -> None:
        await self.app.look()
        await self.app.look_at_curves()
        await self.pilot.pause()

    async def answered(self) -> None:
        """Until every request has its answer."""
        for worker in [one for one in self.app.workers if one.group == "requests"]:
            await worker.wait()
        await self.see()

    def text(self, panel: str) -> str:
        base = self.app.screen_stack[0]
        return str(base.query_one(f"#{panel}", Panel).render())

    def plots(self) -> list[CurvePlot]:
        return [plot for plot in self.app.screen_stack[0].query(CurvePlot) if plot.display]


@asynccontextmanager
async def shown(
    run: FakeRun, size: tuple[int, int] = (120, 40), *, played: bool = False
) -> AsyncGenerator[Shown]:
    operated, play = (None, run) if played else (run, None)
    app = RunScreen(run, operated, play, clock=lambda: 0.0)
    async with app.run_test(size=size) as pilot:
        screen = Shown(run, app, pilot)
        await screen.see()
        yield screen


def on_screen(
    work: Callable[[Shown], Awaitable[None]], size: tuple[int, int] = (120, 40), *,
    played: bool = False,
) -> FakeRun:  # fmt: skip
    """Do something with the screen of a fake run."""

    async def whole() -> FakeRun:
        run = FakeRun()
        async with shown(run, size, played=played) as screen:
            await work(screen)
        return run

    return asyncio.run(whole())


@pytest.mark.parametrize(("size", "curves"), [((80, 24), 2), ((120, 40), 3), ((200, 60), 5)])
def test_curves_and_numbers_fill_every_size(size: tuple[int, int], curves: int) -> None:
    async def look(screen: Shown) -> None:
        assert len(screen.plots()) == curves
        assert "pressure    14.998 MPa" in screen.text("numbers")
        assert "setpoint    15.000 MPa" in screen.text("numbers")
        assert screen.text("headline").startswith(" one  running  10.0 s")
        assert "slip: +0.05 MPa" in screen.text("events")
        assert "q leave" in screen.text("keys")

    on_screen(look, size)


def test_a_tiny_terminal_shows_pressure_and_setpoint_and_grows_again() -> None:
    async def look(screen: Shown) -> None:
        await screen.pilot.resize_terminal(20, 5)
        await screen.see()
        assert screen.plots() == []
        assert screen.text("numbers").splitlines()[0].startswith("pressure")
        await screen.press("question_mark")
        await screen.press("x")
        await screen.pilot.resize_terminal(80, 24)
        await screen.see()
        assert len(screen.plots()) == 2

    on_screen(look)


def test_a_number_changes_with_the_row_and_unchanged_curves_are_not_drawn_again() -> None:
    async def look(screen: Shown) -> None:
        plot = screen.plots()[0]
        drawn: list[bool] = []
        show = plot.show
        plot.show = lambda *given: drawn.append(show(*given)) or drawn[-1]  # type: ignore[method-assign]
        screen.run.change(pressure_mpa=15.25)
        await screen.see()
        assert "pressure    15.250 MPa" in screen.text("numbers")
        assert drawn
        assert not any(drawn)

    on_screen(look)


def test_trips_unconfirmed_safety_lost_links_and_silence_stand_above_all() -> None:
    async def look(screen: Shown) -> None:
        assert screen.text("alarms") == ""
        screen.run.change(trip="over force", unconfirmed="output may be on")
        screen.run.notes = [*screen.run.notes, note(9.0, "link lost", "link lost: press", 1)]
        screen.run.trouble = "one: its supervisor is gone"
        await screen.see()
        assert [line.strip() for line in screen.text("alarms").splitlines()] == [
            "NOT CONFIRMED: output may be on",
            "TRIPPED: over force. Find the cause; R clears the trip",
            "one: its supervisor is gone",
            "link lost: press",
        ]

    on_screen(look)


def test_the_end_is_said_and_the_screen_stays() -> None:
    async def look(screen: Shown) -> None:
        screen.run.end = End("done")
        await screen.see()
        assert "one is over: done. q leaves" in screen.text("alarms")
        assert screen.app.is_running

    on_screen(look)


def test_a_request_is_sent_only_after_yes_and_its_answer_is_shown() -> None:
    async def work(screen: Shown) -> None:
        await screen.press("t")
        assert isinstance(screen.app.screen, Question)
        await screen.press("n")
        assert screen.run.sent == []
        await screen.press("t", "y", "y")
        await screen.answered()
        await screen.see()
        assert screen.run.sent == [("tare", 0.0, "")]
        assert "> tare: sent" in screen.text("events")
        assert "> tare: done" in screen.text("events")

    on_screen(work)


def test_a_value_or_words_are_entered_and_what_is_wrong_says_what_to_write() -> None:
    async def work(screen: Shown) -> None:
        await screen.press("j", "2", "space", "h", "enter")
        assert "not a length" in str(screen.app.screen.query_one(".wrong", Static).render())
        await screen.press("backspace", "backspace", "backspace", "5", "enter")
        await screen.press("n", "enter")
        assert "0 characters" in str(screen.app.screen.query_one(".wrong", Static).render())
        await screen.press(*"in", "space", *"place", "enter")
        await screen.press("s", "escape")
        await screen.answered()
        assert screen.run.sent == [("jog", 5.0, ""), ("note", 0.0, "in place")]

    on_screen(work)


def test_a_run_that_waits_for_a_person_says_which_key_goes_on() -> None:
    async def work(screen: Shown) -> None:
        screen.run.change(phase="waiting for operator")
        await screen.see()
        assert screen.text("alarms").strip() == "WAITS for an operator (c confirms)"
        await screen.press("c", "y")
        await screen.answered()
        assert screen.run.sent == [("confirm", 0.0, "")]

    on_screen(work)


def test_a_refusal_is_shown_with_its_reason() -> None:
    async def work(screen: Shown) -> None:
        screen.run.refuses = "you may only observe this run"
        await screen.press("x", "y")
        await screen.answered()
        assert "stop: refused: you may only observe this run" in screen.text("events")

    on_screen(work)


def test_no_answer_is_shown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: FakeRun, *given: object) -> None:
        raise RunError("nothing came for 10 s")

    monkeypatch.setattr(FakeRun, "request", silent)

    async def work(screen: Shown) -> None:
        await screen.press("x", "y")
        await screen.answered()
        assert "stop: no answer: nothing came for 10 s" in screen.text("events")

    on_screen(work)


def test_keys_zoom_pan_follow_and_show_all() -> None:
    async def work(screen: Shown) -> None:
        stretch = screen.app.stretch
        whole = stretch.limits()
        await screen.press("plus")
        assert stretch.limits()[1] - stretch.limits()[0] == pytest.approx((whole[1] - whole[0]) / 2)
        assert stretch.follows
        await screen.press("left")
        assert not stretch.follows
        await screen.press("f")
        assert stretch.follows
        await screen.press("0")
        assert stretch.limits() == whole

    on_screen(work)


def test_the_wheel_zooms_at_the_pointer_and_the_reading_asks_for_what_is_shown() -> None:
    async def work(screen: Shown) -> None:
        plot = screen.plots()[0].plot
        await screen.pilot._post_mouse_events(  # pyright: ignore[reportPrivateUsage]
            [MouseScrollUp], plot, offset=(50, 4)
        )
        await screen.see()
        begin_s, end_s = screen.app.stretch.limits()
        assert (begin_s > 0.0, screen.run.asked[-1][:2]) == (True, (begin_s, end_s))

    on_screen(work)


def test_a_record_plays_seeks_loops_and_goes_from_event_to_event() -> None:
    async def work(screen: Shown) -> None:
        play = screen.run.playback
        await screen.press("space", "plus", "l")
        assert (play.playing, play.speed, play.looping) == (True, 2.0, True)
        await screen.press("space", "minus", "n", "n")
        assert (play.playing, play.speed, play.now_s()) == (False, 1.0, 4.0)
        await screen.press("p")
        assert play.now_s() == 1.0
        await screen.press("c")
        assert play.now_s() == 4.0
        await screen.press("right")
        assert play.now_s() > 4.0
        await screen.press("t")
        assert screen.run.sent == []

    on_screen(work, played=True)


def test_a_click_on_the_timeline_seeks() -> None:
    async def work(screen: Shown) -> None:
        await screen.pilot.click("Timeline", offset=(30, 0))
        await screen.see()
        assert 1.0 < screen.run.playback.now_s() < 9.0

    on_screen(work, played=True)


def test_a_record_that_cannot_be_read_is_said_and_what_was_known_stays() -> None:
    async def work(screen: Shown) -> None:
        def fail(*given: object) -> None:
            raise RecordError("run.h5: no such file")

        screen.run.span = fail  # type: ignore[method-assign,assignment]
        await screen.see()
        assert "run.h5: no such file" in screen.text("alarms")
        assert "pressure    14.998 MPa" in screen.text("numbers")

    on_screen(work)


def test_help_lists_the_operator_keys_and_two_keys_at_once_close_it_once() -> None:
    async def work(screen: Shown) -> None:
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, Help)
        await screen.press("z", "z")
        assert not isinstance(screen.app.screen, Help)

    on_screen(work)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_sends_nothing(key: str) -> None:
    async def work(screen: Shown) -> None:
        await screen.pilot.press(key)
        await screen.pilot.pause()
        assert screen.app.return_code == 0

    assert on_screen(work).sent == []


def test_a_screen_without_colours_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def look(screen: Shown) -> None:
        assert screen.app.no_color
        for part in ("plot--axis", "plot--tick"):  # no darker than can be read without colours
            assert all(
                plot.get_component_styles(part).color.brightness > 0.45
                for plot in screen.app.query(Plot)
            )
        assert "14.998 MPa" in screen.text("numbers")

    on_screen(look)


def test_events_of_one_instant_stay_in_their_order() -> None:
    async def look(screen: Shown) -> None:
        screen.run.notes = tuple(note(5.0, "slip", text) for text in ("they", "come", "as", "told"))
        await screen.see()
        assert screen.text("events").split() == ["5", "s", "they", "5", "s", "come",
                                                 "5", "s", "as", "5", "s", "told"]  # fmt: skip

    on_screen(look)
