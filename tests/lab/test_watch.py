"""Silent machines are told once, and a broker that is not heard makes nobody silent."""

import sys
from pathlib import Path

import pytest

from fixture.lab.messages import Claim
from fixture.lab.seen import Laboratory
from fixture.lab.watch import Hooks, SilenceWatch
from tests.lab.test_seen import lab, report
from tests.waiting import until


class Told:
    """What a watch says, and for whom it runs the command."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ran: list[tuple[str, str]] = []
        self.watch = SilenceWatch(self.said.append, self._notify, 15.0, 0.0)

    def _notify(self, machine: str, why: str) -> str:
        self.ran.append((machine, why))
        return ""


def test_each_silence_is_told_once_and_who_comes_back_is_said() -> None:
    told, made = Told(), lab("m")
    made.reported("m", "cell-7", report(), 100.0)
    for now_s in (110.0, 116.0, 117.0, 200.0):
        told.watch.look(made, "", now_s)
    assert told.ran == [("m", "nothing heard for 16 s; its runs: cell-7")]
    made.claimed("m", Claim("id", "host"), 201.0)
    told.watch.look(made, "", 202.0)
    assert told.said[-1] == "m: is heard again"
    told.watch.look(made, "", 220.0)
    assert len(told.ran) == 2


def test_a_broker_that_is_not_heard_is_told_once_and_makes_nobody_silent() -> None:
    told, made = Told(), lab("m")
    told.watch.look(made, "", 110.0)
    made.heard_since_s = None
    for now_s in (112.0, 126.0, 300.0):
        told.watch.look(made, "no broker listens there", now_s)
    assert told.ran == [("", "no machine can be seen: no broker listens there")]
    made.heard_since_s = 301.0
    told.watch.look(made, "", 302.0)
    assert told.said[-1] == "the broker is heard again"
    assert len(told.ran) == 1


def test_a_silence_that_outlasts_the_brokers_is_not_told_again() -> None:
    told, made = Told(), lab("m")
    told.watch.look(made, "", 116.0)
    made.heard_since_s = None
    told.watch.look(made, "away", 140.0)
    made.heard_since_s = 150.0
    for now_s in (151.0, 170.0):
        told.watch.look(made, "", now_s)
    assert [machine for machine, _ in told.ran] == ["m", ""]


@pytest.mark.parametrize(
    ("machine", "who"), [("press-2", "isostack machine press-2"), ("", "isostack")]
)
def test_the_command_gets_the_message_as_a_rigs_does(
    tmp_path: Path, machine: str, who: str
) -> None:
    out = tmp_path / "told"
    script = (
        "import os, sys; text = sys.stdin.read() + os.environ['ISOSTACK_MACHINE'] + '|'"
        f" + os.environ['ISOSTACK_WHY']; open({str(out)!r} + '.new', 'w').write(text);"
        f" os.replace({str(out)!r} + '.new', {str(out)!r})"
    )
    with (tmp_path / "log").open("wb") as log:
        hooks = Hooks([sys.executable, "-c", script], tmp_path, log)
        assert hooks.notify(machine, "nothing heard for 16 s", 0) == ""
        until(out.exists)
        hooks.close()
    assert out.read_text() == (
        f"{who}: nothing heard for 16 s\n{tmp_path}\n{machine}|nothing heard for 16 s"
    )


def test_a_command_that_is_not_there_is_said(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        hooks = Hooks(["/nowhere/tell"], tmp_path, log)
        assert "was not run" in hooks.notify("m", "why", 0)


def test_a_watch_without_a_command_only_says(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        assert Hooks([], tmp_path, log).notify("m", "why", 0) == ""
    assert Laboratory().silent(1e9) == []
