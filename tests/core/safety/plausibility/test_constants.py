"""No number of the watch can be changed by 30 % without one of these courses that notices."""

import math
import random
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import load_cells
from fixture.core.safety.plausibility.friction import Friction
from fixture.core.safety.plausibility.load_cells import Cells
from fixture.core.types import PressMode
from tests.core.bench import AREA_MM2
from tests.core.golden.constants import changed, constants
from tests.core.golden.notice import FACTORS
from tests.core.safety.plausibility.courses import Course, table
from tests.core.safety.plausibility.test_load_cells import approach, drifts
from tests.core.safety.plausibility.test_press import SPEED, Drive
from tests.core.safety.plausibility.test_push import Pushed
from tests.core.safety.plausibility.test_residual import pressed_fast, settles

CONSTANTS = {str(one): one for one in constants("safety.plausibility")}


def pressed_and_held() -> object:
    """An approach, half an hour of cycles, warmth, creep, and a crack that comes again."""
    course = Course(friction=Friction(0.5, 1.0, 1e-6, noise_known=True)).press()

    def each(of: Course) -> None:
        of.flow(0.0008 if of.windows % 900 < 450 else -0.0008)
        of.celsius = 25.0 + math.sin(of.windows / 300.0)
        of.lost_um += 12.0 if of.windows % 700 == 0 else 0.002

    course.doubted_after(1800.0, each)
    return course.trace


def softer_than_declared() -> object:
    """Too soft from the beginning, by a little and by much, and hardly pressed."""
    soft = table(softest=0.6)
    pressed = [(15.0, 0.5), (15.0, 0.62), (3.0, 0.5), (4.0, 0.5), (5.0, 0.5), (6.0, 0.5)]
    return [Course(soft, gain=gain, setpoint_mpa=mpa).press(mpa).trace for mpa, gain in pressed]


def too_stiff() -> object:
    """Stiffer than any that is believed, by a little and by much."""
    return [Course(k=factor * 10.0 / 78.54).press(60.0).trace for factor in (8.0, 14.0)]


def unloaded() -> object:
    """Far down, past what is worth watching, and up again."""
    course = Course(setpoint_mpa=40.0).press(40.0)
    course.setpoint_mpa = 4.0
    while course.true_mpa > 0.6:
        course.window(-1.0)
        course.lies_mpa = 0.2 * (course.windows % 2)
    course.setpoint_mpa = 40.0
    trace = course.press(10.0).trace
    for mpa in (2.5, 3.0, 3.5, 4.0):
        course = Course(setpoint_mpa=40.0).press(mpa)
        course.lies_mpa = -1.0
        course.window()
        trace.append(course.seen)
    return trace


def drifting(mpa_a_window: float) -> Callable[[], object]:
    """Load cells that drift until that is noticed."""

    def run() -> object:
        course = Course().press()

        def each(of: Course) -> None:
            of.lies_mpa += mpa_a_window

        return [course.doubted_after(4e4, each), course.trace]

    return run


def cracking(share: float, apart: int) -> Callable[[], object]:
    """A stack that goes on cracking, this share of F/K every so many windows."""

    def run() -> object:
        course = Course().press()

        def each(of: Course) -> None:
            if of.windows % apart == 0:
                of.lost_um += share * 15.0 / of.k

        return [course.doubted_after(1800.0, each), course.trace]

    return run


def steeply_down() -> object:
    """Unloaded along a steeper path, by a little and by much."""
    found: list[object] = []
    for steep in (2.5, 3.5, 4.5):
        course = Course(setpoint_mpa=40.0).press(40.0)
        for _ in range(40):
            course.lost_um += steep - 1.0
            course.window(-1.0)
        found.append(course.trace)
    return found


def hardly_loaded() -> object:
    """At a hundredth of the highest force, and less."""
    course = Course(setpoint_mpa=70.0).press(70.0)
    course.setpoint_mpa = 0.6
    while course.true_mpa > 0.4:
        course.window(-2.0)
    for _ in range(20):
        course.lies_mpa += course.k - 0.004
        course.window(-1.0)
    return course.trace


def cracked_once() -> object:
    """A crack, and some more after it."""
    course = Course().press()
    start = course.windows

    def each(of: Course) -> None:
        of.lost_um += 15.0 if of.windows == start + 20 else 0.0
        of.lost_um += 0.4 if start + 20 < of.windows < start + 60 else 0.0

    return [course.doubted_after(60.0, each), course.trace]


def settled() -> object:
    """Pressed fast, taken back by more and more, and left to settle by as much."""
    found: list[object] = []
    for size in range(1, 12):
        course = pressed_fast(20.0)
        for _ in range(size):
            course.window(-5.0)
        each = settles(2.0 * size)
        for _ in range(20):
            each(course)
            course.window()
        found.append(course.trace)
    return found


def stands() -> object:
    """Strokes with stands between them, the drive trembling by more and more."""
    found: list[object] = []
    for size in range(8):
        course = Course(setpoint_mpa=60.0, friction=Friction(0.5, 1.0, 1e-6, noise_known=True))
        for window in range(90):
            course.lies_mpa -= 0.002 * size
            course.window(2.0 if window % 30 < 15 else 0.025 * (window % (size + 2)))
        found.append(course.trace)
    return found


