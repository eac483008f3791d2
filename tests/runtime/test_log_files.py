"""What is written for people is written in order, and the last words find room."""

import errno
from pathlib import Path

import pytest

from fixture.runtime.registry import BALLAST, LOG, RunState
from fixture.runtime.supervisor.log_files import BALLAST_BYTES, LogFiles


def clock() -> int:
    return 1_800_000_000_000_000_000


def test_lines_are_in_order_and_the_ballast_is_gone_at_the_end(tmp_path: Path) -> None:
    log_files = LogFiles(tmp_path, clock)
    log_files.log("first")
    log_files.log("second")
    log_files.close()
    lines = (tmp_path / LOG).read_text(encoding="utf-8").splitlines()
    assert [line.split()[-1] for line in lines] == ["first", "second"]
    assert not (tmp_path / BALLAST).exists()


def test_a_full_disk_takes_the_state_once_the_ballast_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = RunState.write
    sizes: list[int] = []

    def write(state: RunState, folder: Path) -> None:
        ballast = folder / BALLAST
        if ballast.exists():
            sizes.append(ballast.stat().st_size)
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(state, folder)

    monkeypatch.setattr(RunState, "write", write)
    log_files = LogFiles(tmp_path, clock)
    log_files.state(RunState("one", str(tmp_path), tick=7))
    log_files.close()
    assert sizes == [BALLAST_BYTES]
    assert RunState.read(tmp_path).tick == 7


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_stays_full_is_told_as_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def write(state: RunState, folder: Path) -> None:
        raise OSError(number, "nothing more fits")

    monkeypatch.setattr(RunState, "write", write)
    log_files = LogFiles(tmp_path, clock)
    for tick in range(3):
        log_files.state(RunState("one", str(tmp_path), tick=tick))
    log_files.close()
    assert log_files.trouble == "the run's directory cannot be written (nothing more fits)"


def test_what_the_disk_still_takes_is_known_after_a_state(tmp_path: Path) -> None:
    log_files = LogFiles(tmp_path, clock)
    log_files.state(RunState("one", str(tmp_path)))
    log_files.close()
    assert log_files.free_bytes
