"""The page of rigs and recipes that ship: each file as it is."""

from pathlib import Path

from fixture.config import find
from fixture.config.find import PROFILES, RIGS, Shelf


def page() -> str:
    """What the page lists, as Markdown."""
    return "\n".join([*_shelf("Rigs", RIGS), *_shelf("Recipes", PROFILES)])


def _shelf(title: str, shelf: Shelf) -> list[str]:
    lines = [f"## {title}", ""]
    for name in find.names(shelf):
        path = Path(find.path_of(shelf, name))
        about = str(find.find(shelf, name).document.data.get("about", ""))
        text = path.read_text(encoding="utf-8").rstrip()
        lines += [f"### `{name}`", "", about, "", "```yaml", text, "```", ""]
    return lines
