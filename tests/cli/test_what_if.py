"""A logged hold is repeated with something changed, and nothing is said where the fit is bad."""

import csv
import json
from pathlib import Path

import pytest

from fixture.analysis.disturbance import Agreement
from fixture.cli.errors import UsageError
from fixture.cli.what_if import table
from fixture.cli.what_if.command import combinations, parsed
from fixture.cli.what_if.fitted import Change, Fitted, changed
from tests import short
from tests.cli.test_main import isostack

PROFILE = """\
name: breathing
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Li}
pressure:
  - press: 15 MPa
    at: cycle
protocol:
  record: {time_s: 0.1}
  sample: {capacity_mAh: 0.785}
  method:
    - {step: open_circuit_voltage, until_time_s: 300}
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 1, until_time_s: 600}
    - {step: constant_current, current_mA: -1, until_time_s: 600}
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("what-if")
    profile = short.profile(folder, PROFILE)
    out = folder / "out"
    code, _, said = isostack(
        "run", profile, "--speed", "max", "--out", str(out), "--no-picture", "--json",
        "--rate", "2",
    )  # fmt: skip
    assert code == 0, said
    return out / "breathing.h5"


def test_the_log_is_repeated_and_each_combination_judged_once(record: Path, tmp_path: Path) -> None:
    out = tmp_path / "what-if"
    asked = (
        "replay", str(record), "--what-if", "setpoint=20 MPa", "--out", str(out),
        "--jobs", "1",
    )  # fmt: skip
    code, said, error = isostack(*asked, "--json")
    assert code == 0, error
    found = json.loads(said)
    (fit,) = found["fits"]
    assert fit["good"]
    assert fit["pressure_rms"] < 0.5
    unchanged, higher = found["cases"]
    assert (unchanged["case"], unchanged["setpoint_mpa"]) == ("as logged", 15.0)
    assert (higher["case"], higher["setpoint_mpa"]) == ("setpoint=20 MPa", 20.0)
    assert higher["outcome"] == "done"
    with (out / "what-if.csv").open() as file:
        assert [row["case"] for row in csv.DictReader(file)] == ["as logged", higher["case"]]
    assert (out / "what-if.png").stat().st_size > 10_000
    results = {path: path.stat().st_mtime_ns for path in out.glob("*/record.h5")}
    code, again, _ = isostack(*asked, "--json")
    assert (code, json.loads(again)) == (0, found)
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/record.h5")} == results


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("control.styel=smooth", "styel"),
        ("control.style=quick", "choose from economy, precise, smooth"),
        ("contol.style=smooth", "did you mean 'control'?"),
        ("protocol.method=1", "The disturbance was identified for the current"),
        ("setpoint", "write KEY=VALUE"),
        ("setpoint=", "write KEY=VALUE"),
        ("setpoint=15 V", "MPa"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_runs(
    record: Path, tmp_path: Path, asked: str, said: str
) -> None:
    code, _, error = isostack(
        "replay", str(record), "--what-if", asked, "--out", str(tmp_path / "out")
    )
    assert code == 2
    assert said in error
    assert not list(tmp_path.glob("out/*"))
    assert "profile.yaml" not in error


def test_a_record_without_a_hold_is_named(tmp_path: Path) -> None:
    profile = short.profile(tmp_path)
    isostack("run", profile, "--speed", "max", "--out", str(tmp_path / "out"), "--no-picture")
    code, _, error = isostack(
        "replay", str(tmp_path / "out" / "short.h5"), "--what-if", "control.lag=false"
    )
    assert code == 2
    assert "holds no pressure for 10 min" in error


def test_combinations_are_those_of_every_value() -> None:
    found = combinations([parsed("a=1,2"), parsed("b=x, y")])
    assert [" ".join(map(str, changes)) for changes in found] == [
        "a=1 b=x", "a=1 b=y", "a=2 b=x", "a=2 b=y",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="given twice"):
        combinations([parsed("a=1"), parsed("a=2")])
    with pytest.raises(UsageError, match="more than 10000"):
        combinations([(key, [str(i) for i in range(101)]) for key in ("a", "b")])


def test_a_change_leaves_the_fit_as_it_was() -> None:
    base = Fitted({"pressure": [{"press": "15 MPa"}]}, {"tick": "0.1 s"}, "")
    other = changed(base, [Change("setpoint", "20 MPa"), Change("limits.force", "1 kN")])
    assert other.profile["pressure"][0]["press"] == "20 MPa"
    assert other.rig == {"tick": "0.1 s", "limits": {"force": "1 kN"}}
    assert base.profile["pressure"][0]["press"] == "15 MPa"
    with pytest.raises(UsageError, match="has no keys below it"):
        changed(base, [Change("limits.force", "1 kN"), Change("limits.force.most", "x")])


def test_a_bad_fit_says_why_nothing_is_claimed() -> None:
    said = table.fit("run.h5", Agreement(0.1, 0.4, 2.0, 5.0, 10.0))
    assert "Too little agreement" in said
    assert "No case of it was run" in said
