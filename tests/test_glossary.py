"""The program's words are those of the glossary: words that it replaces do not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REPLACED = (
    "believ(?:e|es|ed|ing)", "bow(?:s|ed)?", "crew", "foresee(?:s|n|ing)?", "foretell", "foretold",
    "learn(?:s|t|ed|ing)?", "lessons?", "misfits?", "programmes?", "rescue[sd]?", "taught",
    "teach(?:es|ing)?",
    r"told (?:an? force|an? position|where|how hard|what to|nothing but|to (?:move|stop|drive))",
    r"(?:what|as) (?:it|they) (?:is|are|was|were) told",
    "wander(?:s|ed|ing)?", "wind[-_ ]up", "wish(?:es|ed)?", "wound[-_ ]up",
)  # fmt: skip
WORDS = re.compile(rf"(?<![a-z])(?:{'|'.join(REPLACED)})(?![a-z])", re.IGNORECASE)
KEPT = re.compile(  # names in files that users have: a column of the record, keys of the twin
    r"\bwind_up_metre\b"
    r"|(?<=[.\"`])(?:wander(?:_time_s)?|bows)\b"
    r"|\b(?:wander(?:_time_s)?|bows)(?=: )"
    r"|Told a Force / N"
)
WITH_HISTORY = (  # the old names, too
    "docs/decisions/", "docs/glossary.md", "CHANGELOG.md", "fixture/config/yaml/renamed_keys.py",
    "fixture/record/old_names.py",
)  # fmt: skip


def pages_and_modules() -> list[str]:
    """Everything that is scanned, as paths from the root."""
    files = [*(ROOT / "fixture").rglob("*.py"), *(ROOT / "isostack").rglob("*.py")]
    files += [*(ROOT / "instruments").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]
    files += ROOT.glob("*.md")
    names = [file.relative_to(ROOT).as_posix() for file in files]
    return sorted(name for name in names if not name.startswith(WITH_HISTORY))


def replaced_words(name: str) -> list[str]:
    """The words in a file that the glossary replaces, with their lines."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [
        f"{name}:{number}: {word}"
        for number, line in enumerate(lines, 1)
        for word in WORDS.findall(KEPT.sub("", line))
    ]


def test_words_that_the_glossary_replaces_are_not_used() -> None:
    assert [found for name in pages_and_modules() for found in replaced_words(name)] == []


@pytest.mark.parametrize(
    "text", ["wind_up", "Wind-up", "the programme", "is_believed", "BOW", "told a force"]
)
def test_a_replaced_word_is_found_within_names(text: str) -> None:
    assert WORDS.search(text)


@pytest.mark.parametrize("text", ["elbow", "windup", "program", "window", "wandel", "told apart"])
def test_other_words_are_not_mistaken_for_it(text: str) -> None:
    assert not WORDS.search(text)


@pytest.mark.parametrize(
    "text", ["wander: 0.1 %", '("air", "wander")', "`bows`", "kind.wander_time_s"]
)
def test_names_in_files_that_users_have_are_kept(text: str) -> None:
    assert not WORDS.search(KEPT.sub("", text))


@pytest.mark.parametrize("text", ["a slow wander", "bow: float", "self._wander_n", "the bows"])
def test_the_same_words_elsewhere_are_found(text: str) -> None:
    assert WORDS.search(KEPT.sub("", text))
