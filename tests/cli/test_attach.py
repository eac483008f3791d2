"""`attach` shows a run and changes nothing; leaving it is the default."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fixture.cli import attach, row_views
from fixture.cli.attach import follow, remote
from fixture.cli.errors import UsageError
from fixture.cli.row_views import TextView
from fixture.runtime.link.client import Client, RefusedError
from fixture.runtime.link.messages import Answer, End, Live, row_of
from tests.cli.live_runs import a_run, isostack, of_its_own
from tests.runtime.fake_frames import frame
from tests.waiting import PATIENCE_S


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)


def test_the_only_run_is_shown_until_it_ends(tmp_path: Path) -> None:
    with a_run(tmp_path, FAKE_END="100"):
        code, out, _ = isostack("attach", "--plain")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == [
        "time", "phase", "pressure", "set", "force", "voltage", "current", "position", "step",
    ]  # fmt: skip
    assert "running" in lines[1]
    assert "MPa" in lines[1]
    assert lines[-1] == "one is over: done"


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    with a_run(tmp_path, FAKE_TRIP="20", FAKE_END="100"):
        code, out, _ = isostack("attach", "one", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert told[0]["type"] == "row"
    assert told[0]["setpoint_mpa"] == 5.0
    assert told[0]["temperature_c"] is None
    assert [event["text"] for event in told if event["type"] == "event"] == [
        "trip: over force (6100 N)"
    ]
    assert told[-1] == {"type": "end", "run": "one", "outcome": "tripped: over force", "code": 1}


def test_a_run_that_is_over_is_told_with_its_exit_code(tmp_path: Path) -> None:
    with a_run(tmp_path, FAKE_TRIP="1", FAKE_END="2") as run:
        run.wait()
        code, out, _ = isostack("attach", "one")
        assert code == 1
        assert out.startswith("one is over: tripped: over force. Its record is in")
        assert f"; see: isostack show {run.folder}" in out
        assert json.loads(isostack("attach", "one", "--json")[1])["code"] == 1


def test_a_run_without_a_supervisor_says_how_to_end_it(tmp_path: Path) -> None:
    with a_run(tmp_path) as run:
        run.process.kill()
        run.process.wait()
        code, _, err = isostack("attach", "one")
    assert code == 3
    assert "its supervisor is gone; control" in err
    assert "isostack stop one" in err


def test_without_a_run_there_is_nothing_to_show() -> None:
    code, _, err = isostack("attach")
    assert code == 2
    assert "no run is running" in err


def test_the_first_line_comes_at_once_and_killing_the_viewer_changes_nothing(
    tmp_path: Path,
) -> None:
    line = [sys.executable, "-m", "fixture.cli.main", "attach", "one", "--plain"]
    with (
        a_run(tmp_path) as run,
        subprocess.Popen(line, stdout=subprocess.PIPE, env=os.environ) as viewer,
    ):
        assert viewer.stdout is not None
        assert viewer.stdout.readline()
        assert b"running" in viewer.stdout.readline()
        viewer.kill()
        viewer.wait()
        assert run.state().control.alive()


def test_ctrl_c_on_a_pipe_detaches(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "fixture.cli.main", "attach", "one", "--plain"]
    with (
        a_run(tmp_path) as run,
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as viewer,
    ):
        assert viewer.stdout is not None
        viewer.stdout.readline()
        viewer.send_signal(signal.SIGINT)
        _, err = viewer.communicate(timeout=PATIENCE_S)
        assert viewer.returncode == 0
        assert b"detached: one goes on" in err
        assert run.state().control.alive()


class Interrupted(TextView):
    """A view in which Ctrl-C is pressed at the first live row."""

    def __init__(self) -> None:
        super().__init__(None, in_place=False)
        self.pressed = False

    def live(self, live: Live) -> None:
        if not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt
        super().live(live)


@pytest.mark.parametrize(("said", "goes_on"), [("", True), ("d", True), ("s", False)])
def test_ctrl_c_on_a_terminal_asks_and_detaching_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, goes_on: bool
) -> None:
    def answer(question: str) -> str:
        assert "[D]etach, or [s]top" in question
        return said

    monkeypatch.setattr("builtins.input", answer)
    with a_run(tmp_path) as run, Client.connect(run.folder) as client:
        assert follow(client, Interrupted(), can_prompt=True) == 0
        assert run.state().control.alive() is goes_on


def test_another_machine_is_reached_by_ssh() -> None:
    called: list[list[str]] = []

    def call(line: list[str]) -> int:
        called.append(line)
        return 7

    assert remote("me@lab3", "cell-7", plain=True, json=False, call=call) == 7
    assert called == [["ssh", "--", "me@lab3", "isostack", "attach", "cell-7", "--plain"]]


@pytest.mark.parametrize(
    ("host", "name"), [("-oProxyCommand=x", "one"), ("a b", "one"), ("lab", "one;reboot")]
)
def test_what_could_be_an_option_or_a_command_never_reaches_ssh(host: str, name: str) -> None:
    def call(line: list[str]) -> int:
        raise AssertionError(line)

    with pytest.raises(UsageError, match="is no name of a"):
        remote(host, name, plain=True, json=False, call=call)


def test_on_a_terminal_the_newest_row_stays_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    view = TextView(None, in_place=True)
    shown = row_of(frame(1, 100_000_000))
    view.live(Live(shown))
    view.live(Live(shown, (), missed=3))
    view.end("one", End("done"))
    out = capsys.readouterr().out
    assert out.count("\n") == 3
    assert out.count(row_views.CLEAR) == 4
    assert "3 events were not shown" in out


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (40, ["time", "phase", "pressure", "voltage"]),
        (60, ["time", "phase", "pressure", "voltage", "step"]),
        (80, ["time", "phase", "pressure", "set", "force", "voltage", "step"]),
        (100, ["time", "phase", "pressure", "set", "force", "voltage", "current", "step"]),
        (120, list(row_views.COLUMNS)),
    ],
)
def test_a_row_on_a_terminal_never_wraps_and_keeps_what_matters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int,
    shown: list[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", str(columns))
    TextView(None, in_place=True).live(Live(row_of(frame(1, 12_345_600_000_000))))
    head, row = capsys.readouterr().out.removesuffix("\n").replace(row_views.CLEAR, "").splitlines()
    assert head.split() == shown
    assert len(head) < columns
    assert len(row) < columns
    assert row.lstrip().startswith("12345.6 s  running" if columns > 40 else "12345.6 s running")
    assert " V" in row


def test_a_tripped_row_has_no_setpoint_and_the_trip_in_place_of_a_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = msgspec.structs.replace(
        row_of(frame(1, 0)), phase="tripped", trip="voltage", setpoint_mpa=0.0
    )
    TextView(None, in_place=False).live(Live(row))
    shown = capsys.readouterr().out.splitlines()[-1]
    assert shown.split()[2] == "tripped"
    assert " 0.000 MPa" not in shown
    assert shown.endswith("  voltage")


def test_a_stop_at_the_prompt_that_is_refused_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    class Refusing(Client):
        def __init__(self) -> None:
            pass

        def request(self, request: str, value: float = 0.0, text: str = "") -> Answer:
            raise RefusedError("you may only observe this run")

    attach._stop(Refusing())  # pyright: ignore[reportPrivateUsage]
    assert capsys.readouterr().err == "refused: you may only observe this run\n"


def test_what_is_not_known_to_be_safe_is_said_once_and_stands_in_every_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view = TextView(None, in_place=False)
    safe = row_of(frame(1, 100_000_000))
    unsure = msgspec.structs.replace(safe, unconfirmed="output may be on")
    for row in (safe, unsure, unsure, safe):
        view.live(Live(row))
    out = capsys.readouterr().out
    assert out.count("* NOT CONFIRMED: output may be on") == 1
    assert out.count("output may be on") == 3
    assert out.count("* confirmed: safe now") == 1


@pytest.mark.parametrize(
    "given", [("--web", "--plain"), ("--web", "--every", "10s"), ("--port", "99")]
)
def test_an_option_that_cannot_hold_is_refused(given: tuple[str, ...]) -> None:
    code, _, complaint = isostack("attach", *given)
    assert code == 2
    assert "--web" in complaint
