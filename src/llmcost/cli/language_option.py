"""The reader's language: `--lang`, `LLMCOST_LANG`, the setting, or the locale.

Every start comes here, so as little as possible is read.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from llmcost.errors import BadSettings, UnreadableInput, UsageError
from llmcost.language import LANGUAGES
from llmcost.messages import say
from llmcost.runtime.settings import LANGUAGE, content_of, settings_file

OPTION = "--lang"
HINT = say("--lang en or --lang zh")
NAMED = rb"(?m)^[^#\n]*\blang\b"  # patterns are texts: hardly anybody has such a file
PLAIN = rb"(?m)^lang:[ \t]+([a-z]+)[ \t]*(?:#.*)?\r?$"


def without_language(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The arguments without --lang, and what it says; the last one holds. Raises UsageError."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    found, rest, words = None, [], iter(arguments[:end])
    for word in words:
        name, equals, value = word.partition("=")
        if name != OPTION:
            rest.append(word)
            continue
        found = value if equals else next(words, None)
        if found is None:
            raise UsageError(say("--lang needs a language"), hint=HINT)
    return [*rest, *arguments[end:]], found


def checked(language: str) -> str:
    """A language of --lang. Raises UsageError."""
    if language not in LANGUAGES:
        raise UsageError(say("no such language: `{name}`", name=language), hint=HINT)
    return language


def usual(variables: Mapping[str, str]) -> str:
    """The language without --lang. Raises BadSettings."""
    named = variables.get(LANGUAGE)
    if named:
        if named not in LANGUAGES:
            raise BadSettings(
                [
                    say(
                        "{place}: expected {expected}, got `{text}`",
                        place=LANGUAGE,
                        expected=say("en or zh"),
                        text=named,
                    )
                ],
                hint=HINT,
            )
        return named
    return of_settings() or of_locale(variables)


def of_settings() -> str | None:
    """What the settings file says. Raises BadSettings if that is wrong, or cannot be told."""
    path = settings_file()
    content = None
    with suppress(UnreadableInput):  # whoever needs the file reports it
        content = content_of(path)
    if content is None or not re.search(NAMED, content):
        return None
    plain = re.search(PLAIN, content)
    if plain and plain[1].decode() in LANGUAGES:
        return plain[1].decode()
    from llmcost.runtime.settings_file import in_file

    entry = in_file(path, content).get("lang")
    return None if entry is None else str(entry.value)


def of_locale(variables: Mapping[str, str]) -> str:
    """As gettext has it: LANGUAGE is a list, and holds unless the locale is that of programs."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, map(variables.get, names)), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return "en"
    wanted = (variables.get("LANGUAGE") or locale).split(":")
    return next((one[:2] for one in wanted if one[:2] in LANGUAGES), "en")
