"""The plant of a live run, in this process and as the process that it is."""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fixture.frame.ring import Ring
from fixture.twin import serve
from fixture.twin.plant import TRUTH
from fixture.twin.serve import PlantProcess
from instruments.options import OptionsError
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES
from instruments.serve import TURNAROUND_NS, Pace
from tests.instruments.served import running
from tests.twin.twins import DEFAULT
from tests.waiting import PATIENCE_S, until

PATIENT: dict[str, object] = {"deadline_ms": 1000.0}


class Device(NamedTuple):
    """As the rig describes an instrument."""

    model: str
    address: str
    options: dict[str, object]


CELLS = Device("laumas-tlb", "emulated:load-cells", PATIENT | {"units": (1, 2, 3)})
PRESS = Device("trinamic-tmcl", "emulated:press", PATIENT | {"um_per_count": 0.05})
CELL = Device("keithley-2450", "emulated:cell", PATIENT | {"open_by": "zero_current"})
DEVICES = (CELLS, PRESS, CELL)
TABLES: dict[str, tuple[Any, Device]] = {
    "load_cells": (LOAD_CELLS, CELLS),
    "press": (PRESSES, PRESS),
    "potentiostat": (POTENTIOSTATS, CELL),
}


def connect(addresses: dict[str, str], port: str) -> tuple[Any, Any]:
    table, device = TABLES[port]
    return table[device.model].connect(addresses[port], time.monotonic_ns, device.options)


Started = tuple["subprocess.Popen[bytes]", dict[str, str], Ring]


@pytest.fixture
def started(tmp_path: Path) -> Generator[Started]:
    serve.write(tmp_path, DEFAULT, DEVICES, truth_ns=5_000_000)
    ring = Ring.create(64, 256)
    command = [sys.executable, "-m", "fixture.twin.serve", str(tmp_path), "--truth", str(ring.fd)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[ring.fd]
    )
    assert process.stdout is not None
    addresses = json.loads(process.stdout.readline())
    yield process, addresses, ring
    process.communicate(timeout=PATIENCE_S)
    ring.close()


def test_the_process_serves_three_instruments_until_its_input_closes(started: Started):
    process, addresses, ring = started
    assert list(addresses) == ["load_cells", "press", "potentiostat"]
    assert all(address.startswith("tcp://127.0.0.1:") for address in addresses.values())
    assert addresses["load_cells"].endswith("?framing=rtu")
    links = {port: connect(addresses, port) for port in TABLES}
    assert sum(links["load_cells"][0].read().counts) == pytest.approx(236, abs=8)  # 0.3 MPa
    assert links["press"][0].read().position == 0
    assert links["potentiostat"][0].identify().model == "2450"
    reader = ring.reader()
    rows = [serve.TRUTH_PAYLOAD.unpack(payload) for _, payload in reader.take(100)]
    times = [row[0] for row in rows]
    assert times == sorted(times)
    assert abs(times[-1] - time.monotonic_ns()) < 5_000_000_000
    assert rows[0][1] == pytest.approx(0.3e6, rel=0.01)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 0
    process.stdin = None
    for _, line in links.values():
        line.close()


def test_the_stack_is_pressed_when_the_served_press_is_moved(tmp_path: Path):
    serve.write(tmp_path, DEFAULT, DEVICES)
    plant = PlantProcess(serve.read(tmp_path), time.monotonic_ns)
    addresses = dict(plant.addresses)
    with running(plant.server):
        press, press_line = connect(addresses, "press")
        cells, cells_line = connect(addresses, "load_cells")
        before = sum(cells.read().counts)
        press.move_to(200.0)
        until(lambda: sum(cells.read().counts) >= before + 20)
        assert press.read().position > 0
        press_line.close()
        cells_line.close()


def test_load_cells_without_modbus_have_no_framing(tmp_path: Path):
    terminal = Device("mt-sics", "emulated:load-cells", PATIENT)
    serve.write(tmp_path, DEFAULT, (terminal, PRESS, CELL))
    plant = PlantProcess(serve.read(tmp_path), time.monotonic_ns)
    with running(plant.server):
        address = plant.addresses["load_cells"]
        driver, line = LOAD_CELLS["mt-sics"].connect(address, time.monotonic_ns, PATIENT)
        assert driver.identify().serial == "B123456789"
        line.close()


def test_truth_comes_at_the_logs_rate_however_late_the_loop_is(tmp_path: Path):
    serve.write(tmp_path, DEFAULT, DEVICES, truth_ns=100_000_000)

    class Rows:
        def __init__(self) -> None:
            self.rows: list[tuple[float, ...]] = []

        def put(self, payload: bytes) -> int:
            self.rows.append(serve.TRUTH_PAYLOAD.unpack(payload))
            if len(self.rows) == 21:
                plant.server.stop()
            return len(self.rows)

    truth = Rows()
    now_ns = 10_000_000_000

    def clock() -> int:
        nonlocal now_ns
        now_ns += 3_000_000
        return now_ns

    plant = PlantProcess(serve.read(tmp_path), clock, truth)
    with plant.server:
        plant.server.run()
    assert len(truth.rows[0]) == 1 + len(TRUTH)
    began_ns = truth.rows[0][0]
    late_ns = [row[0] - began_ns - 100_000_000 * i for i, row in enumerate(truth.rows)]
    assert len(late_ns) >= 21
    assert max(map(abs, late_ns)) < 60_000_000


def test_orders_are_written_once_and_read_back(tmp_path: Path):
    serve.write(tmp_path, DEFAULT, DEVICES, truth_ns=7)
    orders = serve.read(tmp_path)
    assert orders.parameters == DEFAULT
    assert orders.press.options == PRESS.options
    assert orders.truth_ns == 7
    with pytest.raises(FileExistsError):
        serve.write(tmp_path, DEFAULT, DEVICES)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("emulated:press", Pace(115200, TURNAROUND_NS)),
        ("emulated:press?baud=1000000", Pace(1_000_000, TURNAROUND_NS)),
        ("emulated:press?turnaround_us=50&baud=0", Pace(0, 50_000)),
    ],
)
def test_an_address_says_how_slow_its_line_is(address: str, line: Pace):
    assert serve.pace(address, 115200) == line


@pytest.mark.parametrize("query", ["bud=1", "baud=fast", "baud", ""])
def test_a_mistake_in_the_line_is_told(query: str):
    with pytest.raises(OptionsError, match="write baud=NUMBER or turnaround_us=NUMBER"):
        serve.pace(f"emulated:press?{query}", 115200)


def test_orders_that_cannot_be_served_are_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert serve.main([str(tmp_path)]) == 2
    (tmp_path / serve.FILE).write_bytes(b"\x80")
    assert serve.main([str(tmp_path)]) == 2
    (tmp_path / serve.FILE).unlink()
    serve.write(tmp_path, DEFAULT, (CELLS, PRESS._replace(model="nothing"), CELL))
    assert serve.main([str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert "no model is called 'nothing'" in said[2]


def test_the_payload_of_truth_is_a_time_and_its_columns():
    assert serve.TRUTH_PAYLOAD.size == struct.calcsize("<q") + 8 * len(TRUTH)


def test_the_process_stays_small(started: Started):
    process, _, _ = started
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    pss_kb = int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    assert pss_kb < 25_000
    loaded = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    assert not {"numpy", "h5py", "pydantic"} & set(loaded.replace("/", " ").split())
    assert os.getsid(process.pid) == os.getsid(0)
