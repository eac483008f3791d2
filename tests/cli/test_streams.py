"""No closed stream, locale, home or path ends a command with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixture.cli.errors import USAGE, guarded
from fixture.cli.launch import run_directory
from fixture.cli.ls import ls
from fixture.cli.report.text import print_line
from fixture.cli.watch import known
from fixture.command_line import command
from tests.cli.live_runs import of_its_own

MAIN = (sys.executable, "-m", "fixture.cli.main")


def run(folder: Path, line: str, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    """A shell's line, in which $ISOSTACK is the command."""
    environment = {**os.environ, **of_its_own(folder), "ISOSTACK": " ".join(MAIN), **environ}
    return subprocess.run(
        ["/bin/sh", "-c", line], env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(tmp_path: Path, closed: str) -> None:
    done = run(tmp_path, f"$ISOSTACK ls {closed}")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_does_not_get_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import os; from fixture.cli.streams import prepare; prepare(); "
        f"fd = os.open({str(tmp_path / 'record')!r}, os.O_RDWR | os.O_CREAT); "
        "print('text', flush=True); assert fd > 2"
    )
    done = run(tmp_path, f'{sys.executable} -c "{code}" >&-')
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "record").read_bytes() == b""


def test_letters_that_the_locale_does_not_have_are_shown_as_others(tmp_path: Path) -> None:
    latin = {"PYTHONIOENCODING": "latin-1"}
    done = run(tmp_path, "$ISOSTACK check sodium-assembly-hold", **latin)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "·".encode("latin-1") in done.stdout or "µ".encode("latin-1") in done.stdout
    done = run(tmp_path, "$ISOSTACK check sodium-assembly-hold", PYTHONIOENCODING="ascii")
    said = done.stdout.decode("ascii")
    assert "78.54 mm2" in said
    assert "+-20 mA; -20 ... 60 degC" in said
    assert "?" not in said
    done = run(tmp_path, "$ISOSTACK recipes --materials --json", **latin)
    done.stdout.decode("ascii")


def test_a_user_without_a_home_is_told_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert guarded(lambda: ls(json=False)) == USAGE
    assert "Set HOME, or XDG_STATE_HOME" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["--out $BAD", "--cell $BAD --out out"])
def test_a_path_or_name_that_is_not_utf_8_is_refused_in_words(
    tmp_path: Path, arguments: str
) -> None:
    line = f"cd {tmp_path} && BAD=$(printf 'b\\377d') && $ISOSTACK run manual {arguments} --detach"
    done = run(tmp_path, line)
    assert done.returncode == USAGE
    assert b"not UTF-8" in done.stderr
    assert b"nothing was moved" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_command_in_a_message_can_be_copied_into_a_shell() -> None:
    assert command("isostack", "recover", Path("a dir/x.h5")) == "isostack recover 'a dir/x.h5'"


def test_a_number_that_is_not_there_yet_is_a_dash_as_wide() -> None:
    assert [known(float("nan"), "6.3f"), known(1.0, "6.3f")] == ["     –", " 1.000"]


def test_json_is_whole_where_the_output_has_few_letters(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    print_line({"µ": "–"})
    assert capsys.readouterr().out == '{"µ": "–"}\n'
    with run_directory(tmp_path / "ü", "p", 0) as folder:
        assert folder.is_dir()
