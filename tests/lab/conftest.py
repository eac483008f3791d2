"""What the tests of the laboratory share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.runtime.registry import Registry
from tests.cli.live_runs import of_its_own
from tests.lab.brokers import BrokerProcess, running


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker that runs."""
    with running(tmp_path / "broker") as made:
        yield made


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A list of runs of its own for the test."""
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)
    return Registry.of_user()
