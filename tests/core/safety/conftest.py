"""While the safety layer is tested, the table of trips is held against each tick called quiet."""

from collections.abc import Iterator

import pytest

from fixture.core.safety import interlocks
from fixture.core.safety.quiet import is_quiet
from fixture.core.safety.state import Evidence
from fixture.core.safety.trips import ORDER


def _is_quiet_as_the_table_says(seen: Evidence) -> bool:
    quiet = is_quiet(seen)
    assert not (quiet and any(check(seen) for _, check in ORDER))
    return quiet


@pytest.fixture(autouse=True, scope="module")
def checked_look() -> Iterator[None]:
    """Every tick that the interlocks look at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interlocks, "is_quiet", _is_quiet_as_the_table_says)
        yield
