"""Every benchmark runs, and meets what it judges without a clock."""

import importlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.common import Figure, conclude

ROOT = Path(__file__).parent.parent
FILES = [*(ROOT / "benchmarks").glob("*.py")]
PACKAGES = [path.parent for path in (ROOT / "benchmarks").glob("*/__main__.py")]
STARTED_BY_OTHERS = {"__init__", "common", "left_open", "processes", "watched"}
NOT_BENCHMARKS = STARTED_BY_OTHERS | {"month"}
NAMES = sorted(path.stem for path in FILES + PACKAGES)


REAL_TIME = {"fleet", "lab", "loop", "synchrony", "views"}
APART = {"fuzz", "page", "run", "t7"}  # look at the process that they are
PLAIN = [name for name in NAMES if name not in NOT_BENCHMARKS | REAL_TIME | APART]
LIVE = [pytest.param(name, marks=pytest.mark.realtime) for name in sorted(REAL_TIME)]


def is_whole(code: int, said: str, complaints: str) -> None:
    """It ran to its end, met what it judges, and its headline comes last."""
    assert code == 0, said + complaints
    table = said.splitlines()
    assert len(table) > 3
    assert any(character.isdigit() for character in table[-1])


@pytest.mark.timeout(600)  # a busy computer may take minutes
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", PLAIN)
def test_a_benchmark_runs_and_its_headline_comes_last(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", [name, "--short"])
    inside = ".__main__" if (ROOT / "benchmarks" / name).is_dir() else ""
    code = importlib.import_module(f"benchmarks.{name}{inside}").main()
    said, complaints = capsys.readouterr()
    is_whole(code, said, complaints)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [*sorted(APART), *LIVE])
def test_a_benchmark_of_processes_runs_and_its_headline_comes_last(name: str) -> None:
    line = [sys.executable, "-m", f"benchmarks.{name}", "--short"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    is_whole(done.returncode, done.stdout, done.stderr)


def test_every_benchmark_is_explained() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert all(f"benchmarks.{name}" in page for name in NAMES if name not in NOT_BENCHMARKS)


STARTED = """
import sys, threading
from benchmarks.common import perform, running

def main():
    with running([sys.executable, "-c", "import threading; threading.Event().wait()"]) as process:
        print(process.pid, flush=True)
        threading.Event().wait()

perform(main)
"""


def test_a_benchmark_that_is_terminated_ends_what_it_has_started() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTED], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as benchmark:
        assert benchmark.stdout is not None
        started = Path("/proc") / benchmark.stdout.readline().strip()
        assert started.exists()
        benchmark.terminate()
        assert benchmark.wait(60.0) == 128 + signal.SIGTERM
    assert not started.exists()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in STARTED_BY_OTHERS])
def test_a_benchmark_can_be_terminated(name: str) -> None:
    place = ROOT / "benchmarks" / name
    module = place / "__main__.py" if place.is_dir() else place.with_suffix(".py")
    assert module.read_text(encoding="utf-8").endswith("    perform(main)\n")


@pytest.mark.parametrize(
    ("figure", "short", "code"),
    [
        (Figure("told", 3.0, "s"), False, 0),
        (Figure("most", 1.0, "s", most=1.0), False, 0),
        (Figure("most", 1.1, "s", most=1.0), False, 1),
        (Figure("least", 0.9, "1/s", least=1.0), False, 1),
        (Figure("unknown", float("nan"), "s", most=1.0), False, 1),
        (Figure("timed", 1.1, "s", most=1.0, timed=True), False, 1),
        (Figure("timed", 1.1, "s", most=1.0, timed=True), True, 0),
        (Figure("size", 1.1, "MB", most=1.0), True, 1),
    ],
)
def test_a_missed_goal_is_the_exit_code_but_never_time_when_short(
    capsys: pytest.CaptureFixture[str], figure: Figure, short: bool, code: int
) -> None:
    assert conclude([figure], "headline", short) == code
    said = capsys.readouterr().out.splitlines()
    assert ("MISSED" in said[0]) == bool(code)
    assert said[-1].startswith("headline")
