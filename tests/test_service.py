"""The files for a service say what the program does, and work as they are."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fixture.config import find
from fixture.config.rig import Rig
from fixture.config.yaml import model
from fixture.runtime.supervisor.watchdog import FINISH_NS

HERE = Path(__file__).parents[1] / "docs" / "how-to" / "service"
UNIT = HERE / "isostack@.service"
TOLD = {
    "ISOSTACK_RUN": "cell-7",
    "ISOSTACK_WHY": "tripped: tilt\nBcc: all",
    "PATH": os.environ["PATH"],
}
MESSAGE = "isostack run cell-7: tripped: tilt\n/data/cell-7\n"


@pytest.fixture
def unit() -> dict[str, list[str]]:
    """The unit's settings."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in re.findall(r"(?m)^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8")):
        found[name].append(value)
    return found


def test_a_stop_leaves_time_to_unload_and_kills_nothing_first(unit: dict[str, list[str]]) -> None:
    (minutes,) = (int(text.removesuffix("min")) for text in unit["TimeoutStopSec"])
    assert minutes * 60e9 > FINISH_NS
    assert unit["KillMode"] == ["control-group"]
    assert unit["KillSignal"] == ["SIGTERM"]
    assert unit["Restart"] == ["no"]


def test_the_run_is_detached_and_the_unit_lives_as_long_as_it(unit: dict[str, list[str]]) -> None:
    (line,) = unit["ExecStart"]
    assert line.endswith("--detach")
    assert (unit["Type"], unit["GuessMainPID"]) == (["forking"], ["no"])


def test_it_may_do_no_more_than_it_needs(unit: dict[str, list[str]]) -> None:
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["User"] == ["isostack"]
    for refused in ("PrivateDevices", "PrivateNetwork", "RestrictRealtime", "ProcSubset"):
        assert refused not in unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_knows_every_setting(tmp_path: Path) -> None:
    there = tmp_path / "isostack@cell.service"
    text = UNIT.read_text(encoding="utf-8").replace("/opt/isostack/bin/isostack", "/bin/true")
    there.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(there)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "isostack@" in line]
    assert [line for line in said if "Unknown" in line or "Failed to parse" in line] == []


def test_each_udev_rule_names_one_instrument_for_the_group() -> None:
    text = (HERE / "70-isostack.rules").read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    for rule in rules:
        assert re.fullmatch(r'(\w+(\{\w+\})?(==|=|\+=)"[^"]*"(, )?)+', rule)
    named = [rule for rule in rules if "SYMLINK" in rule]
    assert len(named) == 2
    assert all("ID_SERIAL_SHORT" in rule and 'GROUP="dialout"' in rule for rule in named)


def test_the_commands_of_the_page_are_keys_of_a_rig(tmp_path: Path) -> None:
    page = HERE.with_suffix(".md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    rig = tmp_path / "rig.yaml"
    rig.write_text(f"name: mine\nextends: twin\n{block}", encoding="utf-8")
    found = model.build(Rig, find.find(find.RIGS, str(rig)).document)
    for command in (found.on_trip, found.on_stale):
        assert (HERE / Path(command[0]).name).is_file()
        assert os.access(HERE / Path(command[0]).name, os.X_OK)


def test_a_mail_has_one_subject_and_the_whole_message(tmp_path: Path) -> None:
    sendmail = tmp_path / "sendmail"
    sendmail.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/to\ncat > {tmp_path}/mail\n')
    sendmail.chmod(0o755)
    environment = TOLD | {"PATH": f"{tmp_path}:{TOLD['PATH']}"}
    subprocess.run(
        [HERE / "tell_by_mail.sh", "lab@example.org"],
        input=MESSAGE, env=environment, text=True, check=True,
    )  # fmt: skip
    head, _, body = (tmp_path / "mail").read_text().partition("\n\n")
    assert body == MESSAGE
    assert "Subject: isostack cell-7: tripped: tilt Bcc: all" in head.splitlines()
    assert (tmp_path / "to").read_text() == "-i -- lab@example.org\n"


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    posted: list[bytes] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object, **__: object) -> None:
        """Say nothing."""


def test_a_webhook_gets_the_message_as_json_and_its_address_is_never_printed(
    tmp_path: Path,
) -> None:
    address = tmp_path / "webhook"
    line = [HERE / "tell_by_webhook.py", address]
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        address.write_text(f"http://127.0.0.1:{server.server_port}/secret\n", encoding="ascii")
        subprocess.run(line, input=MESSAGE, env=TOLD, text=True, check=True)
        thread.join()
    assert [json.loads(text) for text in Hook.posted] == [{"text": MESSAGE}]
    done = subprocess.run(
        line, input=MESSAGE, env=TOLD, text=True, check=False, capture_output=True
    )
    assert done.returncode == 1
    assert "secret" not in done.stderr
