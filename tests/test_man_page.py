"""The manual page is that of the command line as it is."""

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "docs" / "man" / "make.py"


def test_the_manual_page_is_current() -> None:
    found = SCRIPT.with_name("isostack.1").read_text(encoding="utf-8")
    assert found == runpy.run_path(str(SCRIPT))["page"](), "run: python docs/man/make.py"
