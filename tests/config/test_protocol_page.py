"""The page on the cycling protocol has every key of its models, and its example runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from aurora_unicycler import CyclingProtocol
from pydantic import BaseModel

from fixture.config.resolve import plan

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
CELL = """name: shown
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}}
pressure: [{press: 15 MPa}]
"""


def models(annotation: object) -> Iterator[type[BaseModel]]:
    """Every model of an annotation, and what stands in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for inner in get_args(annotation):
        yield from models(inner)


def test_every_key_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    keys = {name for model in models(CyclingProtocol) for name in model.model_fields}
    assert len(keys) >= 30
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


def test_the_example_of_the_page_is_accepted(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    profile = tmp_path / "p.yaml"
    profile.write_text(CELL + example, encoding="utf-8")
    assert plan(str(profile)).warnings == ()
