"""The step type of the Battery Data Format is that of the step, and a rest without a current."""

import math
from pathlib import Path

import msgspec
import pytest

from fixture.analysis.export.columns import bdf_blocks
from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Event, EventKind
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame

TICK_NS = 1_000_000_000
BEGUN = Event(0, 0, EventKind.STEP_BEGIN, 0, 2.0)


def step_types(path: Path, step: Step, current_a: tuple[float, ...]) -> list[str]:
    """Of a step in which the cell had these currents, a row each."""
    config = msgspec.structs.replace(make_config(TICK_NS, TICK_NS), steps=(step,))
    writer = RecordWriter.create(path, HEADER, config)
    for tick, current in enumerate(current_a):
        events = (BEGUN,) if tick == 0 else ()
        frame = make_frame(
            tick, tick_ns=TICK_NS, events=events, row=0, step_count=2, current_a=current
        )
        writer.append(frame)
    writer.finish("done", 0)
    with JoinedRecord.open(path) as record:
        return [str(name) for block in bdf_blocks(record) for name in block["step_type"]]


CHARGE, DISCHARGE = "CC_CHG", "CC_DCH"
UP, DOWN = Step(int(Kind.CURRENT), cell_setpoint=1e-3), Step(int(Kind.CURRENT), cell_setpoint=-1e-3)


@pytest.mark.parametrize(
    ("step", "current_a", "expected"),
    [
        (UP, (1e-3, 1e-3, 1e-8, -1e-8, 1e-3), [CHARGE, CHARGE, "REST", "REST", CHARGE]),
        (DOWN, (-1e-3, 0.0, 1e-8, -1e-3), [DISCHARGE, "REST", "REST", DISCHARGE]),
        (DOWN, (5e-4, -1e-3), [DISCHARGE, DISCHARGE]),
        (DOWN, (math.nan, -1e-3), [DISCHARGE, DISCHARGE]),
        (Step(int(Kind.VOLTAGE)), (1e-6, 0.0, -1e-6), ["CV_CHG", "REST", "CV_DCH"]),
        (Step(int(Kind.COUPLING)), (1e-8, -1e-8), ["REST", "REST"]),
        (
            Step(int(Kind.RESISTANCE), cell_setpoint=1e-3),
            (1e-3, 1e-8, -1e-3),
            [CHARGE, "REST", DISCHARGE],
        ),
        (Step(int(Kind.OPEN)), (0.0, 1e-8, -1e-8), ["OCV", "OCV", "OCV"]),
    ],
)
def test_a_row_has_the_type_of_its_step_and_its_current(
    tmp_path: Path, step: Step, current_a: tuple[float, ...], expected: list[str]
) -> None:
    assert step_types(tmp_path / "run.h5", step, current_a) == expected
