"""The tutorial and the rehearsal of a bench are followed: every command, in order."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.live_runs import of_its_own
from tests.test_how_to import ROOT

pytestmark = [pytest.mark.realtime, pytest.mark.timeout(900)]
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
RECIPE = "sodium-assembly-hold"
SHORTENED = f"""\
extends: {RECIPE}
name: {RECIPE}
pressure: [{{press: 30 MPa}}, {{press: 15 MPa, at: cycling}}]
protocol:
  method:
    - {{step: tag, tag: cycling}}
    - {{step: constant_current, current_mA: 0.785, until_time_s: 300}}
    - {{step: constant_current, current_mA: -0.785, until_time_s: 300}}
"""
INSTALLED = ("python3 -m venv .venv && .venv/bin/pip install -q .", ". .venv/bin/activate")
STOPS = "isostack stop"
SCREENS = ("isostack attach", "isostack replay")
DRAWN_S = 1.0  # a screen is looked at for so long
LOOKED_S = 120.0  # until a full screen has come and gone, at most


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language, whatever they are indented by."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [code for found, code in BLOCK.findall(text) if found == language]


def commands(page: str) -> list[str]:
    """What the page says to type, without comments."""
    lines = "".join(blocks(page, "sh")).splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.strip()]


class Reader:
    """Who follows a page, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            **os.environ,
            **of_its_own(folder),
            "PATH": f"{folder}:{os.environ['PATH']}",
            "TERM": "xterm-256color",
        }
        command = folder / "isostack"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m fixture.cli.main "$@"\n')
        command.chmod(0o755)
        (folder / f"{RECIPE}.yaml").write_text(SHORTENED, encoding="utf-8")

    def looks(self, line: str) -> "subprocess.CompletedProcess[str]":
        """A full screen on a terminal: looked at, then left with `q`."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        seen = bytearray()
        try:
            screen = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {line}"],
                cwd=self.folder, env=self.environ, stdin=theirs, stdout=theirs, stderr=theirs,
            )  # fmt: skip
            deadline = time.monotonic() + LOOKED_S
            leave = time.monotonic() + DRAWN_S
            while screen.poll() is None:
                now = time.monotonic()
                assert now < deadline, f"{line}: {seen.decode(errors='replace')}"
                if select.select([ours], [], [], 0.5)[0]:
                    seen += os.read(ours, 65536)
                if b"MPa" in seen and now > leave:  # a playback is never quiet
                    os.write(ours, b"q")
                    leave = now + DRAWN_S
        finally:
            os.close(ours)
            os.close(theirs)
        said = seen.decode("utf-8", "replace")
        return subprocess.CompletedProcess(line, screen.returncode, said, "")

    def types(self, line: str) -> "subprocess.CompletedProcess[str]":
        """One line to its end."""
        if line.startswith(SCREENS) and "--verify" not in line:
            return self.looks(line)
        if line.startswith(f"isostack run {RECIPE} --speed max"):
            line = line.replace(RECIPE, f"./{RECIPE}.yaml", 1)
        done = self.shell(line)
        if line.startswith(STOPS):
            self.waits_for_the_end()
        return done

    def waits_for_the_end(self) -> None:
        """Until `ls` says of the run that it is over, as somebody would."""
        deadline = time.monotonic() + LOOKED_S
        while "stopped" not in (listed := self.shell("isostack ls").stdout):
            assert time.monotonic() < deadline, listed

    def shell(self, line: str) -> "subprocess.CompletedProcess[str]":
        """One line by the shell."""
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def serving(self, line: str, written: str) -> Generator[None]:
        """What stays in another terminal, from when its file is there, until Ctrl-C."""
        served = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + 60.0
            while not (self.folder / written).exists():
                assert time.monotonic() < deadline, f"{line}: no {written}"
                time.sleep(0.05)
            yield
        finally:
            served.send_signal(signal.SIGINT)
            assert served.wait(30.0) == 0


def follow(reader: Reader, lines: list[str]) -> str:
    """Everything that was printed; each command does what the page says."""
    said: list[str] = []
    for line in lines:
        done = reader.types(line)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        said.append(done.stdout)
    return "".join(said)


def test_the_tutorial_leads_from_a_clone_to_a_profile_of_ones_own(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    (profile,) = blocks("tutorial.md", "yaml")
    (tmp_path / "mine.yaml").write_text(profile, encoding="utf-8")
    lines = commands("tutorial.md")
    assert tuple(lines[:2]) == INSTALLED
    said = follow(reader, lines[2:])
    assert re.search(r"^outcome +done", said, re.MULTILINE)
    assert re.search(r"^outcome +stopped", said, re.MULTILINE)
    assert (tmp_path / "out" / f"{RECIPE}.report.html").exists()
    wrong = profile.replace("20 MPa\n    at", "20 Mpa\n    at")
    (tmp_path / "mine.yaml").write_text(wrong, encoding="utf-8")
    (told,) = blocks("tutorial.md", "text")
    assert reader.types("isostack check ./mine.yaml").stderr == told


@pytest.mark.parametrize("rig", ["./mine-rig.yaml", "bench"])
def test_a_bench_is_rehearsed_step_by_step(tmp_path: Path, rig: str) -> None:
    reader = Reader(tmp_path)
    lines = [line.replace("./mine-rig.yaml", rig) for line in commands("how-to/bench.md")]
    (served,) = [line for line in lines if line.startswith("isostack emulate")]
    at = lines.index(served)
    follow(reader, lines[:at])
    busy = "--tcp 127.0.0.1:0"  # as the page says for a busy computer
    assert busy in (ROOT / "docs" / "how-to" / "bench.md").read_text(encoding="utf-8")
    with reader.serving(f"{served} {busy}", "rehearsal.yaml"):
        follow(reader, lines[at + 1 :])
        shown = reader.types("isostack show mine")
    assert re.search(r"^outcome +stopped", shown.stdout, re.MULTILINE)
    assert not (tmp_path / "rehearsal.yaml").exists()
