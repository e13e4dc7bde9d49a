"""Notes on the figures of a log."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from llmcost.commands.usage.alternatives import AlternativeModel
from llmcost.commands.usage.charges import Gap, is_tokens
from llmcost.commands.usage.summary import Account
from llmcost.messages import caution, joined, say, say_plural, visible
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.usage import SAME
from llmcost.render.text import few, fixed, percent, rates_over_days
from llmcost.render.wording import age_notes, no_batch, no_tier, word

MOST_NAMED = 4


def notes(result: Account, kinds: Mapping[str, int], naive: int, zone: str) -> list[str]:
    """Most important first."""
    return [
        *gap_notes(result.gaps),
        *kind_notes(kinds),
        *time_notes(result, naive, zone),
        *seller_notes(result),
        *lack_notes(result),
        *stated_notes(result),
        *compared_notes(result),
        *rate_notes(result),
        *age_notes(used(result)),
    ]


def gap_notes(gaps: tuple[Gap, ...]) -> Iterator[str]:
    for gap in gaps[:MOST_NAMED]:
        text = say_plural(
            "left out ({detail}): {name}: 1 request of {days}, {input:,} tokens in, {output:,} out",
            "left out ({detail}): {name}: {number:,} requests of {days}, {input:,} tokens in, "
            "{output:,} out",
            gap.sums.requests,
            name=visible(gap.name) or "?",
            detail=gap.detail,
            days=days_of(gap),
            input=gap.sums.input,
            output=gap.sums.output,
        )
        yield caution(text)
    rest = gaps[MOST_NAMED:]
    if rest:
        requests = sum(one.sums.requests for one in rest)
        text = say_plural(
            "left out: {number:,} more model, {requests}; --format json names it",
            "left out: {number:,} more models, {requests}; --format json names them",
            len(rest),
            requests=say_plural("{number:,} request", "{number:,} requests", requests),
        )
        yield caution(text)
    if any(one.reason == "model" for one in gaps):
        yield say("--map NAME=MODEL says as which model of the table a name is billed")


def days_of(gap: Gap) -> str:
    first, last = gap.days
    return str(first) if first == last else say("{first} to {last}", first=first, last=last)


def kind_notes(kinds: Mapping[str, int]) -> Iterator[str]:
    """What other lines there are, none of which is billed."""
    found = (
        say_plural(
            "not billed: 1 failed request without usage",
            "not billed: {number:,} failed requests without usage",
            kinds.get("failed", 0),
        ),
        say_plural(
            "not billed: 1 line without usage",
            "not billed: {number:,} lines without usage",
            kinds.get("without_usage", 0),
        ),
        say_plural(
            "not billed: 1 part of a stream, of which the last has the usage",
            "not billed: {number:,} parts of streams, of which the last ones have the usage",
            kinds.get("part_of_stream", 0),
        ),
        say_plural(
            "not billed: 1 event of a stream with a half of its usage; log the final message",
            "not billed: {number:,} events of streams with a half of their usage; log the final "
            "messages",
            kinds.get("event_without_model", 0),
        ),
        say_plural(
            "not billed: 1 span of an agent or tool, whose calls have spans of their own",
            "not billed: {number:,} spans of agents or tools, whose calls have spans of their own",
            kinds.get("agent_span", 0),
        ),
        say_plural(
            "not billed: 1 request that the gateway answered from its own cache",
            "not billed: {number:,} requests that the gateway answered from its own cache",
            kinds.get("answered_by_gateway", 0),
        ),
        say_plural(
            "not billed: 1 session that states its cost, but no tokens",
            "not billed: {number:,} sessions that state their cost, but no tokens",
            kinds.get("cost_without_tokens", 0),
        ),
        say_plural(
            "1 row is the sum of requests: billed in the band of their average, or the lowest",
            "{number:,} rows are sums of requests: billed in the band of their average, or the "
            "lowest",
            kinds.get("sums_of_requests", 0),
        ),
        say_plural(
            "not billed: 1 more copy of an answer (--keep-repeats bills it)",
            "not billed: {number:,} more copies of answers (--keep-repeats bills them)",
            kinds.get("repeated", 0),
        ),
    )
    yield from (note for note in found if note.values["number"])


def time_notes(result: Account, naive: int, zone: str) -> Iterator[str]:
    undated = [one for one in result.charges if one.cell.second is None]
    number = sum(one.sums.requests for one in undated)
    if number and isinstance(undated[0].when.hours, datetime):
        yield say_plural(
            "1 request has no time: billed as at {instant} (--at)",
            "{number:,} requests have no time: billed as at {instant} (--at)",
            number,
            instant=undated[0].when.at.isoformat(),
        )
    elif number:
        yield say_plural(
            "1 request has no time: billed off-peak as on {day} (--at)",
            "{number:,} requests have no time: billed off-peak as on {day} (--at)",
            number,
            day=undated[0].when.at.date(),
        )
    if naive:
        yield say_plural(
            "1 time has no zone: taken for one of {zone} (--zone)",
            "{number:,} times have no zone: taken for those of {zone} (--zone)",
            naive,
            zone=zone,
        )


def seller_notes(result: Account) -> Iterator[str]:
    """Whose price was taken, where the log does not say who sold a model."""
    found = {
        one.model.key: one.others
        for one in result.charges
        if one.model is not None and one.others and one.amount is not None
    }
    if found:
        others = list(dict.fromkeys(name for names in found.values() for name in names))
        yield say(
            "also sold by {others}, and the log does not say by whom: {models}; --provider does",
            others=few(others, MOST_NAMED),
            models=few(list(found), MOST_NAMED),
        )


def lack_notes(result: Account) -> Iterator[str]:
    """What has no price of its own, or none at all."""
    by_price: dict[str, dict[str, None]] = {}
    by_item: dict[str, dict[str, None]] = {}
    numbers: Counter[str] = Counter()
    for one in result.charges:
        if one.amount is None:
            continue
        for what in one.lacks:
            by_price.setdefault(what, {})[one.name] = None
        for item in one.items:
            by_item.setdefault(item, {})[one.name] = None
            numbers[item] += one.sums.others[item]
    for what, names in by_price.items():
        models = few(list(names), MOST_NAMED)
        yield no_batch(models) if what == "batch" else no_tier(what, models)
    for item, names in by_item.items():
        yield item_note(item, numbers[item], few(list(names), MOST_NAMED))


def item_note(item: str, number: int, models: str) -> str:
    if is_tokens(item):
        return say(
            "no price known of {item}, {number:,} tokens billed at the plain one: {models}",
            item=word(item),
            number=number,
            models=models,
        )
    return say_plural(
        "no price known of {item}, 1 call is in no cost: {models}",
        "no price known of {item}, {number:,} calls are in no cost: {models}",
        number,
        item=word(item),
        models=models,
    )


def stated_notes(result: Account) -> Iterator[str]:
    stated = result.stated
    if stated is None:
        return
    amount, ours = fixed(stated.amount, 4), fixed(stated.ours, 4)
    if not stated.amount:
        yield say("the log states $0 for requests that cost ${ours} by this table", ours=ours)
        return
    yield say(
        "the log itself says ${amount} for {requests:,} of these requests; by this table they are "
        "${ours} ({change})",
        amount=amount,
        requests=stated.requests,
        ours=ours,
        change=percent((stated.ours - stated.amount) / stated.amount * 100),
    )


def compared_notes(result: Account) -> Iterator[str]:
    spans = {
        one.other.model.key: one.other.tokens
        for one in result.compared
        if one.other.tokens != SAME and one.requests
    }
    if spans:
        found = [
            say("{model} {low}–{high}", model=key, low=fixed(one.low, 2), high=fixed(one.high, 2))
            for key, one in spans.items()
        ]
        yield say(
            "tokens elsewhere for each one of the log, by how the tokenizers count Chinese and "
            "English prose (code is farther off): {models}",
            models=joined(found),
        )
    yield from cache_notes(result)
    for one in result.compared:
        yield from left_notes(one)
    if any(gap.reason == "date" for one in result.compared for gap in one.gaps):
        yield say("--at DAY prices other models as on that day")
    if result.compared and result.gaps:
        yield say("requests without a price in the log are not compared")


def cache_notes(result: Account) -> Iterator[str]:
    """How much of the input other models read from their caches."""
    if not result.compared:
        return
    if all(one.other.cache is None for one in result.compared):
        if result.total.sums.cache_read:
            yield say("cache hits as in the log: it has no sessions to replay")
        return
    yield say("cached input elsewhere: sessions replayed by the rules of each cache")
    if result.unreplayed:
        yield say_plural(
            "1 request without a session or a time is as cached elsewhere as in the log",
            "{number:,} requests without a session or a time are as cached elsewhere as in the log",
            result.unreplayed,
        )


def left_notes(one: AlternativeModel) -> Iterator[str]:
    for gap in one.gaps:
        yield say_plural(
            "not on {model}, {detail}: 1 request of {days}",
            "not on {model}, {detail}: {number:,} requests of {days}",
            gap.sums.requests,
            model=one.other.model.key,
            detail=gap.detail,
            days=days_of(gap),
        )


def rate_notes(result: Account) -> Iterator[str]:
    """The rates of the days, of each pair of currencies, and how old the newest one is."""
    ages = []
    for currency in sorted({code for code, _ in result.rates}):
        days = sorted(day for code, day in result.rates if code == currency)
        first, last = (result.rates[currency, days[at]] for at in (0, -1))
        yield rates_over_days(first, last)
        if last.day is not None and days[-1] > last.day:
            ages.append((days[-1] - last.day, last.day))
    if ages:
        age, newest = max(ages)
        yield say_plural(
            "latest known rate: {day}, {number} day before the last request",
            "latest known rate: {day}, {number} days before the last request",
            age.days,
            day=newest,
        )


def used(result: Account) -> list[Held]:
    """The price rows of the log's requests, the longest unread before them first."""
    found = {
        (one.model.key, one.row.start): held(one.model, one.row, one.when.at)
        for one in sorted(result.charges, key=lambda one: one.when.at)
        if one.model is not None and one.row is not None and one.amount is not None
    }
    return longest_unread(found.values())
