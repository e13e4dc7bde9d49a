"""A document of the JSON contract in a few lines, for models and people that read no JSON."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from llmcost.report.figures import fixed, places

Document = Mapping[str, Any]
MOST_PARTS = 8
TOKENS = "1M tokens"


def estimate(document: Document) -> Iterator[str]:
    results = document["results"]
    digits = digits_of(one["native"]["amount"] for one in results)
    converted = digits_of(one["cost"]["amount"] for one in results)
    for one in results:
        yield (
            f"{ranked(one)}: {cost(one, digits, converted)}; input {one['usage']['input']}, "
            f"output {one['usage']['output']} tokens"
        )
    if not results:
        yield from left_out(document)


def cost(one: Document, digits: int, converted: int) -> str:
    native, ranks = one["native"], one["cost"]
    if one["state"] == "free":
        return "free"
    text = f"{amount(native, digits)}{between(native, digits)}"
    if native["currency"] == ranks["currency"]:
        return text
    return f"{text} = {amount(ranks, converted)}"


def between(money: Document, digits: int) -> str:
    if money["low"] == money["high"]:
        return ""
    low, high = (fixed(Decimal(money[side]), digits) for side in ("low", "high"))
    return f" ({low} to {high})"


def count(document: Document) -> Iterator[str]:
    texts = len(document["inputs"])
    for one in document["totals"]:
        about = "" if one["exact"] else f" (estimated, {one['low']} to {one['high']})"
        yield f"{one['tokenizer']}: {one['count']} tokens{about}"
    if texts > 1:
        yield f"in {texts} files together"


def budget(document: Document) -> Iterator[str]:
    results = document["results"]
    digits = digits_of(one["cost"]["amount"] for one in results if "cost" in one)
    for one in results:
        parts = []
        if "cost" in one:
            parts.append(f"{amount(one['cost'], digits)} a month")
            parts.append(f"{unlimited(one['users'])} users")
        if one.get("mixed"):
            mixed = one["mixed"]
            parts.append(f"{unlimited(mixed['tokens'])} tokens a month at {mixed['mix']}")
            if mixed["tokens_per_user"] is not None:
                parts.append(f"{few_digits(mixed['tokens_per_user'])} a user")
        elif one.get("input_only"):
            parts.append(f"{unlimited(one['input_only']['tokens'])} input tokens a month")
        if one.get("holds") is False:
            parts.append("more than the budget")
        yield f"{ranked(one)}: {', '.join(parts)}"
    if not results:
        yield from left_out(document)


def unlimited(number: int | None) -> str:
    return "unlimited" if number is None else str(number)


def few_digits(number: str) -> str:
    return fixed(Decimal(number), digits_of([number]))


def price(document: Document) -> Iterator[str]:
    """Of prices on a day, or of their history."""
    for one in document["results"]:
        name = f"{one['provider']}/{one['model']}, {one['currency']} per {TOKENS}"
        if "steps" in one:
            yield f"{name}:"
            yield from (f"  {step(each)}" for each in one["steps"])
            continue
        row = one["price"]
        if row is None:
            yield f"{name}: no price known"
            continue
        parts = [quote(each) for each in one["prices"]] or [one["state"]]
        shown = "; ".join(parts[:MOST_PARTS])
        more = f"; {len(parts) - MOST_PARTS} more" if len(parts) > MOST_PARTS else ""
        ahead = f"; changes on {one['ahead'][0]['from']}" if one["ahead"] else ""
        yield f"{name}: {shown}{more} (since {row['from']}, read {row['checked']}){ahead}"


def quote(one: Document) -> str:
    """`output 2 (input up to 128,000, batch)`, of 1M tokens if nothing else is said."""
    per = "" if one["per"] == TOKENS else f" per {one['per']}"
    when = ", ".join(part for part in (one["band"], one["condition"]) if part)
    return f"{one['item']} {one['price']}{per}" + (f" ({when})" if when else "")


def step(one: Document) -> str:
    bands = one["price"]["bands"] if one["price"] else []
    first = bands[0] if bands else {}
    items = [item for item in ("input", "output") if item in first]
    prices = ", ".join(f"{item} {first[item]}" for item in items) or one["state"]
    changes = ", ".join(f"{item} {text}" for item, text in one["change"].items() if text)
    return f"{one['from']}: {prices}" + (f" ({changes})" if changes else "")


def left_out(document: Document) -> Iterator[str]:
    """Why there is no result, of the first few."""
    excluded = document["excluded"]
    for one in excluded[:MOST_PARTS]:
        yield f"left out: {one['provider']}/{one['model']}: {one['detail'] or one['reason']}"
    if len(excluded) > MOST_PARTS:
        yield f"and {len(excluded) - MOST_PARTS} more"


def ranked(one: Document) -> str:
    return f"{one['rank']}. {one['provider']}/{one['model']}"


def amount(money: Document, digits: int) -> str:
    return f"{fixed(Decimal(money['amount']), digits)} {money['currency']}"


def digits_of(amounts: Sequence[str] | Iterator[str]) -> int:
    return places(Decimal(one) for one in amounts)
