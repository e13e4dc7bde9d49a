"""The gates of a diff: how much more a change may cost, and how much all may cost after it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from llmcost import money
from llmcost.cli.gates import MOST_NAMED, name_of, passed, seen
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.messages import say
from llmcost.planning.exchange import Exchange
from llmcost.planning.versions import Change, Diff, ModelLine, Sums
from llmcost.report.figures import few, percent, plain, visible

Rise = Decimal | money.Money
"""The most that a cost may rise: a percentage, or money."""


def rise_of(text: str | None) -> Rise | None:
    """The limit of --fail-increase. Raises UsageError."""
    if text is None:
        return None
    from llmcost.planning.quantities import amount

    stripped = text.strip()
    share = money.positive(stripped.removesuffix("%").rstrip()) if stripped[-1:] == "%" else None
    if share is not None:
        return share
    found = amount(stripped)
    if found is None:
        said = say(
            "--fail-increase must be a percentage or money like 5%, 100 yuan or $1.5k: `{text}`",
            text=visible(text),
        )
        raise UsageError(said, hint=say("for example --fail-increase 5%"))
    return found


def risen(found: Diff, limit: Rise | None, exchange: Exchange) -> LlmcostError | None:
    """GateFailed if a model's cost rises by more, at the expected token counts. What was nothing
    and is something has risen by more than any percentage."""
    if limit is None:
        return None
    if isinstance(limit, money.Money):
        return passed_by(found, limit, exchange)
    over = [
        say("{name} {rise}", name=name, rise=rise_text(change))
        for name, change in changes(found)
        if rises(change, limit)
    ]
    if not over:
        return unknown(found)
    message = say(
        "the cost rises by more than {limit}%: {models}",
        limit=plain(limit),
        models=few(over, MOST_NAMED),
    )
    return GateFailed(message)


def rises(change: Change, most: Decimal) -> bool:
    return change.native.amount > 0 if change.percent is None else change.percent > most


def rise_text(change: Change) -> str:
    return say("from nothing") if change.percent is None else percent(change.percent)


def changes(found: Diff) -> Iterator[tuple[str, Change]]:
    for line in found.lines:
        if line.change is not None:
            yield name_of(line.model.key, ""), line.change


def passed_by(found: Diff, limit: money.Money, exchange: Exchange) -> LlmcostError | None:
    risen = [
        (name, change.native.to(limit.currency, exchange.rate).amount)
        for name, change in changes(found)
    ]
    over = [
        say("{name} {cost}", name=name, cost=f"+{seen(rise, limit.amount)}")
        for name, rise in risen
        if rise > limit.amount
    ]
    if not over:
        return unknown(found)
    message = say(
        "the cost rises by more than {limit} {currency}: {models}",
        limit=plain(limit.amount),
        currency=limit.currency,
        models=few(over, MOST_NAMED),
    )
    return GateFailed(message)


def over(found: Diff, limit: money.Money | None, exchange: Exchange) -> LlmcostError | None:
    """GateFailed if a model costs more after the change, at the expected token counts."""
    if limit is None:
        return None

    def cost(side: Sums) -> Decimal:
        return side.native.to(limit.currency, exchange.rate).amount

    known = [(line, line.after) for line in found.lines if line.after is not None]
    costs = [(name_of(line.model.key, ""), cost(after), "") for line, after in known]
    lost = [line for line in found.lines if line.after is None and line.before is not None]
    return passed(limit, costs) or not_known(found, lost, is_any=bool(known))


def unknown(found: Diff) -> LlmcostError | None:
    """Where the rise of a model is not known, though one of its sides is."""
    half = [line for line in found.lines if (line.before is None) != (line.after is None)]
    return not_known(found, half, is_any=any(line.change for line in found.lines))


def not_known(found: Diff, lost: Sequence[ModelLine], *, is_any: bool) -> LlmcostError | None:
    """A limit must not pass for kept where it was not held against anything. A model of which
    neither side is known is left out, as by an estimate, unless nothing else is left."""
    names = [line.model.key for line in (lost if is_any else found.lines)]
    if not names:
        return None
    return LlmcostError(
        say(
            "no limit can be kept where the cost is not known: {models}",
            models=few(names, MOST_NAMED),
        ),
        hint=say("a note says why; -m names the models that matter"),
    )


def no_change(found: Diff) -> LlmcostError | None:
    """If the one number that was asked for is not known."""
    names = [line.model.key for line in found.lines if line.change is None]
    if not names:
        return None
    said = say("the change is not known: {models}", models=few(names, MOST_NAMED))
    return LlmcostError(said, hint=next((one.detail for one in found.excluded), ""))
