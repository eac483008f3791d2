"""No number of the watch can be changed by 30 % without one of these courses that notices."""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from itertools import zip_longest

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import load_cells
from fixture.core.safety.plausibility.friction import Friction
from fixture.core.safety.plausibility.load_cells import Cells
from fixture.core.types import PressMode
from tests.core.bench import AREA_MM2
from tests.core.golden.constants import Constant, changed, constants
from tests.core.golden.notice import FACTORS
from tests.core.safety.plausibility.courses import Course, table
from tests.core.safety.plausibility.test_load_cells import approach, drifts
from tests.core.safety.plausibility.test_press import SPEED, Drive
from tests.core.safety.plausibility.test_push import Pushed
from tests.core.safety.plausibility.test_residual import pressed_fast, settles
from tests.core.safety.plausibility.test_watch import begun

pytestmark = pytest.mark.xdist_group("watch")
CONSTANTS = {str(one): one for one in constants("safety.plausibility")}


def pressed_and_held() -> Iterable[object]:
    """An approach, half an hour of cycles, warmth, creep, and a crack that comes again."""
    course = Course(friction=Friction(0.5, 1.0, 1e-6)).press()

    def each(of: Course) -> None:
        of.flow(0.0008 if of.windows % 900 < 450 else -0.0008)
        of.celsius = 25.0 + math.sin(of.windows / 300.0)
        of.lost_um += 12.0 if of.windows % 700 == 0 else 0.002

    course.doubted_after(1800.0, each)
    return course.trace


def softer_than_declared() -> Iterable[object]:
    """Too soft from the beginning, by a little and by much, and hardly pressed."""
    soft = table(softest=0.6)
    pressed = [(15.0, 0.5), (15.0, 0.62), (3.0, 0.5), (4.0, 0.5), (5.0, 0.5), (6.0, 0.5)]
    return [Course(soft, gain=gain, setpoint_mpa=mpa).press(mpa).trace for mpa, gain in pressed]


def too_stiff() -> Iterable[object]:
    """Stiffer than any that is believed, by a little and by much."""
    return [Course(k=factor * 10.0 / 78.54).press(60.0).trace for factor in (8.0, 14.0)]


def unloaded() -> Iterable[object]:
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


def drifting(mpa_a_window: float) -> Callable[[], Iterable[object]]:
    """Load cells that drift until that is noticed."""

    def run() -> Iterable[object]:
        course = Course().press()

        def each(of: Course) -> None:
            of.lies_mpa += mpa_a_window

        return [course.doubted_after(4e4, each), course.trace]

    return run


def cracking(share: float, apart: int) -> Callable[[], Iterable[object]]:
    """A stack that goes on cracking, this share of F/K every so many windows."""

    def run() -> Iterable[object]:
        course = Course().press()

        def each(of: Course) -> None:
            if of.windows % apart == 0:
                of.lost_um += share * 15.0 / of.k

        return [course.doubted_after(1800.0, each), course.trace]

    return run


def steeply_down() -> Iterator[object]:
    """Unloaded along a steeper path, by a little and by much."""
    for steep in (2.5, 3.5, 4.5):
        course = Course(setpoint_mpa=40.0).press(40.0)
        for _ in range(40):
            course.lost_um += steep - 1.0
            course.window(-1.0)
        yield course.trace


def hardly_loaded() -> Iterable[object]:
    """At a hundredth of the highest force, and less."""
    course = Course(setpoint_mpa=70.0).press(70.0)
    course.setpoint_mpa = 0.6
    while course.true_mpa > 0.4:
        course.window(-2.0)
    for _ in range(20):
        course.lies_mpa += course.k - 0.004
        course.window(-1.0)
    return course.trace


def cracked_once() -> Iterable[object]:
    """A crack, and some more after it."""
    course = Course().press()
    start = course.windows

    def each(of: Course) -> None:
        of.lost_um += 15.0 if of.windows == start + 20 else 0.0
        of.lost_um += 0.4 if start + 20 < of.windows < start + 60 else 0.0

    return [course.doubted_after(60.0, each), course.trace]


def settled() -> Iterator[object]:
    """Pressed fast, taken back by more and more, and left to settle by as much."""
    for size in range(1, 12):
        course = pressed_fast(20.0)
        for _ in range(size):
            course.window(-5.0)
        each = settles(2.0 * size)
        for _ in range(20):
            each(course)
            course.window()
        yield course.trace


def stands() -> Iterator[object]:
    """Strokes with stands between them, the drive trembling by more and more."""
    for size in range(8):
        course = Course(setpoint_mpa=60.0, friction=Friction(0.5, 1.0, 1e-6))
        for window in range(90):
            course.lies_mpa -= 0.002 * size
            course.window(2.0 if window % 30 < 15 else 0.025 * (window % (size + 2)))
        yield course.trace


def pushes() -> Iterator[object]:
    """A gauge against load cells that drift, differ and are late, by a little and by much."""
    for size in range(1, 24):  # a spring takes the piston back: 100 to 2300 N before there is force
        pushed = Pushed()
        pushed.window(100.0 * size, 100.0 * size)
        pushed.window(100.0 * size + 400.0, 100.0 * size)
        yield pushed.trace
    for size in range(24):
        pushed = Pushed(gauge=1.0 + 0.01 * size)
        pushed.press(3000.0 + 100.0 * size, 20.0 + 40.0 * size)
        pushed.hold(-1.0 * size, 60.0)
        yield pushed.trace
    for size in range(24):  # in strokes, with stands, more and more of it lost
        noisy = Friction(1.5, 15.0, (0.1 * size / AREA_MM2) ** 2)
        pushed = Pushed(setpoint_n=9000.0, friction=noisy)
        yield pushed.press_in_strokes(-2.0 * size, 500.0 + 100.0 * size)
        pushed = Pushed(setpoint_n=9000.0, spread_n=0.5 * size)
        yield pushed.press_in_strokes(-2.0 * size, 200.0)
        yield pushed.trace


