"""A command line read without the framework, if each of its words is plainly right.

Any other goes to the framework, which knows more forms, and says what is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from llmcost.cli.declarations import MISSING, Argument, Parameter

COMPLETING = "_LLMCOST_COMPLETE"
"""A variable of the environment that shells set to complete a command line."""


class NotPlain(ValueError):
    """The framework has to read this command line."""


def values_of(words: Sequence[str], parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The value of each parameter by its name, as the framework would convert it. Raises
    NotPlain."""
    options = {
        name: one
        for one in parameters
        if not isinstance(one.declaration, Argument)
        for name in one.declaration.names
    }
    texts: dict[str, list[Any]] = {}
    rest: list[str] = []
    reading = iter(words)
    for word in reading:
        if word == "--":
            rest += reading
        elif word[:1] != "-" or word == "-":
            rest.append(word)
        else:
            option, text = split(word, options, reading)
            texts.setdefault(option.name, []).append(text)
    arguments = [one for one in parameters if isinstance(one.declaration, Argument)]
    return {one.name: converted(one, texts) for one in parameters if one not in arguments} | {
        one.name: converted(one, texts) for one in placed(arguments, rest, texts)
    }


def split(
    word: str, options: Mapping[str, Parameter], following: Iterator[str]
) -> tuple[Parameter, Any]:
    """The option of a word, and its text: what follows it, behind `=` or in the next word; True of
    one that takes none. Raises NotPlain."""
    name, equals, text = word.partition("=")
    if word[:2] != "--" and len(word) > 2:  # -o500, or several letters of options
        name, equals, text = word[:2], "=", word[2:]
    option = options.get(name)
    if option is None or (option.kind is bool and equals):
        raise NotPlain(word)
    if option.kind is bool:
        return option, True
    value = text if equals else next(following, None)
    if value is None:
        raise NotPlain(word)
    return option, value


def placed(
    arguments: Sequence[Parameter], rest: Sequence[str], texts: dict[str, list[Any]]
) -> Sequence[Parameter]:
    """Give each argument its words: one, or all that are left to the last one. Raises NotPlain."""
    for at, one in enumerate(arguments):
        is_last = at == len(arguments) - 1
        takes = len(rest) if is_last and is_list(one.kind) else 1
        if takes == 1 and is_list(one.kind) and not is_last:
            raise NotPlain(one.name)
        if rest:
            texts[one.name], rest = list(rest[:takes]), rest[takes:]
    if rest:
        raise NotPlain(rest[0])
    return arguments


def is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is list


def converted(parameter: Parameter, texts: Mapping[str, list[Any]]) -> Any:
    """Its value; of an option that is there twice, the last one. Raises NotPlain."""
    found, settings = texts.get(parameter.name), parameter.declaration.settings
    if found is None:
        if parameter.default is MISSING:
            raise NotPlain(parameter.name)
        return parameter.default
    if is_list(parameter.kind):
        (kind,) = parameter.kind.__args__
        return [value_of(text, kind, settings) for text in found]
    value = value_of(found[-1], parameter.kind, settings)
    check = settings.get("callback")
    return check(value) if check else value


def value_of(text: Any, kind: Any, settings: Mapping[str, Any]) -> Any:
    """The text as a value of the type. Raises NotPlain."""
    if kind is bool or (kind is str and text):
        return text
    if kind is Path and text:
        return Path(text)
    try:
        if kind is int:
            number = whole(text)
            if settings.get("min", number) <= number <= settings.get("max", number):
                return number
        elif issubclass(kind, Enum):
            return kind(text)
    except ValueError:
        pass
    raise NotPlain(text)


def whole(value: int | str) -> int:
    """A number in ASCII digits, not `1_0`, `٥` or with blanks. Raises ValueError."""
    if isinstance(value, str) and not (value.isascii() and value.removeprefix("-").isdigit()):
        raise ValueError(value)
    return int(value)
