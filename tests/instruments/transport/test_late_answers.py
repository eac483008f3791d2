"""On a line that stalls, no answer is taken for that of another question."""

from collections import deque
from typing import Any

import pytest

from instruments.protocols import Clock, LinkError
from instruments.registry import LOAD_CELLS, PRESSES
from tests.instruments.fakes import MS, FakeClock, FakeForce, FakePress

SERVED_MS = 10  # for each request, in order
IDENTIFY = {"identify": {"say": "*IDN?", "reply": "{model},{serial}"}}
VALUE = "{value}"
CELLS = {"read": ({"say": "F1?", "reply": VALUE}, {"say": "F2?", "reply": VALUE})}
PRESS: dict[str, Any] = {
    "um_per_count": 1.0,
    "when_silent": "stays",
    "move": {"say": "M {value}"},
    "stop": {"say": "S"},
    "position": {"say": "P?", "reply": VALUE},
    "moving": {"say": "V?", "reply": VALUE},
    "fault": {"say": "F?", "reply": VALUE},
    "end_low": {"say": "L?", "reply": VALUE},
}
REGISTERS: dict[str, Any] = {
    "um_per_count": 1.0,
    "when_silent": "stays",
    "target": {"register": 20, "type": "int32"},
    "stop": ({"register": 22, "value": 1},),
    "position": {"register": 0, "type": "int32"},
    "moving": {"register": 5},
    "fault": {"register": 5, "mask": 2},
    "end_low": {"register": 6, "mask": 1},
    "end_high": {"register": 6, "mask": 2},
}


class Stalling:
    """An emulator that once does nothing for a while, and then serves what came, in order."""

    def __init__(self, emulator: Any, clock: FakeClock, at: int, stall_ms: float) -> None:
        self._emulator, self._clock = emulator, clock
        self._at, self._stall_ms, self._requests = at, stall_ms, 0
        self._free_ns = 0
        self._answers: deque[tuple[int, bytes]] = deque()

    def write(self, data: bytes) -> None:
        self._requests += 1
        now_ns = self._clock()
        if self._requests == self._at:
            self._free_ns = now_ns + round(self._stall_ms * MS)
        begins_ns = max(now_ns, self._free_ns)
        answer = self._emulator.receive(data, begins_ns)
        if answer:
            self._free_ns = begins_ns + SERVED_MS * MS
            self._answers.append((self._free_ns, answer))

    def read(self, size: int, deadline_ns: int) -> bytes:
        del size
        if self._answers and self._answers[0][0] <= max(deadline_ns, self._clock()):
            t_ns, answer = self._answers.popleft()
            self._clock.t_ns = max(self._clock.t_ns, t_ns)
            return answer
        self._clock.t_ns = max(self._clock.t_ns, deadline_ns)
        return b""

    def drain(self) -> None:
        while self._answers and self._answers[0][0] <= self._clock():
            self._answers.popleft()

    def close(self) -> None:
        pass


def readings(model: Any, plant: object, options: dict[str, Any], at: int, stall_ms: float) -> Any:
    """What is read in 14 tries, of which some fail."""
    clock = FakeClock()
    line = Stalling(model.emulator(plant, options), clock, at, stall_ms)
    driver = model.driver(line, clock, options)
    found: list[Any] = []
    for _ in range(14):
        try:
            found.append(driver.read())
        except LinkError:
            continue
    return found


STALLS = [(at, stall_ms) for at in range(1, 12) for stall_ms in (60, 95, 105, 150, 260)]


@pytest.mark.parametrize("told", [{}, IDENTIFY])
def test_load_cells_in_text_keep_their_order(told: dict[str, Any]):
    model, options = LOAD_CELLS["scpi"], CELLS | told
    for at, stall_ms in STALLS:
        found = readings(model, FakeForce(100.0, 200.0), options, at, stall_ms)
        assert {reading.counts for reading in found} == {(100, 200)}


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("scpi", PRESS),
        ("scpi", PRESS | IDENTIFY),
        ("modbus-map", REGISTERS),
        ("modbus-map", REGISTERS | {"framing": "tcp"}),
    ],
)
def test_a_press_is_never_read_at_another_place_or_in_another_state(
    kind: str, options: dict[str, Any]
):
    for at, stall_ms in STALLS:
        plant = FakePress()
        plant.at = plant.to = 3000
        found = readings(PRESSES[kind], plant, options, at, stall_ms)
        assert {(seen.position, seen.fault, seen.end_low) for seen in found} == {
            (3000, False, False)
        }


def test_a_device_slower_than_its_deadline_is_silent_and_not_wrong():
    class Slow(Stalling):
        def __init__(self, emulator: Any, clock: Clock) -> None:
            super().__init__(emulator, clock, -1, 0.0)  # pyright: ignore[reportArgumentType]

        def write(self, data: bytes) -> None:
            self._free_ns = self._clock() + 50 * MS
            super().write(data)

    clock, model = FakeClock(), LOAD_CELLS["scpi"]
    line = Slow(model.emulator(FakeForce(100.0, 200.0), CELLS), clock)
    driver = model.driver(line, clock, CELLS)
    for _ in range(10):
        with pytest.raises(LinkError):
            driver.read()
