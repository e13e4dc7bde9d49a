"""A plain command line means what the framework makes of it, and any other is the framework's."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.cli.app import main
from llmcost.cli.command_line import NotPlain, values_of
from llmcost.cli.command_lookup import command, subcommand
from llmcost.cli.declarations import Argument, Option, parameters_of
from llmcost.cli.framework import FrameworkError, for_framework, take_ascii_digits
from llmcost.commands import COMMANDS, SUBCOMMANDS


class Shade(StrEnum):
    LIGHT = "light"
    DARK = "dark"


def paint(
    colors: Annotated[list[str] | None, Argument()] = None,
    size: Annotated[int | None, Option("-s", "--size", min=1, max=90)] = None,
    shade: Annotated[Shade, Option("--shade")] = Shade.LIGHT,
    file: Annotated[list[Path] | None, Option("--file")] = None,
    loud: Annotated[bool, Option("-l", "--loud")] = False,
    name: Annotated[str | None, Option("-n", "--name")] = None,
) -> Any:
    """A command with an option of every kind that commands have."""


def put(
    key: Annotated[str, Argument()],
    value: Annotated[str | None, Argument()] = None,
    quiet: Annotated[bool | None, Option("--quiet")] = None,
) -> Any:
    """A command with arguments that stand for one word each."""


def by_framework(function: Any, words: list[str]) -> dict[str, Any] | None:
    """What the framework hands to the command; None if it refuses the words."""
    taken: list[dict[str, Any]] = []

    def record(**values: Any) -> None:
        taken.append(values)

    record.parameters = parameters_of(function)  # type: ignore[attr-defined]
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command()(for_framework(record))
    made: Any = typer.main.get_command(app)
    take_ascii_digits(made)
    try:
        made(words, standalone_mode=False)
    except FrameworkError:
        return None
    return taken[0] if taken else None


def plainly(function: Any, words: list[str]) -> dict[str, Any] | None:
    try:
        return values_of(words, parameters_of(function))
    except NotPlain:
        return None


NAMES = "-s --size --shade --file -l --loud -n --name --quiet -- - -5 -s7"
JOINED = "--size=3 --size= --loud=1 -ls5 -sl -n=a --shade=dark --nam x"
VALUES = ["7", "0", "91", "٥", "1_0", "dark", "DARK", "", "a b", "--", "雪", "-x"]
WORDS = st.lists(st.sampled_from([*NAMES.split(), *JOINED.split(), *VALUES]), max_size=6)


@given(WORDS, st.sampled_from([paint, put]))
@settings(max_examples=150, deadline=None)
def test_what_is_plain_is_what_the_framework_reads(words: list[str], function: Any) -> None:
    """It may leave a line to the framework, but it never reads another value."""
    found = plainly(function, words)
    assert found is None or found == by_framework(function, words)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "red blue",
        "red --size 3 blue --loud",
        "-s 3 -s 4 -n a",
        "-s3 --shade=dark --name=a=b",
        "--file a --file=b -- --loud",
        "--name -s - --",
    ],
)
def test_usual_lines_are_plain(line: str) -> None:
    found = plainly(paint, line.split())
    assert found is not None
    assert found == by_framework(paint, line.split())


def every_command() -> list[Any]:
    groups = [subcommand(group, name) for group, names in SUBCOMMANDS.items() for name in names]
    return [*(command(name, [name, "--help"]) for name in COMMANDS), *groups]


def test_every_option_has_a_name_and_a_kind_that_is_read_here() -> None:
    for one in every_command():
        for parameter in parameters_of(one):
            kind = parameter.kind
            inner = kind.__args__[0] if getattr(kind, "__origin__", None) is list else kind
            assert inner in (str, int, bool, Path) or issubclass(inner, StrEnum), parameter.name
            assert isinstance(parameter.declaration, Argument) or parameter.declaration.names


@pytest.mark.parametrize("line", ["prices", "prices shwo", "tokenizers -h", "", "nothing", "-h"])
def test_lines_without_a_command_are_the_frameworks(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(line.split())
    out, err = capsys.readouterr()
    assert ("Usage: " in out) if code == 0 else ("error: " in err)
