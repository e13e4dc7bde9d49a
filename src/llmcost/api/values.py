"""The values of keywords, as the options of the command line would have them."""

import os
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from operator import index
from pathlib import Path

from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.money import MOST

File = str | os.PathLike[str]
Names = str | Sequence[str]


def written(value: object) -> str | None:
    """As the option of the command line has it."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else f"{Decimal(str(value)):f}"


def whole(value: int, name: str, least: int) -> int:
    """Raises UsageError for less, or for more than can be billed."""
    if not least <= index(value) <= MOST:
        raise UsageError(
            say(
                "{name} must be a whole number from {least} to {most}: {value}",
                name=name,
                least=least,
                most=MOST,
                value=value,
            )
        )
    return index(value)


def listed(names: Names | None, what: str) -> list[str]:
    """Raises UsageError for a list of nothing, which is not meant to be all."""
    from llmcost.cli.options import words

    found = words([names] if isinstance(names, str) else names)
    if names is not None and not found:
        raise UsageError(say("{what} names nothing", what=what), hint=say("leave it out for all"))
    return found


def paths_of(files: Sequence[File] | None) -> list[Path]:
    return [Path(one) for one in files or ()]
