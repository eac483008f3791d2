"""`isostack calibrate`: what is read goes into the rig file, dated; the rest stays."""

import builtins
import json
import sys
from collections.abc import Generator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fixture.cli import rig_file
from fixture.cli.calibrate import measure
from fixture.cli.calibrate.measure import mean
from fixture.cli.calibrate.span import Orders, span
from fixture.cli.errors import UsageError
from fixture.cli.main import app
from fixture.config.find import RIGS, find
from fixture.config.rig import Rig
from fixture.config.today import today
from fixture.config.yaml.model import build
from instruments.protocols import LinkGone
from instruments.registry import find_any
from tests.instruments.fakes import FakeForce
from tests.instruments.served import on_pty

RIG = """\
# Our press.
name: bench
extends: twin
load_cells:
  port: {address: "PORT"}      # on the left
  units: [1, 2]
  full_scale: 4 kN
  division: 0.1 N              # as on the panel
  zero_counts: [0, 0]
  options: {deadline: 500 ms}
press: {port: {address: /dev/null/press}}
potentiostat: {port: {address: "tcp://127.0.0.1:9"}}
twin: null
"""
LOADS_N = (0, 500, 1000, 2000, 3000, 4000)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def isostack(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["calibrate", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def force() -> FakeForce:
    return FakeForce(0.0, 0.0)


@pytest.fixture
def rig(tmp_path: Path, force: FakeForce) -> Generator[Path]:
    path = tmp_path / "bench.yaml"
    with on_pty(find_any("laumas-tlb").emulator(force, {"units": (1, 2)})) as port:
        path.write_text(RIG.replace("PORT", port))
        yield path


def known(path: Path) -> Rig:
    return build(Rig, find(RIGS, str(path)).document)


def points(path: Path, gain: float = 1.0, series: int = 3) -> Path:
    """Readings of two load cells side by side that indicate `gain` times the force."""
    lines = ["series,force_n,counts_1,counts_2"]
    for number in range(1, series + 1):
        lines += [f"{number},{n},{6 * n * gain + 30},{4 * n * gain - 10}" for n in LOADS_N]
    path.write_text("\n".join(lines))
    return path


def test_a_zero_is_written_and_every_comment_stays(rig: Path, force: FakeForce) -> None:
    force.forces_n = [3.0, -2.0]
    code, out, err = isostack("zero", "--rig", str(rig), "--seconds", "0.1")
    assert (code, err) == (0, "")
    assert "written into bench.yaml" in out
    assert known(rig).load_cells.zero_counts == [30.0, -20.0]
    lines = rig.read_text().splitlines()
    assert "# on the left" in lines[4]
    assert lines[0] == "# Our press."
    assert lines[-1] == "twin: null"
    kept = rig.with_name(f"bench.yaml.before-{today()}")
    assert "zero_counts: [0, 0]" in kept.read_text()


def test_a_zero_under_load_is_refused_unless_forced(rig: Path, force: FakeForce) -> None:
    force.forces_n = [500.0, 0.0]
    code, out, _ = isostack("zero", "--rig", str(rig), "--seconds", "0.1")
    assert code == 1
    assert "Take the load off" in out
    assert known(rig).load_cells.zero_counts == [0.0, 0.0]
    code, _, _ = isostack("zero", "--rig", str(rig), "--seconds", "0.1", "--force")
    assert (code, known(rig).load_cells.zero_counts) == (0, [5000.0, 0.0])


def test_a_span_from_a_file_is_dated_and_becomes_the_newtons_of_a_count(
    rig: Path, tmp_path: Path
) -> None:
    file = points(tmp_path / "points.csv", gain=0.98)
    code, out, err = isostack(
        "span", "--rig", str(rig), "--points", str(file), "--by", "M. Z.", "--uncertainty", "0.1 %"
    )
    assert (code, err) == (0, "")
    assert "span           1.02041 N a newton indicated; ±0.1 % (95 %)" in out
    assert "kept from 500 N (ISO 7500-1)" in out
    cells = known(rig).load_cells
    assert cells.calibration is not None
    assert cells.calibration.date == today()
    assert cells.calibration.by == "M. Z."
    assert cells.calibration.lower_limit == 500.0
    assert cells.newtons_per_count() == pytest.approx((0.1 / 0.98, 0.1 / 0.98), rel=1e-6)


def test_a_class_is_written_only_of_three_series_of_five_forces(rig: Path, tmp_path: Path) -> None:
    few = points(tmp_path / "points.csv", series=2)
    code, out, _ = isostack("span", "--rig", str(rig), "--points", str(few))
    assert code == 0
    assert "an indication, and is not written into the rig" in " ".join(out.split())
    calibration = known(rig).load_cells.calibration
    assert calibration is not None
    assert (calibration.iso_class, calibration.lower_limit) == (None, None)


def test_a_dry_run_writes_nothing(rig: Path, tmp_path: Path) -> None:
    before = rig.read_text()
    file = points(tmp_path / "points.csv")
    code, out, _ = isostack("span", "--rig", str(rig), "--points", str(file), "--dry-run", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["written"] is False
    assert told["results"][0]["span"] == pytest.approx(1.0)
    assert [level["iso_class"] for level in told["results"][0]["levels"]] == [0.5] * 5
    assert rig.read_text() == before


def test_each_load_is_asked_for_read_and_kept(
    rig: Path, force: FakeForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_on(question: str) -> str:
        load_n = float(question.partition("put ")[2].partition(" N")[0])
        force.forces_n = [0.6 * load_n * 1.01, 0.4 * load_n * 1.01]
        return ""

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(builtins, "input", put_on)
    loads = "0 N, 1 kN, 2 kN, 3 kN, 1 kN"
    assert span(Orders(str(rig), loads=loads, series=2, seconds=0.02)) == 0
    cells = known(rig).load_cells
    assert cells.calibration is not None
    assert cells.calibration.span == pytest.approx((1.0 / 1.01,), rel=1e-4)
    evidence = rig.with_name(cells.calibration.evidence).read_text().splitlines()
    assert evidence[0] == "series,force_n,counts_1,counts_2,noise_1,noise_2"
    assert evidence[2] == "1,1000,6060,4040,0,0"
    assert len(evidence) == 11


def test_an_interrupted_calibration_names_the_file_that_it_goes_on_with(
    rig: Path, force: FakeForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def twice(question: str) -> str:
        asked.append(question)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return ""

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(builtins, "input", twice)
    with pytest.raises(KeyboardInterrupt, match=r"2 readings are in .*--points"):
        span(Orders(str(rig), loads="0 N, 1 kN, 2 kN", seconds=0.02))


def test_a_link_that_is_lost_on_the_way_names_the_readings_and_the_options(
    rig: Path, force: FakeForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--unit` the one that was loaded alone would count for both."""
    asked: list[str] = []

    def pulled(self: measure.Cells, seconds: float, beside: measure.Cells | None) -> measure.Mean:
        del self, seconds, beside
        if len(asked) == 3:
            raise LinkGone("load cells: the port is gone")
        return measure.Mean((0.0, 1000.0 * len(asked)), (0.0, 0.0), (0.0, 0.0))

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(builtins, "input", asked.append)
    monkeypatch.setattr(measure.Cells, "over", pulled)
    orders = Orders(str(rig), loads="0 N, 1 kN, 2 kN", unit=2, uncertainty="0.1 %", iso_class=0.5)
    again = r"--unit 2 --uncertainty '0.1 %' --class 0.5 --points"
    with pytest.raises(LinkGone, match=rf"port is gone; 2 readings are in .*{again}"):
        span(orders)


def test_a_calibration_that_is_interrupted_before_a_reading_leaves_nothing(
    rig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_once(question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(builtins, "input", at_once)
    with pytest.raises(KeyboardInterrupt, match="nothing was read, and nothing was changed"):
        span(Orders(str(rig), loads="0 N, 1 kN", seconds=0.02))
    assert [path.name for path in rig.parent.iterdir()] == ["bench.yaml"]


def test_a_load_cell_beyond_its_range_is_not_read(rig: Path, force: FakeForce) -> None:
    force.forces_n = [4800.0, 0.0]
    code, _, err = isostack("zero", "--rig", str(rig), "--seconds", "0.1", "--force")
    assert code == 3
    assert "more than its range: take the load off" in err


def test_a_reference_load_cell_says_what_the_loads_are(
    rig: Path, force: FakeForce, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = FakeForce(0.0)

    def put_on(question: str) -> str:
        load_n = 0.97 * float(question.partition("put ")[2].partition(" N")[0])
        true.forces_n = [load_n + 7.0]
        force.forces_n = [load_n * 1.02, 0.0]
        return ""

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(builtins, "input", put_on)
    emulator = find_any("laumas-tlb").emulator(true, {"division_n": 0.05})
    with on_pty(emulator) as port:
        orders = Orders(
            str(rig), loads="0 N, 1 kN, 2 kN, 3 kN", series=1, unit=1, seconds=0.02,
            reference_model="laumas-tlb", reference_address=port, reference_division="0.05 N",
        )  # fmt: skip
        assert span(orders) == 0
    cells = known(rig).load_cells
    assert cells.calibration is not None
    assert cells.calibration.span == pytest.approx((1.0 / 1.02, 1.0), rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rig", "twin"], "ships with isostack"),
        (["--rig", "RIG", "--loads", "5 mm"], "--loads: "),
        (["--rig", "RIG", "--loads", "0 N"], "say which loads"),
        (["--rig", "RIG", "--loads", "0 N, 1 kN"], "on a terminal; elsewhere give --points"),
        (["--rig", "RIG", "--loads", "0 N, 500 kN"], "500000 N is not from 0 N to 8000 N"),
        (["--rig", "RIG", "--loads", "0 N, 5 kN", "--unit", "2"], "from 0 N to 4000 N"),
        (["--rig", "RIG", "--loads", "0 N, -1 kN"], "-1000 N is not from 0 N"),
        (["--rig", "RIG", "--loads", "1 kN", "--reference-model", "x"], "the first load is 0 N"),
        (["--rig", "RIG", "--due", "soon", "--loads", "1 N"], "--due soon: write a date"),
        (["--rig", "RIG", "--points", "none.csv"], "none.csv: No such file"),
        (["--rig", "RIG", "--points", "BAD"], "bad.csv:3: 4 or 6 numbers are wanted"),
        (["--rig", "RIG", "--points", "GOOD", "--unit", "7"], "--unit 7: the rig's load cells"),
        (["--rig", "RIG", "--loads", "0 N, 1 N", "--unit", "7"], "--unit 7: the rig's load cells"),
        (["--rig", "RIG", "--loads", "0 N, 1 N", "--uncertainty", "1 N"], "--uncertainty: "),
        (["--rig", "RIG", "--points", "GRAMS"], "another unit"),
    ],
)
def test_what_cannot_be_calibrated_says_what_to_do(
    rig: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "bad.csv").write_text("series,force_n,counts_1,counts_2\n1,0,0,0\n1,500,x,0\n")
    places = {
        "RIG": str(rig),
        "BAD": str(tmp_path / "bad.csv"),
        "GOOD": str(points(tmp_path / "good.csv")),
        "GRAMS": str(points(tmp_path / "grams.csv", gain=102.0)),
    }
    before = rig.read_text()
    code, _, err = isostack("span", *[places.get(one, one) for one in arguments])
    assert code == 2
    assert says in err
    assert rig.read_text() == before


def test_an_emulated_rig_has_nothing_to_calibrate(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nextends: twin\n")
    code, _, err = isostack("zero", "--rig", str(path))
    assert code == 2
    assert "isostack emulate --rig" in err


def test_creep_and_zero_drift_are_written_beside_each_other(rig: Path, tmp_path: Path) -> None:
    creep = tmp_path / "creep.csv"
    rows = [f"{s},{20000 + 10 * min(s / 900, 1)},{20000}" for s in range(0, 1800, 10)]
    creep.write_text("\n".join(["time_s,counts_1,counts_2", *rows]))
    code, out, err = isostack("creep", "--rig", str(rig), "--points", str(creep))
    assert (code, err) == (0, "")
    assert "creep in 30 min" in out
    warm = tmp_path / "warm.csv"
    rows = [f"{s},{20 + s / 100},{2 * s / 100},{-s / 100}" for s in range(0, 600, 10)]
    warm.write_text("\n".join(["time_s,temperature_c,counts_1,counts_2", *rows]))
    code, _, err = isostack("temperature", "--rig", str(rig), "--points", str(warm))
    assert (code, err) == (0, "")
    found = known(rig).load_cells.compensation
    assert found is not None
    assert found.creep[0] == pytest.approx(0.0005, rel=0.2)  # a ramp is not quite a creep
    assert found.zero_drift == pytest.approx((0.2 * 10 / 4000, -0.1 * 10 / 4000))


def test_without_a_thermometer_there_is_no_temperature_effect_to_find(rig: Path) -> None:
    bare = "press: {options: {temperature_port: null}, port"
    rig.write_text(rig.read_text().replace("press: {port", bare))
    code, _, err = isostack("temperature", "--rig", str(rig))
    assert code == 2
    assert "no thermometer is wired" in err


def test_a_rig_that_was_changed_meanwhile_is_not_written_over(
    rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rig_file.read(str(rig))
    rig.write_text(rig.read_text() + "# mine\n")
    with pytest.raises(UsageError, match="was changed meanwhile"):
        rig_file.write(found, {rig_file.ZERO_COUNTS: [1.0, 2.0]})
    assert rig.read_text().endswith("# mine\n")


def test_readings_that_drift_do_not_stand() -> None:
    assert mean(np.array([[10.0], [11.0], [10.0], [11.0]])).stands()
    noise = np.random.default_rng(1).normal(0.0, 3.0, (100, 1))
    assert mean(100.0 + noise).stands()
    assert not mean(np.linspace(100.0, 120.0, 100)[:, None] + noise).stands()
