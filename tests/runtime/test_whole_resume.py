"""A run whose processes were all killed goes on, on a rig that outlived it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.analysis.reach_end import reach_end
from fixture.analysis.replay import verify
from fixture.config.resolve import plan
from fixture.record.reader import Record
from fixture.runtime.registry import RunState
from fixture.runtime.resume import FILE
from fixture.twin import serve
from fixture.twin.kept import FILE as KEPT
from fixture.twin.kept import only_plant
from tests.runtime.test_whole_run import Run
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.realtime


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    made = Run(tmp_path, monkeypatch)
    yield made
    made.end()


@pytest.fixture
def bench(run: Run, tmp_path: Path) -> Iterator[str]:
    """A rig file whose instruments belong to nobody's run."""
    found = plan(run.profile, "twin")
    assert found.twin is not None
    folder = tmp_path / "plant"
    folder.mkdir()
    serve.write(folder, found.twin, found.devices)
    with subprocess.Popen(
        [sys.executable, "-m", "fixture.twin.serve", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as plant:
        assert plant.stdin is not None
        assert plant.stdout is not None
        at = json.loads(plant.stdout.readline())
        text = Path("profiles/rigs/twin.yaml").read_text(encoding="utf-8")
        text = text.split("# What is physically")[0]
        for name, port in (
            ("load-cells", "load_cells"),
            ("press", "press"),
            ("potentiostat", "potentiostat"),
        ):
            text = text.replace(f"emulated:{name}", at[port])
        rig = tmp_path / "bench.yaml"
        rig.write_text(text, encoding="utf-8")
        yield str(rig)
        plant.stdin.close()
        plant.wait(PATIENCE_S)


def kill_all(state: RunState) -> None:
    """Supervisor, control and recorder at once."""
    for process in (state.supervisor, state.control, state.recorder):
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not state.alive(), "the end of all processes")


def test_a_killed_run_goes_on_at_its_next_tick_and_each_part_replays(run: Run, bench: str) -> None:
    run.start("--rig", bench)
    until(lambda: (run.state().pressure_mpa or 0.0) > 1.0, "some pressure")
    kill_all(run.state())
    with Record.open(run.out / "r.h5") as record:
        assert verify(record).good()
        end = reach_end(record)
    assert end is not None
    done = run.isostack("run", "--resume", "r", "--detach")
    assert done.returncode == 0, done.stderr
    assert not (run.out / FILE).exists()
    until(lambda: run.state().acknowledged_tick > end.tick + 300, "acknowledged ticks")
    assert run.state().part == 2
    assert run.state().trip == "none"
    run.isostack("stop", "r")
    until(run.over, "the end of the run")
    assert run.state().outcome == "stopped"
    with Record.open(run.out / "r.part2.h5") as after:
        assert int(after.ticks["tick"][0]) == end.tick + 1
        assert after.ticks["press_mode"][0] == 1
        verdict = verify(after)
        assert verdict.good()
        assert verdict.unseen == 0
    assert "nothing to resume" in run.isostack("run", "--resume", "r").stderr


def test_a_killed_run_goes_on_on_the_twin_whose_state_was_kept_with_it(run: Run) -> None:
    run.start()
    until(lambda: (run.state().pressure_mpa or 0.0) > 1.0, "some pressure")
    until((run.out / KEPT).exists, "a state of the plant")
    kill_all(run.state())
    left_mpa = run.state().pressure_mpa
    assert left_mpa is not None
    with Record.open(run.out / "r.h5") as record:
        end = reach_end(record)
    assert end is not None
    done = run.isostack("run", "--resume", str(run.out), "--detach")
    assert done.returncode == 0, done.stderr
    until(lambda: run.state().acknowledged_tick > end.tick + 300, "acknowledged ticks")
    assert (run.state().part, run.state().trip) == (2, "none")
    run.isostack("stop", "r")
    until(run.over, "the end of the run")
    assert run.state().outcome == "stopped"
    with Record.open(run.out / "r.part2.h5") as after:
        assert int(after.ticks["tick"][0]) == end.tick + 1
        measured_pa, true_pa = after.log["surface_pressure_pa"], after.twin["true_pressure_pa"]
        assert 1e-6 * measured_pa[0] > 0.5 * left_mpa
        assert measured_pa[20] == pytest.approx(true_pa[20], rel=0.3)
        assert verify(after).good()


def test_a_run_on_a_twin_that_was_not_kept_is_refused_and_nothing_moves(run: Run) -> None:
    run.start()
    kill_all(run.state())
    with only_plant(run.out):  # once the killed run's has ended
        (run.out / KEPT).unlink()
    done = run.isostack("run", "--resume", str(run.out), "--detach")
    assert done.returncode == 2
    assert "a simulated rig that was not kept" in done.stderr
    assert not (run.out / "r.part2.h5").exists()
    assert not (run.out / FILE).exists()
