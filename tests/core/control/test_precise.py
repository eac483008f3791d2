"""The precise style: every stroke lands from below; economy where the press does not allow it."""

import random

import msgspec
import pytest

from fixture.core.safety.trips import Trip
from fixture.core.types import EventKind, Phase, Style
from tests.core.bench import END, Rig, config, current_row, press_row

CURRENT_A = 7.85e-4
ROWS = (press_row(15.0), current_row(CURRENT_A, 1200.0), current_row(-CURRENT_A, 1200.0), END)


class Fickle(Rig):
    """A press whose slips end anywhere within most of a slip."""

    def act(self, command: object) -> None:
        """As ever, and then somewhere else."""
        before_um = self.output_um
        super().act(command)  # type: ignore[arg-type]
        if self.output_um != before_um:
            self.output_um += random.Random(self.tick).uniform(-0.8, 0.8) * self.stick_um


def held(style: int, kind: type[Rig] = Rig) -> tuple[list[float], Rig]:
    """Errors in MPa from a minute after settling."""
    table = config(ROWS)
    parts = msgspec.structs.replace(table.parts, style=style)
    rig = kind(msgspec.structs.replace(table, parts=parts), slides=True)
    errors: list[float] = []
    cycling = 0
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
        cycling += rig.state.sequence.step > 0
        if cycling > 600:
            errors.append(rig.pressure_mpa - 15.0)
    assert rig.state.safety.trip == 0
    return errors, rig


def rms(values: list[float]) -> float:
    """Root mean square."""
    return (sum(value * value for value in values) / len(values)) ** 0.5


def test_it_holds_closer_than_economy_and_travels_farther():
    near, precise = held(Style.PRECISE)
    far, economy = held(Style.ECONOMY)
    assert rms(near) < 0.8 * rms(far)
    assert precise.state.controller.stroke.total_um > 2.5 * economy.state.controller.stroke.total_um
    assert precise.state.controller.landing.style == Style.PRECISE


def test_a_landing_dips_and_peaks_only_where_the_current_has_turned():
    errors, rig = held(Style.PRECISE)
    slip_mpa = rig.stick_um * rig.mpa_per_um
    assert sum(error > 0.6 * slip_mpa for error in errors) < 0.02 * len(errors)
    assert min(errors) < -1.0 * slip_mpa


def test_a_press_that_lands_anywhere_is_held_by_economy_and_that_is_said():
    _, rig = held(Style.PRECISE, Fickle)
    told = [e for e in rig.events if e.kind == EventKind.FELL_BACK]
    assert [e.code for e in told] == [Style.ECONOMY]
    assert rig.state.controller.landing.style == Style.ECONOMY


@pytest.mark.parametrize("off", [-0.4, -0.3, 0.3])
def test_a_dead_load_cell_stops_it_within_forty_micrometres(off: float):
    """It shows an error that no landing takes for a miss."""
    table = config((press_row(15.0, 1e6), END))
    parts = msgspec.structs.replace(table.parts, style=Style.PRECISE)
    rig = Rig(msgspec.structs.replace(table, parts=parts), slides=True)
    rig.run(120.0)
    drive_um, draw = rig.drive_um, random.Random(1)
    mpa = 15.0 + off * rig.state.controller.friction.jump_mpa
    while rig.tick < 20_000 and not rig.state.safety.trip:
        force_n = mpa * table.area_mm2 / 3.0
        rig.turn(counts=tuple(round(10.0 * (force_n + draw.gauss(0.0, 0.05))) for _ in range(3)))
    assert rig.state.safety.trip == Trip.NO_RESPONSE
    assert abs(rig.drive_um - drive_um) < 40.0
