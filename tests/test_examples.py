"""The example notebooks run, and are those that the script makes."""

import gzip
import json
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "docs" / "examples" / "make.py"
NOTEBOOKS = sorted(SCRIPT.parent.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_is_as_the_script_has_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Any] = runpy.run_path(str(SCRIPT))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    raw = (ROOT / "data" / "press-and-cycle.h5.gz").read_bytes()
    (tmp_path / "run.h5").write_bytes(gzip.decompress(raw))
    cells = [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    names: dict[str, Any] = {}
    for cell in cells:
        assert bool(made["carried_out"](cell["source"], names)) == bool(cell["outputs"])
    assert [cell["source"] for cell in cells] == made["EXAMPLES"][path.stem][1]


def test_there_are_five_and_they_are_small() -> None:
    assert len(NOTEBOOKS) == 5
    assert sum(path.stat().st_size for path in NOTEBOOKS) < 400_000
