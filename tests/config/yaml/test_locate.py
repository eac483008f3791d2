"""YAML with places."""

import pytest

from fixture.config.yaml import locate
from fixture.config.yaml.errors import ConfigError, Place


def test_every_value_knows_its_line_and_column() -> None:
    document = locate.read("f.yaml", "a: 1\nb:\n  - c: x\n    d: {e: 2}\n")
    assert document.data == {"a": 1, "b": [{"c": "x", "d": {"e": 2}}]}
    assert document.place(("a",)) == Place("f.yaml", 1, 1)
    assert document.place(("b", 0, "c")) == Place("f.yaml", 3, 5)
    assert document.place(("b", 0, "d", "e")) == Place("f.yaml", 4, 9)


def test_what_was_not_written_is_placed_where_it_would_stand() -> None:
    document = locate.read("f.yaml", "a:\n  b: 1\n")
    assert document.place(("a", "missing")) == Place("f.yaml", 1, 1)


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 40 + "]" * 40, "a: " + "[" * 20_000, "a: " + "{a: " * 5000 + "1" + "}" * 5000],
    ids=["40 lists", "lists that are not closed", "5000 mappings"],
)
def test_a_file_that_is_nested_without_end_is_one_error(text: str) -> None:
    with pytest.raises(ConfigError, match="nested deeper than 32 levels"):
        locate.read("f", text)


def test_of_alternatives_the_nearer_files_replaces_the_others() -> None:
    base = locate.read("base", "a: {column: x, scale: 2, place: 1}\n")
    over = locate.read("over", "extends: base\na: {unit: mA}\n")
    merged = locate.extend(over, lambda name, at: base)
    assert merged.data == {"a": {"column": "x", "place": 1, "unit": "mA"}}


def test_it_is_yaml_1_2_so_no_is_a_word_and_not_false() -> None:
    assert locate.read("f", "a: no\nb: false\nc: on\n").data == {"a": "no", "b": False, "c": "on"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", 'f:2:1: found duplicate key "a"'),
        ("a: [1\nb: 2", "f:2:2: not YAML"),
        ("- 1\n", "f:1:1: expected 'key: value' lines"),
        ("", "f:1:1: expected 'key: value' lines"),
        ("a: !!python/object:os.system 1\n", "f:1:1: TaggedScalar: only text, numbers"),
        ("a:\n  b: 0x" + 17 * "f" + "\n", "f:2:3: a whole number beyond 9223372036854775808"),
        ("1: x\n", "f:1:1: key 1 is not text"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        locate.read("f", text)
    assert str(caught.value).startswith(said)


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    with pytest.raises(ConfigError, match="more than 100000 values"):
        locate.read("f", "\n".join(lines))


def test_a_file_that_extends_another_merges_mappings_and_keeps_the_places_of_both() -> None:
    base = locate.read("base", "a: {x: 1, y: 2}\nl: [1, 2]\n")
    over = locate.read("over", "extends: base\na: {y: 3}\nl: [9]\n")
    merged = locate.extend(over, lambda name, place: base)
    assert merged.data == {"a": {"x": 1, "y": 3}, "l": [9]}
    assert merged.place(("a", "x")) == Place("base", 1, 5)
    assert merged.place(("a", "y")) == Place("over", 2, 5)
    assert merged.place(("l", 1)) == Place("over", 3, 1)
    assert locate.read("again", merged.text).data == merged.data


def test_files_that_extend_each_other_in_a_circle_are_refused() -> None:
    a = locate.read("a", "extends: b\n")
    with pytest.raises(ConfigError, match="b:1:1: files that extend each other in a circle"):
        locate.extend(a, lambda name, place: locate.read("b", "extends: b\n"))


def test_another_model_takes_no_options_of_the_one_that_it_replaces() -> None:
    base = locate.read("base.yaml", "press: {model: a, options: {x: 1}, step: 2}\n")
    for over, options in (("model: b", None), ("model: a", {"x": 1}), ("step: 3", {"x": 1})):
        nearer = locate.read("over.yaml", f"extends: base\npress: {{{over}}}\n")
        merged = locate.extend(nearer, lambda name, place: base)
        assert merged.data["press"].get("options") == options
