"""Reader of model-bank (npm): a JavaScript file for each vendor, in yuan or in USD per 1M tokens.

The files are literals, read as such and never run: objects, lists, numbers and products of them;
what is anything else (a call, a function) has no value.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.price_data.trackers.tracker_values import Json, TrackerDocument
from llmcost.pricing.price_rows import Band, Limit, Prices

ITEMS = {
    "textInput": "input",
    "textOutput": "output",
    "textInput_cacheRead": "cache_read",
    "textInput_cacheWrite": "cache_write.any",
    "audioInput": "audio_input",
    "audioOutput": "audio_output",
}
KINDS = ("chat", "embedding")
MARK = b"contextWindowTokens"  # of every chat model
MILLIONS = Decimal(1_000_000)  # its ranges are in millions of tokens
RANGE = re.compile(r"\[([\d.]+), ([\d.]+|infinity)\]")
RANGES = (["textInputRange"], ["textInput"], ["textInputRange", "textOutputRange"])
LOOKUPS = (*RANGES, ["textInput", "textOutput"])
Piece = tuple[int | None, int | None, Decimal]
"""A price, and the most of input and output for which it holds; None: no limit."""


def looks_like(root: Json) -> bool:
    return isinstance(root, dict) and any(
        isinstance(one, list) and any("pricing" in model for model in one) for one in root.values()
    )


def entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    for vendor, models in root.items():
        for model in document.listed(models, f"`{vendor}`", "models"):
            where, provider = f"`{vendor}/{model.get('id')}`", document.providers.get(vendor, "")
            if not provider or model.get("type") not in KINDS:
                yield TrackerEntry("", str(model.get("id")))
                continue
            pricing = document.mapping(model.get("pricing"), where, "pricing")
            yield TrackerEntry(
                provider,
                str(model.get("id")),
                bands_of(document, pricing, where),
                name=str(model.get("displayName") or ""),
                context=document.tokens(model.get("contextWindowTokens"), where, "context"),
                max_output=document.tokens(model.get("maxOutput"), where, "maxOutput"),
                currency=str(pricing.get("currency") or "USD"),
            )


def bands_of(
    document: TrackerDocument, pricing: Mapping[str, Json], where: str
) -> tuple[Band, ...]:
    """Whole price sets by the limits of input and output; none without input and output."""
    stated: dict[str, list[Piece]] = {}
    for unit in document.listed(pricing.get("units"), where, "units"):
        item = ITEMS.get(str(unit.get("name")))
        if item and unit.get("unit") == "millionTokens":
            stated.update(pieces_of(document, unit, item, where))
    edges = {(most, written) for pieces in stated.values() for most, written, _ in pieces}
    found = [
        Band(prices, limit(most), limit(written))
        for most, written in sorted(edges, key=lambda one: tuple(map(infinite, one)))
        if (prices := prices_at(stated, most, written))
    ]
    wide = {band.input for band in found if band.output is None}
    whole = tuple(band for band in found if band.input in wide)
    return whole if all({"input", "output"} <= one.prices.keys() for one in whole) else ()


def limit(most: int | None) -> Limit | None:
    return None if most is None else Limit(most)


def infinite(most: int | None) -> float:
    return float("inf") if most is None else most


def prices_at(
    stated: Mapping[str, Sequence[Piece]], most: int | None, written: int | None
) -> Prices:
    """Of each item the price that holds for so much input and output."""
    found: Prices = {}
    for item, pieces in stated.items():
        for up_to, output, price in sorted(pieces, key=lambda one: tuple(map(infinite, one[:2]))):
            if infinite(most) <= infinite(up_to) and infinite(written) <= infinite(output):
                found[item] = price
                break
    return found


def pieces_of(
    document: TrackerDocument, unit: Mapping[str, Json], item: str, where: str
) -> dict[str, list[Piece]]:
    """The prices of an item, of a cache write by its lifetime."""
    if unit.get("strategy") == "fixed":
        price = document.price(unit.get("rate"), where, "rate")
        is_known = price is not None and (price or item in ("input", "output"))
        return {item: [(None, None, price)]} if is_known and price is not None else {}
    if unit.get("strategy") == "tiered":
        tiers = document.listed(unit.get("tiers"), where, "tiers")
        pieces: list[Piece] = [
            (most_of(str(tier.get("upTo")), Decimal(1)), None, price)
            for tier in tiers
            if (price := document.price(tier.get("rate"), where, "rate")) is not None
        ]
        return {item: pieces}
    lookup = document.mapping(unit.get("lookup"), where, "lookup")
    stated = document.mapping(lookup.get("prices"), where, "prices")
    named = {key: document.price(value, where, key) for key, value in stated.items()}
    prices = {key: price for key, price in named.items() if price is not None}
    if lookup.get("pricingParams") == ["ttl"]:
        kept = item.partition(".")[0]
        return {f"{kept}.{key}": [(None, None, price)] for key, price in prices.items()}
    return {item: list(ranged(prices))} if lookup.get("pricingParams") in LOOKUPS else {}


def ranged(prices: Mapping[str, Decimal]) -> Iterator[Piece]:
    """`[0, 0.032]_[0, 0.0002]`: the ranges of input and of output, in millions."""
    for key, price in prices.items():
        most = [most_of(end, MILLIONS) for _, end in RANGE.findall(key)]
        if most:
            yield most[0], most[1] if len(most) > 1 else None, price


def most_of(text: str, factor: Decimal) -> int | None:
    return None if text == "infinity" else int(Decimal(text) * factor)


# the files


def is_module(name: str, content: bytes) -> bool:
    return name.endswith(".mjs") or (MARK in content and b"\nconst " in content)


def models(name: str, content: bytes) -> list[Json]:
    """All objects with an id and prices in the lists of a file. Raises BadPriceFile."""
    try:
        constants = Literals(content.decode()).constants()
    except (UnicodeDecodeError, RecursionError):
        said = say("{name}: {problem}", name=name, problem=say("not the data of model-bank"))
        raise BadPriceFile([said]) from None
    found: dict[tuple[str, str], Json] = {}
    for value in constants.values():
        for one in value if isinstance(value, list) else ():
            if isinstance(one, dict) and "id" in one and "type" in one:
                found.setdefault((str(one["type"]), str(one["id"])), one)
    return list(found.values())


CONSTANT = re.compile(r"^const ([\w$]+) = ", re.MULTILINE)
TOKEN = re.compile(
    r"(?:\s|//[^\n]*|/\*.*?\*/)*"
    r"(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)?"
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?"
    r"(?P<name>[A-Za-z_$][\w$]*)?"
    r"(?P<mark>\.\.\.|=>|.)?",
    re.DOTALL,
)
WORDS: dict[str, Json] = {"true": True, "false": False}
CLOSING = {"{": "}", "[": "]", "(": ")"}


class NotLiteral(Exception):
    """Code where a value was expected."""


class Literals:
    """The constants of a file that are written as literals."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.known: dict[str, Json] = {}

    def constants(self) -> dict[str, Json]:
        for found in CONSTANT.finditer(self.text):
            self.place = found.end()
            try:
                self.known[found[1]] = self.value()
            except NotLiteral:
                continue
        return self.known

    def token(self) -> tuple[str, str]:
        """The next token and its kind; the place is behind it."""
        found = TOKEN.match(self.text, self.place)
        if found is None:
            raise NotLiteral
        kind = next((one for one in ("text", "number", "name", "mark") if found[one]), "")
        if not kind:
            raise NotLiteral
        self.place = found.end(kind)
        return kind, found[kind]

    def follows(self, mark: str) -> bool:
        """Whether the next token is this one, which is then passed."""
        before = self.place
        try:
            if self.token()[1] == mark:
                return True
        except NotLiteral:
            pass
        self.place = before
        return False

    def value(self) -> Json:
        left = self.single()
        while self.follows("*"):
            right = self.single()
            if not isinstance(left, Decimal) or not isinstance(right, Decimal):
                raise NotLiteral
            left *= right
        return left

    def single(self) -> Json:
        kind, token = self.token()
        if kind == "text":
            return token[1:-1]
        if kind == "number":
            return Decimal(token)
        if kind == "name":
            return self.named(token)
        if token == "{":
            return self.inside("}", dict[str, Json](), self.pair)
        if token == "[":
            return self.inside("]", list[Json](), self.element)
        raise NotLiteral

    def named(self, name: str) -> Json:
        """A constant from above; what is called or taken from others has no value."""
        value = self.known.get(name, WORDS.get(name))
        while self.follows("."):
            value = None
            self.token()
        while self.follows("("):
            value, depth = None, 1
            while depth:
                mark = self.token()[1]
                depth += (mark in CLOSING) - (mark in CLOSING.values())
        return value

    def inside(self, end: str, found: Json, read: Callable[[Json], None]) -> Json:
        while not self.follows(end):
            read(found)
            if not self.follows(","):
                if not self.follows(end):
                    raise NotLiteral
                break
        return found

    def element(self, found: list[Json]) -> None:
        if self.follows("..."):
            found += self.value() or ()
        else:
            found.append(self.value())

    def pair(self, found: dict[str, Json]) -> None:
        if self.follows("..."):
            found.update(self.value() or {})
            return
        kind, key = self.token()
        key = key[1:-1] if kind == "text" else key
        found[key] = self.value() if self.follows(":") else self.known.get(key)
