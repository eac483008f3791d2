"""Where the full screen is shown, where it is not and what is said then."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixture.cli import attach
from fixture.view.terminal import open as opening
from tests.cli.live_runs import isostack


class Stream:
    """A stream of a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Stream:
    stream = Stream()
    monkeypatch.setattr(opening, "sys", SimpleNamespace(stdin=stream, stdout=stream, stderr=stream))
    return stream


def test_a_terminal_has_the_full_screen(terminal: Stream) -> None:
    assert opening.why_not({"TERM": "xterm-256color"}) == ""
    assert opening.why_not({"TERM": "screen", "NO_COLOR": "1"}) == ""


def test_a_dumb_terminal_and_one_without_utf_8_have_lines(terminal: Stream) -> None:
    assert "without a cursor" in opening.why_not({"TERM": "dumb"})
    terminal.encoding = "ISO-8859-1"
    assert "not UTF-8" in opening.why_not({"TERM": "xterm"})


def test_without_standard_error_on_the_terminal_nothing_would_be_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams = SimpleNamespace(stdin=Stream(), stdout=Stream(), stderr=io.StringIO())
    monkeypatch.setattr(opening, "sys", streams)
    assert "standard error" in opening.why_not({"TERM": "xterm"})


def test_replay_in_a_pipe_names_verify_and_report(tmp_path: Path) -> None:
    code, _, err = isostack("replay", str(tmp_path / "a b.h5"))
    assert code == 2
    assert "this is no terminal" in err
    assert f"isostack replay '{tmp_path}/a b.h5' --verify" in err
    assert "isostack report" in err


def test_another_machine_gets_a_terminal_only_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[list[str]] = []

    def call(line: list[str]) -> int:
        called.append(line)
        return 0

    for there in (True, False):
        monkeypatch.setattr(attach, "_on_terminal", lambda there=there: there)
        attach.remote("lab3", "cell-7", plain=False, json=False, call=call)
    assert called[0] == ["ssh", "-t", "--", "lab3", "isostack", "attach", "cell-7"]
    assert called[1] == ["ssh", "--", "lab3", "isostack", "attach", "cell-7"]
