"""The log holds one message a line, whoever writes at once."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixture.runtime import say as module
from fixture.runtime.say import STAMP, last_words, log_line, say

LINES, WRITERS = 50, 8  # less than a pipe holds


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
    assert {line[len(STAMP) + 2 :] for line in lines} == {"x" * 20}


def test_a_message_of_several_lines_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(module, "STDERR", writing)
    say("one\n  two \udcff")
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        line = file.read().decode()
    assert line[len(STAMP) :] == "one   two \\udcff\n"
    assert datetime.fromisoformat(line[: len(STAMP)].strip()).tzinfo == UTC


def test_the_last_words_of_a_process_are_found_without_time_and_name(tmp_path: Path) -> None:
    log = tmp_path / "log"
    lines = ("control: first", "control: nobody answers", "over: control: nothing")
    log.write_bytes(b"".join(log_line(text, 0) for text in lines))
    assert last_words(log, "control: ", 0) == "nobody answers"
    assert last_words(log, "recorder: ", 0) == last_words(tmp_path / "none", "control: ", 0) == ""


def test_what_an_earlier_start_said_is_not_the_last_word_of_this_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(before := log_line("control: nobody answers", 0))
    assert last_words(log, "control: ", len(before)) == ""
    with log.open("ab") as file:
        file.write(log_line("control: a wire is cut", 0))
    assert last_words(log, "control: ", len(before)) == "a wire is cut"


def test_no_process_of_a_run_prints_to_its_log() -> None:
    sources = Path("fixture/runtime").rglob("*.py")
    assert [path.name for path in sources if "file=sys.stderr" in path.read_text("utf-8")] == []
