"""Nothing that is planted in a run's directory is followed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fixture.runtime import run_files
from fixture.runtime.registry import BALLAST, LOG, REQUESTS, STATE, RunState
from fixture.runtime.resume import ResumePoint
from fixture.runtime.supervisor.log_files import LogFiles


def a_link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def a_second_name(path: Path, victim: Path) -> None:
    path.hardlink_to(victim)


def a_pipe(path: Path, victim: Path) -> None:
    del victim
    os.mkfifo(path)


PLANTS = (a_link, a_second_name, a_pipe)
Plant = Callable[[Path, Path], None]


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    made = tmp_path / "victim"
    made.write_text("mine", encoding="ascii")
    return made


@pytest.mark.parametrize("plant", PLANTS)
def test_what_is_appended_to_or_read_is_a_plain_file_with_one_name(
    tmp_path: Path, victim: Path, plant: Plant
) -> None:
    plant(tmp_path / "file", victim)
    with pytest.raises(OSError, match=r"file|no plain file|No such device"):
        run_files.append(tmp_path / "file", b"line\n")
    with pytest.raises(OSError, match=r"file|no plain file"):
        run_files.read(tmp_path / "file")
    assert victim.read_text(encoding="ascii") == "mine"


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", ["file", ".file.new"])
def test_what_is_replaced_is_replaced_itself(
    tmp_path: Path, victim: Path, plant: Plant, name: str
) -> None:
    plant(tmp_path / name, victim)
    run_files.replace(tmp_path / "file", b"ours")
    assert run_files.read(tmp_path / "file") == b"ours"
    assert victim.read_text(encoding="ascii") == "mine"


def test_a_new_file_is_never_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        run_files.create(tmp_path / "file", b"ours")
    assert not (tmp_path / "nowhere").exists()


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(run_files.MOST_BYTES + 1)
    with pytest.raises(OSError, match="more than"):
        run_files.read(tmp_path / "file")


@pytest.mark.parametrize("name", [LOG, REQUESTS])
def test_a_supervisor_does_not_begin_beside_a_planted_log(
    tmp_path: Path, victim: Path, name: str
) -> None:
    (tmp_path / name).symlink_to(victim)
    with pytest.raises(OSError, match=name):
        LogFiles(tmp_path, lambda: 0)
    assert victim.read_text(encoding="ascii") == "mine"


def test_state_ballast_and_resume_point_overwrite_no_links_target(
    tmp_path: Path, victim: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in (BALLAST, f"{BALLAST}.new", STATE, f".{STATE}.new", ".resume.msgpack.new"):
        (folder / name).symlink_to(victim)
    log_files = LogFiles(folder, lambda: 0)
    log_files.state(RunState("one", str(folder), tick=7))
    log_files.close()
    ResumePoint(3, b"").write(folder)
    assert RunState.read(folder).tick == 7
    assert victim.read_text(encoding="ascii") == "mine"
