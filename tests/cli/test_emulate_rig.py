"""`emulate --rig` serves all instruments of a rig; the rig file that it writes names them."""

import os
from pathlib import Path

import pytest

from fixture.cli import emulate_rig as module
from fixture.cli.emulate_rig import emulate_rig
from fixture.cli.errors import UsageError
from fixture.config import find
from fixture.config.resolve import RunPlan, plan
from instruments.serve import Server
from tests.test_how_to import ROOT, blocks

BENCHES = [name for name in find.names(find.RIGS) if name.startswith("bench")]


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[RunPlan]:
    """Plans on the rig file while it is served."""
    found: list[RunPlan] = []

    def run(server: Server) -> None:
        del server
        found.append(plan("manual", str(tmp_path / "out.yaml")))

    monkeypatch.setattr(Server, "run", run)
    return found


def addresses(found: list[RunPlan]) -> list[str]:
    (one,) = found
    assert one.twin is None
    return [device.address for device in one.devices]


def test_a_bench_is_served_on_ports_of_its_own_kinds(
    rehearsed: list[RunPlan], tmp_path: Path
) -> None:
    (text,) = blocks(ROOT / "docs" / "how-to" / "rig.md", "yaml")
    (tmp_path / "bench.yaml").write_text(text, encoding="utf-8")
    out = tmp_path / "out.yaml"
    assert emulate_rig(str(tmp_path / "bench.yaml"), "sodium-assembly-hold", None, out) == 0
    cells, press, potentiostat = addresses(rehearsed)
    assert cells.startswith("/dev/pts/")
    assert press.endswith("?baud=115200")
    assert potentiostat.startswith("tcp://127.0.0.1:")
    assert not out.exists(), "its ports are gone, and so is the file"


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_that_ships_can_be_rehearsed(
    name: str, rehearsed: list[RunPlan], tmp_path: Path
) -> None:
    assert emulate_rig(name, "sodium-assembly-hold", None, tmp_path / "out.yaml") == 0
    (one,) = rehearsed
    bench = plan("manual", name)
    pairs = zip((*one.devices, *one.meters), (*bench.devices, *bench.meters), strict=True)
    for served, real in pairs:
        assert (served.port, served.model) == (real.port, real.model)
        assert served.address != real.address
        assert served.address.startswith(("/dev/pts/", "tcp://127.0.0.1:", "file:"))


def test_a_rehearsal_is_served_with_the_priority_of_a_plant_and_gives_it_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    requested: list[int] = []

    def request(thread: int, kind: int, level: object) -> None:
        del thread, level
        requested.append(kind)

    def run(server: Server) -> None:
        del server
        requested.append(-1)

    monkeypatch.setattr(os, "sched_setscheduler", request)
    monkeypatch.setattr(Server, "run", run)
    emulate_rig("bench", "sodium-assembly-hold", None, tmp_path / "out.yaml")
    assert requested == [os.SCHED_FIFO, -1, os.sched_getscheduler(0)]


def test_devices_of_one_box_are_served_at_one_port(
    rehearsed: list[RunPlan], tmp_path: Path
) -> None:
    emulate_rig("bench-screw-t7", "sodium-assembly-hold", None, tmp_path / "out.yaml")
    (one,) = rehearsed
    box = {device.address for device in (one.devices[2], *one.meters)}
    assert len(box) == 1


def test_a_twin_is_served_on_tcp_where_that_is_given(
    rehearsed: list[RunPlan], tmp_path: Path
) -> None:
    emulate_rig("twin-springs", "sodium-assembly-hold", "127.0.0.1:0", tmp_path / "out.yaml")
    cells, press, potentiostat = addresses(rehearsed)
    assert cells.endswith("?framing=rtu")
    assert all(one.startswith("tcp://127.0.0.1:") for one in (cells, press, potentiostat))
    assert len({cells.split("?")[0], press, potentiostat}) == 3


def test_ports_count_up_from_the_first() -> None:
    assert [module.next_port("h:5000", i) for i in range(3)] == ["h:5000", "h:5001", "h:5002"]
    assert module.next_port("h:0", 2) == "h:0"


def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="there is another file already"):
        emulate_rig("twin", "sodium-assembly-hold", None, mine)
    assert mine.read_text(encoding="utf-8") == "name: mine\n"
