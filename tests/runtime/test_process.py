"""A process is known by machine, boot, namespace and start time, never by its number alone."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from fixture.runtime import registry
from fixture.runtime.process import Machine, Process, View
from fixture.runtime.registry import LOG, RunState, hold_log, taken
from fixture.runtime.run_files import open_append

HERE = Machine("lab3", "id-3", "boot-1", "pid:[1]")
ME = Process.of(os.getpid())


@pytest.mark.parametrize(
    ("there", "view"),
    [
        (HERE, View.HERE),
        (Machine(), View.HERE),
        (replace(HERE, host="f00d", machine_id="", namespace="pid:[2]"), View.CONTAINER),
        (replace(HERE, boot="boot-0"), View.REBOOTED),
        (replace(HERE, boot="boot-0", machine_id=""), View.REBOOTED),
        (replace(HERE, boot="boot-0", machine_id="id-4"), View.OTHER_HOST),
        (replace(HERE, boot="boot-0", host="lab4"), View.OTHER_HOST),
    ],
)
def test_a_machine_is_seen_by_its_boot_its_namespace_and_its_name(
    there: Machine, view: View
) -> None:
    assert there.view(HERE) is view


def test_a_machine_is_read_from_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "proc/sys/kernel/random").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/random/boot_id").write_text("b\n", encoding="ascii")
    found = Machine.at(tmp_path)
    assert found == Machine(os.uname().nodename, "", "b", "")
    assert Machine.at(Path("/")).namespace.startswith("pid:[")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "this_machine", lambda: HERE)


def state(folder: Path, machine: Machine, **changes: object) -> RunState:
    """A run whose numbers are those of this process."""
    made = RunState("one", str(folder), ME, ME, ME, machine=machine)
    return replace(made, **changes)


@pytest.mark.usefixtures("here")
def test_a_run_of_another_host_lives_until_its_state_says_how_it_ended(tmp_path: Path) -> None:
    other = replace(HERE, host="lab4", boot="boot-0")
    run = state(tmp_path, other)
    assert (run.supervised(), run.controlled(), run.alive()) == (False, False, True)
    assert run.elsewhere() == "on lab4"
    over = state(tmp_path, other, outcome="done")
    assert (over.alive(), over.elsewhere()) == (False, "")


@pytest.mark.usefixtures("here")
def test_the_numbers_of_a_boot_before_are_nobodys(tmp_path: Path) -> None:
    run = state(tmp_path, replace(HERE, boot="boot-0"))
    assert (run.supervised(), run.controlled(), run.alive()) == (False, False, False)
    assert run.elsewhere() == ""


@pytest.mark.usefixtures("here")
def test_a_run_in_another_container_lives_while_its_log_is_held(tmp_path: Path) -> None:
    run = state(tmp_path, replace(HERE, namespace="pid:[2]"))
    log = open_append(tmp_path / LOG)
    assert not run.alive()
    hold_log(tmp_path, log)
    assert run.alive()
    assert run.elsewhere() == "in another container of this host"
    assert not run.controlled()
    run.write(tmp_path)
    assert "is alive in" in taken("one", tmp_path)
    assert "(in another container of this host)" in taken("one", tmp_path)
    os.close(log)
    assert not run.alive()
