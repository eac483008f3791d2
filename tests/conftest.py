"""What holds for all tests, wherever they are started.

No example fails for being slow, for a computer may be busy. A shell's job in the background (`&`)
ignores SIGINT, and so would every process of a test: it is taken back. What a file or a folder
makes once for its tests is made in one process: with `--dist loadgroup` they stay together.
"""

import gc
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of `-m realtime` only the few files are imported that have such a test."""
    if config.getoption("markexpr") != "realtime" or not collection_path.match("test_*.py"):
        return None
    return "mark.realtime" not in collection_path.read_text(encoding="utf-8") or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: no collector looks for garbage in it, then or later."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests that share a fixture of a file or a folder by where that fixture stands."""
    for item in items:
        if isinstance(item, pytest.Function) and (place := _shared(item)):
            item.add_marker(pytest.mark.xdist_group(place))


def _shared(item: pytest.Function) -> str:
    """The innermost place of the fixtures that a test shares with others; empty: it has none."""
    found = item._fixtureinfo.name2fixturedefs.values()  # pyright: ignore[reportPrivateUsage]
    places = [one.baseid for fixtures in found for one in fixtures if one.scope != "function"]
    return max(places, key=len, default="")
