"""Hypothesis strategies of frames, all in one place."""

import struct
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from fixture.frame.frame import Frame

LOAD_CELLS = 16  # a rig has at most so many
INTS = st.integers(-(2**63), 2**63 - 1)
BITS = st.integers(0, 2**64 - 1)
MAX_EVENTS = 20


def from_bits(bits: int) -> float:
    """The float64 of these bits, any NaN included."""
    return struct.unpack("<d", bits.to_bytes(8, "little"))[0]


def bits_of(value: Any) -> Any:
    """A value as data in which each float is its bits, so that equal means equal to the bit."""
    if isinstance(value, msgspec.Struct):
        return tuple(bits_of(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, tuple):
        return tuple(map(bits_of, value))  # pyright: ignore[reportUnknownVariableType] (any tuple)
    if isinstance(value, float):
        return struct.pack("<d", value)
    return value


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: INTS,
    float: BITS.map(from_bits),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, by its annotations."""
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        most = LOAD_CELLS if inner is int else MAX_EVENTS
        return st.lists(values(inner), max_size=most).map(tuple)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if get_origin(kind) is UnionType:
        inner, _ = get_args(kind)
        return st.none() | values(inner)
    return st.builds(kind, **{name: values(t) for name, t in get_type_hints(kind).items()})


frames: st.SearchStrategy[Frame] = values(Frame)
