"""Hypothesis strategies of the record's tests."""

from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from fixture.core.config import Config

_NUMBERS: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
}

SOUND: dict[Any, dict[str, st.SearchStrategy[Any]]] = {
    Config: {"tick_ns": st.integers(1, 2**63 - 1)}  # a tick takes time
}


def structs(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a Struct tree, by its annotations."""
    if get_origin(kind) is tuple:
        return st.lists(structs(get_args(kind)[0]), max_size=4).map(tuple)
    if issubclass(kind, msgspec.Struct):
        fields = {name: structs(of) for name, of in get_type_hints(kind).items()}
        return st.builds(kind, **(fields | SOUND.get(kind, {})))
    return _NUMBERS[kind]


configs = structs(Config)
