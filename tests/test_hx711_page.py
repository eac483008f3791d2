"""The page on the HX711 leads from nothing to a held pressure, with its own files and commands."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import isostack
from fixture.config.resolve import plan
from tests.test_how_to import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "hx711.md"
COMMANDS = [line for text in blocks(PAGE, "sh") for line in text.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the two files of the page."""
    for text in blocks(PAGE, "yaml"):
        name = text.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def started(line: str, folder: Path) -> "subprocess.Popen[str]":
    """A command of the page, without what is behind its `#`."""
    words = line.partition("#")[0].replace("isostack ", "", 1).split()
    home = {"HOME": str(folder), "XDG_STATE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "fixture.cli.main", *words],
        cwd=folder,
        env={**os.environ, **home},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@contextmanager
def serving(line: str, folder: Path) -> Generator[None]:
    """All instruments of the rig, on ports of this machine."""
    emulating = started(line, folder)
    assert emulating.stdout is not None
    try:
        for said in emulating.stdout:
            if said.startswith("# in another terminal"):
                yield
                return
        raise AssertionError("nothing is served")
    finally:
        emulating.terminate()
        emulating.wait(30.0)
        emulating.stdout.close()


def command(beginning: str) -> str:
    """The only command of the page that begins so."""
    (found,) = [line for line in COMMANDS if line.startswith(beginning)]
    return found


def test_its_rig_is_a_bench_with_one_hx711(folder: Path) -> None:
    found = plan(str(folder / "hold.yaml"), str(folder / "mine.yaml"))
    cells = found.devices[0]
    assert (cells.model, cells.options["rate_hz"]) == ("ascii-stream", 80.0)
    assert cells.options["zero_counts"] == (-83412.0,)
    assert found.twin is None


def test_its_first_division_follows_from_the_data_sheet() -> None:
    counts = 0.002 * 128 * 2**24  # 2 mV/V, gain 128, full range at half the supply
    page = PAGE.read_text(encoding="utf-8")
    (written,) = re.findall(r"division: ([\d.]+) mN", page)
    assert float(written) == pytest.approx(2e6 / counts, rel=2e-3)


@pytest.mark.realtime
@pytest.mark.timeout(400)
def test_its_commands_hold_a_pressure_with_an_hx711_on_a_pseudo_terminal(folder: Path) -> None:
    with serving(command("isostack emulate"), folder):
        assert "/dev/pts/" in (folder / "rehearsal.yaml").read_text(encoding="utf-8")
        run = started(command("isostack run ./hold.yaml --rig ./rehearsal.yaml"), folder)
        try:
            said, _ = run.communicate(timeout=250.0)
        finally:  # one that has tripped waits for its operator
            started("isostack stop hold", folder).communicate(timeout=60.0)
    assert run.returncode == 0, said
    with isostack.open(folder / "out" / "hold.h5") as record:
        pressure, setpoint = (
            record.log["surface_pressure_pa"],
            record.log["stack_pressure_setpoint_pa"],
        )
        held = pressure[(setpoint == 2e6) & (np.abs(pressure - 2e6) < 0.1e6)]
        assert len(held) > 150, "20 s at 10 rows a second, but for the way there"
        assert record.outcome == "done"
