"""Pressure steps and protocols become rows that do what they say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aurora_unicycler import CyclingProtocol
from hypothesis import given, settings
from hypothesis import strategies as st

from fixture.config.protocol import Protocol
from fixture.config.resolve import plan
from fixture.config.steps.bounds import Bounds
from fixture.config.steps.press import PressStep
from fixture.config.steps.sequence import multiplicity, steps_of
from fixture.config.yaml.locate import Document
from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from tests.config.cases import PROFILE, UNIDENTIFIED, changed, plan_of

BOUNDS = Bounds(0.0, 5.0, -1.0, 1.0, 0.1, 0.5, float("nan"))
NOWHERE = Document("p", "", {}, {})
HOUR_NS = 3600 * 10**9


def test_the_shipped_recipe_becomes_these_rows() -> None:
    config = plan("sodium-assembly-hold", "twin").config
    milli = 0.785 / 1000
    press = {"kind": Kind.PRESSURE, "wait": True, "timeout_ns": HOUR_NS}
    identify = {"kind": Kind.IDENTIFY, "setpoint_mpa": pytest.approx(66.6)}
    assert [written(row) for row in config.steps] == [
        {**identify, "band_mpa": pytest.approx(0.333), "timeout_ns": 1200 * 10**9},
        {**press, "setpoint_mpa": 74.0, "band_mpa": 0.37, "hold_ns": 600 * 10**9},
        {**press, "setpoint_mpa": 15.0, "band_mpa": 0.075},
        {"kind": Kind.OPEN, "until_ns": 300 * 10**9},
        {
            "kind": Kind.CURRENT,
            "cell_setpoint": milli,
            "until_ns": HOUR_NS,
            "until_voltage_v": 4.4,
            "until_voltage_sign": 1,
            "cycle_begin": True,
        },
        {
            "kind": Kind.CURRENT,
            "cell_setpoint": -milli,
            "until_ns": HOUR_NS,
            "until_voltage_v": 1.0,
            "until_voltage_sign": -1,
        },
        {"kind": Kind.LOOP, "target": 4, "passes": 3, "cycle_end": True},
        {"kind": Kind.END},
    ]
    assert config.loops == 1


def written(row: Step) -> dict[str, Any]:
    """The fields of a row that are not at their default."""
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    return {name: value for name, value in fields.items() if value}


def test_a_loop_back_to_a_bound_step_goes_to_its_pressure(tmp_path: Path) -> None:
    rows = plan_of(tmp_path, PROFILE + UNIDENTIFIED).config.steps
    assert [row.kind for row in rows] == [Kind.PRESSURE, Kind.CURRENT, Kind.LOOP, Kind.END]
    assert rows[2].target == 0


def test_a_step_bound_to_an_id_stands_right_before_it(tmp_path: Path) -> None:
    text = changed("at: cycling", "at: rest").replace(
        "    - {step: loop",
        "    - {step: open_circuit_voltage, id: rest, until_time_s: 5}\n    - {step: loop",
    )
    rows = plan_of(tmp_path, text).config.steps
    assert [row.kind for row in rows] == [
        Kind.CURRENT,
        Kind.PRESSURE,
        Kind.OPEN,
        Kind.LOOP,
        Kind.END,
    ]


def test_free_steps_come_before_and_after_what_is_bound(tmp_path: Path) -> None:
    text = changed("pressure:", "pressure:\n  - press: 20 MPa").replace(
        "    at: cycling", "    at: cycling\n  - press: 5 MPa\n    wait: false"
    )
    rows = plan_of(tmp_path, text + UNIDENTIFIED).config.steps
    assert [(row.kind, row.setpoint_mpa, row.wait) for row in rows] == [
        (Kind.PRESSURE, 20.0, True),
        (Kind.PRESSURE, 15.0, True),
        (Kind.CURRENT, 0.0, False),
        (Kind.LOOP, 0.0, False),
        (Kind.PRESSURE, 5.0, False),
        (Kind.END, 0.0, False),
    ]


def test_only_innermost_loops_with_a_current_are_cycles() -> None:
    rows = rows_from(
        [
            {"step": "constant_current", "current_mA": 1, "until_time_s": 1},
            {"step": "open_circuit_voltage", "until_time_s": 1},
            {"step": "constant_current", "current_mA": 1, "until_time_s": 1},
            {"step": "open_circuit_voltage", "until_time_s": 1},
            {"step": "loop", "loop_to": 2, "cycle_count": 3},
            {"step": "loop", "loop_to": 1, "cycle_count": 2},
        ]
    )
    assert [i for i, row in enumerate(rows) if row.cycle_begin] == [1]
    assert [i for i, row in enumerate(rows) if row.cycle_end] == [4]


def test_a_protocol_without_such_a_loop_is_one_cycle() -> None:
    rows = rows_from(
        [
            {"step": "open_circuit_voltage", "until_time_s": 1},
            {"step": "constant_current", "current_mA": 1, "until_time_s": 1},
            {"step": "constant_voltage", "voltage_V": 4, "until_time_s": 1},
        ]
    )
    assert [(row.cycle_begin, row.cycle_end) for row in rows] == [
        (True, False),
        (False, False),
        (False, True),
        (False, False),
    ]


def test_a_c_rate_is_read_by_the_protocols_own_parser(tmp_path: Path) -> None:
    rows = plan_of(tmp_path, changed("current_mA: 1,", "rate_C: D/2,") + UNIDENTIFIED).config.steps
    assert rows[1].cell_setpoint == -0.0005


@pytest.mark.parametrize(
    ("said", "field", "expected"),
    [("settle_within: 2 %", "band_mpa", 0.3), ("settle_timeout: 5 min", "timeout_ns", 300 * 10**9)],
)
def test_settling_may_be_set(tmp_path: Path, said: str, field: str, expected: float) -> None:
    text = changed("at: cycling", f"at: cycling\n    {said}") + UNIDENTIFIED
    rows = plan_of(tmp_path, text).config.steps
    assert getattr(rows[0], field) == expected


def test_a_band_is_never_narrower_than_a_slip_of_the_press() -> None:
    rows, _ = steps_of([PressStep(press="1 MPa")], NOWHERE, None, BOUNDS)  # pyright: ignore[reportArgumentType]: read from text
    assert rows[0].band_mpa == 0.1 * 0.5


def rows_from(method: list[dict[str, Any]]) -> tuple[Step, ...]:
    """The rows of a protocol without pressure steps."""
    valid = CyclingProtocol.model_validate({"record": {"time_s": 1}, "method": method})
    step = PressStep(press="1 MPa", wait=False)  # pyright: ignore[reportArgumentType]: read from text
    rows, _ = steps_of([step], NOWHERE, Protocol(NOWHERE, (), valid), BOUNDS)
    return rows[1:]


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[Any]:
    """Nested blocks: a number is a rest of so many seconds, (body, passes) is a loop."""
    kinds = st.integers(1, 9)
    if depth < 3:
        kinds = kinds | st.tuples(blocks(depth=depth + 1), st.integers(1, 3))
    return draw(st.lists(kinds, min_size=1, max_size=3))


def method_of(body: list[Any], by_tag: bool, method: list[dict[str, Any]]) -> None:
    """Append a body to an aurora-unicycler method; loops by tag or by number."""
    for block in body:
        if isinstance(block, int):
            method.append({"step": "open_circuit_voltage", "until_time_s": block})
            continue
        inner, passes = block
        tag = f"t{len(method)}"
        if by_tag:
            method.append({"step": "tag", "tag": tag})
        first = len(method) + 1
        method_of(inner, by_tag, method)
        if first == len(method):  # aurora-unicycler wants two steps in a loop by number
            method.append({"step": "open_circuit_voltage", "until_time_s": 9})
            inner.append(9)
        target = tag if by_tag else first
        method.append({"step": "loop", "loop_to": target, "cycle_count": passes})


def told(body: list[Any]) -> Iterator[int]:
    """What a body means: the rests in the order in which they come."""
    for block in body:
        if isinstance(block, int):
            yield block
        else:
            for _ in range(block[1]):
                yield from told(block[0])


def walked(rows: tuple[Step, ...]) -> Iterator[int]:
    """The rests in the order in which the rows give them."""
    passes = [0] * len(rows)
    index = 0
    while rows[index].kind != Kind.END:
        row = rows[index]
        if row.kind == Kind.LOOP:
            done = passes[row.counter] + 1
            again = done < row.passes
            passes[row.counter] = done if again else 0
            index = row.target if again else index + 1
        else:
            yield row.until_ns // 10**9
            index += 1


@settings(deadline=None, max_examples=60)
@given(blocks(), st.booleans())
def test_rows_rest_in_the_order_that_the_protocol_says(body: list[Any], by_tag: bool) -> None:
    method: list[dict[str, Any]] = []
    method_of(body, by_tag, method)
    valid = CyclingProtocol.model_validate({"record": {"time_s": 1}, "method": method})
    rows, _ = steps_of([], NOWHERE, Protocol(NOWHERE, (), valid), BOUNDS)
    expected = list(told(body))
    assert list(walked(rows)) == expected
    times = [row.until_ns // 10**9 * n for row, n in zip(rows, multiplicity(rows), strict=True)]
    assert sum(times) == sum(expected)
