"""Ctrl-C ends a command cleanly from its first moment on, and a full disk ends a run in words."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixture.record.errors import DamagedError
from fixture.record.reader import Record
from fixture.record.recovery import recover

ENTRY = (sys.executable, "-c", "from fixture.cli.entry import main; main()")
FILE_BYTES = 2_500_000  # a megabyte of a run's record, once it has begun


def test_an_interrupt_outside_the_work_of_a_command_is_exit_code_130() -> None:
    begin = "import os, signal, sys; sys.modules['fixture.cli.main'] = type(sys)('main');"
    kill = "os.kill(os.getpid(), signal.SIGINT)"
    main = f"sys.modules['fixture.cli.main'].main = lambda: {kill};"
    code = f"{begin}{main} from fixture.cli.entry import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")


def test_where_interrupts_are_ignored_they_stay_so() -> None:
    code = (
        "import os, signal; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "from fixture.cli.entry import main; import sys; sys.argv = ['isostack', 'recipes'];"
        "os.kill(os.getpid(), signal.SIGINT); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


def _limited() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


def test_a_full_disk_ends_a_run_in_words_and_what_was_acknowledged_is_recovered(
    tmp_path: Path,
) -> None:
    run = (
        "run",
        "sodium-assembly-hold",
        "--speed",
        "max",
        "--json",
        "--out",
        str(tmp_path / "a b"),
    )
    done = subprocess.run(
        [*ENTRY, *run], capture_output=True, text=True, check=False, preexec_fn=_limited
    )
    assert done.returncode == 3
    path = tmp_path / "a b" / "sodium-assembly-hold.h5"
    assert done.stderr == (
        f"isostack: {path}: File too large; the press was stopped, the cell is at open circuit. "
        f"What was acknowledged is safe: isostack recover '{path}'\n"
    )
    assert not path.with_suffix(".lock").exists()
    acknowledged = int(done.stdout.splitlines()[-1].split(":")[1].strip(" }"))
    found = recover(path)
    assert found.last_tick >= acknowledged > 0
    with Record.open(found.path) as record:
        assert record.lost == ()


def test_an_interrupted_recovery_leaves_no_half_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "r.h5", tmp_path / "copy.h5"
    source.write_bytes(b"\x89HDF\r\n\x1a\n")

    def interrupted(*_: object, **__: object) -> None:
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recover(source, target)
    assert not target.exists()


def test_the_command_that_is_suggested_can_be_copied_into_a_shell() -> None:
    text = str(DamagedError(Path("/data/cell 7.h5"), "cut"))
    assert "isostack recover '/data/cell 7.h5'" in text
