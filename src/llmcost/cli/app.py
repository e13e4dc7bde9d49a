"""The Typer app with its commands, and `main`: exceptions become messages and exit codes there."""

import os
import sys
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from contextlib import suppress
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup

from llmcost import __version__
from llmcost.cli.language_option import checked, usual, without_language
from llmcost.cli.output import Output, emit, report_error
from llmcost.cli.resources import refused
from llmcost.commands import (
    COMMANDS,
    CONFIGURED,
    GROUPS,
    MODULES,
    PLANNING,
    PRICES,
    TASKS,
    TOKENIZERS,
)
from llmcost.errors import BadSettings, Interrupted, LlmcostError, OutputLost, UsageError
from llmcost.language import LANGUAGES, is_english, speak
from llmcost.messages import say
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.settings import APART, completed, content_of, located, setting_notes

Command = Callable[..., Output]

COMPLETING = "_LLMCOST_COMPLETE"
"""A variable of the environment that shells set to complete a command line."""
PLAIN: dict[str, Any] = {
    "rich_markup_mode": None,  # plain help, steady and greppable
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
# Typer carries its own copy of click from 0.26 on; this is the base of all that it raises.
FrameworkError: type[BaseException] = typer.BadParameter.__mro__[2]


def app_for(words: Sequence[str]) -> typer.Typer:
    """The command line as far as these words need it: each command costs every start a little."""
    app = typer.Typer(name="llmcost", no_args_is_help=True, **PLAIN)
    app.callback()(common)
    for name, summary in COMMANDS.items():
        app.command(name)(command(name, words) if name in words else summarized(summary))
    for name, summary in GROUPS.items():
        group = typer.Typer(help=summary, **PLAIN)
        if name in words:
            register(name, group, words)
        app.add_typer(group, name=name)
    return app


def summarized(summary: str) -> Callable[[], None]:
    """What stands for a command in the list of all."""

    def nothing() -> None: ...

    nothing.__doc__ = summary
    return nothing


def command(name: str, words: Sequence[str]) -> Callable[..., Any]:
    """Return the function of a command."""
    found: Any = getattr(import_module(MODULES.get(name, f"llmcost.commands.{name}.command")), name)
    return configured(found(words), APART) if name in PLANNING else configured(found)


def configured(command: Command, keys: Collection[str] | None = None) -> Command:
    """Return the command, whose options are as the settings say where they were not set; `keys`:
    only these settings."""

    @wraps(command)
    def run(**values: Any) -> Output:
        whole, used = completed(values, keys)
        with located(used):
            output = command(**whole)
        if values.get("strict") and output.failure is None:
            from llmcost.runtime.gates import strict_failure

            output = msgspec.structs.replace(output, failure=strict_failure(output.notes))
        notes = [] if values.get("quiet") else setting_notes(used)
        return noted(output, notes) if notes else output

    return run


def noted(output: Output, notes: Sequence[str]) -> Output:
    """Return the output with these notes before its own."""
    first, *others = output.brief or [[]]
    brief = None if output.brief is None else [[*notes, *first], *others]
    return msgspec.structs.replace(output, notes=[*notes, *output.notes], brief=brief)


def register(name: str, group: typer.Typer, words: Sequence[str]) -> None:
    """Add to a group the commands that these words name, or all of them for its help: importing
    one takes a tenth of a start."""
    if name == "prices":
        register_prices(group, words)
    elif name == "tokenizers":
        register_tokenizers(group, words)
    elif name == "tasks":
        register_tasks(group, words)
    else:
        import_module(f"llmcost.commands.{name}").register(group, words)


def register_prices(group: typer.Typer, words: Sequence[str]) -> None:
    group.info.no_args_is_help = True
    for name in [one for one in PRICES if one in words] or PRICES:
        function = "import_" if name == "import" else name  # a word of Python's own
        found = getattr(import_module(f"llmcost.commands.prices.{PRICES[name]}"), function)
        group.command(name)(configured(found) if name in CONFIGURED else found)


class ShowByDefault(TyperGroup):
    """`tokenizers` and `tokenizers NAME` mean `tokenizers show` and `tokenizers show NAME`."""

    names: Collection[str] = TOKENIZERS
    usual = "show"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = (*self.names, *ctx.help_option_names)
        if not ctx.resilient_parsing and (not args or args[0] not in known):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


class CompareByDefault(ShowByDefault):
    """`tasks` and `tasks NAME` mean `tasks compare` and `tasks compare NAME`."""

    names, usual = TASKS, "compare"


def register_tokenizers(group: typer.Typer, words: Sequence[str]) -> None:
    """The commands that these words name; `show` where they name none, and all for help."""
    group.info.cls = ShowByDefault
    group.info.help = (
        f"{group.info.help}\n\n`llmcost tokenizers` lists all, `llmcost tokenizers NAME` shows one."
    )
    named = [one for one in TOKENIZERS if one in words] or ["show"]
    lists_all = {"-h", "--help"} & set(words) or COMPLETING in os.environ
    for name in TOKENIZERS if lists_all else named:
        group.command()(
            getattr(import_module(f"llmcost.commands.tokenizers.{TOKENIZERS[name]}"), name)
        )


def register_tasks(group: typer.Typer, words: Sequence[str]) -> None:
    """`learn` where it is named; `compare`, and both for help."""
    group.info.cls = CompareByDefault
    group.info.help = (
        f"{group.info.help}\n\n`llmcost tasks` lists all tasks, `llmcost tasks NAME` compares "
        "models for one."
    )
    lists_all = {"-h", "--help"} & set(words) or COMPLETING in os.environ
    named = [one for one in TASKS if one in words] or ["compare"]
    for name in TASKS if lists_all else named:
        found = getattr(import_module(f"llmcost.commands.tasks.{TASKS[name]}"), name)
        group.command()(configured(found) if name == "compare" else found)


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


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line (`sys.argv` by default) and returns its exit code."""
    streams.prepare()
    try:
        code = run(heard(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()  # help, which the framework writes
        return code
    except BrokenPipeError:
        streams.abandon(sys.stdout)
        return 0
    except LlmcostError as error:
        return failed(error)
    except (KeyboardInterrupt, typer.Abort):
        return Interrupted.exit_code
    except BaseException as error:
        known = refused(error)
        if known is None:
            raise
        return failed(known)


def failed(error: LlmcostError) -> int:
    """Reports it; the exit code."""
    if isinstance(error, OutputLost):  # keep Python from writing again when it ends
        streams.abandon(sys.stdout)
    report_error(error)
    return error.exit_code


def report_refusal(error: BaseException) -> None:
    """Reports what ended another process that ran this command line."""
    streams.prepare()
    with suppress(LlmcostError):
        heard(sys.argv[1:])
    if (known := refused(error)) is not None:
        report_error(known)


def heard(arguments: Sequence[str]) -> list[str]:
    """The arguments without --lang; what is shown from here on is in the reader's language."""
    speak("en")
    content_of.cache_clear()
    try:
        rest, language = without_language(arguments)
        chosen = None if language is None else checked(language)
    except UsageError:
        with suppress(BadSettings):
            speak(usual(os.environ))
        raise
    speak(chosen or usual(os.environ))
    return rest


def run(arguments: list[str]) -> int:
    """Commands return an Output, so that nothing is written inside the framework."""
    try:
        join_at_signs(os.environ)
        words = [*arguments, *words_to_complete(os.environ)]
        command = typer.main.get_command(app_for(words))
        take_ascii_digits(command)
        prepare_help(command, arguments)
        result = command(arguments, prog_name="llmcost", standalone_mode=False)
    except FrameworkError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # `llmcost` alone: the message is the help
            emit(Output(str(getattr(error, "format_message", str)()) + "\n"))
            return 0
        raise usage_error(error, arguments) from None
    except SystemExit as done:  # shell completion ends this way
        return done.code if isinstance(done.code, int) else 1
    if isinstance(result, Output):
        emit(result)
        return 0
    return result if isinstance(result, int) else 0


def take_ascii_digits(command: Any) -> None:
    """Have options refuse whole numbers that price files refuse, and `int` does not."""
    for one in command.params:
        if getattr(one.type, "_number_class", None) is int:
            one.type._number_class = whole
    for one in getattr(command, "commands", {}).values():
        take_ascii_digits(one)


def whole(value: int | str) -> int:
    """A number in ASCII digits, not `1_0`, `٥` or with blanks. Raises ValueError."""
    if isinstance(value, str) and not (value.isascii() and value.removeprefix("-").isdigit()):
        raise ValueError(value)
    return int(value)


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
