"""`main` runs one command line: exceptions become messages and exit codes there."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from llmcost import __version__
from llmcost.cli.command_line import COMPLETING, NotPlain, values_of
from llmcost.cli.command_lookup import named_command
from llmcost.cli.declarations import parameters_of
from llmcost.cli.language_option import checked, usual, without_language
from llmcost.cli.output import Output, emit, report_error
from llmcost.cli.resources import refused
from llmcost.errors import BadSettings, Interrupted, LlmcostError, OutputLost, UsageError
from llmcost.language import speak
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.settings import content_of


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line (`sys.argv` by default) and returns its exit code."""
    streams.prepare()
    try:
        return run(heard(sys.argv[1:] if argv is None else argv))
    except BrokenPipeError:
        streams.abandon(sys.stdout)
        return 0
    except LlmcostError as error:
        return failed(error)
    except KeyboardInterrupt:
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
    """Commands return an Output, so that nothing is written while they run. Where the command line
    is plain, the framework is not loaded."""
    result = None if COMPLETING in os.environ else plainly(arguments)
    if result is None:
        from llmcost.cli.framework import run as run_framework

        found = run_framework(arguments)
        if isinstance(found, int):
            sys.stdout.flush()  # help, which the framework writes
            return found
        result = found
    emit(result)
    return 0


def plainly(arguments: Sequence[str]) -> Output | None:
    """What a command line outputs whose words are all plainly right; None of any other."""
    if [*arguments] == ["--version"]:
        return Output(f"llmcost {__version__}\n")
    command, rest = named_command(arguments)
    if command is None:
        return None
    try:
        values = values_of(rest, parameters_of(command))
    except NotPlain:
        return None
    return command(**values)
