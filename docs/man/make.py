"""The manual page, from the command line itself: `python docs/man/make.py` writes isostack.1."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import typer

from fixture.cli.help_text import argument_name
from fixture.cli.main import app

PAGE = Path(__file__).with_name("isostack.1")
EXITS = (
    ("0", "done"),
    ("1", "the answer is no"),
    ("2", "usage or configuration"),
    ("3", "hardware, link or disk"),
    ("130", "interrupted"),
)


def page() -> str:
    """The page as roff."""
    root = typer.main.get_command(app)
    lines = ['.TH ISOSTACK 1 "" "isostack" "User Commands"', ".SH NAME"]
    lines += [f"isostack \\- {_roff((root.help or '').rstrip('.'))}", ".SH SYNOPSIS"]
    lines += [".B isostack", "COMMAND [ARGUMENTS]", ".SH COMMANDS"]
    lines += _commands(root, "isostack")
    lines.append(".SH EXIT STATUS")
    for code, text in EXITS:
        lines += [".TP", f".B {code}", text]
    return "\n".join([*lines, ""])


def walk(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command below a group that is not hidden, with what is typed to call it."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from walk(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _commands(root: Any, path: str) -> list[str]:
    lines: list[str] = []
    for typed, command in walk(root, path):
        text, _, example = (command.help or "").partition("\n\nExample: ")
        lines += [f".SS {_roff(typed)}", _roff(text)]
        for parameter in command.params:
            lines += _parameter(parameter)
        lines += [".PP", "Example:", f".B {_roff(example)}"] if example else []
    return lines


def _parameter(parameter: click.Parameter) -> list[str]:
    is_argument = parameter.param_type_name == "argument"
    named = argument_name(parameter) if is_argument else ", ".join(parameter.opts)
    text = getattr(parameter, "help", "") or ""
    return [".TP", f".B {_roff(named)}",
            _roff(text) or "\\&"]  # fmt: skip


def _roff(text: str) -> str:
    """Text with the characters that roff would take for its own."""
    plain = " ".join(text.replace("\\", "\\e").replace("-", "\\-").split())
    return re.sub(r"^([.'])", r"\\&\1", plain)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
