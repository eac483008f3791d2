"""Long work says how far it is, also where no bar can be drawn."""

import threading

import pytest

from fixture.cli.progress import Lines, Progress


def test_a_line_says_how_far_the_work_is_and_for_how_long_it_goes_on() -> None:
    lines = Lines("what if")
    assert lines.text(20.0) == "   –      20 s  what if"
    lines.share = 0.25
    assert lines.text(130.0) == " 25%  2 min 10 s  what if"


def test_in_a_pipe_lines_come_while_nothing_gets_done_and_end_with_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed = threading.Event()

    def said(*_: object, **__: object) -> None:
        printed.set()

    monkeypatch.setattr("builtins.print", said)
    lines = Lines("verifying")
    lines.begin(every_s=0.001)
    assert printed.wait(10.0)
    lines.end()
    assert not lines.alive()


def test_short_work_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("export", quiet=False) as progress:
        progress.step("reading")
        progress.done(10, 5)
    assert capsys.readouterr() == ("", "")
