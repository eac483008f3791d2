"""The doctor says what is, advises only where something is wrong, and judges by 100 Hz alone."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixture.cli import doctor, host
from fixture.cli.doctor import HUNDRED, THOUSAND, Finding, Loops, Rate
from fixture.cli.host import SerialPort, Sync
from fixture.cli.main import app
from fixture.config import find
from fixture.config.rig import Rig
from fixture.config.yaml import model
from fixture.runtime.pace import Pace, PaceError
from fixture.runtime.timing import Grant

ALL = int(sum(Grant))
US, MS = 1000, 1_000_000
GOOD = Pace((50 * US,) * 100, 0, ALL)
LATE = Pace((50 * US,) * 90 + (9 * MS,) * 10, 0, ALL)
QUICK = Sync(4 * MS, 9 * MS)
HEALTHY = {
    "proc/swaps": "Filename Type Size Used Priority\n",
    "proc/loadavg": "0.10 0.05 0.01 1/99 1234\n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
    "dev/ttyUSB0": "",
    "sys/bus/usb-serial/devices/ttyUSB0/latency_timer": "1\n",
    "dev/ttyACM0": "",
    "dev/ttyS0": "",
}


def made(root: Path, **changes: str) -> Path:
    """A machine below a folder: a healthy one with changes by the last part of a path."""
    for place, text in HEALTHY.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changes.get(path.name, text), encoding="ascii")
    return root


def loops(
    hundred: Pace = GOOD, thousand: Pace = GOOD, c: Pace | None = GOOD
) -> tuple[Loops, Loops]:
    return Loops(HUNDRED, hundred, c), Loops(THOUSAND, thousand, c)


def found(root: Path, two: tuple[Loops, Loops], sync: Sync = QUICK) -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.examined(two, sync, root)}


def advice(findings: dict[str, Finding]) -> dict[str, tuple[str, ...]]:
    return {name: finding.advice for name, finding in findings.items() if finding.advice}


def isostack(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["doctor", *arguments], prog_name="isostack")
    return done.exit_code, done.stdout, done.stderr


def test_a_healthy_machine_gets_no_advice(tmp_path: Path) -> None:
    assert advice(found(made(tmp_path), loops())) == {}


def test_a_machine_that_says_nothing_of_itself_gets_no_advice(tmp_path: Path) -> None:
    findings = found(tmp_path, loops(c=None))
    assert advice(findings) == {}
    assert findings["serial ports"].words == "none"
    assert "no C compiler" in findings["loop at 100 Hz"].words


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"current_clocksource": "hpet\n"}, "clock source", "hpet is slow to read"),
        ({"scaling_governor": "powersave\n"}, "CPU governor", "cpupower"),
        ({"latency_timer": "16\n"}, "serial ports", "/dev/ttyUSB0 holds answers back for 16 ms"),
        ({"loadavg": "999.0 1 1 1/9 9\n"}, "load", "999.0 processes"),
    ],
)
def test_each_fault_of_the_machine_gets_its_own_advice(
    tmp_path: Path, changes: dict[str, str], name: str, said: str
) -> None:
    given = advice(found(made(tmp_path, **changes), loops()))
    assert list(given) == [name]
    assert len(given[name]) == 1
    assert said in given[name][0]


def test_a_slow_disk_gets_advice(tmp_path: Path) -> None:
    given = advice(found(made(tmp_path), loops(), Sync(5 * MS, 700 * MS)))
    assert list(given) == ["disk sync"]
    assert "700 ms" in given["disk sync"][0]


def test_what_was_not_granted_comes_with_how_to_get_it(tmp_path: Path) -> None:
    none = GOOD._replace(granted=0)
    swap = "Filename Type Size Used Priority\n/dev/sda2 partition 1048576 0 -2\n"
    given = advice(found(made(tmp_path, swaps=swap), loops(none, none)))
    assert list(given) == ["real-time priority", "memory lock", "timer slack"]
    assert all("limits.conf" in given[name][0] for name in ("real-time priority", "memory lock"))


def test_memory_that_cannot_be_swapped_out_need_not_be_locked(tmp_path: Path) -> None:
    none = GOOD._replace(granted=ALL & ~Grant.MEMORY)
    assert advice(found(made(tmp_path), loops(none))) == {}


@pytest.mark.parametrize(("c", "said"), [(LATE, "it is the machine"), (GOOD, "it is often late")])
def test_the_loop_in_c_tells_whether_the_machine_is_to_blame(
    tmp_path: Path, c: Pace, said: str
) -> None:
    given = advice(found(made(tmp_path), loops(hundred=LATE, c=c)))
    assert list(given) == ["loop at 100 Hz"]
    assert said in given["loop at 100 Hz"][0]


@pytest.mark.parametrize(
    ("loop", "fit"),
    [
        (GOOD, True),
        (LATE, False),
        (Pace((50 * US,) * 2000, 2), True),
        (Pace((50 * US,) * 2000, 3), False),
        (Pace((2 * MS,) * 100, 0), True),
        (Pace((2 * MS + 1,) * 100, 0), False),
    ],
)
def test_fit_is_a_loop_of_100_hz_that_keeps_its_time(loop: Pace, fit: bool) -> None:
    assert doctor.keeps_time(loop) is fit


def test_ports_are_listed_with_their_latency_and_whether_they_may_be_used(tmp_path: Path) -> None:
    ports = host.serial_ports(made(tmp_path))
    assert ports == (SerialPort("/dev/ttyACM0", None, True), SerialPort("/dev/ttyUSB0", 1, True))
    locked = (SerialPort("/dev/ttyUSB0", 1, False),)
    assert "dialout" in doctor.ports_finding(locked).advice[0]


def test_the_disk_is_left_as_it_was(tmp_path: Path) -> None:
    sync = host.sync_time(tmp_path, 3)
    assert 0 < sync.median_ns <= sync.worst_ns
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops of a few ticks."""
    for name, tick_ns in (("HUNDRED", 10 * MS), ("THOUSAND", MS)):
        monkeypatch.setattr(doctor, name, Rate(tick_ns, 5, 5))


