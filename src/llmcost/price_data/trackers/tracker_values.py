"""JSON of trackers as checked values; numbers are read from their text, never through binary."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.pricing.price_rows import Band, Limit, Prices

Json = Any
NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)
SHORT = Context(prec=12)  # trackers compute in binary: 1.0999999999999999e-07 is 1.1e-07
MILLION = 1_000_000
MOST_NAMED = 60


def parsed(name: str, content: bytes) -> Json:
    """Raises BadPriceFile with file:line for what is not JSON."""
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=str)
    except json.JSONDecodeError as error:
        said, name = say("not JSON: {problem}", problem=error.msg), f"{name}:{error.lineno}"
    except UnicodeDecodeError:
        said = say("not text in UTF-8")
    except RecursionError:
        said = say("nested too deeply for a price list")
    except ValueError:  # an integer of thousands of digits
        said = say("not JSON: {problem}", problem=say("a number is too long"))
    raise BadPriceFile([say("{name}: {problem}", name=name, problem=said)])


class TrackerDocument:
    """Collects what is wrong, by the model and key where it stands. `providers`: ours, by the names
    that the tracker has for them."""

    def __init__(self, name: str, providers: Mapping[str, str]) -> None:
        self.name = name
        self.providers = providers
        self.problems: list[str] = []

    def problem(self, where: str, key: str, expected: str, value: Json) -> None:
        shown = str(value)[:MOST_NAMED]
        self.problems.append(
            say(
                "{file}: {where}: expected `{key}` as {expected}, got `{got}`",
                file=self.name,
                where=where,
                key=key,
                expected=expected,
                got=shown,
            )
        )

    def mapping(self, value: Json, where: str, key: str) -> Mapping[str, Json]:
        if isinstance(value, dict):
            return value
        if value is not None:
            self.problem(where, key, say("an object"), value)
        return {}

    def listed(self, value: Json, where: str, key: str) -> Iterator[Mapping[str, Json]]:
        """The objects of a list; what is none of either is a problem."""
        if isinstance(value, list):
            for one in value:
                yield self.mapping(one, where, key)
        elif value is not None:
            self.problem(where, key, say("a list"), value)

    def price(self, value: Json, where: str, key: str, factor: int = 1) -> Decimal | None:
        """USD per 1M tokens; `factor` MILLION where the tracker says it per token. None: unknown.

        A number may be written as text. One below zero stands for a price that varies.
        """
        if value is None:
            return None
        text = str(value)
        if isinstance(value, bool) or not NUMBER.fullmatch(text):
            self.problem(where, key, say("a number"), value)
            return None
        found = Decimal(text)
        return None if found < 0 else SHORT.plus(found * factor).normalize()

    def tokens(self, value: Json, where: str, key: str) -> int | None:
        """A number of tokens; none at all and 0 stand for unknown."""
        found = self.price(value, where, key)
        return int(found) if found else None

    def day(self, value: Json, where: str, key: str) -> date | None:
        """The day, also of an instant."""
        if value is None:
            return None
        try:
            return datetime.fromisoformat(value).date()
        except (TypeError, ValueError):
            self.problem(where, key, say("a day like 2026-11-22"), value)
            return None

    def prices(
        self, fields: Mapping[str, Json], keys: Mapping[str, str], where: str, factor: int = 1
    ) -> Prices:
        """Our items by the tracker's keys. A zero of the cache is a placeholder, and left out."""
        found: Prices = {}
        for key, item in keys.items():
            price = self.price(fields.get(key), where, key, factor)
            if price is not None and (price or item in ("input", "output")):
                found.setdefault(item, price)
        return found


def banded(base: Prices, above: Sequence[tuple[int, Prices]]) -> tuple[Band, ...]:
    """Whole sets by input: `base` first, and from each size on what replaces a part of it.

    Empty where input or output has no price.
    """
    bands: list[Band] = []
    prices = base
    for size, over in sorted(above, key=lambda one: one[0]):
        if size > 0:
            bands.append(Band(prices, Limit(size)))
        prices = {**prices, **over}
    whole = (*bands, Band(prices))
    return whole if all({"input", "output"} <= one.prices.keys() for one in whole) else ()
