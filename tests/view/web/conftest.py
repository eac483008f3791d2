"""What the tests of the page share."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.view.web.served import Served

STORED = Path(__file__).parents[3] / "data" / "press-and-cycle.h5.gz"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A finished record of its own for the test."""
    path = tmp_path / "run.h5"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    return path


@pytest.fixture
def served(tmp_path: Path, stored: Path) -> Iterator[Served]:
    """The application."""
    served = Served(tmp_path, {"run": stored})
    yield served
    served.catalogue.close()
