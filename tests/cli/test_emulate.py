"""`isostack emulate`: a first line with the address, an instrument behind it, a clean end."""

import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import pytest
from typer.testing import CliRunner

from fixture.cli.emulate import BENCH, emulated
from fixture.cli.main import app
from fixture.config import described
from fixture.config.instrument import named
from fixture.twin.parameters import Parameters
from fixture.twin.plant import Plant
from instruments.registry import TABLES, find_any
from tests.instruments.served import on_tcp
from tests.waiting import PATIENCE_S, until

PATIENT: dict[str, object] = {"deadline_ms": 1000.0}


@contextmanager
def emulating(*arguments: str) -> Generator[tuple["subprocess.Popen[str]", str]]:
    """The running command, and its address."""
    command = [sys.executable, "-m", "fixture.cli.main", "emulate", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def connect(model: str, address: str, **options: object) -> tuple[Any, Any]:
    return find_any(model).connect(address, time.monotonic_ns, PATIENT | options)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_press_on_a_terminal_moves_when_commanded_and_ends_by_a_signal(ending: signal.Signals):
    with emulating("trinamic-tmcl", "--pty") as (process, address):
        assert address.startswith("/dev/pts/")
        press, line = connect("trinamic-tmcl", address, um_per_count=0.05, heartbeat_ms=0)
        press.configure()
        press.move_to(100.0)
        until(lambda: press.read().position >= 10)
        line.close()
        process.send_signal(ending)
        assert process.wait(PATIENCE_S) == 0


def test_a_keithley_on_tcp_is_reached_at_the_address_it_prints():
    with emulating("keithley-2450", "--tcp", "127.0.0.1:0") as (_, address):
        assert address.startswith("tcp://127.0.0.1:")
        smu, line = connect("keithley-2450", address)
        assert smu.identify().model == "2450"
        smu.configure()
        smu.source_current(0.001, 4.3)
        reading = smu.read()
        assert reading.current_a == pytest.approx(0.001)
        assert 3.0 < reading.voltage_v < 4.3
        line.close()


DESCRIBED = [name for kind in described.KINDS for name in described.names(kind)]
OF_OTHERS = {*described.WIRES, "adapter", "follow-file"}  # nothing to emulate on a port


@pytest.mark.parametrize("model", sorted({*chain(*TABLES), *DESCRIBED} - OF_OTHERS))
@pytest.mark.parametrize("tcp", [False, True])
def test_every_model_is_emulated_on_lines_and_on_tcp(model: str, tcp: bool):
    row, options = named(model, {"um_per_count": 0.05})
    emulator = emulated(row, Plant(Parameters(bench=BENCH)), options, tcp=tcp)
    assert emulator.receive(b"", 0) == b""


def test_on_tcp_load_cells_speak_modbus_tcp():
    row = find_any("laumas-tlb")
    with on_tcp(emulated(row, Plant(Parameters(bench=BENCH)), tcp=True)) as port:
        cells, line = connect("laumas-tlb", f"tcp://127.0.0.1:{port}?unit=1,2,3")
        assert sum(cells.read().counts) == pytest.approx(236, abs=8)  # 0.3 MPa on 10 mm
        line.close()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("laumas-tlb",), 2, "say where: either --pty, or --tcp HOST:PORT"),
        (("laumas-tlb", "--pty", "--tcp", "127.0.0.1:0"), 2, "say where"),
        (("laumas", "--pty"), 2, "no model is called 'laumas'; did you mean 'laumas-tlb'?"),
        (("follow-file", "--pty"), 2, "isostack emulate --rig twin-follow"),
        (("laumas-tlb", "--tcp", "5025"), 2, "--tcp 5025: write HOST:PORT"),
        (("laumas-tlb", "--tcp", "127.0.0.1:70000"), 2, "write HOST:PORT"),
        (("laumas-tlb", "--tcp", "192.0.2.1:5025"), 3, "cannot listen there (Cannot assign"),
        (("laumas-tlb", "--tcp", "no-such.invalid:1"), 3, "cannot listen there"),
    ],
)
def test_a_mistake_is_one_message(arguments: tuple[str, ...], code: int, says: str):
    done = CliRunner().invoke(app, ["emulate", *arguments])
    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr.startswith("isostack: ")
    assert says in done.stderr


def test_a_port_that_is_taken_is_told():
    with emulating("keithley-2450", "--tcp", "127.0.0.1:0") as (_, address):
        place = address.removeprefix("tcp://")
        done = CliRunner().invoke(app, ["emulate", "laumas-tlb", "--tcp", place])
    assert done.exit_code == 3
    assert "cannot listen there (Address already in use); give another port" in done.stderr


def test_help_shows_an_example():
    done = CliRunner().invoke(app, ["emulate", "--help"], prog_name="isostack")
    assert "Example: isostack emulate --rig twin --write rehearsal.yaml" in done.stdout
