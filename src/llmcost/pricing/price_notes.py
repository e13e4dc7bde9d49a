"""Notes of price rows, by clauses: those for whoever reads a price, and where the rest comes from.

A note of a price file is English. Its clauses that are listed here say something of the price, and
have a form in every language. All others are about sources, trackers and how the row was made: they
are printed with `--explain` only, as they are.
"""

import re
from collections.abc import Iterator
from functools import cache

from llmcost.messages import Text, joined, say, visible

PARAMETERS = {
    "day": r"\d{4}-\d{2}(?:-\d{2})?(?: \d{2}:\d{2}(?: UTC| Beijing)?)?",
    "number": r"\d+(?:,\d{3})*",
    "price": r"\d+(?:\.\d+)?",
    "name": r"\w[\w.()/+-]*(?: (?:and )?[A-Z0-9(][\w.()/+-]*){0,4}",
}
"""What stands in a clause for its figures, days and names of models or companies."""
HOLE = re.compile(r"\\\{(\w+)\\\}")
WEAK = "weak: "
FORMS = (
    # since when, and how well that is known
    *(say("on sale by then"), say("earlier start unknown"), say("start on or before")),
    *(say("on or before"), say("bands on or before"), say("cache read on or before")),
    *(say("after {day}"), say("on sale since {day}"), say("released in {day}")),
    *(say("first seen {day}"), say("table of {day}"), say("documented from {day}")),
    *(say("gone from the table of {day}"), say("gone from the lists of {day}")),
    say("retirement day of the international list"),
    # the cuts of May 2024
    *(say("before the cut"), say("price before the cut"), say("no cut in May 2024")),
    *(say("cut that day"), say("the new price was not found")),
    say("unchanged in the price war of May 2024"),
    # announced, reduced and list prices
    *(say("announced"), say("list price"), say("a price rise"), say("the launch price")),
    *(say("introductory price through {day}"), say("launch price until {day}")),
    *(say("the price until {day}"), say("the price replaced on {day}"), say("until {day}")),
    *(say("{number} % off until {day}"), say("extended to {day}"), say("the promotion ended")),
    *(say("for a limited time"), say("a limited-time price"), say("no end is named")),
    *(say("no list price is named"), say("{name} campaign")),
    *(say("limited-time discount since the start of the platform"),),
    say("{number} % off the list price of {price} for 10,000 characters"),
    *(say("{number} % below the maker's list"), say("the maker's discounted price")),
    *(say("peak hours every day until {day}"), say("standard price by day")),
    *(say("half of it at night"), say("a quarter of it at night")),
    say("standard price by day and half of it at night"),
    # which version, whose price
    *(say("version {name}"), say("{name} under this name"), say("the price of the preview")),
    *(say("since {day} another name of {name}"), say("from {day} another name of {name}")),
    *(say("replaced by {name}"), say("followed by {name}")),
    *(say("still sold by {name}"), say("the API serves {name}"), say("the forecast is of {name}")),
    say("the model of the size that the request needs"),
    *(say("bills by the size that the request needs"), say("this is the largest")),
    # parts of a price that are known, unknown or apart
    *(say("output is the price of thinking"), say("thinking is billed as output")),
    *(say("output without thinking"), say("the price with it is not in the sources")),
    *(say("the lower one without is not in the sources"), say("output is the image")),
    *(say("the tier sound is video with sound"), say("prices of sound not read")),
    *(say("one price of the source"), say("those of other sizes may differ")),
    *(say("cache hits at a tenth"), say("implicit cache only")),
    *(say("explicit cache written for 5 minutes"), say("batch and tiers by the vendor's rule")),
    say("cache storage is free for a limited time"),
    say("cache read above {number} is not in the sources"),
    say("cache write above {number} is not in the sources"),
    say("its cache read price is not in the sources"),
    *(say("{price} for {number} pages"), say("{price} for {number} characters")),
    *(say("{price} a minute"), say("a text of at most {number} tokens")),
    say("search and fetch cost {price} per {number} calls from this day"),
    say("search was not charged before {day}"),
    *(say("requests above {number} tokens fail"), say("requests above {number} tokens cost more")),
    say("above {number} tokens in the beta of the 1M context only"),
    *(say("which ended on {day}"), say("holds {number} input tokens")),
    say("fast mode ends on {day}"),
    *(say("no fast mode any more"), say("no surcharge for long context any more")),
    *(say("per compute unit"), say("not tied to one model"), say("for any model")),
    say("and {number} yuan per job"),
    # why there is no price
    *(say("not stated in the sources"), say("the price of inference is not in the sources")),
    *(say("open weights"), say("no price per token on the vendor's page")),
    *(say("no price in yuan found"), say("the only number found is wrong")),
    *(say("its price was not read"), say("the output price is not in the sources")),
    say("only the price of a tuned model is in the sources"),
    # who may buy it
    *(say("trusted access only"), say("invited customers only"), say("limited availability")),
    *(say("new accounts"), say("new users, from activation"), say("data-sharing plan")),
    *(say("persons"), say("companies")),
    # offers
    *(say("light instance"), say("private resource pool"), say("dedicated deployment")),
    *(say("full SFT"), say("post-pretraining")),
    *(say("tokenizer assumed"), say("tokenizer assumed to be that of {name}")),
)
"""What a note may say to whoever reads a price."""


