"""Where the picture of a diagram is: named after the diagram's text."""

from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "pictures" / "diagrams"


def file_of(text: str) -> Path:
    """The SVG of a Mermaid text."""
    return FOLDER / f"{sha256(text.strip().encode()).hexdigest()[:12]}.svg"
