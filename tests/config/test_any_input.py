"""Whatever stands in a file, the answer is a plan or a ConfigError, never another error."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixture.config import find
from fixture.config.resolve import plan
from fixture.config.yaml import locate
from fixture.config.yaml.errors import ConfigError
from fixture.config.yaml.locate import Path as KeyPath
from tests.config.cases import PROFILE

ODD = (
    None, True, 0, -1, 3.5, float("nan"), float("inf"), 10**30, "", "x", "trace", "15 MPa", "1 N",
    "-1 um", "0 s", "5 %", "C/10", "9**9 m", [], [1], ["1 V", "2 V"], {}, {"a": 1}, [{"step": 1}],
)  # fmt: skip


def leaves(data: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The path of every value, mappings and lists included."""
    if path:
        yield path
    if isinstance(data, dict):
        for key, value in cast("dict[str, Any]", data).items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(cast("list[Any]", data)):
            yield from leaves(value, (*path, index))


def replaced(data: Any, path: KeyPath, value: Any) -> Any:
    """A copy with one value changed."""
    if not path:
        return value
    copy = data.copy()
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


GOOD = locate.read("p.yaml", PROFILE).data
RIG = find.find(find.RIGS, "twin").document.data


def accepted_or_told(folder: Path, profile: Any, rig: Any) -> None:
    (folder / "p.yaml").write_text(locate.dump(profile), encoding="utf-8")
    (folder / "r.yaml").write_text(locate.dump(rig), encoding="utf-8")
    with suppress(ConfigError):
        plan(str(folder / "p.yaml"), str(folder / "r.yaml"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(leaves(GOOD))), st.sampled_from(ODD))
def test_any_value_anywhere_in_a_profile(tmp_path: Path, path: KeyPath, value: Any) -> None:
    accepted_or_told(tmp_path, replaced(GOOD, path, value), RIG)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(leaves(RIG))), st.sampled_from(ODD))
def test_any_value_anywhere_in_a_rig(tmp_path: Path, path: KeyPath, value: Any) -> None:
    accepted_or_told(tmp_path, GOOD, replaced(RIG, path, value))


@pytest.mark.parametrize(
    "text", ["\0", "a: 'b", "{", "%YAML 9.9\n---\na: 1", "a: b: c", "--- 1\n--- 2"]
)
def test_any_text_at_all(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        plan(str(tmp_path / "p.yaml"), "twin")
