"""`llmcost config …`: the user's own defaults."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from llmcost.cli import config as saved
from llmcost.cli import options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import LlmcostError, UsageError
from llmcost.report.figures import visible
from llmcost.report.grid import Column, Grid, grid

if TYPE_CHECKING:
    from llmcost.cli.settings import Said, Setting

DEFAULT = "default"
WIDTH = 46  # of a key and its example, before the meaning
HEADER = """\
# Defaults of llmcost. Take the `#` off the lines that you need.
# An option goes before a variable of the environment (LLMCOST_FX), and that before this file.
"""


def register(app: typer.Typer, words: Sequence[str]) -> None:
    app.info.no_args_is_help = True
    for command in (show, path, init):
        app.command()(command)


def show(format: options.FormatName = None) -> Output:
    """Show each setting, its value, and where it comes from.

    Example: llmcost config show
    """
    from llmcost.cli.settings import SETTINGS

    said = saved.said()
    text = render(
        format_for(format),
        human=lambda: table(SETTINGS, said, for_people=True),
        machine=lambda: table(SETTINGS, said, for_people=False),
        document=lambda: document(SETTINGS, said),
    )
    return Output(text, [file_note()])


def path() -> Output:
    """Print the path of the settings file, whether it is there or not."""
    return Output(f"{visible(str(saved.settings_file()))}\n")


def init() -> Output:
    """Write a settings file to start from, unless there is one."""
    from llmcost.cli.files import create

    path = saved.settings_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create(path, template().encode())
    except UsageError as error:
        raise UsageError(str(error), hint="`llmcost config show` shows what it sets") from None
    except LlmcostError as error:
        raise LlmcostError(str(error), hint=f"{saved.FILE} names another file") from None
    except OSError as error:
        said = f"cannot make the folder `{visible(str(path.parent))}`: {error.strerror}"
        raise LlmcostError(said, hint=f"{saved.FILE} names another file") from None
    return Output("", [f"wrote {visible(str(path))}; nothing in it is set yet"])


def table(
    settings: "Mapping[str, Setting]", said: "Mapping[str, Said]", *, for_people: bool
) -> Grid:
    """People see what holds where nothing is set; for programs that cell is empty."""
    columns = [Column("setting"), Column("value", fold=True), Column("from")]
    rows = []
    for key, one in settings.items():
        value = ", ".join(said[key].texts) if key in said else one.default if for_people else ""
        rows.append([key, visible(value), place_of(said, key)])
    return grid(columns, rows)


def place_of(said: "Mapping[str, Said]", key: str) -> str:
    return visible(said[key].place) if key in said else DEFAULT


def document(settings: "Mapping[str, Setting]", said: "Mapping[str, Said]") -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.config.show/1`."""
    return {
        "schema": "llmcost.config.show/1",
        "file": visible(str(saved.settings_file())),
        "results": [
            {"setting": key, "value": value_of(one, said), "from": place_of(said, key)}
            for key, one in settings.items()
        ],
    }


def value_of(setting: "Setting", said: "Mapping[str, Said]") -> list[str] | str | None:
    if setting.key not in said:
        return None
    texts = said[setting.key].texts
    return list(texts) if setting.many else texts[0]


def file_note() -> str:
    path = saved.settings_file()
    name = visible(str(path))
    return f"the file is {name}" if path.is_file() else f"no {name}; `llmcost config init` makes it"


def template() -> str:
    """A whole settings file, in which nothing is set."""
    from llmcost.cli.settings import SETTINGS

    lines = (
        f"{f'#{one.key}: {one.example}':<{WIDTH}}  # {one.meaning}\n" for one in SETTINGS.values()
    )
    return HEADER + "\n" + "".join(lines)
