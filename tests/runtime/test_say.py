"""The log holds one message a line, whoever writes at once."""

import os
import threading
from pathlib import Path

import pytest

from fixture.runtime import say as module
from fixture.runtime.say import say

LINES, WRITERS = 200, 8


def test_lines_of_threads_that_write_at_once_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(module, "STDERR", writing)

    def write(number: int) -> None:
        for _ in range(LINES):
            say(f"{number} " + "x" * 20)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as file:
        lines = file.read().splitlines()
    assert len(lines) == LINES * WRITERS
    assert {line[2:] for line in lines} == {"x" * 20}


def test_a_message_of_several_lines_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(module, "STDERR", writing)
    say("one\n  two \udcff")
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert file.read() == b"one   two \\udcff\n"


def test_no_process_of_a_run_prints_to_its_log() -> None:
    sources = Path("fixture/runtime").rglob("*.py")
    assert [path.name for path in sources if "file=sys.stderr" in path.read_text("utf-8")] == []
