"""When a run may go on: the rig is where it was left, and the state that it goes on with."""

from pathlib import Path

import msgspec
import pytest

from fixture.core.config import Config, Step
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import State, freeze, start
from fixture.core.types import CellMode, Event, EventKind, PressMode, Request
from fixture.runtime.recorder_process import RequestLog
from fixture.runtime.resume import FILE, Readings, ResumePoint, go_on, unfit
from fixture.runtime.tick import Latest, Moment, TickState, run_tick
from instruments.protocols import CellReading, ForceReading, LinkError, PressReading
from tests.core.bench import config
from tests.record.synthetic import make_config

SETPOINT_MPA = 10.0
ROWS = (
    Step(int(Kind.PRESSURE), setpoint_mpa=SETPOINT_MPA, band_mpa=0.1, wait=True, timeout_ns=10**12),
    Step(int(Kind.END)),
)
CONFIG = config(ROWS)
LEFT_UM = 300.0
TICK = 1000


def held(target_um: float = LEFT_UM) -> State:
    """A state that holds 10 MPa at 300 µm, or on the way from there."""
    state = start(CONFIG)
    replace = msgspec.structs.replace
    held = state.controller
    return replace(
        state,
        known=replace(
            state.known,
            pressure_mpa=SETPOINT_MPA,
            position_um=LEFT_UM,
            windows=9,
            mean_mpa=9.9,
            mean_readings=5,
        ),
        controller=replace(
            held,
            goal=replace(held.goal, active=True, setpoint_mpa=SETPOINT_MPA),
            stroke=replace(held.stroke, target_um=target_um),
        ),
        sequence=replace(
            state.sequence, step=0, holding=True, setpoint_mpa=SETPOINT_MPA, inside_ns=5
        ),
    )


def readings(
    mpa: float = SETPOINT_MPA, um: float = LEFT_UM, *, fault: bool = False, end: bool = False
) -> Readings:
    """What a rig says that stands at a pressure and a position."""
    cells = CONFIG.load_cells
    share_n = mpa * CONFIG.area_mm2 / len(cells.newton_per_count)
    counts = tuple(
        round(share_n / scale + zero)
        for scale, zero in zip(cells.newton_per_count, cells.zero_counts, strict=True)
    )
    position = round(um / CONFIG.press.um_per_count)
    return Readings(
        ForceReading(counts, fault, 0, 0), PressReading(position, False, end, False, 25.0, 0, 0)
    )


def test_a_rig_that_is_as_it_was_left_may_go_on() -> None:
    assert unfit(CONFIG, held(), readings()) == ""


@pytest.mark.parametrize("mpa", [5.1, 14.9])
def test_half_of_the_pressure_may_have_come_or_gone(mpa: float) -> None:
    assert unfit(CONFIG, held(), readings(mpa)) == ""


@pytest.mark.parametrize("mpa", [1.5, 4.5, 15.5])
def test_another_pressure_is_named_with_what_was_expected(mpa: float) -> None:
    assert f"the pressure is {mpa:.3g} MPa, expected within 5 MPa" in unfit(
        CONFIG, held(), readings(mpa)
    )


def test_a_stack_that_lost_contact_is_not_pressed_on_again() -> None:
    assert "has lost contact" in unfit(CONFIG, held(), readings(0.2))


def test_no_force_is_no_lost_contact_while_no_setpoint_is_held() -> None:
    state = held()
    by_hand = msgspec.structs.replace(
        state,
        known=msgspec.structs.replace(state.known, pressure_mpa=0.0),
        sequence=msgspec.structs.replace(state.sequence, holding=False),
    )
    assert unfit(CONFIG, by_hand, readings(0.0)) == ""


def test_a_press_whose_counter_begins_anew_is_found() -> None:
    assert "its counter was lost" in unfit(CONFIG, held(), readings(um=0.0))


def test_a_press_may_stand_anywhere_on_its_way_to_where_it_was_sent() -> None:
    moving = held(target_um=400.0)
    assert unfit(CONFIG, moving, readings(um=350.0)) == ""
    assert unfit(CONFIG, moving, readings(um=250.0)) != ""
    assert unfit(CONFIG, moving, readings(um=450.0)) != ""


def test_a_force_beyond_the_limit_is_named_first() -> None:
    limit_mpa = CONFIG.limits.force_max_n / CONFIG.area_mm2
    assert "and the limit" in unfit(CONFIG, held(), readings(limit_mpa + 1.0))


def test_faults_and_end_stops_are_no_place_to_go_on_from() -> None:
    assert "fault" in unfit(CONFIG, held(), readings(fault=True))
    assert "end stop" in unfit(CONFIG, held(), readings(end=True))


def test_a_pressure_that_was_never_read_is_unfit() -> None:
    state = held()
    unread = msgspec.structs.replace(
        state, known=msgspec.structs.replace(state.known, pressure_mpa=float("nan"))
    )
    assert unfit(CONFIG, unread, readings()) != ""


def first_frame(compiled: Config, found: Readings) -> tuple[State, float, int, int]:
    """The first tick after a pause: its state, command and trip."""
    core = go_on(compiled, held(target_um=400.0), found)
    start_ns = -TICK * compiled.tick_ns
    latest = Latest(found.force, found.press, CellReading(3.0, 0.0, False, False, 0, 0))
    state, frame = run_tick(compiled, TickState(core), Moment(TICK, start_ns, 0, 0), latest)
    command = frame.command
    assert command.cell_mode == CellMode.OPEN
    return state.core, command.press_um, command.press_mode, frame.status.trip


def test_the_first_command_leaves_the_press_where_it_stands() -> None:
    _, press_um, mode, trip = first_frame(CONFIG, readings(7.0, 350.0))
    assert (press_um, mode, trip) == (350.0, PressMode.MOVE, 0)


def test_a_pressure_that_fell_in_the_pause_is_no_rate() -> None:
    state, *_ = first_frame(CONFIG, readings(5.5))
    assert state.safety.rate_n_per_s == 0.0


def test_what_was_identified_is_kept_and_settling_begins_anew() -> None:
    before = held()
    after = go_on(CONFIG, before, readings(7.0))
    assert after.controller.friction == before.controller.friction
    assert after.known.peak_mpa == before.known.peak_mpa
    assert after.sequence.inside_ns == -1
    assert after.known.mean_mpa == pytest.approx(7.0, abs=0.01)


def test_a_resume_point_counts_once(tmp_path: Path) -> None:
    ResumePoint(TICK, freeze(held())).write(tmp_path)
    taken = ResumePoint.take(tmp_path)
    assert taken.tick == TICK
    assert taken.frozen == freeze(held())
    with pytest.raises(LinkError, match="where the run goes on is not known"):
        ResumePoint.take(tmp_path)
    assert not list(tmp_path.glob(f"*{FILE}*"))


def test_who_requested_in_an_earlier_part_is_not_taken_for_who_requests_now(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    line = b'{"type":"request","command":"stop","user":"%s","pid":1}\n'
    path.write_bytes(line % b"before")
    requests = RequestLog(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(line % b"now")
    event = Event(0, TICK, int(EventKind.REQUEST), int(Request.STOP), 0.0)
    assert requests.words(event, make_config()) == "request: stop, by now (process 1)"
