"""The example of a package with a driver: installed, checked, and a pressure held with it."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import h5py
import pytest

from isostack.testing import conformance

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "package"
HOLD = """name: short-hold
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}, confinement: die}
control: {identification: false}
pressure: [{press: 2 MPa, hold: 4 s}]
at_end: halt
"""
RIG = """name: acme-bench
extends: twin
live_tick: 50 ms
load_cells: {model: acme-cells, options: {deadline: 150 ms}}
"""

BENCH = """name: bench
extends: served.yaml
load_cells: {port: {address: "acme:PLACE"}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package as pip would leave it."""
    told = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = tmp_path / "site" / f"isostack_acme-{told['version']}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Name: {told['name']}\nVersion: {told['version']}\n")
    points = told["entry-points"]["isostack.models"]
    lines = [f"{name} = {place}" for name, place in points.items()]
    (about / "entry_points.txt").write_text("\n".join(["[isostack.models]", *lines, ""]))
    for code in EXAMPLE.glob("isostack_acme*.py"):
        (about.parent / code.name).write_text(code.read_text(encoding="utf-8"), encoding="utf-8")
    return about.parent


def environment(site: Path, tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    own = {"PYTHONPATH": str(site), "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    return {**os.environ, **own, "XDG_STATE_HOME": str(home)}


def isostack(*arguments: str, env: dict[str, str], cwd: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "fixture.cli.main", *arguments]
    return subprocess.Popen(
        command, env=env, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@contextmanager
def rehearsal(env: dict[str, str], cwd: Path) -> Generator[str]:
    """The address at which the load cells of `rig.yaml` are served."""
    emulating = isostack(
        "emulate", "--rig", "./rig.yaml", "--tcp", "127.0.0.1:0", "--write", "served.yaml",
        env=env, cwd=cwd,
    )  # fmt: skip
    try:
        assert emulating.stdout is not None
        for line in emulating.stdout:
            if line.startswith("load_cells:"):
                yield line.partition("tcp://")[2].partition('"')[0]
                return
        raise AssertionError("no load cells are served")
    finally:
        emulating.terminate()
        emulating.wait(30.0)
        if emulating.stdout is not None:
            emulating.stdout.close()


def test_the_driver_keeps_the_rules(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)
    from isostack_acme import MODEL  # noqa: PLC0415 # pyright: ignore

    report = conformance(MODEL, {"units": (1, 2, 3)}, budget_ms=50.0)
    assert report.passed, report


def test_its_potentiostat_keeps_them_too_and_those_for_spectra(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(site)
    from isostack_acme_cell import MODEL  # noqa: PLC0415 # pyright: ignore

    report = conformance(MODEL, budget_ms=50.0)
    assert report.passed, report
    assert any("spectrum" in row.rule for row in report.rows)


@pytest.mark.realtime
def test_a_pressure_is_held_through_the_address_of_the_package(site: Path, tmp_path: Path) -> None:
    env = environment(site, tmp_path)
    (tmp_path / "rig.yaml").write_text(RIG, encoding="utf-8")
    (tmp_path / "hold.yaml").write_text(HOLD, encoding="utf-8")
    with rehearsal(env, tmp_path) as place:
        bench = BENCH.replace("PLACE", place)
        (tmp_path / "bench.yaml").write_text(bench, encoding="utf-8")
        run = isostack(
            "run", "./hold.yaml", "--rig", "./bench.yaml", "--out", "out", "--name", "acme-hold",
            env=env, cwd=tmp_path,
        )  # fmt: skip
        said, _ = run.communicate(timeout=100.0)
    assert run.returncode == 0, said
    with h5py.File(tmp_path / "out" / "acme-hold.h5") as record:
        versions = record["entry"].attrs["versions"]
        assert "isostack-acme[acme-cells]=1.2.0" in str(versions)
