"""A request by hand is answered with what the controller made of it."""

import json
import os
from pathlib import Path

import pytest

from fixture.runtime.link.messages import Lease, pack
from tests.cli.live_runs import a_run, isostack, of_its_own


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)


def test_each_request_says_what_came_of_it(tmp_path: Path) -> None:
    with a_run(tmp_path):
        assert isostack("jog", "one", "+5 um")[:2] == (0, "one: the press moves by +5 µm\n")
        assert isostack("jog", "one", "-0.01", "mm")[1] == "one: the press moves by -10 µm\n"
        code, out, _ = isostack("tare", "one")
        assert code == 1
        assert out == "one: refused: the sequence is not over; isostack stop ends it\n"
        assert isostack("release", "one")[1] == out
        code, out, _ = isostack("reset", "one", "--json")
        told = json.loads(out)
        assert (code, told["ok"], told["text"]) == (1, False, "there is no trip to clear")
        assert told["tick"] >= 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hold",), "the sequence is held: the cell at open circuit, the pressure kept"),
        (("resume",), "the sequence goes on; after a trip, once the pressure is settled"),
        (("skip",), "the step has ended, and the next one follows"),
        (("setpoint", "20", "MPa"), "the setpoint is 20 MPa until a step sets another"),
        (("setpoint", "200 bar"), "the setpoint is 20 MPa until a step sets another"),
        (("note", "foils", "put in"), "noted, for the record"),
    ],
)
def test_an_operator_intervenes(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    with a_run(tmp_path):
        code, out, _ = isostack(arguments[0], "one", *arguments[1:])
        told = json.loads(isostack(arguments[0], "one", *arguments[1:], "--json")[1])
    assert code == 0
    assert out.startswith(f"one: {said}")
    assert (told["request"], told["ok"]) == (arguments[0], True)


def test_a_note_is_kept_with_its_user(tmp_path: Path) -> None:
    with a_run(tmp_path) as run:
        isostack("note", "one", "  foils\n put in ")
        run.process.terminate()
        run.wait()
        lines = (run.folder / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [json.loads(line) for line in lines]
    note = next(entry for entry in kept if entry.get("command") == "note")
    assert note["text"] == "foils put in"
    assert note["uid"] == os.getuid()


def test_a_note_needs_no_lease(tmp_path: Path) -> None:
    with a_run(tmp_path) as run, run.connect() as holder:
        holder._sock.sendall(pack(Lease(True)))  # pyright: ignore[reportPrivateUsage]
        holder.request("jog", 1.0)
        assert isostack("note", "one", "seen")[0] == 0


def test_who_is_operating_is_named_to_the_next(tmp_path: Path) -> None:
    with a_run(tmp_path) as run, run.connect() as holder:
        holder._sock.sendall(pack(Lease(True)))  # pyright: ignore[reportPrivateUsage]
        holder.request("jog", 1.0)
        code, out, _ = isostack("tare", "one")
    assert code == 1
    assert "is operating this run" in out


def test_the_old_name_of_tare_names_the_new_one() -> None:
    code, out, err = isostack("zero", "one")
    assert (code, out) == (2, "")
    assert "isostack tare one" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("jog", "one", "5"), "jog: 5 has no unit; write '5 um'; nothing was moved"),
        (("jog", "one", "+5"), "jog: +5 has no unit; write '+5 um'; nothing was moved"),
        (("setpoint", "one", "20"), "setpoint: 20 has no unit; write '20 MPa'"),
        (("setpoint", "one", "5 um"), "setpoint: "),
        (("note", "one", " "), "note: without a text"),
        (("note", "one", "x" * 401), "note: 401 characters, at most 400"),
        (("jog", "one", "5 MPa"), "jog: "),
        (("tare", "nobody"), "no run is called nobody"),
        (("reset", "a b"), "'a b' is no name of a run"),
        (("reset", "/no/such"), "/no/such: there is no such directory, and no run in it"),
    ],
)
def test_a_users_mistake_is_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    code, out, err = isostack(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"isostack: {said}")


def test_a_run_that_is_over_takes_no_request(tmp_path: Path) -> None:
    with a_run(tmp_path) as run:
        run.process.terminate()
        run.wait()
        code, _, err = isostack("tare", "one")
    assert code == 3
    assert "one is over: stopped" in err
