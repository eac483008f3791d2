"""The page of commands, from the command line itself, as the manual page is."""

import runpy
from pathlib import Path
from typing import Any

import typer

from fixture.cli.help_text import argument_name, arguments, usage
from fixture.cli.main import app

MAN = runpy.run_path(str(Path(__file__).parents[1] / "man" / "make.py"))


def page() -> str:
    """What the page lists, as Markdown."""
    lines = ["| exit code | means |", "|---|---|"]
    lines += [f"| {code} | {text} |" for code, text in MAN["EXITS"]]
    for typed, command in MAN["walk"](typer.main.get_command(app), "isostack"):
        lines += ["", *_command(typed, command)]
    return "\n".join([*lines, ""])


def _command(typed: str, command: Any) -> list[str]:
    text, _, example = (command.help or "").partition("\n\nExample: ")
    typed_all = " ".join([typed, "[OPTIONS]", *map(usage, arguments(command))])
    lines = [f"## {typed}", "", " ".join(text.split()), "", "```text", typed_all, "```", ""]
    lines += ["| argument, option | meaning | default |", "|---|---|---|"]
    lines += [_row(one) for one in command.params]
    return [*lines, "", "Example:", "", "```sh", " ".join(example.split()), "```"]


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return argument_name(parameter)
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _row(parameter: Any) -> str:
    text = (parameter.help or "").replace("|", "\\|")
    name = _name(parameter).replace("|", "\\|")
    return f"| `{name}` | {text} | {_default(parameter)} |"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "needed"
    return "" if parameter.default in (None, "", False) else f"`{parameter.default}`"
