"""The commands: what a command line, a program or an agent may request. A folder or a module each.

A folder has at most `compute` (pure), `view` (columns, JSON, notes), `page` (HTML) and `command`
(options to result), and what that command alone uses. What two commands share does not belong here:
it moves down to `workload`, `runtime` or `render`; but the computations of `estimate` and `budget`
may be used by others. `COMMANDS` is the only other place that a new command touches.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from llmcost.cli.settings import APART, configured

COMMANDS = {
    "estimate": "Estimate what texts cost on each model, cheapest first.",
    "count": "Count tokens per file and in total, like wc.",
    "diff": "What changed prompts cost, before and after.",
    "models": "List models and prices, or show all of one model.",
    "budget": "What money buys on each model, and what a workload costs.",
    "forecast": "What a workload will cost, month by month.",
    "whatif": "Which input of a workload matters most.",
    "usage": "What the requests of logs cost, and what they would have cost elsewhere.",
    "mcp": "Serve estimates to agents, by the Model Context Protocol.",
}
MODULES = {
    "count": "llmcost.commands.count",
    "models": "llmcost.commands.prices.models",
    "mcp": "llmcost.mcp.command",
}
"""Where a command is, if not in `commands/NAME/command`."""
PLANNING = ("budget", "forecast", "whatif")
"""Commands with an option for each field of a workload. They are made for the words of a command
line: they would have too many."""
GROUPS = {
    "prices": "Look prices up: now, then, and who says so.",
    "config": "Your own defaults: show them, or write a file for them.",
    "tokenizers": "List tokenizers, how exact each is, and add your own.",
}
PRICES = {
    "show": "show", "history": "history", "diff": "diff", "rank": "rank", "check": "check",
    "sources": "check", "update": "update", "schema": "check", "import": "trackers",
    "compare": "trackers",
}  # fmt: skip
"""The commands of `llmcost prices`, and in which module of `commands/prices` each is."""
CONFIGURED = ("show", "history", "diff", "rank", "sources", "update")
"""Those that the settings are for; `check` is about a file."""
TOKENIZERS = {"show": "listing", "add": "add", "remove": "add"}
"""The commands of `llmcost tokenizers`, and in which module of `commands/tokenizers` each is."""


def command(name: str, words: Sequence[str]) -> Callable[..., Any]:
    """Return the function of a command."""
    found: Any = getattr(import_module(MODULES.get(name, f"{__name__}.{name}.command")), name)
    return configured(found(words), APART) if name in PLANNING else configured(found)


def register(name: str, group: typer.Typer, words: Sequence[str]) -> None:
    """Add to a group the commands that these words name, or all of them for its help: importing
    one takes a tenth of a start."""
    if name == "prices":
        register_prices(group, words)
    elif name == "tokenizers":
        register_tokenizers(group, words)
    else:
        import_module(f"{__name__}.{name}").register(group, words)


def register_prices(group: typer.Typer, words: Sequence[str]) -> None:
    group.info.no_args_is_help = True
    for name in [one for one in PRICES if one in words] or PRICES:
        function = "import_" if name == "import" else name  # a word of Python's own
        found = getattr(import_module(f"{__name__}.prices.{PRICES[name]}"), function)
        group.command(name)(configured(found) if name in CONFIGURED else found)


class ShowByDefault(TyperGroup):
    """`tokenizers` and `tokenizers NAME` mean `tokenizers show` and `tokenizers show NAME`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*TOKENIZERS, *ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


def register_tokenizers(group: typer.Typer, words: Sequence[str]) -> None:
    """The commands that these words name; `show` where they name none, and all for help."""
    group.info.cls = ShowByDefault
    group.info.help = (
        f"{group.info.help}\n\n`llmcost tokenizers` lists all, `llmcost tokenizers NAME` shows one."
    )
    named = [one for one in TOKENIZERS if one in words] or ["show"]
    for name in TOKENIZERS if {"-h", "--help"} & set(words) else named:
        group.command()(getattr(import_module(f"{__name__}.tokenizers.{TOKENIZERS[name]}"), name))
