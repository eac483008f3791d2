"""`python -m benchmarks.kill [--short]`: `kill -9` in the middle of a run, again and again.

A real `isostack run … --json` is killed at a random moment after its first acknowledgement. Then
nothing acknowledged may be missing, and `isostack recover`, plain h5py, xarray and `isostack replay
--verify` must all work on what is left; the damaged file itself must stay as it was. The other kill
loop, in `benchmarks.record`, is about the recorder alone, at moments that no whole run reaches.
"""

import hashlib
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import h5py
import xarray as xr

from benchmarks.common import Figure, completed, conclude, isostack, parser, perform, running
from fixture.record.nodes import values_at
from tests import short as short_run

KILLS, KILLS_SHORT = 50, 1
LONGEST_S, LONGEST_SHORT_S = 2.5, 0.5  # from the first acknowledgement to the kill
ENDLESS = "cycle_count: 2000"


class Left(NamedTuple):
    """What one kill left. Every flag has to be true."""

    acknowledged: int  # the last tick that was promised
    kept: int  # the last tick in the recovered file
    h5py: bool
    xarray: bool
    verified: bool
    unchanged: bool  # the damaged file


def killed(profile: str, out: Path, wait_s: float) -> int:
    """Run, kill `wait_s` after the first acknowledgement; the last acknowledged tick.

    RuntimeError where the run ended before it acknowledged anything.
    """
    command = isostack("run", profile, "--speed", "max", "--out", str(out), "--json")
    with running(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline()]
        time.sleep(wait_s)
        run.kill()
        lines += run.stdout.read().splitlines(keepends=True)
    promises = [json.loads(line)["acknowledged_tick"] for line in lines if line.endswith("\n")]
    if not promises:
        raise RuntimeError(f"{' '.join(command)}: ended before it acknowledged anything")
    return promises[-1]


def left(profile: str, folder: Path, wait_s: float) -> Left:
    """Kill one run and check everything."""
    out = folder / "out"
    acknowledged = killed(profile, out, wait_s)
    path, recovered = out / "short.h5", out / "short.recovered.h5"
    before = _digest(path)
    if completed("recover", str(path)).returncode:
        return Left(acknowledged, -1, h5py=False, xarray=False, verified=False, unchanged=False)
    last, rows = _by_h5py(recovered)
    return Left(
        acknowledged,
        last,
        rows > 0,
        _by_xarray(recovered) == rows,
        completed("replay", str(recovered), "--verify").returncode == 0,
        _digest(path) == before,
    )


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def _by_h5py(path: Path) -> tuple[int, int]:
    """Last tick; rows of the log, 0 where its columns differ in length."""
    with h5py.File(path) as file:
        names = ("test_time_second", "voltage_volt", "surface_pressure_pa")
        rows = {len(values_at(file, f"entry/log/{name}")) for name in names}
        return int(values_at(file, "entry/ticks/tick")[-1]), rows.pop() if len(rows) == 1 else 0


def _by_xarray(path: Path) -> int:
    """Rows of the log."""
    with xr.open_dataset(path, engine="h5netcdf", group="entry/log", decode_times=False) as log:
        return int(log.sizes["test_time_second"])


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed."""
    short: bool = parser(__doc__).parse_args(arguments).short
    kills, longest_s = (KILLS_SHORT, LONGEST_SHORT_S) if short else (KILLS, LONGEST_S)
    moment = random.Random(1)  # noqa: S311 (moments, not secrets)
    found: list[Left] = []
    with tempfile.TemporaryDirectory() as name:
        text = short_run.PROFILE.replace("cycle_count: 2", ENDLESS)
        profile = short_run.profile(Path(name), text)
        for _ in range(kills):
            with tempfile.TemporaryDirectory() as folder:
                found.append(left(profile, Path(folder), moment.uniform(0.0, longest_s)))
    lost = sum(one.kept < one.acknowledged for one in found)
    beyond = sum(one.kept - one.acknowledged for one in found) / kills
    bad = {
        "not opened by plain h5py": sum(not one.h5py for one in found),
        "not opened by xarray (h5netcdf)": sum(not one.xarray for one in found),
        "not verified by replay": sum(not one.verified for one in found),
        "with the damaged file altered": sum(not one.unchanged for one in found),
    }
    figures = [
        Figure("runs killed", kills, ""),
        Figure("fewest ticks acknowledged at the kill", min(o.acknowledged for o in found) + 1, ""),
        Figure("most", max(one.acknowledged for one in found) + 1, ""),
        Figure("kept beyond the acknowledged, mean", beyond, "ticks"),
        Figure("that lost an acknowledged tick", lost, "", most=0.0),
        *[Figure(what, count, "", most=0.0) for what, count in bad.items()],
    ]
    return conclude(figures, f"kill: {lost} of {kills} lost an acknowledged tick", short)


if __name__ == "__main__":
    perform(main)
