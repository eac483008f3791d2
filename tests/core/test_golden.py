"""The core answers as it did, to the bit, on every machine and version of Python."""

import pytest

from tests.core.recorded import RUNS, digest, stored


@pytest.mark.parametrize("name", RUNS)
def test_the_answers_are_the_golden_ones(name: str):
    assert digest(name) == stored()[name], (
        "the core answers otherwise than before; if that is meant, raise CORE_VERSION, run "
        "'python -m tests.core.refresh' and say why"
    )


def test_every_golden_run_is_still_run():
    assert set(stored()) == set(RUNS)
