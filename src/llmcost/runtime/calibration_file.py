"""Calibration files of `llmcost tasks learn`: read, written, and made of samples."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from llmcost.errors import UnreadableInput, reason
from llmcost.messages import say
from llmcost.pricing.learned_lengths import SCHEMA, LearnedLengths, Samples, learned
from llmcost.pricing.output_lengths import Length

LARGEST = 10_000_000  # bytes of a file


def learned_of(
    samples: Mapping[str, Samples], usual: Length, day: date, task: str = ""
) -> LearnedLengths:
    """Return what the samples of each model say."""
    rows = tuple(learned(key, one, usual, task) for key, one in sorted(samples.items()))
    return LearnedLengths(SCHEMA, day.isoformat(), rows)


def written(found: LearnedLengths) -> str:
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def is_calibration(path: Path) -> bool:
    """Return whether a file begins as those of `llmcost tasks learn` do."""
    try:
        with path.open("rb") as file:
            return SCHEMA.encode() in file.read(100)
    except OSError as error:
        said = say("cannot read the lengths `{path}`: {why}", path=path, why=reason(error))
        raise UnreadableInput(said) from None


def load_learned(path: Path) -> LearnedLengths:
    """Return a calibration file. Raise UnreadableInput for another file."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        said = say("cannot read the lengths `{path}`: {why}", path=path, why=reason(error))
        raise UnreadableInput(said) from None
    try:
        found = msgspec.json.decode(content, type=LearnedLengths)
        if found.schema != SCHEMA:
            raise msgspec.ValidationError(say("expected `schema` {schema}", schema=SCHEMA))
        for number, one in enumerate(found.rows, 1):
            if not 0 < one.low <= one.middle <= one.high < float("inf") or one.mean <= 0:
                expected = say("row {number}: expected 0 < low <= middle <= high", number=number)
                raise msgspec.ValidationError(expected)
    except msgspec.MsgspecError as error:
        said = say("`{path}` is not a file of lengths: {why}", path=path, why=str(error))
        hint = say("`llmcost tasks learn LOG > lengths.json` makes one")
        raise UnreadableInput(said, hint=hint) from None
    return found
