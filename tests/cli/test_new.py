"""`new profile` and `new rig` write files that `check` accepts, and overwrite nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.cli.errors import UsageError
from fixture.cli.new import QUESTIONS, answers, new
from fixture.config.resolve import plan
from tests.cli.live_runs import isostack


def test_a_new_profile_is_what_was_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    options = ["--pressure", "5 MPa", "--form", "20 MPa", "--cycles", "3", "--negative", "Li"]
    code, out, err = isostack("new", "profile", str(file), *options)
    assert (code, err) == (0, "")
    assert out == f"profile: {file}\nnext: isostack check {file}\n"
    found = plan(str(file))
    assert found.profile.name == "mine"
    assert [mpa for step in found.profile.pressure for _, mpa in step.pressures()] == [20.0, 5.0]
    assert found.warnings == ()


def test_a_new_rig_is_what_was_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "bench.yaml"
    options = ["--cells", "1", "--full-scale", "20 kN", "--safe-state", "release"]
    assert isostack("new", "rig", str(file), *options)[0] == 0
    found = plan("manual", str(file))
    assert found.twin is None
    assert found.rig.load_cells.full_scales() == (20_000.0,)
    assert found.rig.limits.safe_state == "release"


@pytest.mark.parametrize("what", ["profile", "rig"])
def test_nothing_is_overwritten(what: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    code, _, err = isostack("new", what, str(file))
    assert (code, "is there already" in err) == (2, True)
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--pressure", "5"), "--pressure: 5 has no unit; write '5 MPa'"),
        (("--form-time", "5 V"), "--form-time: 5 V is a voltage, not a time"),
        (("--negative", "Naa"), "--negative: 'Naa' is not known here; did you mean 'Na'?"),
        (("--cycles", "0"), "--cycles: '0' is not a whole number from 1 to 100000"),
        (("--name", "a b"), "--name: 'a b' is no name"),
        (("--pressure", "500 MPa"), "check refuses what was asked for"),
    ],
)
def test_what_cannot_be_is_refused_and_no_file_is_left(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    code, _, err = isostack("new", "profile", str(tmp_path / "mine.yaml"), *options)
    assert code == 2
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_question_is_asked_until_its_answer_is_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    replies: Iterator[str] = iter(["five", "", "8 MPa"])
    asked: list[str] = []

    def reply(text: str, otherwise: str) -> str:
        asked.append(f"{text} [{otherwise}]")
        return next(replies)

    chosen = {name: QUESTIONS["profile"][name] for name in ("cycles", "pressure")}
    assert answers(chosen, {}, reply) == {"cycles": "10", "pressure": "8 MPa"}
    assert asked == ["Cycles [10]", "Cycles [10]", "Pressure while cycling [15 MPa]"]
    assert "'five' is not a whole number" in capsys.readouterr().out


def test_what_the_command_line_says_is_not_asked() -> None:
    chosen = {"cycles": QUESTIONS["profile"]["cycles"]}
    assert answers(chosen, {"cycles": "7"}, None) == {"cycles": "7"}


def test_every_question_has_an_option_of_its_name() -> None:
    for what, questions in QUESTIONS.items():
        text = isostack("new", what, "--help")[1]
        assert all(f"--{name.replace('_', '-')} " in text for name in questions)


def test_another_ending_than_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ends in"):
        new("rig", tmp_path / "bench.txt", {}, ask=False)
