"""What a source-measure unit says that it does, whatever its dialect: pure."""

import math
from typing import NamedTuple

EQUAL = 1e-5  # of a level: what the instrument writes has seven digits
HIGH_IMPEDANCE = "HIMP"

TERMINALS = {"front": "FRON", "rear": "REAR"}  # a rig's word, and that of `:ROUTe:TERMinals`


class Found(NamedTuple):
    """What the instrument says that it does."""

    on: bool
    by_voltage: bool  # its source function
    level: float  # V, else A
    limit: float  # A, else V
    isolates: bool  # whether the output, off, is at high impedance

    def keeps(self, level: float, limit: float) -> bool:
        """Whether level and limit are these, to the digits that it writes."""
        return math.isclose(self.level, level, rel_tol=EQUAL, abs_tol=1e-12) and math.isclose(
            self.limit, limit, rel_tol=EQUAL
        )


def switch(answer: str) -> bool:
    """Whether an answer says on. Raises ValueError for what is neither 0 nor 1."""
    if answer not in ("0", "1"):
        raise ValueError(f"neither 0 nor 1: {answer[:40]!r}")
    return answer == "1"


def function_of(answer: str) -> str:
    """CURR or VOLT, of an answer that names the source function. Raises ValueError."""
    function = answer.strip('"').upper()[:4]
    if function not in ("CURR", "VOLT"):
        raise ValueError(f"source function {answer[:40]!r}")
    return function
