"""The board carries whole words by name between processes of one version."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from fixture.frame.status_page import WORDS, Board, BoardError

CHILD = """
import sys
from fixture.frame.status_page import Board
board = Board.attach(int(sys.argv[1]))
board.set("tick", board.get("control_ns") + 1)
"""


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board.create()
    yield made
    made.close()


def test_every_word_begins_as_its_table_says(board: Board) -> None:
    assert {w.name: board.get(w.name) for w in WORDS} == dict(WORDS)


def test_words_do_not_touch_each_other(board: Board) -> None:
    for index, word in enumerate(WORDS):
        board.set(word.name, (-1) ** index * (2**63 - 1 - index))
    assert [board.get(w.name) for w in WORDS] == [
        (-1) ** index * (2**63 - 1 - index) for index in range(len(WORDS))
    ]


def test_a_process_sees_and_answers_what_another_wrote(board: Board) -> None:
    board.set("control_ns", 10**15)
    command = [sys.executable, "-c", CHILD, str(board.fd)]
    subprocess.run(command, pass_fds=(board.fd,), check=True)
    assert board.get("tick") == 10**15 + 1


def test_a_word_that_is_not_in_the_table_is_refused(board: Board) -> None:
    with pytest.raises(KeyError):
        board.set("tock", 1)
    with pytest.raises(KeyError):
        board.get("tock")


def test_names_are_told_once() -> None:
    names = [word.name for word in WORDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("size", "said"), [(0, "no board"), (4096, "another version")])
def test_a_descriptor_that_is_no_board_of_ours_is_refused(size: int, said: str) -> None:
    fd = os.memfd_create("test")
    os.ftruncate(fd, size)
    with pytest.raises(BoardError, match=said):
        Board.attach(fd)
    os.close(fd)
