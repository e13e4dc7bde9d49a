"""The command line in the framework: its help, shell completion, and what is wrong with a line."""

import inspect
import os
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from llmcost import __version__
from llmcost.cli.command_line import COMPLETING, whole
from llmcost.cli.command_lookup import command, subcommand
from llmcost.cli.declarations import Argument, Parameter, parameters_of
from llmcost.cli.output import Output
from llmcost.commands import COMMANDS, GROUPS, SUBCOMMANDS, USUAL
from llmcost.errors import LlmcostError, UsageError
from llmcost.language import LANGUAGES, is_english
from llmcost.messages import say

PLAIN: dict[str, Any] = {
    "rich_markup_mode": None,  # plain help, steady and greppable
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
# Typer carries its own copy of click from 0.26 on; this is the base of all that it raises.
FrameworkError: type[BaseException] = typer.BadParameter.__mro__[2]
KEYWORD = inspect.Parameter.KEYWORD_ONLY


def run(arguments: list[str]) -> Output | int:
    """Run a command line, or print its help or what completes it; the output or the exit code.
    Raises LlmcostError."""
    try:
        join_at_signs(os.environ)
        words = [*arguments, *words_to_complete(os.environ)]
        command = typer.main.get_command(app_for(words))
        take_ascii_digits(command)
        prepare_help(command, arguments)
        result = command(arguments, prog_name="llmcost", standalone_mode=False)
    except FrameworkError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # `llmcost` alone: the message is the help
            return Output(str(getattr(error, "format_message", str)()) + "\n")
        raise usage_error(error, arguments) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as done:  # shell completion ends this way
        return done.code if isinstance(done.code, int) else 1
    return result if isinstance(result, Output | int) else 0


def app_for(words: Sequence[str]) -> typer.Typer:
    """The command line as far as these words need it: each command costs every start a little."""
    app = typer.Typer(name="llmcost", no_args_is_help=True, **PLAIN)
    app.callback()(common)
    for name, summary in COMMANDS.items():
        is_named = name in words
        app.command(name)(for_framework(command(name, words)) if is_named else summarized(summary))
    for name, summary in GROUPS.items():
        group = typer.Typer(help=summary, **PLAIN)
        if name in words:
            register(name, group, words)
        app.add_typer(group, name=name)
    return app


def for_framework(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the framework's declarations in its annotations."""

    def run(**values: Any) -> Any:
        return command(**values)

    found = [signature_of(one) for one in parameters_of(command)]
    run.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in found}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def signature_of(parameter: Parameter) -> inspect.Parameter:
    declared = parameter.declaration
    make: Any = typer.Argument if isinstance(declared, Argument) else typer.Option
    kind: Any = parameter.annotation.__origin__
    kind = Annotated[kind, make(*declared.names, **declared.settings)]
    default = inspect.Parameter.empty if parameter.default is ... else parameter.default
    return inspect.Parameter(parameter.name, KEYWORD, default=default, annotation=kind)


def summarized(summary: str) -> Callable[[], None]:
    """What stands for a command in the list of all."""

    def nothing() -> None: ...

    nothing.__doc__ = summary
    return nothing


def register(name: str, group: typer.Typer, words: Sequence[str]) -> None:
    """Add to a group the commands that these words name; without any its usual one, or all for its
    help: importing one takes a tenth of a start."""
    commands, usual = SUBCOMMANDS[name], USUAL.get(name)
    group.info.no_args_is_help = usual is None
    if usual is not None:
        group.info.cls = type("Group", (UsualGroup,), {"names": commands, "usual": usual})
        group.info.help = f"{group.info.help}\n\n{SHORT[name]}"
    lists_all = {"-h", "--help"} & set(words) or COMPLETING in os.environ
    named = [one for one in commands if one in words]
    for one in named or (commands if lists_all or usual is None else [usual]):
        group.command(one)(for_framework(subcommand(name, one)))


SHORT = {
    "tokenizers": "`llmcost tokenizers` lists all, `llmcost tokenizers NAME` shows one.",
    "tasks": "`llmcost tasks` lists all tasks, `llmcost tasks NAME` compares models for one.",
}
"""What a group does without the name of a command."""


class UsualGroup(TyperGroup):
    """`tokenizers` and `tokenizers NAME` mean `tokenizers show` and `tokenizers show NAME`."""

    names: Collection[str] = ()
    usual = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = (*self.names, *ctx.help_option_names)
        if not ctx.resilient_parsing and (not args or args[0] not in known):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


def show_version(wanted: bool) -> None:
    if wanted:
        print(f"llmcost {__version__}")
        raise typer.Exit


def complete_language(incomplete: str) -> list[str]:
    return [one for one in LANGUAGES if one.startswith(incomplete)]


def common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Show the version."),
    ] = False,
    lang: Annotated[
        str | None,  # `heard` has taken it; it is here for help and completion
        typer.Option(
            "--lang",
            metavar="en|zh",
            help="The language of tables and messages, anywhere; default: the locale's.",
            autocompletion=complete_language,
        ),
    ] = None,
) -> None:
    """See what a prompt, a folder or a product costs on every LLM, in yuan or dollars, before you
    send a token."""


