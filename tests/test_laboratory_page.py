"""The page on a laboratory is right: its five commands make one of two machines."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fixture.runtime.registry import Registry
from tests.lab.brokers import free_port
from tests.lab.simulated import fixtures
from tests.test_how_to import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "laboratory.md"
DEADLINE_S = 60.0


class Shell:
    """Somebody who types the page's commands, with a home of their own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self._port = home, port
        own = {"NATS_URL", "NATS_TOKEN", "XDG_STATE_HOME", "ISOSTACK_LAB"}
        self.environ = {name: value for name, value in os.environ.items() if name not in own}
        self.environ |= {"HOME": str(home), "PATH": f"{home}:{os.environ['PATH']}"}
        self.lines = [
            line.replace("4222", str(port))
            for (text,) in [blocks(PAGE, "sh")]
            for line in text.splitlines()
        ]
        command = home / "isostack"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m fixture.cli.main "$@"\n')
        command.chmod(0o755)
        self._going: list[subprocess.Popen[str]] = []

    def types(self, line: str) -> "subprocess.Popen[str]":
        """One line; it goes on in the background."""
        words = line.removesuffix("&").strip()
        words += f" --port {self._port}" if words == "isostack lab serve" else ""
        words += " --port 0" if "--web" in words else ""
        process = subprocess.Popen(
            ["/bin/sh", "-c", re.sub(r"((?:\w+=\S+ )*)(.*)", r"\1exec \2", words, count=1)],
            cwd=self.home, env=self.environ, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._going.append(process)
        return process

    def says(self, line: str) -> str:
        """One line to its end; what it says."""
        out, _ = self.types(line).communicate(timeout=DEADLINE_S)
        return out

    def close(self) -> None:
        for process in reversed(self._going):
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=DEADLINE_S)


@contextmanager
def shell(home: Path) -> Generator[Shell]:
    made = Shell(home, free_port())
    try:
        yield made
    finally:
        made.close()


def listed(typed: Shell, machines: int) -> list[dict[str, Any]]:
    """The runs of the laboratory, once it has so many machines."""
    end, text = time.monotonic() + DEADLINE_S, ""
    while time.monotonic() < end:
        text = typed.says("isostack lab ls --json")
        if text.startswith("{"):
            found = json.loads(text)
            if len(found["machines"]) >= machines and len(found["runs"]) >= machines:
                return found["runs"]
    raise AssertionError(text)


def test_the_five_commands_make_a_laboratory_of_two_machines(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    first = Registry.of_user({"XDG_STATE_HOME": str(home / ".local" / "state")})
    second = Registry.of_user({"XDG_STATE_HOME": str(home / "press-2")})
    with (
        fixtures(tmp_path / "a", ["cell-1"], first),
        fixtures(tmp_path / "b", ["cell-2"], second),
        shell(home) as typed,
    ):
        serve, publish_1, publish_2, ls, web = typed.lines
        assert typed.types(serve).stdout.readline().startswith("broker: nats://127.0.0.1:")  # type: ignore[union-attr]
        typed.types(publish_1)
        typed.types(publish_2)
        runs = {run["run"]: run for run in listed(typed, 2)}
        assert {name: run["machine"] for name, run in runs.items()} == {
            "cell-1": "press-1", "cell-2": "press-2",
        }  # fmt: skip
        assert runs["cell-2"]["command"] == f"isostack attach {os.uname().nodename}:cell-2"
        said = typed.says(ls)
        assert "press-1" in said
        assert "cell-2" in said
        page = typed.types(web)
        assert page.stdout is not None
        assert page.stdout.readline().startswith("page: http://127.0.0.1:")