def drives() -> Iterator[object]:
    """Presses that stop, run by themselves, jump and are too fast, by a little and by much."""
    for um in range(1, 21):
        drive = Drive().told(PressMode.MOVE, 0.0).moves(5.0, 0.0)
        drive.position_um += 0.02 * um
        yield drive.moves(1.0, 0.0).followed
        yield Drive().told(PressMode.STOP).moves(0.2 * um, SPEED).moves(4.0, 0.0).followed
        late = Drive().told(PressMode.MOVE, 1e3).moves(0.1 * um, SPEED).told(PressMode.STOP)
        yield late.moves(2.3, SPEED).moves(3.0, 0.0).followed
        yield Drive().told(PressMode.MOVE, 1e3).moves(0.1 * um, 0.15 * um * SPEED).followed


def cells(reading: Callable[[float], list[float]], rms: float = 0.0) -> Iterator[Cells]:
    """Three load cells for three minutes."""
    seen, config = Cells(), table()
    for window in range(360):
        counts = tuple([round(10.0 * force) for force in reading(0.5 * window)])
        known = Known(mean_mpa=0.1 * sum(counts) / config.area_mm2, spread_mpa2=rms * rms)
        seen = load_cells.follow(config, seen, known, counts, window * 500_000_000, True, 0.0, 0.0)
        yield seen


def approaches() -> Iterator[object]:
    """One of three that drifts while the press stands on its way, by a little and by much."""
    yield approach(drifts(0, 30.0))
    for size in range(1, 24):
        yield approach(drifts(0, -0.1 * size))
        yield approach(drifts(1, -0.3 * size), rms_n=0.1 * size)
        yield approach(drifts(0, -2.0), moves_um=0.01 * size, stroke_n=50.0)


def beginnings() -> Iterable[object]:
    """More and more windows of much noise, then one of little."""
    return [begun(*(4.0,) * noisy, 1.0).quiet_mpa2 for noisy in range(1, 20)]


SIZES = range(1, 31)


def shares_that_move(at_n: float) -> Callable[[], Iterable[object]]:
    """One of three whose share grows, by a little and by much, at a force on each."""

    def run() -> Iterator[object]:
        draw = random.Random(2)
        for size in SIZES:

            def reading(seconds: float, drift: float = 0.01 * size) -> list[float]:
                forces = [at_n + draw.random() for _ in range(3)]
                return [forces[0] + drift * seconds, *forces[1:]]

            yield from cells(reading)

    return run


def bearing(reading: Callable[[float, int], list[float]]) -> Callable[[], Iterable[object]]:
    """Three load cells that bear something by a little and by much: seconds and size, to N."""

    def run() -> Iterator[object]:
        for size in SIZES:
            yield from cells(lambda seconds, size=size: reading(seconds, size))

    return run


def noise(at_n: float, rms: float) -> Callable[[], Iterable[object]]:
    """Noise of a little and of much."""

    def run() -> Iterator[object]:
        for size in SIZES:
            yield from cells(lambda seconds: [at_n] * 3, rms=rms * size)

    return run


def swinging() -> list[object]:
    """So many windows that swing."""
    return [load_cells.swings(Cells(swinging=number)) for number in range(40)]


LOAD_CELLS: tuple[Callable[[], Iterable[object]], ...] = (
    swinging,
    bearing(lambda seconds, size: [2.0 * size, 200.0, 200.0]),
    bearing(lambda seconds, size: [-1.5 * size, 1.0 * size, 60.0]),
    bearing(lambda seconds, size: [100.0, 100.0 + 0.2 * size * (seconds > 5.0), 100.0]),
    noise(400.0, 0.05),
    noise(0.4, 0.001),
    shares_that_move(400.0),
    shares_that_move(50.0),
)
COURSES: tuple[Callable[[], Iterable[object]], ...] = (  # those that take long stand last
    beginnings,
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
    *LOAD_CELLS,
)


def digests(course: Callable[[], Iterable[object]]) -> Iterator[bytes]:
    """All that a course leaves behind, piece by piece, to the bit."""
    return (sha256(msgspec.msgpack.encode(piece)).digest() for piece in course())


@cache
def before(course: Callable[[], Iterable[object]]) -> tuple[bytes, ...]:
    """The same of the core as it stands."""
    return tuple(digests(course))


def _of_others(course: Callable[[], Iterable[object]], module: str) -> bool:
    """Whether a course is not for a module, as far as that is known."""
    return (course in LOAD_CELLS) != (module == load_cells.__name__)


LATELY = {  # by module, in the order in which they are tried
    one.module: sorted(COURSES, key=lambda course, of=one.module: _of_others(course, of))
    for one in CONSTANTS.values()
}


def noticing(constant: Constant, factor: float) -> Callable[[], Iterable[object]] | None:
    """The first course that notices a constant changed, up to where it does; None: none does."""
    for course in LATELY[constant.module]:
        expected = before(course)
        with changed(constant, factor):
            if any(now != then for now, then in zip_longest(digests(course), expected)):
                return course
    return None


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_course_notices_a_change_up_and_a_change_down_of(name: str):
    for factor in FACTORS:
        course = noticing(CONSTANTS[name], factor)
        assert course is not None, f"no course notices {name} x {factor}"
        lately = LATELY[CONSTANTS[name].module]
        lately.insert(0, lately.pop(lately.index(course)))  # it often notices the next, too
