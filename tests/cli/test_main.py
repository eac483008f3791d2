"""The command line parses, calls and prints; every mistake has its exit code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixture.cli import errors
from fixture.cli.main import app
from fixture.config.yaml.errors import Place, fail
from fixture.record.errors import RecordError
from instruments.protocols import ReplyTimeout

COMMANDS = (
    "run", "check", "recipes", "replay", "recover", "ls", "attach", "stop", "reset", "jog", "tare",
    "release", "doctor", "probe",
)  # fmt: skip
HEAVY = (
    "h5py", "matplotlib", "msgspec", "nats", "numpy", "pint", "prometheus_client", "pydantic",
    "rich", "ruamel", "scipy",
)  # fmt: skip


def isostack(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    done = CliRunner().invoke(app, list(arguments), prog_name="isostack")
    return done.exit_code, done.stdout, done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, fixture.cli.main; print(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(HEAVY)


def test_help_lists_every_command() -> None:
    code, out, _ = isostack("--help")
    assert code == 0
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    code, out, _ = isostack(command, "--help")
    assert code == 0
    assert f"Example: isostack {command}" in out
    assert "--json" in out


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        (("run",), "run [OPTIONS] [PROFILE]"),
        (("check",), "check [OPTIONS] PROFILE"),
        (("jog",), "jog [OPTIONS] RUN DISTANCE..."),
        (("show",), "show [OPTIONS] FILE|RUN"),
        (("attach",), "attach [OPTIONS] [[HOST:]RUN]"),
        (("remove",), "remove [OPTIONS] [RUN...]"),
        (("new", "rig"), "new rig [OPTIONS] FILE"),
        (("lab", "watch"), "lab watch [OPTIONS]"),
    ],
)
def test_usage_has_what_is_needed_plain_and_the_rest_in_brackets(
    command: tuple[str, ...], usage: str
) -> None:
    _, out, _ = isostack(*command, "--help")
    assert out.splitlines()[0] == f"Usage: isostack {usage}"
    assert "list[" not in out


def test_an_argument_that_is_missing_is_named_as_in_the_help() -> None:
    code, _, err = isostack("jog")
    assert code == 2
    assert "Missing argument 'RUN'" in err


def test_the_version_is_told() -> None:
    code, out, _ = isostack("--version")
    assert code == 0
    assert out.startswith("isostack ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "x", "--speed", "0.5"), "isostack: --speed 0.5: write real, max, or a number"),
        (("run", "x", "--speed", "fast"), "isostack: --speed fast: write real, max, or a number"),
        (("run", "x", "--rate", "1e6"), "isostack: --rate 1e+06: ticks a second"),
        (("run", "x"), "isostack: x: no profile of this name"),
        (("run", "x", "--speed", "max", "--name", "../x"), "isostack: --name '../x': a run's name"),
        (("check", "x"), "isostack: x: no profile of this name"),
        (("check", "sodium-assembly-hold", "--rig", "twn"), "isostack: twn: no rig of this name"),
        (("recover", "no-such.h5"), "isostack: no-such.h5"),
    ],
)
def test_a_users_mistake_is_one_message_and_exit_code_2(
    arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = isostack(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert "Traceback" not in err


def test_an_unknown_option_is_exit_code_2() -> None:
    assert isostack("check", "--nonsense")[0] == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (fail(Place("f", 1, 1), "x"), 2),
        (RecordError("x"), 2),
        (ReplyTimeout("x"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        raise error

    assert errors.guarded(work) == code
    assert capsys.readouterr().err


def test_a_bug_keeps_its_traceback() -> None:
    def work() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        errors.guarded(work)


def test_check_says_newtons_milliamperes_hours_and_disk() -> None:
    code, out, _ = isostack("check", "sodium-assembly-hold")
    assert code == 0
    for text in (
        "74 MPa = 5812 N, held 10 min",
        "15 MPa = 1178 N",
        "0.785 mA = 0.999 mA/cm² = 1 C, to 4.4 V",
        "to step 5, 3 passes in all",
        "0.5 … 4.5 V, ±20 mA",
        "3 × 4000 N, 48 % of the range used",
        "hold    expected error",
    ):
        assert text in out
    assert len(out.splitlines()) <= 40
    assert max(len(line) for line in out.splitlines()) <= 110


def test_check_as_json_carries_units_in_its_names() -> None:
    code, out, _ = isostack("check", "sodium-assembly-hold", "--json")
    told = json.loads(out)
    assert code == 0
    assert [step["kind"] for step in told["steps"][:2]] == ["identify", "press"]
    assert told["steps"][1]["force_n"] == pytest.approx(5811.9, abs=0.1)
    assert told["steps"][4]["current_ma_per_cm2"] == pytest.approx(1.0, abs=1e-3)
    assert told["limits"]["safe_state"] == "halt"
    assert told["warnings"] == []


def test_check_warns_where_stick_slip_is_more_than_the_band(tmp_path: Path) -> None:
    text = (
        "name: x\ncell: {diameter: 10 mm, kind: symmetric}\n"
        "pressure:\n  - {press: 1 MPa, settle_within: 1 %}\n"
    )
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    code, out, _ = isostack("check", str(tmp_path / "p.yaml"))
    assert code == 0
    assert "warning: 1 MPa is settled within 0.01 MPa, and stick-slip alone leaves" in out


def test_recipes_lists_recipes_and_rigs_with_their_stories() -> None:
    code, out, _ = isostack("recipes")
    assert code == 0
    assert re.search("sodium-assembly-hold +Press sodium on at 74 MPa", out)
    assert "twin-real" in out
    told = json.loads(isostack("recipes", "--json")[1])
    assert set(told["recipes"]) >= {"sodium-assembly-hold", "traced-hold"}
    assert all(told["recipes"].values())
    assert all(told["rigs"].values())


def test_recipes_lists_materials_with_marks() -> None:
    out = isostack("recipes", "--materials")[1]
    assert "Na        negative   +8.86" in out
    told = json.loads(isostack("recipes", "--materials", "--json")[1])
    assert {"name": "Li", "mark": "S"}.items() <= told[1].items()
