"""Find the function of a command: each is imported when a command line names it."""

from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from typing import Any

from msgspec.structs import replace

from llmcost.cli.declarations import offered, parameters_of
from llmcost.cli.output import Output
from llmcost.commands import COMMANDS, CONFIGURED, MODULES, PLANNING, SUBCOMMANDS, USUAL
from llmcost.runtime.settings import APART, completed, located, setting_notes

Command = Callable[..., Output]


def named_command(words: Sequence[str]) -> tuple[Command | None, Sequence[str]]:
    """The command that the first words name, and the other words."""
    name, *rest = words or ("",)
    if name in COMMANDS:
        return command(name, words), rest
    if name not in SUBCOMMANDS:
        return None, words
    if rest and rest[0] in SUBCOMMANDS[name]:
        return subcommand(name, rest[0]), rest[1:]
    return (subcommand(name, USUAL[name]), rest) if name in USUAL else (None, words)


def command(name: str, words: Sequence[str]) -> Command:
    """Return the function of a command."""
    found: Any = getattr(import_module(MODULES.get(name, f"llmcost.commands.{name}.command")), name)
    return configured(found(words), APART) if name in PLANNING else configured(found)


def subcommand(group: str, name: str) -> Command:
    """Return the function of a command of a group."""
    module = import_module(f"llmcost.commands.{group}.{SUBCOMMANDS[group][name]}")
    words = ("import", "set")  # of Python's own
    found: Command = getattr(module, f"{name}_" if name in words else name)
    return configured(found) if name in CONFIGURED.get(group, ()) else found


def configured(command: Command, keys: Collection[str] | None = None) -> Command:
    """Return the command, whose options are as the settings say where they were not set; `keys`:
    only these settings."""

    def run(**values: Any) -> Output:
        whole, used = completed(values, keys)
        with located(used):
            output = command(**whole)
        if values.get("strict") and output.failure is None:
            from llmcost.runtime.gates import strict_failure

            output = replace(output, failure=strict_failure(output.notes))
        notes = [] if values.get("quiet") else setting_notes(used)
        return noted(output, notes) if notes else output

    return offered(run, parameters_of(command), command)


def noted(output: Output, notes: Sequence[str]) -> Output:
    """Return the output with these notes before its own."""
    first, *others = output.brief or [[]]
    brief = None if output.brief is None else [[*notes, *first], *others]
    return replace(output, notes=[*notes, *output.notes], brief=brief)
