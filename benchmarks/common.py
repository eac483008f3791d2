"""What the benchmarks share: judged figures in a table, and `isostack` as a process of its own."""

import argparse
import math
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

ROOT = Path(__file__).parent.parent
WORDS = {True: "ok", False: "MISSED"}


class Figure(NamedTuple):
    """One line of a table. A goal is the most or the least that it may be; without one, it informs.

    `timed`: it depends on the machine and how busy that is, and is not judged with `--short`.
    """

    what: str
    value: float
    unit: str
    most: float = math.inf
    least: float = -math.inf
    timed: bool = False

    def met(self) -> bool:
        """Whether it is a number within its goal."""
        bound = math.isfinite(self.most) or math.isfinite(self.least)
        return not bound or self.least <= self.value <= self.most


def perform(main: Callable[[], int]) -> NoReturn:
    """Exit with what a benchmark returns. SIGTERM unwinds it as Ctrl-C does, once.

    So each block that has started runs, servers or a browser ends them, however it is left.
    """
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())


def _end(number: int, _: object) -> NoReturn:
    signal.signal(number, _ignore)
    sys.exit(128 + number)


def _ignore(*_: object) -> None:
    """A function and not SIG_IGN, which what is started in the unwinding would inherit."""


def parser(about: str | None) -> argparse.ArgumentParser:
    """A command line that knows `--short`; `about`: the module's docstring."""
    made = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--short", action="store_true", help="function and size only, quickly")
    return made


def conclude(figures: Iterable[Figure], headline: str, short: bool) -> int:
    """Print the table and, last, the headline; 1 where a goal that counts is missed."""
    missed = 0
    for figure in figures:
        judged = not (short and figure.timed)
        missed += judged and not figure.met()
        value = _number(figure.value)
        print(f"{figure.what:46}{value:>12} {figure.unit:12}{_judgement(figure, judged)}")
    print(headline + (f"  ({missed} of the goals missed)" if missed else ""))
    return 1 if missed else 0


def _number(value: float) -> str:
    """Counts whole, whatever their size."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"


def _judgement(figure: Figure, judged: bool) -> str:
    if math.isfinite(figure.most) and math.isfinite(figure.least):
        goal = f"{figure.least:.4g} to {figure.most:.4g}"
    elif math.isfinite(figure.most):
        goal = f"at most {figure.most:.6g}"
    elif math.isfinite(figure.least):
        goal = f"at least {figure.least:.6g}"
    else:
        return ""
    return f"{goal:18}{WORDS[figure.met()] if judged else 'not judged'}"


def isostack(*arguments: str) -> list[str]:
    """The command line of `isostack` with arguments: as installed, else from the checkout."""
    installed = Path(sys.executable).with_name("isostack")
    if installed.exists():
        return [str(installed), *arguments]
    return [sys.executable, "-m", "fixture.cli.main", *arguments]


@contextmanager
def running(command: Sequence[str], **settings: Any) -> Generator["subprocess.Popen[Any]"]:
    """A process while the block runs; one that still runs then is ended and waited for.

    `settings`: of `subprocess.Popen`.
    """
    with subprocess.Popen(command, cwd=ROOT, **settings) as process:
        try:
            yield process
        finally:
            process.terminate()


def completed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `isostack` to its end; its exit code and what it said."""
    return subprocess.run(
        isostack(*arguments), capture_output=True, text=True, check=False, cwd=ROOT
    )