def reader_note(note: str, *, is_whole: bool = False) -> str:
    """Return the clauses that say something of the price, as a message; "" if none does.
    `is_whole`: all of them, as in a file of the user's."""
    if is_whole:
        return whole_note(note)
    known = [one for _mark, text in clauses(note) if (one := clause(text)) is not None]
    return joined(known, "; ") if known else ""


def whole_note(note: str) -> str:
    """Return the whole note as a message: what is not listed here stays as it is."""
    found: list[str] = []
    for mark, text in clauses(note):
        known = None if text.startswith(WEAK) else clause(text)
        if known is None and found and not isinstance(found[-1], Text):
            found[-1] += mark + text
        else:
            found.append(known or text)
    return joined(found, "; ") if found else ""


def clauses(note: str) -> Iterator[tuple[str, str]]:
    """Each clause with the mark before it; nothing of them acts on the terminal."""
    note = visible(note)
    first, *rest = [note] if clause(note) else re.split(r"(; |, |\. )", note)
    if first:
        yield "", first
    yield from zip(rest[::2], rest[1::2], strict=True)


def clause(text: str) -> Text | None:
    """The clause as a message, if it is listed; a sentence may begin with a capital letter."""
    text = text.removeprefix(WEAK)
    for one in (text, text[:1].lower() + text[1:]):
        for form, pattern in patterns():
            if found := pattern.fullmatch(one):
                return Text(
                    form.forms, {key: zoned(text) for key, text in found.groupdict().items()}
                )
    return None


@cache
def patterns() -> list[tuple[Text, re.Pattern[str]]]:
    """The forms, and what a clause of each looks like."""
    return [(form, re.compile(HOLE.sub(group, re.escape(form)))) for form in FORMS]


def zoned(text: str) -> str:
    """A figure, a name or a day; a time of Beijing is a message."""
    day, zone, _rest = text.partition(" Beijing")
    return say("{day} Beijing", day=day) if zone else text


def group(hole: re.Match[str]) -> str:
    return f"(?P<{hole[1]}>{PARAMETERS[hole[1]]})"


REGISTRIES = ("github ", "GitHub ", "npm ", "PyPI ", "crates ")
"""What a file of a package or a repository begins with: the name of its index."""


def source_names(source: str) -> str:
    """Return where a price is from, without the files and versions of packages and repositories:
    `github lobehub/lobe-chat`, or an address as it is."""
    parts = [one for one in visible(source).split("; ") if one]
    names = (
        " ".join(one.split()[:2]).partition("@")[0] if one.startswith(REGISTRIES) else one
        for one in parts
    )
    return joined(dict.fromkeys(names), "; ")
