"""No tuning number of the core can be changed by 30 % without a golden run that notices."""

import math
from collections.abc import Iterator

import pytest

from fixture.core.control import law
from fixture.core.measurement import compensation, short_circuit, signals
from fixture.core.safety import interlocks
from tests.core.golden.constants import Constant, changed, constants, copies, scaled, written
from tests.core.golden.notice import hints_of, noticed, tuned_numbers
from tests.core.golden.runs import digest, stored

GRACE = Constant("fixture.core.measurement.short_circuit", "GRACE_NS")


@pytest.mark.parametrize("name", tuned_numbers())
def test_a_golden_run_notices_a_change_of(name: str):
    assert any(noticed(name, hints_of(name))), (
        f"no golden run notices {name} changed by 30 %: add a run in which it matters, or delete it"
    )


def test_the_hints_are_of_the_numbers_that_there_are():
    assert set(stored()["noticed_by"]) == set(tuned_numbers())


# -- what a tuning constant is -------------------------------------------------------------------


def test_constants_are_found_by_how_they_are_written():
    found = {str(one) for one in constants("measurement", "safety")}
    assert {
        "measurement.short_circuit.GRACE_NS",
        "measurement.compensation.LOWEST_C",
        "measurement.compensation.HIGHEST_C",
        "safety.permissives.JOG_MAX_UM",
    } <= found
    names = {name.rsplit(".", 1)[1] for name in found}
    assert not {"NAN", "NO_ACTION", "CURRENT", "NEW_FORCE", "PRESS_ENDS", "ORDER"} & names
