"""`python docs/pictures/control.py`: write the generated parts of docs/control.md from the code.

These are the state diagram, from `controller.TRANSITIONS`, and the table of constants, from the
sources of `fixture/core/control` and the comments behind them. Each stands between two markers.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fixture.core.control.controller import TRANSITIONS
from fixture.core.control.state import Phase, Signal

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "control.md"
SOURCES = ROOT / "fixture" / "core" / "control"
UNITS = {"_PER_S": "1/s", "_UM": "µm", "_NS": "ns", "_S": "s"}  # by the end of a name
COMMENT = re.compile(r"(?P<text>.*?) ?\[(?P<mark>[ABC])(?:: (?P<source>[^]]*))?\]$")
SHORT = 6  # words: a longer beginning of a comment is no unit
HEAD = ("| constant | value | unit | reason | source |", "|---|---|---|---|---|")


class Constant(NamedTuple):
    """A constant of the controller as its source has it."""

    name: str  # with its file: law.DEAD_BAND
    value: str
    comment: str  # empty where there is none

    def unit_and_reason(self) -> tuple[str, str]:
        """What its comment says; a unit that the name ends with is not repeated there."""
        found = COMMENT.match(self.comment)
        text = found["text"] if found else self.comment
        for end, unit in UNITS.items():
            if self.name.endswith(end):
                return unit, text
        unit, colon, reason = text.partition(": ")
        return (unit, reason) if colon and len(unit.split()) <= SHORT else ("", text)

    def mark(self) -> str:
        """Where it comes from: C, B or A; empty where the comment does not say."""
        found = COMMENT.match(self.comment)
        return found["mark"] if found else ""

    def row(self) -> str:
        """A row of the table."""
        unit, reason = self.unit_and_reason()
        return f"| `{self.name}` | {self.value} | {unit} | {reason} | {self.mark()} |"


def constants() -> list[Constant]:
    """All constants of the controller, file by file."""
    return [one for path in sorted(SOURCES.glob("*.py")) for one in _constants(path)]


def _constants(path: Path) -> Iterator[Constant]:
    text = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT
    }
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, ast.unparse(node.value)
        is_number_of_enum = isinstance(node.value, ast.Attribute)
        if name.isupper() and name != "NAN" and not is_number_of_enum:
            yield Constant(f"{path.stem}.{name}", value, comments.get(node.lineno, ""))


def constants_table() -> str:
    """The table of constants."""
    return "\n".join([*HEAD, *[one.row() for one in constants()]])


def state_diagram() -> str:
    """The phases and what leads from one to another, as a Mermaid diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Phase.REST.name}"]
    for (phase, signal), (after, _) in TRANSITIONS.items():
        lines.append(f"    {phase.name} --> {after.name}: {Signal(signal).name}")
    return "\n".join([*lines, "```"])


PARTS = {"states": state_diagram, "constants": constants_table}


def page() -> str:
    """The page with its generated parts as they should be."""
    text = PAGE.read_text(encoding="utf-8")
    for name, part in PARTS.items():
        begin, end = f"<!-- {name}: generated -->\n", f"\n<!-- {name}: end -->"
        before, rest = text.split(begin)
        text = before + begin + part() + end + rest.split(end, 1)[1]
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
