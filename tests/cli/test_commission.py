"""`isostack commission`: the numbers of a rig as a run with a dummy shows them, in its file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixture.cli.main import app
from fixture.config.find import RIGS, find
from fixture.config.rig import Rig
from fixture.config.yaml.model import build

RIG = "name: mine\nextends: twin  # in the cellar\n"


def isostack(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["commission", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(RIG)
    return path


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commissioning run of the twin, which has its numbers in profiles/rigs/twin.yaml."""
    folder = tmp_path_factory.mktemp("commission")
    (folder / "mine.yaml").write_text(RIG)
    arguments = ("--rig", str(folder / "mine.yaml"), "--out", str(folder / "run"), "--dry-run")
    pressures = ("--low", "5 MPa", "--high", "20 MPa")
    code, out, _ = isostack(*arguments, *pressures, "--speed", "max", "--yes")
    assert code == 0
    assert "larger positions press harder" in out
    assert "mine.yaml: not written (--dry-run)" in out
    assert (folder / "mine.yaml").read_text() == RIG
    return folder / "run" / "commissioning-mine.h5"


def test_what_was_found_is_what_the_twin_is(rig: Path, record: Path) -> None:
    code, out, err = isostack("--rig", str(rig), "--record", str(record), "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["found"]
    assert found["stiffness_n_per_um"] == pytest.approx(8.7, rel=0.1)
    assert found["secant_n_per_um"] == pytest.approx(8.6, rel=0.05)
    assert found["stick_band_um"] == pytest.approx(0.5, rel=0.3)
    assert found["noise_share"] == pytest.approx(12e-6, rel=0.2)  # 10 ppm, and the count
    assert sum(found["carried"]) == pytest.approx(1.0)
    assert found["lines"] == []


def test_the_rig_file_keeps_its_comments_and_gets_the_numbers_and_the_date(
    rig: Path, record: Path
) -> None:
    code, out, _ = isostack("--rig", str(rig), "--record", str(record))
    assert code == 0
    assert "written into mine.yaml" in out
    assert "# in the cellar" in rig.read_text()
    known = build(Rig, find(RIGS, str(rig)).document)
    assert known.nominal.stiffness == pytest.approx(8.7, rel=0.1)
    assert known.nominal.breathing_lag == 20.0  # of the twin, as it was
    assert known.commissioning is not None
    assert known.commissioning.record == "commissioning-mine.h5"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--high", "500 MPa"], "at most 114.6 MPa on 10 mm"),
        (["--low", "30 MPa", "--high", "20 MPa"], "the low one first"),
        (["--diameter", "10"], "--diameter: "),
        ([], "where nobody can be asked, --yes says so"),
    ],
)
def test_nothing_moves_where_the_command_is_wrong(
    rig: Path, arguments: list[str], says: str
) -> None:
    code, _, err = isostack("--rig", str(rig), *arguments)
    assert code == 2
    assert says in err
    assert [path.name for path in rig.parent.iterdir()] == ["mine.yaml"]


def test_a_press_commanded_by_force_is_commissioned_and_keeps_its_unit(
    tmp_path: Path,
) -> None:
    """All lengths of such a rig are forces on its nominal stiffness: that is not written."""
    path = tmp_path / "air.yaml"
    path.write_text("name: air\nextends: twin-air-t7\n")
    told = ("--low", "5 MPa", "--high", "20 MPa", "--speed", "max", "--yes")
    code, out, _ = isostack("--rig", str(path), "--out", str(tmp_path / "run"), *told)
    assert code == 0
    assert "times what is commanded, as identified" in out
    assert "times the force that is commanded" not in out
    known = build(Rig, find(RIGS, str(path)).document)
    assert known.nominal.stiffness == 10.0
    assert known.nominal.stick_band == pytest.approx(1.5, rel=0.4)
    assert known.commissioning is not None
    assert known.commissioning.latency is not None
