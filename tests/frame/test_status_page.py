"""The status page carries whole words by name between processes of one version."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from fixture.frame.status_page import WORDS, StatusPage, StatusPageError

CHILD = """
import sys
from fixture.frame.status_page import StatusPage
status_page = StatusPage.attach(int(sys.argv[1]))
status_page.set("tick", status_page.get("control_ns") + 1)
"""


@pytest.fixture
def status_page() -> Iterator[StatusPage]:
    made = StatusPage.create()
    yield made
    made.close()


def test_every_word_begins_as_its_table_says(status_page: StatusPage) -> None:
    assert {w.name: status_page.get(w.name) for w in WORDS} == dict(WORDS)


def test_words_do_not_touch_each_other(status_page: StatusPage) -> None:
    for index, word in enumerate(WORDS):
        status_page.set(word.name, (-1) ** index * (2**63 - 1 - index))
    assert [status_page.get(w.name) for w in WORDS] == [
        (-1) ** index * (2**63 - 1 - index) for index in range(len(WORDS))
    ]


def test_a_process_sees_and_answers_what_another_wrote(status_page: StatusPage) -> None:
    status_page.set("control_ns", 10**15)
    command = [sys.executable, "-c", CHILD, str(status_page.fd)]
    subprocess.run(command, pass_fds=(status_page.fd,), check=True)
    assert status_page.get("tick") == 10**15 + 1


def test_a_word_that_is_not_in_the_table_is_refused(status_page: StatusPage) -> None:
    with pytest.raises(KeyError):
        status_page.set("tock", 1)
    with pytest.raises(KeyError):
        status_page.get("tock")


def test_names_are_told_once() -> None:
    names = [word.name for word in WORDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("size", "said"), [(0, "no status page"), (4096, "another version")])
def test_a_descriptor_that_is_no_status_page_of_ours_is_refused(size: int, said: str) -> None:
    fd = os.memfd_create("test")
    os.ftruncate(fd, size)
    with pytest.raises(StatusPageError, match=said):
        StatusPage.attach(fd)
    os.close(fd)
