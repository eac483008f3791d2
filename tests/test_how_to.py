"""The pages for hands are right: their code runs, their rig is accepted, their links lead on."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from fixture.cli.main import app
from fixture.config import find
from fixture.record.parts import JoinedRecord
from instruments import registry

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")], key=lambda page: page.as_posix()
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#[^)\s]*)?\)")


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    text = page.read_text(encoding="utf-8")
    return [part.split("```")[0] for part in text.split(f"```{language}\n")[1:]]


def test_the_example_driver_reads_its_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ModuleType("line_scale")
    monkeypatch.setitem(sys.modules, "line_scale", page)
    row = {"line-scale": "line_scale:MODEL"}
    monkeypatch.setattr(registry, "LOAD_CELLS", registry.Models("load_cells", row))
    code = blocks(ROOT / "docs" / "how-to" / "driver.md", "python")
    for block in code:
        exec(block, page.__dict__)
    assert len(code) == 6


def rigs() -> list[str]:
    """The example rigs; on the page of the T7 the second is a part, in the place of another."""
    (screw,) = blocks(ROOT / "docs" / "how-to" / "rig.md", "yaml")
    air, followed = blocks(ROOT / "docs" / "how-to" / "air-press-with-t7.md", "yaml")
    before, _, after = air.partition("potentiostat:")
    return [screw, air, before + followed + "\nnominal:" + after.partition("nominal:")[2]]


@pytest.mark.parametrize("text", rigs())
def test_the_example_rig_is_accepted_by_check(text: str, tmp_path: Path) -> None:
    rig = tmp_path / "bench.yaml"
    rig.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["check", "manual", "--rig", str(rig)], prog_name="isostack")
    assert (done.exit_code, done.stderr) == (0, "")


FOLLOWING = ("bench-follow", "bench-screw-t7")  # whose cell is another program's
BENCHES = [name for name in find.names(find.RIGS) if name.startswith("bench")]


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_that_ships_is_accepted_by_check_and_simulates_nothing(name: str) -> None:
    profile = "manual" if name in FOLLOWING else "lithium-constant-hold"
    done = CliRunner().invoke(app, ["check", profile, "--rig", name], prog_name="isostack")
    assert (done.exit_code, done.stderr) == (0, "")
    text = (ROOT / "profiles" / "rigs" / f"{name}.yaml").read_text("utf-8")
    assert "emulated:" not in text
    assert "MUST BE HARDWARE" in text


@pytest.mark.parametrize("profile", ["manual", "sodium-assembly-hold", "lithium-constant-hold"])
def test_the_whole_bench_is_accepted_by_check(profile: str) -> None:
    done = CliRunner().invoke(app, ["check", profile, "--rig", "bench"], prog_name="isostack")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "compensated" in done.stdout
    assert "emulated:" not in (ROOT / "profiles" / "rigs" / "bench.yaml").read_text("utf-8")


@pytest.mark.timeout(400)
def test_the_page_on_following_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "how-to" / "follow.md"
    for text in blocks(page, "yaml"):
        name = text.split("name: ")[1].split()[0]
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    commands = "".join(blocks(page, "sh"))
    lines = ["isostack check manual --rig bench-follow.yaml", *commands.splitlines()]
    said: dict[str, str] = {}
    for line in lines:
        done = CliRunner().invoke(app, line.split()[1:], prog_name="isostack")
        assert (done.exit_code, line) == (0, line), done.output
        said[line] = done.stdout
    assert "rows came" in said[lines[2]]
    assert "5 of 5 steps of current fit" in said[lines[4]]
    assert "begins at 0.0" in said[lines[5]]
    again = CliRunner().invoke(app, ["replay", "out/short-follow.h5", "--verify"])
    assert (again.exit_code, again.output) == (0, again.output)
    with (
        JoinedRecord.open("out/short-follow.merged.h5") as merged,
        JoinedRecord.open("out/short-follow.h5") as run,
    ):
        assert merged.cycles["complete"].tolist() == [1, 1]
        assert merged.ticks["current"].tobytes() == run.ticks["current"].tobytes()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if target]
    missing = {target for target in targets if not (page.parent / target).exists()}
    assert missing == set()