def pushes() -> object:
    """A gauge against load cells that drift, differ and are late, by a little and by much."""
    found: list[object] = []
    for size in range(1, 24):  # a spring takes the piston back: 100 to 2300 N before there is force
        pushed = Pushed()
        pushed.window(100.0 * size, 100.0 * size)
        pushed.window(100.0 * size + 400.0, 100.0 * size)
        found.append(pushed.trace)
    for size in range(24):
        pushed = Pushed(gauge=1.0 + 0.01 * size)
        pushed.press(3000.0 + 100.0 * size, 20.0 + 40.0 * size)
        pushed.hold(-1.0 * size, 60.0)
        found.append(pushed.trace)
    for size in range(24):  # in strokes, with stands, more and more of it lost
        noisy = Friction(1.5, 15.0, (0.1 * size / AREA_MM2) ** 2, noise_known=True)
        pushed = Pushed(setpoint_n=9000.0, friction=noisy)
        found.append(pushed.press_in_strokes(-2.0 * size, 500.0 + 100.0 * size))
        pushed = Pushed(setpoint_n=9000.0, spread_n=0.5 * size)
        found.append(pushed.press_in_strokes(-2.0 * size, 200.0))
        found.append(pushed.trace)
    return found


def drives() -> object:
    """Presses that stop, run by themselves, jump and are too fast, by a little and by much."""
    found: list[object] = []
    for um in range(1, 21):
        drive = Drive().told(PressMode.MOVE, 0.0).moves(5.0, 0.0)
        drive.position_um += 0.02 * um
        found.append(drive.moves(1.0, 0.0).followed)
        found.append(Drive().told(PressMode.STOP).moves(0.2 * um, SPEED).moves(4.0, 0.0).followed)
        late = Drive().told(PressMode.MOVE, 1e3).moves(0.1 * um, SPEED).told(PressMode.STOP)
        found.append(late.moves(2.3, SPEED).moves(3.0, 0.0).followed)
        found.append(Drive().told(PressMode.MOVE, 1e3).moves(0.1 * um, 0.15 * um * SPEED).followed)
    return found


def cells(reading: Callable[[float], list[float]], rms: float = 0.0) -> Iterator[Cells]:
    """Three load cells for three minutes."""
    seen, config = Cells(), table()
    for window in range(360):
        counts = tuple([round(10.0 * force) for force in reading(0.5 * window)])
        known = Known(mean_mpa=0.1 * sum(counts) / config.area_mm2, spread_mpa2=rms * rms)
        seen = load_cells.follow(config, seen, known, counts, window * 500_000_000, True, 0.0)
        yield seen


def approaches() -> object:
    """One of three that drifts while the press stands on its way, by a little and by much."""
    found: list[object] = [approach(drifts(0, 30.0))]
    for size in range(1, 24):
        found.append(approach(drifts(0, -0.1 * size)))
        found.append(approach(drifts(1, -0.3 * size), rms_n=0.1 * size))
        found.append(approach(drifts(0, -2.0), moves_um=0.01 * size, stroke_n=50.0))
    return found


def load_cell_courses() -> object:
    """Shares that move, cells that bear little or less than nothing, freeze, swing."""
    draw = random.Random(2)
    found: list[object] = []
    for size in range(1, 31):
        drift = 0.01 * size
        found.append(
            list(
                cells(
                    lambda s, d=drift: [
                        400.0 + d * s + draw.random(),
                        400.0 + draw.random(),
                        400.0 + draw.random(),
                    ]
                )
            )
        )
        found.append(list(cells(lambda s, f=size: [2.0 * f, 200.0, 200.0])))
        found.append(list(cells(lambda s, f=size: [-1.5 * f, 1.0 * f, 60.0])))
        found.append(list(cells(lambda s, f=size: [100.0, 100.0 + 0.2 * f * (s > 5.0), 100.0])))
        found.append(list(cells(lambda s: [400.0] * 3, rms=0.05 * size)))
        found.append(list(cells(lambda s: [0.4] * 3, rms=0.001 * size)))
        found.append(
            list(
                cells(
                    lambda s, d=drift: [
                        50.0 + d * s + draw.random(),
                        50.0 + draw.random(),
                        50.0 + draw.random(),
                    ]
                )
            )
        )
    found.append([load_cells.swings(Cells(swinging=number)) for number in range(40)])
    return found


COURSES: tuple[Callable[[], object], ...] = (  # those that take long stand last
    drives,
    pushes,
    approaches,
    stands,
    settled,
    steeply_down,
    hardly_loaded,
    softer_than_declared,
    too_stiff,
    unloaded,
    cracked_once,
    drifting(-0.02),
    drifting(0.004),
    drifting(-0.0004),
    pressed_and_held,
    cracking(0.1, 1),
    cracking(0.05, 1),
    cracking(0.1, 60),
    cracking(0.3, 12),
    *(cracking(0.002 * size, 300) for size in range(4, 20)),
    load_cell_courses,
)


def digest(course: Callable[[], object]) -> bytes:
    """All that a course leaves behind, to the bit."""
    return sha256(repr(course()).encode()).digest()


BEFORE = {course: digest(course) for course in COURSES}


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("name", CONSTANTS)
def test_a_course_notices_a_change_of(name: str, factor: float):
    with changed(CONSTANTS[name], factor):
        assert any(digest(course) != BEFORE[course] for course in COURSES)