@pytest.mark.usefixtures("tiny")
def test_this_machine_is_examined_whole_as_json(tmp_path: Path) -> None:
    code, out, _ = isostack("--short", "--json", "--out", os.fspath(tmp_path))
    told = json.loads(out)
    assert code == (0 if told["fit"] else 1)
    assert told["loop_at_1_khz"]["python"]["ticks"] >= 5
    assert told["disk_sync"]["worst_ms"] > 0
    assert isinstance(told["advice"], list)


@pytest.mark.parametrize(("loop", "exit_code"), [(GOOD, 0), (LATE, 1)])
def test_the_exit_code_and_the_last_line_give_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: Pace, exit_code: int
) -> None:
    monkeypatch.setattr(doctor, "measured", lambda short: loops(hundred=loop))  # pyright: ignore
    code, out, _ = isostack("--out", os.fspath(tmp_path))
    assert code == exit_code
    assert out.splitlines()[-1].startswith("NOT fit" if exit_code else "fit")


def test_a_folder_that_cannot_be_written_is_a_mistake_of_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "measured", lambda short: loops())  # pyright: ignore
    code, out, err = isostack("--out", os.fspath(tmp_path / "none"))
    assert (code, out) == (2, "")
    assert "give a folder to write in" in err


def test_a_loop_that_cannot_run_is_a_failure_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(short: bool) -> None:
        raise PaceError("cc: no headers")

    monkeypatch.setattr(doctor, "measured", broken)
    code, _, err = isostack()
    assert code == 3
    assert "cc: no headers" in err


def test_a_rig_is_told_how_well_it_holds() -> None:
    rig = model.build(Rig, find.find(find.RIGS, "twin").document)
    findings = doctor.hold_findings(rig, doctor.budgets_of(rig))
    assert [finding.name for finding in findings] == [
        "hold 1 MPa", "hold 5 MPa", "hold 15 MPa", "hold 75 MPa",
    ]  # fmt: skip
    assert findings[2].data["dominates"] == "stick-slip"
    (advice,) = [line for finding in findings for line in finding.advice]
    assert advice.startswith("to halve the error of a hold at 1 MPa: a spring of about ")


def test_a_rig_that_is_none_is_told_before_anything_is_measured() -> None:
    answer = CliRunner().invoke(app, ["doctor", "--rig", "no-such-rig"])
    assert answer.exit_code == 2


SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n"
DEFAULT, SET = "#KillUserProcesses={}\n", "[Login]\nKillUserProcesses={}\n"
CGROUP, LOGIND = "proc/self/cgroup", "etc/systemd/logind.conf"
VENDOR = "usr/lib/systemd/logind.conf"


@pytest.mark.parametrize(
    ("files", "ended"),
    [
        ({}, False),
        ({CGROUP: "0::/system.slice/isostack@cell.service\n"}, False),
        ({CGROUP: MANAGER}, True),
        ({CGROUP: MANAGER, "var/lib/systemd/linger/ann": ""}, False),
        ({CGROUP: MANAGER, "var/lib/systemd/linger/bob": ""}, True),
        ({CGROUP: SESSION}, False),
        ({CGROUP: SESSION, LOGIND: DEFAULT.format("yes")}, True),
        ({CGROUP: SESSION, LOGIND: DEFAULT.format("no")}, False),
        ({CGROUP: SESSION, VENDOR: DEFAULT.format("yes")}, True),
        ({CGROUP: SESSION, f"{LOGIND}.d/kill.conf": SET.format("yes")}, True),
        ({CGROUP: SESSION, VENDOR: DEFAULT.format("yes"), LOGIND: SET.format("no")}, False),
    ],
)  # fmt: skip
def test_whether_a_logout_ends_a_run_is_read_from_logind(
    tmp_path: Path, files: dict[str, str], ended: bool
) -> None:
    for place, text in files.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text, encoding="ascii")
    assert host.ended_at_logout("ann", tmp_path) is ended


def test_a_logout_that_ends_runs_is_advised_against(tmp_path: Path) -> None:
    root = made(tmp_path)
    (root / "proc/self").mkdir()
    (root / CGROUP).write_text(MANAGER, encoding="ascii")
    (line,) = advice(found(root, loops()))["logout"]
    assert "loginctl enable-linger" in line
