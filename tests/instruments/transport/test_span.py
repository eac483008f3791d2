from typing import NamedTuple

import pytest

from instruments.transport.span import Span


class Exchange(NamedTuple):
    t_ns: int
    uncertainty_ns: int


@pytest.mark.parametrize(
    ("exchanges", "t_ns", "uncertainty_ns"),
    [
        ([(100, 10)], 100, 10),
        ([(100, 10), (130, 10), (190, 10)], 145, 55),  # from 90 to 200
        ([(-40, 10), (30, 10)], -5, 45),  # began before time 0, less the latency
    ],
)
def test_a_span_goes_from_the_first_exchange_to_the_last(
    exchanges: list[tuple[int, int]], t_ns: int, uncertainty_ns: int
) -> None:
    span = Span()
    for one in exchanges:
        span.add(Exchange(*one))
    assert (span.t_ns, span.uncertainty_ns) == (t_ns, uncertainty_ns)
