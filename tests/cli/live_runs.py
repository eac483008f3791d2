"""A supervised run for tests of the commands that reach it."""

import os
import pty
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from fixture.cli.main import app
from tests.runtime.runs_for_tests import Run, served_rig, spec, supervised
from tests.waiting import until


def isostack(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    done = CliRunner().invoke(app, list(arguments), prog_name="isostack")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def of_its_own(folder: Path) -> dict[str, str]:
    """Environment in which a test's runs are the only ones."""
    return {"XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder)}


@contextmanager
def a_run(folder: Path, name: str = "one", **environ: str) -> Generator[Run]:
    """A run that ticks, or that has ended already."""
    ours, theirs = pty.openpty()
    try:
        with (
            served_rig() as rig,
            supervised(folder / name, spec(name, rig, os.ttyname(theirs)), environ) as run,
        ):
            until(lambda: run.ticking() or run.process.poll() is not None)
            yield run
    finally:
        os.close(ours)
        os.close(theirs)
