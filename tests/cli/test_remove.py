"""`remove` takes runs that are over off the list, and deletes nothing unless it is told to."""

import io
import json
import os
from pathlib import Path

import pytest

from fixture.cli import remove
from fixture.cli.errors import UsageError
from fixture.runtime.process import Process
from fixture.runtime.registry import Registry, RunState
from tests.cli.live_runs import a_run, isostack, of_its_own


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)


def over(folder: Path, name: str) -> Path:
    """A run that has ended, with two parts and a picture."""
    place = folder / name
    place.mkdir()
    Registry.of_user().enter(name, place)
    RunState(name, str(place), Process(1, 1), unix_ns=10**9, outcome="done").write(place)
    for file in (f"{name}.h5", f"{name}.part2.h5", f"{name}.part2.chunks", f"{name}.png"):
        (place / file).write_bytes(b"x" * 1000)
    return place


class Terminal(io.StringIO):
    """Somebody sits there."""

    def isatty(self) -> bool:
        return True


def listed() -> list[str]:
    return [run.name for run in Registry.of_user().every()]


def test_a_run_that_is_over_leaves_the_list_and_its_record_stays(tmp_path: Path) -> None:
    place = over(tmp_path, "one")
    over(tmp_path, "two")
    code, out, _ = isostack("remove", "one")
    assert (code, out) == (0, f"one: removed; its record stays in {place}\n")
    assert listed() == ["two"]
    assert (place / "one.part2.h5").exists()


def test_all_that_are_over_leave_and_the_living_stay(tmp_path: Path) -> None:
    over(tmp_path, "two")
    with a_run(tmp_path):
        told = json.loads(isostack("remove", "--ended", "--json")[1])
        assert [one["run"] for one in told["removed"]] == ["two"]
        assert listed() == ["one"]
        code, _, err = isostack("remove", "one")
        assert code == 2
        assert "one is not over, and nothing was removed" in err


def test_records_are_deleted_on_demand_and_nothing_else(tmp_path: Path) -> None:
    place = over(tmp_path, "one")
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    code, _, err = isostack("remove", "one", "--records")
    assert (code, "Give --yes too" in err, len(list(place.iterdir()))) == (2, True, 6)
    assert isostack("remove", "one", "--records", "--yes")[0] == 0
    assert [path.name for path in place.iterdir()] == ["notes.txt"]
    assert listed() == []


def test_a_run_that_was_resumed_while_the_question_was_open_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = over(tmp_path, "one")

    def then_yes(question: str) -> str:
        RunState("one", str(place), Process.of(os.getpid())).write(place)
        return "y"

    monkeypatch.setattr("builtins.input", then_yes)
    monkeypatch.setattr("sys.stdin", Terminal())
    with pytest.raises(UsageError, match="one was started meanwhile, and nothing was removed"):
        remove.remove(["one"], ended=False, records=True, yes=False, json=False)
    assert (place / "one.h5").exists()
    assert listed() == ["one"]


def test_a_directory_with_nothing_else_in_it_goes_too(tmp_path: Path) -> None:
    place = over(tmp_path, "one")
    assert isostack("remove", "one", "--records", "--yes")[1] == "one: removed\n"
    assert not place.exists()


@pytest.mark.parametrize("arguments", [(), ("one", "--ended"), ("no-such-run",)])
def test_what_is_to_be_removed_must_be_said(arguments: tuple[str, ...]) -> None:
    assert isostack("remove", *arguments)[0] == 2


def test_without_a_run_that_is_over_nothing_is_removed() -> None:
    assert isostack("remove", "--ended")[:2] == (0, "no run is over: nothing was removed\n")
