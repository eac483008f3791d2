"""The workers of a Dask scheduler give what processes give; those that are not fit are refused."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from benchmarks.common import ROOT, completed
from tests.analysis import made_runs
from tests.analysis.test_replay import short_record
from tests.cli.test_main import isostack
from tests.loopback_dask import Cluster, dask

pytestmark = pytest.mark.timeout(300)
PROGRESS = re.compile(r" *(–|\d+%) ")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    with dask(tmp_path_factory.mktemp("dask"), 2) as found:
        yield found


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it said on stderr, but for how far it was: a busy computer takes half a minute."""
    return [line for line in done.stderr.splitlines() if not PROGRESS.match(line)]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("records")
    made_runs.finished(folder)
    return [str(short_record(folder)), str(folder / "made-up.h5")]


def test_a_verification_is_the_same_on_a_cluster(cluster: Cluster, records: list[str]) -> None:
    line = ("replay", *records, "--verify", "--json")
    apart = completed(*line, "--on", cluster.address)
    code, said, _ = isostack(*line, "--jobs", "1")
    assert apart.stderr == ""
    assert (apart.returncode, apart.stdout) == (code, said)
    assert json.loads(said)["files"][0]["equal"]


def test_reports_and_a_lake_are_the_same_on_a_cluster(
    cluster: Cluster, records: list[str], tmp_path: Path
) -> None:
    found: list[dict[str, bytes]] = []
    for name in ("on", "jobs"):
        folder = tmp_path / name
        folder.mkdir()
        for line in (
            ("report", *records, "--out", str(folder)),
            ("export", *records, "--lake", str(folder / "lake")),
        ):
            if name == "on":
                done = completed(*line, "--on", cluster.address)
                assert (done.returncode, told(done)) == (0, [])
            else:
                assert isostack(*line, "--jobs", "1")[0] == 0
        files = [path for path in folder.rglob("*") if path.is_file()]
        found.append({str(file.relative_to(folder)): file.read_bytes() for file in files})
    on, jobs = found
    assert set(on) == set(jobs)
    assert [name for name, data in on.items() if data != jobs[name]] == []
    assert sum(name.endswith(".report.html") for name in on) == 2


def test_a_worker_with_another_isostack_is_refused_before_any_work(
    records: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for package in ("fixture", "instruments", "profiles"):
        shutil.copytree(ROOT / package, other / package)
    with (other / "fixture" / "core" / "step.py").open("a", encoding="utf-8") as file:
        file.write("# another one\n")
    with dask(tmp_path, 1, {**os.environ, "PYTHONPATH": str(other)}) as found:
        done = completed("replay", records[0], "--verify", "--on", found.address)
    assert done.returncode == 2
    assert len(told(done)) == 1
    assert "worker tcp://127.0.0.1" in done.stderr
    assert "Install the same on both" in done.stderr


def test_a_worker_without_isostack_is_refused(records: list[str], tmp_path: Path) -> None:
    (tmp_path / "fixture.py").write_text("")
    with dask(tmp_path, 1, {**os.environ, "PYTHONPATH": str(tmp_path)}) as found:
        done = completed("replay", records[0], "--verify", "--on", found.address)
    assert done.returncode == 2
    assert len(told(done)) == 1
    assert "no isostack that could work" in done.stderr


def test_a_scheduler_without_workers_is_one_line(
    records: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dask(tmp_path, 0) as found:
        done = completed("replay", records[0], "--verify", "--on", found.address)
    assert done.returncode == 3
    (line,) = told(done)
    assert line == (
        f"isostack: --on {found.address}: the scheduler has no worker. Start one with "
        f"'dask worker {found.address} --nthreads 1'"
    )


def test_an_address_where_nobody_answers_is_one_line(records: list[str]) -> None:
    done = completed("replay", records[0], "--verify", "--on", "tcp://127.0.0.1:1")
    assert done.returncode == 3
    assert len(told(done)) == 1
    assert "--on tcp://127.0.0.1:1: no Dask scheduler answers there" in done.stderr


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1", "http://127.0.0.1:8786"])
def test_what_is_no_address_is_said_before_anything_is_opened(
    records: list[str], address: str
) -> None:
    code, _, said = isostack("replay", records[0], "--verify", "--on", address)
    assert code == 2
    assert f"--on {address}: write tcp://HOST:PORT" in said


def test_without_dask_the_extra_is_named(
    records: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, said = isostack("replay", records[0], "--verify", "--on", "tcp://127.0.0.1:1")
    assert code == 2
    assert "pip install 'isostack[cluster]'" in said
