"""A plant that was kept as data goes on where it stood, whatever its rig; nothing else is taken."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixture.config.resolve import plan
from fixture.twin.kept import FILE, Keeper, KeptError, read
from fixture.twin.rig import SimulatedRig

SECOND = 1_000_000_000
RIGS = ("twin", "twin-air-t7", "twin-bellows", "twin-hydraulic", "twin-ranges")


def rig_of(name: str) -> SimulatedRig:
    found = plan("sodium-assembly-hold", name)
    assert found.twin is not None
    return SimulatedRig(found.twin, *found.devices)


@pytest.fixture(params=RIGS)
def pair(request: pytest.FixtureRequest) -> tuple[SimulatedRig, SimulatedRig]:
    """One that was pressed, and a new one of the same parameters."""
    used = rig_of(request.param)
    used.plant.press.move_to(4000)
    for t_s in range(1, 120):
        used.advance(t_s * SECOND)
        if t_s == 60:
            used.plant.cell.source_current(7.85e-4, 4.0)
    return used, rig_of(request.param)


def test_the_truth_is_the_same_again(pair: tuple[SimulatedRig, SimulatedRig]) -> None:
    used, new = pair
    used.plant.switch_on()
    new.go_on(used.kept())
    assert new.clock() == used.clock()
    assert list(new.truth()) == pytest.approx(list(used.truth()), nan_ok=True)
    assert new.plant.press.position() == used.plant.press.position()


def test_it_goes_on_with_the_press_standing_and_the_cell_open(
    pair: tuple[SimulatedRig, SimulatedRig],
) -> None:
    used, new = pair
    new.go_on(used.kept())
    begin_s = new.clock() // SECOND
    for t_s in range(begin_s + 1, begin_s + 30):
        new.advance(t_s * SECOND)
    assert new.plant.cell.current_a() == 0.0
    assert not new.plant.press.moving()
    assert new.truth()[0] == pytest.approx(used.truth()[0], rel=0.2)


def test_a_kept_state_is_small(pair: tuple[SimulatedRig, SimulatedRig]) -> None:
    assert len(pair[0].kept()) < 8192


def edited(kept: bytes, change: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(msgspec.msgpack.decode(kept) | change)


@pytest.mark.parametrize(
    "change",
    [{"more": 1.0}, {"_pressure_mpa": {"a": 1}}, {"press": 3.0}, {"_pressure_mpa": [1.0]}],
)
def test_what_is_not_of_this_plant_is_refused(change: dict[str, Any]) -> None:
    kept = edited(rig_of("twin").kept(), change)
    with pytest.raises(KeptError):
        rig_of("twin").go_on(kept)


@pytest.mark.parametrize("kept", [b"", b"\xc1", msgspec.msgpack.encode([1, 2]), b"\x80"])
def test_what_is_no_state_is_refused(kept: bytes) -> None:
    with pytest.raises(KeptError):
        rig_of("twin").go_on(kept)


def test_the_newest_state_is_written_and_the_thread_ends(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    keeper = Keeper(tmp_path)
    for number in range(1, 50):
        keeper.keep(bytes([number]) * 100)
    keeper.close(10.0)
    assert read(tmp_path) == bytes([49]) * 100
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_state_that_cannot_be_written_is_dropped(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "gone")
    keeper.keep(b"a state")
    keeper.close(10.0)
    assert read(tmp_path / "gone") is None
