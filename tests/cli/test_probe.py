"""`isostack probe`: who is there, what it reads, how fast; nothing is moved or set."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fixture.cli import probe as probing
from fixture.cli.main import app
from fixture.cli.probe import probed
from instruments.protocols import Emulator
from instruments.registry import find_any
from instruments.serve import Pace
from instruments.transport.lock import PortLock
from tests.instruments.fakes import FakeCell, FakeForce, FakePress
from tests.instruments.served import on_pty, on_tcp, pymodbus_server

SHORT_NS = 20_000_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A rate needs no whole second here, locks do not leave the test, and answers may be late."""
    original = probing.probed

    def patient(row: Any, address: str, clock: Any, options: Any) -> Any:
        return original(row, address, clock, SHORT_NS, options)

    monkeypatch.setattr(probing, "probed", patient)
    monkeypatch.setitem(probing.NEEDED, "deadline_ms", 500.0)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def isostack(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["probe", *arguments])
    return done.exit_code, done.stdout, done.stderr


def emulator(model: str, plant: object, **options: object) -> Emulator:
    return find_any(model).emulator(plant, options)


def test_load_cells_are_read_with_names_and_units():
    device = emulator("laumas-tlb", FakeForce(1.0, 2.0, 3.0), units=(1, 2, 3))
    with on_pty(device) as path:
        code, out, _ = isostack("laumas-tlb", f"{path}?unit=3,1", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["readings"] == [
        {"name": "unit 3", "value": 30, "unit": "counts"},
        {"name": "unit 1", "value": 10, "unit": "counts"},
        {"name": "fault", "value": False, "unit": ""},
    ]
    assert told["model"] == told["identity"]["model"] == "laumas-tlb"
    assert told["address"] == f"{path}?unit=3,1"
    assert told["rate_hz"] > 1.0


def test_a_pymodbus_server_with_the_same_map_is_probed():
    with pymodbus_server({5: [0, 0, 0, 4000]}) as port:
        code, out, _ = isostack("laumas-tlb", f"tcp://127.0.0.1:{port}?unit=1")
    assert code == 0
    assert "unit 1  4000 counts" in out
    assert "readings a second; nothing was moved or set" in out


def test_a_press_is_probed_and_never_moved():
    press = FakePress()
    press.at = press.to = -70
    with on_pty(emulator("trinamic-tmcl", press, um_per_count=1.0)) as path:
        code, out, _ = isostack("trinamic-tmcl", path)
    assert code == 0
    assert "answers as: TMCM-1140 1.46" in out
    assert "-70 counts" in out
    assert (press.to, press.stops) == (-70, 0)


def test_a_potentiostat_is_probed_through_visa_and_never_switched():
    plant = FakeCell()
    with on_tcp(emulator("keithley-2450", plant)) as port:
        address = f"TCPIP::127.0.0.1::{port}::SOCKET"
        code, out, _ = isostack("keithley-2450", address, "--json")
        shown = isostack("keithley-2450", address)[1]
    told = json.loads(out)
    assert code == 0
    assert told["identity"] == {"model": "2450", "serial": "04096331", "firmware": "1.7.12b"}
    assert {"name": "voltage", "value": None, "unit": "V"} in told["readings"]
    assert {"name": "current", "value": 0.0, "unit": "A"} in told["readings"]
    assert "not read while the output is off" in shown
    assert plant.asked == []


def test_the_rate_is_what_the_link_can_do():
    device = emulator("laumas-tlb", FakeForce(1.0))
    with on_pty(device, Pace(0, 10_000_000)) as path:
        found = probed(find_any("laumas-tlb"), path, time.monotonic_ns, 100_000_000)
    assert 10.0 < found.rate_hz <= 100.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing", "/dev/ttyUSB0"), "no model is called 'nothing'; choose from adapter, "),
        (("laumas-tlb", "COM3"), "'COM3' is no address: write a port's path"),
        (("laumas-tlb", "/dev/ttyUSB0?bud=1"), "no option 'bud' here; there are baud"),
        (("laumas-tlb", "GPIB0::5::INSTR"), "laumas-tlb is reached by serial or tcp, not visa"),
        (("keithley-2450", "tcp://smu:5025?unit=1"), "keithley-2450 has no unit number"),
    ],
)
def test_an_address_that_cannot_be_is_exit_code_2(arguments: tuple[str, ...], says: str):
    code, out, err = isostack(*arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_a_port_that_is_not_there_is_exit_code_3():
    code, out, err = isostack("laumas-tlb", "/dev/ttyUSB77")
    assert (code, out) == (3, "")
    assert "/dev/ttyUSB77: no such port; plug the adapter in. Serial ports:" in err


def test_where_nobody_listens_is_exit_code_3():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, _, err = isostack("laumas-tlb", f"tcp://127.0.0.1:{port}")
    assert code == 3
    assert "nothing listens there" in err


def test_a_port_of_a_run_names_the_run():
    with on_pty(emulator("laumas-tlb", FakeForce(1.0))) as path:
        lock = PortLock(path, "run sodium-7")
        code, _, err = isostack("laumas-tlb", path)
        lock.close()
    assert code == 3
    assert "in use by run sodium-7 (process" in err


def test_a_port_of_another_program_is_busy():
    import serial  # noqa: PLC0415

    with on_pty(emulator("laumas-tlb", FakeForce(1.0))) as path:
        with serial.Serial(path, exclusive=True):
            code, _, err = isostack("laumas-tlb", path)
        assert code == 3
        assert "another program has it open" in err
        assert isostack("laumas-tlb", path)[0] == 0


class Says:
    """Another instrument, with one answer to everything."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def receive(self, data: bytes, t_ns: int) -> bytes:
        return self._answer


@pytest.mark.parametrize(
    ("model", "answer", "says"),
    [
        ("laumas-tlb", b"", r"0 bytes came); check power, cable, address and baud rate"),
        ("laumas-tlb", b"#hello#\r\n", "another instrument, unit or baud rate?"),
        ("trinamic-tmcl", b"", "press (TMCL): no whole answer in 20 ms"),
        ("trinamic-tmcl", b"hello, I am a scale\r\n", "another instrument, unit or baud rate?"),
        ("keithley-2450", b"TSP\n", "potentiostat speaks TSP, not SCPI; send `*LANG SCPI`"),
        ("keithley-2450", b"SCPI\n", "'SCPI' answers; check the address"),
    ],
)
def test_another_instrument_is_exit_code_3_with_clear_words(
    model: str, answer: bytes, says: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(probing.NEEDED, "deadline_ms", 200.0 if answer else 20.0)
    with on_pty(Says(answer)) as path:
        code, out, err = isostack(model, path)
    assert (code, out) == (3, "")
    assert says in err


def test_help_shows_an_example():
    done = CliRunner().invoke(app, ["probe", "--help"], prog_name="isostack")
    assert "Example: isostack probe laumas-tlb '/dev/ttyUSB0?baud=115200&unit=1'" in done.stdout
    assert "--json" in done.stdout


def test_a_followed_file_says_its_form_and_that_no_row_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(probing, "FOLLOWED_NS", 1_000_000)
    table = tmp_path / "cell.csv"
    table.write_text("Test Time / s,Voltage / V,Current / A\n1,3.1,0\n", encoding="utf-8")
    code, shown, _ = isostack("follow-file", f"file:{tmp_path}/*.csv")
    assert code == 0
    assert "the followed file is a table of the form bdf" in shown
    assert "no row was new" in shown
