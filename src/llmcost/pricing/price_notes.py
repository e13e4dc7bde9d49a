"""Notes of price rows, by clauses: those for whoever reads a price, and where the rest comes from.

A note of a price file is English. Its clauses that are listed here say something of the price, and
have a form in every language. All others are about sources, trackers and how the row was made: they
are printed with `--explain` only, as they are.
"""

import re
from collections.abc import Iterator
from functools import cache

from llmcost.messages import Text, joined, say, say_each, visible

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
    *say_each(
        # since when, and how well that is known
        "on sale by then, earlier start unknown, start on or before, on or before, "
        "bands on or before, cache read on or before, after {day}, on sale since {day}, "
        "released in {day}, first seen {day}, table of {day}, documented from {day}, "
        "gone from the table of {day}, gone from the lists of {day}, "
        "retirement day of the international list, "
        # the cuts of May 2024
        "before the cut, price before the cut, no cut in May 2024, cut that day, "
        "the new price was not found, unchanged in the price war of May 2024, "
        # announced, reduced and list prices
        "announced, list price, a price rise, the launch price, introductory price through {day}, "
        "launch price until {day}, the price until {day}, the price replaced on {day}, "
        "until {day}, {number} % off until {day}, extended to {day}, the promotion ended, "
        "for a limited time, a limited-time price, no end is named, no list price is named, "
        "{name} campaign, limited-time discount since the start of the platform, "
        "{number} % off the list price of {price} for 10,000 characters, "
        "{number} % below the maker's list, the maker's discounted price, "
        "peak hours every day until {day}, standard price by day, half of it at night, "
        "a quarter of it at night, standard price by day and half of it at night, "
        # which version, whose price
        "version {name}, {name} under this name, the price of the preview, "
        "since {day} another name of {name}, from {day} another name of {name}, "
        "replaced by {name}, followed by {name}, still sold by {name}, the API serves {name}, "
        "the forecast is of {name}, the model of the size that the request needs, "
        "bills by the size that the request needs, this is the largest, "
        # parts of a price that are known, unknown or apart
        "output is the price of thinking, thinking is billed as output, output without thinking, "
        "the price with it is not in the sources, the lower one without is not in the sources, "
        "output is the image, the tier sound is video with sound, prices of sound not read, "
        "one price of the source, those of other sizes may differ, cache hits at a tenth, "
        "implicit cache only, explicit cache written for 5 minutes, "
        "batch and tiers by the vendor's rule, cache storage is free for a limited time, "
        "cache read above {number} is not in the sources, "
        "cache write above {number} is not in the sources, "
        "its cache read price is not in the sources, {price} for {number} pages, "
        "{price} for {number} characters, {price} a minute, a text of at most {number} tokens, "
        "search and fetch cost {price} per {number} calls from this day, "
        "search was not charged before {day}, requests above {number} tokens fail, "
        "requests above {number} tokens cost more, "
        "above {number} tokens in the beta of the 1M context only, which ended on {day}, "
        "holds {number} input tokens, fast mode ends on {day}, no fast mode any more, "
        "no surcharge for long context any more, per compute unit, not tied to one model, "
        "for any model, and {number} yuan per job, "
        # why there is no price
        "not stated in the sources, the price of inference is not in the sources, open weights, "
        "no price per token on the vendor's page, no price in yuan found, "
        "the only number found is wrong, its price was not read, "
        "the output price is not in the sources, "
        "only the price of a tuned model is in the sources, "
        # who may buy it
        "trusted access only, invited customers only, limited availability, new accounts, "
        "data-sharing plan, persons, companies, "
        # offers
        "light instance, private resource pool, dedicated deployment, full SFT, post-pretraining, "
        "tokenizer assumed, tokenizer assumed to be that of {name}"
    ).values(),
    say("new users, from activation"),
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
