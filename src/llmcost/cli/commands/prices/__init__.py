"""`llmcost prices …`: what is, was or will be the price, and who says so? One module a command."""

from collections.abc import Sequence
from importlib import import_module

import typer

from llmcost.cli.config import configured

COMMANDS = (
    *("show", "history", "diff", "rank", "check", "sources", "update", "schema"),
    *("import", "compare"),
)
MODULES = {"import": "import_"}  # a word of Python's own
CONFIGURED = ("show", "history", "diff", "rank", "sources", "update")
"""Those that the settings are for; `check` is about a file."""


def register(app: typer.Typer, words: Sequence[str]) -> None:
    """The commands that these words name, or all for help: importing one takes a start's tenth."""
    app.info.no_args_is_help = True
    for name in [one for one in COMMANDS if one in words] or COMMANDS:
        module = MODULES.get(name, name)
        found = getattr(import_module(f"{__name__}.{module}"), module)
        app.command(name)(configured(found) if name in CONFIGURED else found)