def take_ascii_digits(command: Any) -> None:
    """Have options refuse whole numbers that price files refuse, and `int` does not."""
    for one in command.params:
        if getattr(one.type, "_number_class", None) is int:
            one.type._number_class = whole
    for one in getattr(command, "commands", {}).values():
        take_ascii_digits(one)


def join_at_signs(environment: MutableMapping[str, str]) -> None:
    """Undo what bash does to `cn,@small`: it parts words at `@`, and completes what is behind."""
    words, place = environment.get("COMP_WORDS", "").split("\n"), environment.get("COMP_CWORD", "")
    if "@" not in words or not place.isdigit():
        return
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "@":
            joined[-1] += word
        elif word == "@" and joined and joined[-1].endswith(","):
            joined[-1] = word
        else:
            joined.append(word)
    environment["COMP_WORDS"] = "\n".join(joined)
    environment["COMP_CWORD"] = str(int(place) - len(words) + len(joined))


def words_to_complete(environment: Mapping[str, str]) -> list[str]:
    """Return the command line to complete: bash passes it in the first variable, zsh, fish and
    PowerShell in the second."""
    line = environment.get("COMP_WORDS") or environment.get("_TYPER_COMPLETE_ARGS", "")
    return line.split()


def prepare_help(command: object, arguments: Sequence[str]) -> None:
    """Translate the command, and lay out its help if that is what will be printed."""
    is_group = not arguments or arguments[-1] in GROUPS  # alone, it prints its help
    wants_help = is_group or not {"-h", "--help"}.isdisjoint(arguments)
    if wants_help or not is_english():
        from llmcost.cli.help import translate, write_pages

        if not is_english():
            translate(command)
        if wants_help:
            write_pages(command, short="--help" not in arguments)


def usage_error(error: BaseException, arguments: Sequence[str]) -> LlmcostError:
    """What the framework says of a wrong command line, in our form."""
    message = str(getattr(error, "format_message", lambda: error)())
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "llmcost")
    text = message[:1].lower() + message[1:].rstrip(".")
    from llmcost.cli.help import message as known

    hint: str = say("see `{command} --help`", command=command)
    option = getattr(error, "option_name", "")
    if type(error).__name__ == "NoSuchOption":
        text = f"no such option: {option}"  # without the framework's guesses
        hint = hint_for_option(context, option, arguments) or hint
    elif text.startswith("no such command"):
        text, _, _ = text.partition(". Did you mean ")
        hint = (
            hint_for_command(context, text.partition("'")[2].rpartition("'")[0], arguments) or hint
        )
    return UsageError(known(text), hint=hint)


def hint_for_option(context: Any, option: str, arguments: Sequence[str]) -> str:
    """What was meant by an option that the command does not have; empty if that is not known."""
    from llmcost.cli.synonyms import line_of, option_hint

    hint = option_hint(option, arguments, options_of(context.command))
    if hint or context.parent is not None:
        return hint
    for name in ("estimate", "budget"):  # a command line without its command
        app: Any = typer.main.get_command(app_for([name, *arguments]))
        if option in options_of(app.commands[name]):
            return say("use `{option}`", option=line_of([name, *arguments]))
    return ""


def hint_for_command(context: Any, word: str, arguments: Sequence[str]) -> str:
    from llmcost.cli.synonyms import command_hint, did_you_mean, near

    if context.parent is None:
        return command_hint(arguments, {*COMMANDS, *GROUPS})
    return did_you_mean(near(word, context.command.commands))


def options_of(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
