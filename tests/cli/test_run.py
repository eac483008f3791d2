"""`run` and `replay` as a person meets them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import h5py
import pytest

from fixture.cli.summarise import RunSummary
from fixture.record.reader import Record
from tests import short
from tests.cli.test_main import isostack

BRIEF = f"""\
{short.PROFILE.split("pressure:", maxsplit=1)[0]}
pressure: [{{press: 2 MPa, settle_within: 20 %}}]
control: {{identification: false}}
"""


def started(*arguments: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "fixture.cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Done(NamedTuple):
    """A run that is over."""

    out: Path
    code: int
    said: str

    def copy(self, folder: Path) -> Path:
        """A copy of its record, to be tampered with."""
        return Path(shutil.copy(self.out / "short.h5", folder))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("run")
    out = folder / "out"
    code, said, _ = isostack("run", short.profile(folder), "--speed", "max", "--out", str(out))
    return Done(out, code, said)


def test_a_run_leaves_a_record_and_a_picture_and_says_so(done: Done) -> None:
    out, code, said = done
    assert code == 0
    assert "471" in said  # newtons of 6 MPa on 10 mm, before anything moves
    assert "outcome  done" in said
    assert "next: isostack replay" in said
    assert (out / "short.png").read_bytes().startswith(b"\x89PNG")
    with h5py.File(out / "short.h5", "r") as file:
        log = file["entry/log"]
        assert isinstance(log, h5py.Group)
        rows = {len(log[name]) for name in ("voltage_volt", "surface_pressure_pa")}  # type: ignore[arg-type]
        assert len(rows) == 1


def test_a_picture_is_not_drawn_into_the_target_of_a_link(done: Done, tmp_path: Path) -> None:
    record = done.copy(tmp_path)
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="ascii")
    record.with_suffix(".png").symlink_to(victim)
    assert RunSummary.read(record).draw().startswith("picture: ")
    assert record.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert victim.read_text(encoding="ascii") == "mine"


def test_json_gives_each_acknowledged_tick_and_then_the_summary(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, _ = isostack(
        "run", short.profile(tmp_path), "--speed", "max", "--out", str(out), "--json",
        "--no-picture", "--name", "mine", "--cell", "A7",
    )  # fmt: skip
    assert code == 0
    *first, last = said.splitlines()
    assert all("acknowledged_tick" in json.loads(line) for line in first)
    told = json.loads(last)
    assert told["outcome"] == "done"
    assert len(told["cycles"]) == 2
    with Record.open(out / "mine.h5") as record:
        assert record.header.cell == "A7"
        assert record.finished
    assert not (out / "mine.png").exists()


def test_replay_verifies_and_finds_what_was_altered(done: Done, tmp_path: Path) -> None:
    file = str(done.copy(tmp_path))
    code, said, _ = isostack("replay", file, "--verify")
    assert code == 0
    assert said.startswith("equal to the bit: ")
    with h5py.File(file, "r+") as opened:
        flags = opened["entry/ticks/flags"]
        assert isinstance(flags, h5py.Dataset)
        flags[100] = 0
    code, said, _ = isostack("replay", file, "--verify", "--json")
    assert code == 1
    assert json.loads(said)["equal"] is False


def test_a_seed_changes_the_noise_and_nothing_else(tmp_path: Path) -> None:
    profile = short.profile(tmp_path, BRIEF)
    counts: list[bytes] = []
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        out = str(tmp_path / name)
        code, _, _ = isostack(
            "run", profile, "--speed", "max", "--out", out, "--seed", seed, "--no-picture"
        )
        assert code == 0
        with Record.open(tmp_path / name / "short.h5") as record:
            counts.append(record.ticks["counts_1"].tobytes())
    assert counts[0] == counts[1] != counts[2]


def test_a_directory_that_holds_something_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious", encoding="utf-8")
    profile = short.profile(tmp_path)
    code, _, said = isostack("run", profile, "--speed", "max", "--out", str(tmp_path))
    assert code == 2
    assert "not empty" in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["short.yaml", "thesis.txt"]


def test_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    profile = short.profile(tmp_path)
    code, _, said = isostack("run", profile, "--speed", "max", "--out", profile)
    assert code == 2
    assert "nothing was moved" in said


def test_a_real_bench_is_not_turned_in_lockstep(tmp_path: Path) -> None:
    rig = tmp_path / "bench.yaml"
    text = Path("profiles/rigs/twin.yaml").read_text(encoding="utf-8").split("# What is physically")
    ports = iter(range(1, 9))
    bench = re.sub(r"emulated:[\w-]*", lambda _: f"tcp://127.0.0.1:{next(ports)}", text[0])
    rig.write_text(bench, encoding="utf-8")
    profile = short.profile(tmp_path)
    code, _, said = isostack("run", profile, "--rig", str(rig), "--speed", "max")
    assert code == 2
    assert "is a real bench" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_order(tmp_path: Path, number: signal.Signals) -> None:
    profile = short.profile(tmp_path, short.PROFILE.replace("cycle_count: 2", "cycle_count: 500"))
    run = started("run", profile, "--speed", "max", "--out", str(tmp_path / "out"), "--json")
    assert run.stdout is not None
    assert "acknowledged_tick" in run.stdout.readline()
    os.kill(run.pid, number)
    said, complaints = run.communicate(timeout=60)
    assert run.returncode == 130, complaints
    assert '"outcome": "stopped"' in said
    with Record.open(tmp_path / "out" / "short.h5") as record:
        assert record.finished
        assert record.ticks["cell_mode"][-1] == 0
        assert record.ticks["press_mode"][-1] == 0


def test_a_killed_run_is_recovered_and_replays(tmp_path: Path) -> None:
    profile = short.profile(tmp_path, short.PROFILE.replace("cycle_count: 2", "cycle_count: 500"))
    run = started("run", profile, "--speed", "max", "--out", str(tmp_path / "out"), "--json")
    assert run.stdout is not None
    acknowledged = json.loads(run.stdout.readline())["acknowledged_tick"]
    run.kill()
    run.communicate(timeout=60)
    file = tmp_path / "out" / "short.h5"
    before = file.read_bytes()
    code, said, _ = isostack("recover", str(file))
    assert code == 0
    assert file.read_bytes() == before
    recovered = tmp_path / "out" / "short.recovered.h5"
    assert str(recovered) in said
    with Record.open(recovered) as record:
        assert record.ticks["tick"][-1] >= acknowledged
    assert isostack("replay", str(recovered), "--verify")[0] == 0
