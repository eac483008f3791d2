"""`python docs/pictures/architecture.py`: draw the folders and their imports as architecture.svg.

Which folders there are, their level and their arrows come from the imports in the code; an arrow
that follows from others is left out. Only the columns and the words are written here.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).with_name("architecture.svg")

COLUMNS = {
    "cli": 1, "lab": 1, "view": 1, "isostack": 0, "config": 2, "analysis": 0, "runtime": 1,
    "twin": 2, "record": 0, "instruments": 2, "frame": 0, "core": 1,
}  # fmt: skip
ABOUT = {
    "isostack": "public API: records in Python",
    "cli": "the commands: parse, call, print",
    "lab": "many machines, one broker",
    "view": "terminal, page, playback",
    "config": "YAML with units to numbers",
    "analysis": "replay, hold error, picture",
    "runtime": "loop, processes, link",
    "twin": "simulated rig and cell",
    "record": "the HDF5 file",
    "instruments": "codecs, drivers, emulators",
    "frame": "what passes between processes",
    "core": "core, pure: step(config, state, sample) → (state, command, events)",
    "measurement": "readings to pressure",
    "sequence": "what is to be done now",
    "control": "whether and how far to move",
    "safety": "the last word",
}
STEP = ("measurement", "sequence", "control", "safety")  # in the order of `step`
WIDE, HIGH, COLUMN, ROW = 210, 52, 270, 92
EDGE, INNER_WIDE = 24, 176
SIDE, HEAD = 80, 9  # where slanted arrows begin and end beside the middle; length of a head
INK, LINE, FILL, PURE = "#1f2937", "#6b7280", "#f3f4f6", "#dbeafe"


def imports() -> dict[str, set[str]]:
    """Which folder imports which, of those that are drawn."""
    found: dict[str, set[str]] = {name: set() for name in COLUMNS}
    for top in ("isostack", "fixture", "instruments"):
        for path in sorted((ROOT / top).rglob("*.py")):
            here = _folder(path.relative_to(ROOT).with_suffix("").parts)
            there = {_folder(module.split(".")) for module in _modules(path)}
            found.get(here, set()).update((there & found.keys()) - {here})
    return found


def _folder(parts: Sequence[str]) -> str:
    return parts[1] if parts[0] == "fixture" and len(parts) > 1 else parts[0]


def _modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def reduced(graph: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The arrows that do not follow from others."""

    @cache
    def beyond(name: str) -> frozenset[str]:
        return frozenset(graph[name]).union(*(beyond(after) for after in graph[name]))

    return [
        (name, after)
        for name in graph
        for after in sorted(graph[name])
        if not any(after in beyond(other) for other in graph[name] - {after})
    ]


def levels(graph: dict[str, set[str]]) -> dict[str, int]:
    """The row of each folder from below: the core is 0, and each stands above what it imports.

    What imports nothing stands right below the lowest that imports it.
    """

    @cache
    def depth(name: str) -> int:
        return max((1 + depth(after) for after in graph[name]), default=0)

    found = {name: depth(name) for name in graph}
    users = [found[name] for name in graph if "instruments" in graph[name]]
    return found | {"instruments": min(users) - 1}


def picture() -> str:
    """The picture as SVG."""
    graph = imports()
    rows = levels(graph)
    top = max(rows.values())
    places = {
        name: (EDGE + COLUMN * COLUMNS[name] + WIDE // 2, EDGE + ROW * (top - row) + HIGH // 2)
        for name, row in rows.items()
    }
    lines = [_arrow(places[name], places[after], after) for name, after in reduced(graph)]
    boxes = [_box(places[name], name) for name in graph if name != "core"]
    width, height = 2 * EDGE + 2 * COLUMN + WIDE, places["core"][1] + 2 * HIGH + EDGE
    return "\n".join(
        [_HEAD.format(w=width, h=height), *lines, *boxes, _core(places["core"]), "</svg>\n"]
    )


_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
    'font-family="sans-serif">\n'
    '<rect width="{w}" height="{h}" fill="white"/>'
)


def _arrow(begin: tuple[int, int], end: tuple[int, int], after: str) -> str:
    """A line with a head, from the lower edge of a box to the upper edge of another."""
    x1, y1, x2, y2 = begin[0], begin[1] + HIGH // 2, end[0], end[1] - HIGH // 2
    if after == "core":
        x2 = x1
    aside = SIDE * ((x2 > x1) - (x2 < x1))
    x1, x2 = x1 + aside, x2 - aside
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    x, y = x2 - HEAD * dx, y2 - HEAD * dy
    wide_x, wide_y = HEAD / 2 * dy, HEAD / 2 * dx
    corners = f"{x2},{y2} {x - wide_x:.1f},{y + wide_y:.1f} {x + wide_x:.1f},{y - wide_y:.1f}"
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x:.1f}" y2="{y:.1f}" stroke="{LINE}"/>'
        f'<polygon points="{corners}" fill="{LINE}"/>'
    )


def _box(place: tuple[int, int], name: str, wide: int = WIDE, fill: str = FILL) -> str:
    x, y = place
    name_and_about = _text(x, y - 4, name, 14, "bold") + _text(x, y + 15, ABOUT[name], 11)
    return _rect(x, y, wide, HIGH, fill) + name_and_about


def _rect(x: int, y: int, wide: int, high: int, fill: str) -> str:
    """A rectangle about its middle."""
    return (
        f'<rect x="{x - wide // 2}" y="{y - high // 2}" width="{wide}" height="{high}" rx="5" '
        f'fill="{fill}" stroke="{LINE}"/>'
    )


def _text(x: int, y: int, text: str, size: int, weight: str = "normal") -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="{size}" '
        f'font-weight="{weight}" fill="{INK}">{text}</text>'
    )


def _core(place: tuple[int, int]) -> str:
    """The core with its folders in the order in which a sample passes them."""
    x, top = place[0], place[1] - HIGH // 2
    wide = 2 * COLUMN + WIDE
    pitch = wide // len(STEP)
    title = ABOUT["core"]
    parts = [
        _rect(x, top + HIGH + 6, wide, 2 * HIGH + 12, PURE),
        _text(x, top + 20, title, 14),
    ]
    for index, name in enumerate(STEP):
        centre = x - wide // 2 + pitch // 2 + pitch * index, top + HIGH + 22
        parts.append(_box(centre, name, INNER_WIDE, "white"))
    return "\n".join(parts)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(PICTURE)
