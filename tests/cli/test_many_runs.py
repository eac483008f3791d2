"""A run on each of many rigs is a run as if it had been started alone."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from benchmarks.common import completed
from benchmarks.fleet import PROFILE
from fixture.cli.many_runs import Pair, on_each_rig, pairs_in
from fixture.runtime.errors import RunError
from fixture.runtime.registry import RunState
from fixture.runtime.run_spec import RunSpec
from tests import short
from tests.cli.live_runs import isostack, of_its_own
from tests.waiting import until

TWICE = ("--rig", "a.yaml", "--rig", "b/a.yaml", "--rig", "a-2.yaml")


def test_each_run_is_named_after_its_rig() -> None:
    assert on_each_rig(
        "my/profile.yaml", ["twin", "rigs/b.yaml", "twin"], ["1", "2", "3"], None
    ) == [
        Pair("my/profile.yaml", "twin", "profile-twin", "1"),
        Pair("my/profile.yaml", "rigs/b.yaml", "profile-b", "2"),
        Pair("my/profile.yaml", "twin", "profile-twin-2", "3"),
    ]
    assert on_each_rig("p", ["twin", "twin-real"], [], "friday")[1].name == "friday-twin-real"


def test_a_folder_has_profiles_with_their_rigs_beside_them(tmp_path: Path) -> None:
    for name in ("a.yaml", "a.rig.yaml", "b.yaml", "notes.txt"):
        (tmp_path / name).touch()
    assert pairs_in(tmp_path) == [
        Pair(f"{tmp_path}/a.yaml", f"{tmp_path}/a.rig.yaml", "a", "a"),
        Pair(f"{tmp_path}/b.yaml", None, "b", "b"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--each", "."), "no profile there. Put NAME.yaml and NAME.rig.yaml into it"),
        (("--each", "only"), "lost.rig.yaml: there is no profile lost.yaml"),
        (("--each", "nowhere"), "--each nowhere: no such directory"),
        (("--each", "short"), "a.yml: would be left out; name it *.yaml"),
        (("manual", *TWICE), "2 of these runs would be called manual-a-2; name a rig file"),
        (("--each", "only", "--name", "x"), "give no PROFILE, --rig, --cell or"),
        (("manual", "--rig", "twin", "--rig", "twin", "--speed", "max"), "one run in the foregr"),
        (("manual", "--rig", "twin", "--rig", "twin", "--cell", "c"), "1 for 2 rigs"),
        (("manual", "--cell", "a", "--cell", "b"), "--cell: one run has one"),
        (("--resume", "x", "--rig", "twin", "--rig", "twin"), "--rig: one run has one"),
        (("manual", "--rig", "twin", "--rig", "twni"), "did you mean 'twin'"),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], said: str
) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "lost.rig.yaml").touch()
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "a.yml").touch()
    monkeypatch.chdir(tmp_path)
    code, _, error = isostack("run", *line)
    assert code == 2
    assert said in error
    assert {path.name for path in tmp_path.iterdir()} == {"only", "short"}


def test_every_wrong_file_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "each"
    folder.mkdir()
    for name, text in {
        "good.yaml": short.PROFILE.replace("short", "good"),
        "both.yaml": short.PROFILE.replace("10 mm", "10 kg"),
        "both.rig.yaml": "extends: twin\ntick: 5 apples\n",
        "later.yaml": short.PROFILE + "at_end: kep\n",
        "broken.yaml": "x: [\n",
        "lost.rig.yaml": "extends: twin\n",
        "other.yml": "",
    }.items():
        (folder / name).write_text(text)
    before = sorted(folder.iterdir())
    monkeypatch.chdir(folder)
    code, out, error = isostack("run", "--each", ".")
    lines = error.removeprefix("isostack: ").splitlines()
    assert (code, out) == (2, "")
    assert [re.sub(r"(:\d+:\d+)?: .*", "", line) for line in lines] == [
        "both.rig.yaml", "both.yaml", "broken.yaml", "later.yaml", "lost.rig.yaml", "other.yml",
    ]  # fmt: skip
    assert sorted(folder.iterdir()) == before


@pytest.mark.realtime
def test_runs_take_turns_and_what_kills_one_does_not_touch_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "out"
    done = completed(
        "run", short.profile(tmp_path, PROFILE), "--rig", "twin", "--rig", "twin",
        "--out", str(out),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 of 2 runs started; next: isostack ls" in done.stdout
    assert done.stdout.startswith("short-twin, short-twin-2:\n")
    assert done.stdout.count("duration ") == 1
    first, second = out / "short-twin", out / "short-twin-2"
    try:
        listed = json.loads(isostack("ls", "--json")[1])["runs"]
        assert {run["run"] for run in listed} == {first.name, second.name}
        assert [RunSpec.read(folder).phase for folder in (first, second)] == [0.0, 0.5]
        os.kill(RunState.read(first).control.pid, signal.SIGKILL)
        until(lambda: bool(RunState.read(first).outcome), "the first run ends")
        before = RunState.read(second).tick
        until(lambda: RunState.read(second).tick > before + 5, "the second goes on")
        assert RunState.read(second).phase == "running"
    finally:
        for folder in (first, second):
            isostack("stop", folder.name)
    until(lambda: ended(second), "the second is stopped")


def ended(folder: Path) -> bool:
    try:
        return bool(RunState.read(folder).outcome)
    except RunError:
        return False
