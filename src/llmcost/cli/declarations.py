"""Options and arguments as commands declare them, in the annotations of their parameters.

The framework is loaded for help, completion and errors alone: importing it takes longer than most
commands, so a declaration is not yet one of its own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

MISSING: Any = ...
"""The default of a parameter that has none, as the framework writes it."""


class Option:
    """What `typer.Option` takes, without a default."""

    __slots__ = ("names", "settings")

    def __init__(self, *names: str, **settings: Any) -> None:
        self.names, self.settings = names, settings


class Argument(Option):
    """What `typer.Argument` takes, without a default."""

    __slots__ = ()


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a command; `annotation`: its type, with its declaration."""

    name: str
    annotation: Any
    default: Any = MISSING

    @property
    def declaration(self) -> Option:
        found: Option = self.annotation.__metadata__[0]
        return found

    @property
    def kind(self) -> Any:
        """The type of its value, `None` apart: `list[Path]` of `list[Path] | None`."""
        kind = self.annotation.__origin__
        return next((one for one in alternatives(kind) if one is not type(None)), kind)


def alternatives(kind: Any) -> Sequence[Any]:
    """The types of a union; of `list[str]`, none."""
    return () if hasattr(kind, "__origin__") else getattr(kind, "__args__", ())


def parameters_of(command: Callable[..., Any]) -> Sequence[Parameter]:
    """The parameters of a command: those that its decorator made, or those that it is written
    with."""
    made: Sequence[Parameter] | None = getattr(command, "parameters", None)
    if made is not None:
        return made
    code, positional = command.__code__, command.__defaults__ or ()
    first = code.co_argcount - len(positional)
    defaults = dict(zip(code.co_varnames[first : code.co_argcount], positional, strict=True))
    defaults |= command.__kwdefaults__ or {}
    kinds = {name: one for name, one in command.__annotations__.items() if name != "return"}
    return [Parameter(name, kind, defaults.get(name, MISSING)) for name, kind in kinds.items()]


def offered(
    run: Callable[..., Any], parameters: Sequence[Parameter], command: Callable[..., Any]
) -> Callable[..., Any]:
    """Return `run` with these parameters, and the name and the help of `command`."""
    run.parameters = parameters  # type: ignore[attr-defined]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run
