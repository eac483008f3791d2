"""A run is found by its name, and stands as its state and its processes say."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from fixture.runtime.errors import NoRunError, RunError
from fixture.runtime.process import Machine, Process, this_machine
from fixture.runtime.registry import (
    STALE_NS,
    Entry,
    Listed,
    Registry,
    RunState,
    next_part,
    part_path,
    parts,
    standing,
)
from fixture.runtime.supervisor.link_thread import LinkThread

NOW_NS = 1_800_000_000_000_000_000
HERE = Process.of(os.getpid())


def entered(tmp_path: Path, state: RunState | None = None) -> tuple[Registry, Path]:
    registry, folder = Registry(tmp_path / "runs"), tmp_path / "one"
    folder.mkdir()
    registry.enter("one", folder)
    if state is not None:
        state.write(folder)
    return registry, folder


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = RunState("one", str(tmp_path), HERE, pressure_mpa=1.5, tick=7)
    state.write(tmp_path)
    assert RunState.read(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_what_is_not_known_is_null(tmp_path: Path) -> None:
    RunState("one", str(tmp_path)).write(tmp_path)
    assert b'"pressure_mpa":null' in (tmp_path / "state.json").read_bytes()


def test_a_directory_without_a_state_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is this the directory of a run"):
        RunState.read(tmp_path)


def test_a_process_is_known_by_its_start_too() -> None:
    assert HERE.alive()
    assert not Process(HERE.pid, HERE.started - 1).alive()


def test_a_process_that_has_ended_is_not_alive_even_before_it_is_reaped() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        there = Process.of(child.pid)
        assert there.alive()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not there.alive()
    assert Process.of(child.pid) == Process()


@pytest.mark.parametrize("name", ["", "../one", "a/b", ".hidden", "-x", "a" * 65, "a b", "ä"])
def test_a_name_with_a_path_in_it_is_no_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoRunError, match="no name of a run"):
        Registry(tmp_path).find(name)


def test_a_run_is_found_by_its_name(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    assert registry.find("one") == folder
    with pytest.raises(NoRunError, match="no run is called two; there are: one"):
        registry.find("two")


def test_a_run_whose_directory_is_gone_is_forgotten(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    folder.rmdir()
    assert registry.every() == []
    assert list((tmp_path / "runs").glob("*.json")) == []


def test_an_entry_that_cannot_be_read_stays_and_is_named(tmp_path: Path) -> None:
    registry, _ = entered(tmp_path, RunState("one", str(tmp_path), HERE))
    path = tmp_path / "runs" / "one.json"
    (tmp_path / "backup.json").hardlink_to(path)
    assert registry.every() == []
    with pytest.raises(NoRunError, match=r"one\.json: where one is cannot be read"):
        registry.find("one")
    (tmp_path / "backup.json").unlink()
    assert [run.name for run in registry.every()] == ["one"]


def test_bytes_that_are_no_text_are_damage(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    (folder / "state.json").write_bytes(b'{"name":"\xff","folder":""}')
    with pytest.raises(RunError, match="is this the directory of a run"):
        RunState.read(folder)
    assert registry.every() == [Listed("one", folder, None)]
    path = tmp_path / "runs" / "one.json"
    path.write_bytes(b'{"folder":"\xff"}')
    assert registry.every() == []
    assert path.exists()


def test_a_name_that_another_run_took_meanwhile_stays_in_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, folder = entered(tmp_path)
    folder.rmdir()
    other = tmp_path / "other"
    other.mkdir()
    is_over = Entry.is_over

    def then_taken(entry: Entry) -> bool:
        over = is_over(entry)
        monkeypatch.setattr(Entry, "is_over", is_over)
        registry.enter("one", other)
        return over

    monkeypatch.setattr(Entry, "is_over", then_taken)
    assert registry.every() == []
    assert registry.find("one") == other


def test_another_machines_run_that_is_not_seen_here_is_not_forgotten(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    folder.rmdir()
    path = tmp_path / "runs" / "one.json"
    machine = Machine("elsewhere", "another", "another boot", "pid:[1]")
    path.write_bytes(msgspec.json.encode(Entry(str(folder), machine)))
    assert [run.name for run in registry.every()] == ["one"]
    with pytest.raises(RunError, match="a run called one is alive in"):
        registry.enter("one", tmp_path / "other")


def test_a_run_whose_directory_is_gone_since_a_reboot_leaves_its_name_free(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    folder.rmdir()
    path = tmp_path / "runs" / "one.json"
    before = msgspec.structs.replace(this_machine(), boot="an earlier boot")
    entry = Entry(str(folder), before)
    path.write_bytes(msgspec.json.encode(entry))
    assert not entry.lives()
    registry.enter("one", tmp_path / "other")
    path.write_bytes(msgspec.json.encode(entry))
    assert registry.every() == []


def test_the_name_of_a_living_run_is_taken(tmp_path: Path) -> None:
    registry, _ = entered(tmp_path, RunState("one", str(tmp_path), HERE))
    with pytest.raises(RunError, match="a run called one is alive in"):
        registry.enter("one", tmp_path / "other")


def test_the_name_of_a_dead_run_is_free(tmp_path: Path) -> None:
    registry, _ = entered(tmp_path, RunState("one", str(tmp_path), Process(HERE.pid, 1)))
    other = tmp_path / "other"
    other.mkdir()
    registry.enter("one", other)
    assert registry.find("one") == other


def test_a_run_leaves_the_list_only_by_its_own_directory(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    registry.leave("one", tmp_path / "other")
    assert registry.find("one") == folder
    registry.leave("one", folder)
    assert registry.every() == []


def test_the_list_is_this_users_own(tmp_path: Path) -> None:
    registry = Registry.of_user({"XDG_STATE_HOME": str(tmp_path)})
    registry.enter("one", tmp_path)
    assert (tmp_path / "isostack" / "runs" / "one.json").is_file()


@pytest.mark.parametrize(
    ("changes", "alive", "word", "why"),
    [
        ({"phase": "starting"}, (True, True), "starting", ""),
        ({"phase": "running"}, (True, True), "running", ""),
        ({"phase": "keeping"}, (True, True), "held", ""),
        ({"phase": "ending"}, (True, True), "ending", ""),
        (
            {"phase": "waiting for operator", "waits_for": "put the foils in"},
            (True, True),
            "waiting for operator",
            "put the foils in",
        ),
        ({"phase": "tripped", "trip": "over force"}, (True, True), "tripped", "over force"),
        ({"phase": "running", "tick": 9}, (True, False), "ending", "control is gone, the superv"),
        ({"phase": "ended", "tick": 9}, (True, False), "ending", ""),
        ({"phase": "starting"}, (True, False), "starting", ""),
        ({"phase": "ended", "outcome": "done"}, (True, False), "ending", "done"),
        ({"phase": "ended", "outcome": "done"}, (False, False), "ended", "done"),
        ({"phase": "running"}, (False, True), "stale", "the supervisor is gone; control goes on"),
        ({"phase": "running"}, (False, False), "stale", "all its processes are gone"),
        (
            {"phase": "running", "unix_ns": NOW_NS - STALE_NS - 1},
            (True, True),
            "stale",
            "the supervisor does not answer",
        ),
    ],
)
def test_a_run_stands_as_its_heartbeats_say(
    changes: dict[str, object], alive: tuple[bool, bool], word: str, why: str
) -> None:
    state = msgspec.structs.replace(RunState("one", "/one", unix_ns=NOW_NS), **changes)
    stands = standing(state, NOW_NS, supervised=alive[0], controlled=alive[1])
    assert stands.word == word
    assert stands.why.startswith(why)


def test_the_parts_of_a_run_are_counted_though_one_is_missing(tmp_path: Path) -> None:
    assert next_part(tmp_path, "one") == 1
    for name in (
        "one.h5",
        "one.part2.chunks",
        "one.part11.h5",
        "one.part3.h5",
        "two.h5",
        "one.png",
    ):
        (tmp_path / name).touch()
    names = [path.name for path in parts(tmp_path, "one")]
    assert names == ["one.h5", "one.part3.h5", "one.part11.h5"]
    assert next_part(tmp_path, "one") == 12
    assert next_part(tmp_path, "spec") == 1
    assert part_path(tmp_path, "one", 12).name == "one.part12.h5"


def test_a_run_whose_directory_is_gone_is_kept_while_it_is_served(tmp_path: Path) -> None:
    registry, folder = entered(tmp_path)
    link = LinkThread(folder, "one", time.monotonic_ns)
    shutil.rmtree(folder)
    assert registry.find("one") == folder
    assert [(run.name, run.state) for run in registry.every()] == [("one", None)]
    with pytest.raises(RunError, match="its directory is gone, and it is being stopped"):
        registry.enter("one", tmp_path / "other")
    link.close()
    assert registry.every() == []


@pytest.mark.parametrize("base", ["", "relative"])
def test_a_user_without_a_home_is_told_what_to_set(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(RunError, match="Set HOME, or XDG_STATE_HOME"):
        Registry.of_user({"XDG_STATE_HOME": base})
