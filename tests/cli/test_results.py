"""show, report, export and compare as a person meets them: finished, in parts, running, wrong."""

import json
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import h5py
import msgspec
import pytest

from fixture.analysis.errors import ResultError
from fixture.analysis.new_file import new_file
from fixture.cli import compare, report_file, report_whole
from fixture.record.columns import LAYOUT
from fixture.view.recorded import RecordedSource
from isostack.run import open_run
from tests.analysis import made_runs
from tests.cli.test_main import isostack
from tests.config.cases import PROFILE

COMMANDS = {
    "show": ("show",),
    "report": ("report",),
    "export": ("export", "--format", "csv"),
    "compare": ("compare",),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_runs.finished(tmp_path_factory.mktemp("results"))


class Page(HTMLParser):
    """What of a page matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.outside: list[str] = []
        self.headings: list[str] = []
        self.unnamed = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        for name in ("src", "href", "xlink:href"):
            if not (found.get(name) or "#").startswith("#"):
                self.outside.append(found[name] or "")
        if found.get("role") in {"img", "region"} and not found.get("aria-label"):
            self.unnamed += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)


def test_show_gives_summary_cycles_picture_and_the_next_commands(run: Path) -> None:
    code, said, complaint = isostack("show", str(run))
    assert (code, complaint) == (0, "")
    assert "outcome" in said
    assert "done after 26 min 40 s" in said
    assert "efficiency" in said
    assert run.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert f"next: isostack replay {run} --verify\n      isostack report {run}" in said


def test_show_joins_parts_and_says_that_the_last_was_cut_off(tmp_path: Path) -> None:
    path = made_runs.in_parts(tmp_path)
    told = json.loads(isostack("show", str(path), "--json", "--no-picture")[1])
    assert told["outcome"] == "done"
    assert told["duration_s"] == made_runs.TICKS - 1
    assert len(told["files"]) == 2
    (tmp_path / "made-up.part2.h5").unlink()
    _, said, _ = isostack("show", str(path), "--no-picture")
    assert "cut off after" in said
    assert f"next: isostack recover {path}" in said


@pytest.mark.parametrize("broken", ["made-up.h5", "made-up.part2.h5", "gone"])
def test_a_part_that_cannot_be_read_hides_no_other(tmp_path: Path, broken: str) -> None:
    path = made_runs.in_parts(tmp_path)
    second = tmp_path / "made-up.part2.h5"
    if broken == "gone":
        second.rename(tmp_path / "made-up.part3.h5")
        broken = second.name
    else:
        (tmp_path / broken).write_bytes(path.read_bytes()[:600])
        (tmp_path / broken).with_suffix(".chunks").unlink(missing_ok=True)
    said = isostack("show", str(path), "--no-picture")[1]
    assert f"missing {broken} cannot be read" in " ".join(said.split())
    out = ("--format", "csv", "--out", str(tmp_path / "a.csv"))
    code, said, _ = isostack("export", str(path), *out)
    assert code == 0
    assert broken in said
    played = RecordedSource(path, lambda: 0)
    assert "1 of" in played.trouble
    played.close()
    with open_run(path) as run:
        assert "1 missing" in repr(run)
        assert run.missing[0].startswith(broken)


def test_a_run_whose_first_part_is_gone_is_shown_by_its_directory(tmp_path: Path) -> None:
    made_runs.in_parts(tmp_path).unlink()
    found = json.loads(isostack("show", str(tmp_path), "--no-picture", "--json")[1])
    assert found["missing"][0].startswith("made-up.h5 cannot be read")
    assert found["files"] == [str(tmp_path / "made-up.part2.h5")]


def no_pictures(*_: object) -> tuple[list[object], list[object]]:
    """Drawing takes long."""
    return [], []


def test_report_and_compare_name_a_part_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made_runs.in_parts(tmp_path)
    path.unlink()
    monkeypatch.setattr(report_whole, "_pictures", no_pictures)
    box = report_whole.page(path).partition("Damaged")[2]
    assert "made-up.h5 cannot be read" in box
    monkeypatch.setattr(compare, "_draw", no_pictures)
    code, said, _ = isostack("compare", str(path), "--out", str(tmp_path / "c.png"))
    assert code == 0
    assert "made-up: made-up.h5 cannot be read" in said


def test_recover_of_no_ticks_has_nothing_to_compare(tmp_path: Path) -> None:
    made_runs.write(tmp_path / "made-up.h5", 0, 0).close()
    code, said, _ = isostack("recover", str(tmp_path / "made-up.h5"))
    assert code == 0
    assert "a replay has nothing to compare: it holds no ticks" in said
    assert "--verify" not in said


def test_show_takes_the_directory_of_a_run(run: Path) -> None:
    code, said, _ = isostack("show", str(run.parent), "--no-picture", "--json")
    assert (code, json.loads(said)["record"]) == (0, str(run))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_run_that_goes_on_is_read_as_far_as_it_is_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / "made-up.h5"
    writer = made_runs.write(path, 0, 900)
    out = ("--out", str(tmp_path / "out.png")) if name == "compare" else ()
    code, said, complaint = isostack(COMMANDS[name][0], str(path), *COMMANDS[name][1:], *out)
    assert (code, complaint) == (0, "")
    if name == "show":
        assert "running after" in said
        assert "next: isostack attach made-up" in said
    writer.close()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_record_of_ours_is_one_line(run: Path, tmp_path: Path, name: str) -> None:
    text, newer, short = (tmp_path / f for f in ("text.h5", "newer.h5", "short.h5"))
    text.write_text("time,pressure\n")
    shutil.copy(run, newer)
    with h5py.File(newer, "r+") as file:
        file["entry"].attrs["layout"] = LAYOUT + 1
    short.write_bytes(run.read_bytes()[:-3000])
    for path, words in (
        (text, "no record of isostack"),
        (newer, "Upgrade isostack"),
        (short, "isostack recover"),
        (tmp_path / "gone.h5", "No such file"),
    ):
        command, *more = COMMANDS[name]
        out = ("--out", str(tmp_path / "out.png")) if name == "compare" else ()
        code, said, complaint = isostack(command, str(path), *more, *out)
        assert (code, said) == (2, "")
        assert words in complaint
        assert "Traceback" not in complaint
    names = {"text.h5", "newer.h5", "short.h5"}
    assert {file.name for file in tmp_path.iterdir()} == names


def test_a_report_is_one_page_that_needs_nothing_else(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert isostack("report", str(run), "--out", str(out))[0] == 0
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    assert page.outside == []
    assert "url(http" not in text
    assert "@import" not in text
    assert len(page.ids) == len(set(page.ids))
    assert page.unnamed == 0
    assert page.headings[:2] == ["h1", "h2"]
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "widows" in text  # no last page with one line of a long file
    assert "Left out, for want of data:" in text
    assert "Lateness of the loop (no clock drove the loop)" in text
    assert text.count("<figure") == text.count("</figure>") > 8


def test_a_report_shows_the_run_against_time_before_the_rest_is_computed(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "report.html"
    seen: list[str] = []

    def page(path: Path, step: object, against_time: str) -> str:
        del step
        seen.extend([out.read_text(encoding="utf-8"), against_time])
        return report_whole.page(path, wide=against_time)

    monkeypatch.setattr(report_file, "_page", page)
    assert isostack("report", str(run), "--out", str(out)) == (0, f"report: {out}\n", "")
    first, against_time = seen
    whole = out.read_text(encoding="utf-8")
    assert against_time in first
    assert against_time in whole
    assert 'http-equiv="refresh"' in first
    assert 'http-equiv="refresh"' not in whole
    assert Page(first).outside == []
    assert f"isostack report {run} --out {out} --force" in first


def test_a_report_that_fails_or_is_interrupted_takes_its_first_page_away(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "report.html"

    def page(*_: object) -> str:
        assert out.is_file()
        raise KeyboardInterrupt

    monkeypatch.setattr(report_file, "_page", page)
    assert isostack("report", str(run), "--out", str(out))[0] == 130
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_is_replaced_stands_until_the_new_one_is_whole(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "report.html"
    out.write_text("the old one")

    def page(*_: object) -> str:
        assert out.read_text() == "the old one"
        return "the new one"

    monkeypatch.setattr(report_file, "_page", page)
    assert isostack("report", str(run), "--out", str(out), "--force")[0] == 0
    assert out.read_text() == "the new one"


def test_a_report_of_a_run_without_a_whole_cycle_is_written(tmp_path: Path) -> None:
    path = tmp_path / "short.h5"
    made_runs.write(path, last=made_runs.HALF_S).finish("stopped", 0)
    code, said, complaint = isostack("report", str(path))
    assert (code, complaint) == (0, "")
    page = (tmp_path / "short.report.html").read_text()
    assert "Left out, for want of data: Voltage against capacity" in page
    assert "short.report.html" in said


def test_a_report_names_what_breathes_with_its_source_and_a_profiles_words_are_text_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "<script>alert(1)</script>"
    own = "{name: Na-K, breathing: 9.3 um/(mAh/cm**2), metal: true, source: own <gauge>}"
    profile = PROFILE.replace("negative: Na", f"negative: {own}") + f"# {script}\n"
    header = msgspec.structs.replace(made_runs.HEADER, profile_text=profile, cell=script)
    monkeypatch.setattr(made_runs, "HEADER", header)
    monkeypatch.setattr(report_whole, "_pictures", no_pictures)
    isostack("report", str(made_runs.finished(tmp_path)))
    text = (tmp_path / "made-up.report.html").read_text(encoding="utf-8")
    assert "Na-K (negative): +9.3 µm per mAh/cm² on charge [own], own &lt;gauge&gt;" in text
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 2  # of the profile, and of the cell


def test_nothing_is_replaced_without_force(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_whole, "_pictures", no_pictures)
    for name, suffix in (("report", "html"), ("export", "csv"), ("compare", "png")):
        out = tmp_path / f"precious.{suffix}"
        out.write_text("mine")
        command, *more = COMMANDS[name]
        code, _, complaint = isostack(command, str(run), *more, "--out", str(out))
        assert (code, out.read_text()) == (2, "mine")
        assert "--force" in complaint
        assert isostack(command, str(run), *more, "--out", str(out), "--force")[0] == 0
        assert out.read_bytes() != b"mine"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_of_a_file_that_is_not_finished_nothing_is_left(
    tmp_path: Path, error: type[BaseException]
) -> None:
    out = tmp_path / "out.csv"

    def interrupted() -> None:
        with new_file(out, force=False) as made:
            made.write_text("half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"

    def late() -> None:
        with new_file(out, force=False) as made:
            made.write_text("ours")
            out.write_text("theirs")

    with pytest.raises(ResultError, match="already there"):
        late()
    assert out.read_text() == "theirs"


def test_without_pyarrow_the_extra_is_named(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for more in (
        ("--format", "bdf-parquet", "--out", str(tmp_path / "a")),
        ("--lake", str(tmp_path)),
    ):
        code, _, complaint = isostack("export", str(run), *more)
        assert code == 2
        assert "pip install 'isostack[export]'" in complaint
    assert list(tmp_path.iterdir()) == []


def test_an_export_needs_one_format(run: Path) -> None:
    assert "bdf-csv, bdf-parquet, csv, eln, hdf5" in isostack("export", str(run))[2]
    assert "there are bdf-csv" in isostack("export", str(run), "--format", "xlsx")[2]


def test_names_follow_the_battery_data_format_where_an_institution_is_given(tmp_path: Path) -> None:
    path = made_runs.finished(tmp_path)
    isostack("export", str(path), "--format", "bdf-csv", "--institution", "Lab 7")
    names = {file.name for file in tmp_path.glob("Lab*")}
    assert names == {
        "Lab-7__Na-µ-7__20260921_001.bdf.csv",
        "Lab-7__Na-µ-7__20260921_001.bdf.metadata.json",
    }


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_runs_are_compared_in_a_table_and_a_picture(run: Path, tmp_path: Path, suffix: str) -> None:
    other = made_runs.finished(tmp_path)
    out = tmp_path / f"both{suffix}"
    code, said, _ = isostack("compare", str(run), str(other), "--out", str(out))
    assert code == 0
    assert said.count("made-up (") == 2  # told apart by their folders
    assert "efficiency" in said
    assert out.stat().st_size > 5000


def test_a_picture_of_another_kind_is_refused(run: Path) -> None:
    assert ".png or .html" in isostack("compare", str(run), "--out", "a.gif")[2]
