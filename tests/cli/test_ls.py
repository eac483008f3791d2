"""`ls` says how each run stands, and forgets those that are gone."""

import json
import re
import shutil
from pathlib import Path

import pytest

from fixture.runtime.outcome import Ending, ending
from fixture.runtime.process import Process
from fixture.runtime.registry import LOG, Registry, RunState
from tests.cli.live_runs import a_run, isostack, of_its_own
from tests.waiting import PATIENCE_S, until


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)


def entered(folder: Path, name: str, state: RunState | None) -> None:
    place = folder / name
    place.mkdir()
    Registry.of_user().enter(name, place)
    if state is not None:
        state.write(place)


def test_without_runs_it_says_how_to_start_one() -> None:
    assert isostack("ls")[:2] == (0, "no runs. Start one: isostack run sodium-assembly-hold\n")
    assert json.loads(isostack("ls", "--json")[1]) == {"runs": []}


def test_a_living_run_is_running_and_a_stopped_one_has_ended(tmp_path: Path) -> None:
    with a_run(tmp_path) as run:
        told = json.loads(isostack("ls", "--json")[1])["runs"][0]
        assert (told["run"], told["state"], told["folder"]) == ("one", "running", str(run.folder))
        assert abs(told["control_age_s"]) < PATIENCE_S
        assert "running" in isostack("ls")[1]
        run.process.terminate()
        run.wait()
        head, line = isostack("ls")[1].splitlines()
        assert head.split() == ["run", "state", "since", "pressure", "voltage", "why", "directory"]
        assert line.split()[1] == "ended"
        assert "stopped" in line
        assert "MPa" in line


def test_a_tripped_run_says_why(tmp_path: Path) -> None:
    with a_run(tmp_path, FAKE_TRIP="1") as run:
        until(lambda: run.state().phase == "tripped")
        told = json.loads(isostack("ls", "--json")[1])["runs"][0]
    assert (told["state"], told["why"]) == ("tripped", "over force")


def test_a_run_whose_processes_are_gone_is_stale(tmp_path: Path) -> None:
    entered(tmp_path, "dead", RunState("dead", "/x", Process(1, 1), unix_ns=1_000_000_000))
    line = isostack("ls")[1].splitlines()[1]
    assert line.split()[:2] == ["dead", "stale"]
    assert "all its processes are gone" in line


def test_a_run_without_a_state_is_unknown_and_one_without_directory_is_forgotten(
    tmp_path: Path,
) -> None:
    entered(tmp_path, "bare", None)
    line = isostack("ls")[1].splitlines()[1]
    assert line.split()[:2] == ["bare", "unknown"]
    assert "no state" in line
    shutil.rmtree(tmp_path / "bare")
    assert isostack("ls")[1].startswith("no runs")


def test_what_is_not_known_to_be_safe_stands_before_the_reason(tmp_path: Path) -> None:
    with a_run(tmp_path, FAKE_TRIP="1") as run:
        until(lambda: run.state().phase == "tripped" and run.state().unconfirmed)
        line = isostack("ls")[1].splitlines()[1]
        told = json.loads(isostack("ls", "--json")[1])["runs"][0]
    assert line.split()[1] == "tripped"
    assert "press may be moving, over force" in line
    assert told["unconfirmed"] == "press may be moving"


def test_a_run_that_nobody_looks_after_any_more_may_be_on(tmp_path: Path) -> None:
    state = RunState("dead", "/x", Process(1, 1), tick=7, unix_ns=1_000_000_000)
    entered(tmp_path, "dead", state)
    assert "output may be on, press may be moving, all its processes are gone" in isostack("ls")[1]


DOUBT = "output may be on, press may be moving"


def over(folder: Path, name: str, why: str) -> Path:
    """A run that ended without its safe state being read back."""
    state = RunState(
        name, "/x", Process(1, 1), tick=7, unix_ns=1, outcome=why, code=3, unconfirmed=DOUBT
    )
    entered(folder, name, state)
    return folder / name


def test_what_was_not_confirmed_is_whole_and_stays_after_the_end(tmp_path: Path) -> None:
    over(tmp_path, "bad", "tripped: cell stale; the potentiostat does not answer")
    told = " ".join(isostack("ls")[1].split())
    assert f"{DOUBT}, tripped: cell stale; the potentiostat does not answer" in told


@pytest.mark.parametrize(
    ("ended", "state"),
    [
        (ending("", "done"), "ended"),
        (ending("", "stopped"), "ended"),
        (ending("over force", ""), "ended: tripped"),
        (ending("", "stopped", ["nothing can be recorded any more"]), "ended: failed"),
    ],
)
def test_a_run_that_ended_by_a_trip_or_a_failure_is_told_from_others(
    tmp_path: Path, ended: Ending, state: str
) -> None:
    over = RunState("one", "/x", unix_ns=1, outcome=ended.words, code=ended.code)
    entered(tmp_path, "one", over)
    line = isostack("ls")[1].splitlines()[1]
    assert re.split(r"\s{2,}", line)[1] == state


def test_an_operator_who_has_looked_clears_it_and_the_log_says_who(tmp_path: Path) -> None:
    folder = over(tmp_path, "bad", "stopped")
    code, out, _ = isostack("reset", "bad")
    assert (code, out) == (
        0,
        f"bad: no longer listed as not confirmed: {DOUBT}; nothing was sent to the rig\n",
    )
    assert RunState.read(folder).unconfirmed == ""
    assert f"has looked at the rig, and clears: {DOUBT}" in (folder / LOG).read_text()
    assert isostack("reset", "bad")[0] == 3


def test_a_run_whose_directory_was_lost_is_listed_until_an_operator_clears_it(
    tmp_path: Path,
) -> None:
    folder = over(tmp_path, "lost", "stopped; the directory was deleted")
    state = RunState.read(folder)
    shutil.rmtree(folder)
    Registry.of_user().enter("lost", folder)
    Registry.of_user().conclude(state, folder, None)
    assert f"{DOUBT}, stopped; the" in " ".join(isostack("ls")[1].split())
    assert isostack("reset", "lost")[0] == 0
    assert isostack("ls")[1].startswith("no runs")
