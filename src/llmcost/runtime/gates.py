"""Gates, by which a command fails after its answer: `--fail-over`, `--max-age`, no price."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from llmcost import money
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.messages import caution, cautions_of, say, say_plural, visible
from llmcost.pricing.billing import Excluded
from llmcost.pricing.freshness import Held
from llmcost.render.text import few, fixed, places, plain

MOST_NAMED = 4
SPAN = r"([1-9][0-9]{0,4})([dwmy])"
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def limit_of(text: str | None) -> money.Money | None:
    """Return the money of --fail-over. Raise UsageError."""
    if text is None:
        return None
    from llmcost.workload.quantities import amount

    found = amount(text)
    if found is None:
        said = say(
            "--fail-over must be money like 100 yuan, $1.5k or 1万元: `{text}`", text=visible(text)
        )
        raise UsageError(said, hint=say("for example --fail-over '100 yuan'"))
    return found


def passed(
    limit: money.Money, costs: Iterable[tuple[str, Decimal, str]], hint: str = ""
) -> GateFailed | None:
    """Return GateFailed if a cost is above the limit. Each cost has the name of what it is for,
    its amount in the limit's currency, and its month, if it is of one."""
    over = [
        say("{name} {cost} in {month}", name=name, cost=seen(cost, limit.amount), month=month)
        if month
        else say("{name} {cost}", name=name, cost=seen(cost, limit.amount))
        for name, cost, month in costs
        if cost > limit.amount
    ]
    if not over:
        return None
    most, named = plain(limit.amount), few(over, MOST_NAMED)
    message = say(
        "over {limit} {currency}: {costs}", limit=most, currency=limit.currency, costs=named
    )
    return GateFailed(message, hint=hint)


def days_of(span: str | int | None) -> int | None:
    """Return the days of --max-age: `30d`, `8w`, `2m`, `1y`, or their number. Raise UsageError."""
    if span is None or isinstance(span, int):
        return span
    found = span_days(span)
    if found is None:
        said = say("--max-age is not a span of time: `{text}`", text=visible(span))
        raise UsageError(said, hint=say("for example 60d or 8w"))
    return found


def span_days(text: str) -> int | None:
    """Return the days of `30d`, `8w`, `2m` or `1y`; None for any other text."""
    found = re.fullmatch(SPAN, text, re.ASCII)
    return int(found[1]) * DAYS[found[2]] if found else None


OLD = say("`llmcost prices check` lists prices by age, `llmcost prices update` fetches newer")


def too_old(
    ages: Callable[[], Sequence[Held]],
    most: int | None,
    hint: str = OLD,
) -> GateFailed | None:
    """Return GateFailed if a price was read more than `most` days ago; `ages` has the longest
    unread first, and is not called where no age is too much."""
    if most is None:
        return None
    used = ages()
    old = [one for one in used if one.age > most]
    if not old:
        return None
    names = [
        say("`{key}` on {day}, {age:,} days", key=one.model.key, day=one.row.checked, age=one.age)
        for one in old
    ]
    message = say_plural(
        "{number} of {all} prices is older than {most} days: {names}",
        "{number} of {all} prices are older than {most} days: {names}",
        len(old),
        all=len(used),
        most=most,
        names=few(names, MOST_NAMED, "; ", "; and "),
    )
    return GateFailed(message, hint=hint)


def one_of(*failures: LlmcostError | None) -> tuple[LlmcostError | None, list[str]]:
    """The first gate that failed, which has the exit code, and the cautions of the others."""
    found = [one for one in failures if one is not None]
    return next(iter(found), None), [caution(str(one)) for one in found[1:]]


def strict_failure(notes: Sequence[str]) -> LlmcostError | None:
    """What --strict makes of warnings, if there are any."""
    cautions = cautions_of(notes)
    if not cautions:
        return None
    return LlmcostError(
        say_plural(
            "--strict: there is {number} warning",
            "--strict: there are {number} warnings",
            len(cautions),
        )
    )


def name_of(key: str, scenario: str) -> str:
    """Return the name of a model, in its scenario if there are several."""
    if scenario:
        return say("`{key}` in {scenario}", key=key, scenario=scenario)
    return f"`{key}`"


def seen(cost: Decimal, limit: Decimal) -> str:
    """Return a cost with as many digits as show by how much it is too high."""
    short = fixed(cost, places([cost, cost - limit]))
    return min(short, plain(cost), key=len)


def nothing_priced(
    lines: Sequence[object], excluded: Sequence[Excluded], scenario: str = ""
) -> LlmcostError | None:
    """Return the error of an answer without a line: why the first model was left out."""
    if lines:
        return None
    message = say("no model can be priced")
    if scenario:
        message = say("no model can be priced in {scenario}", scenario=visible(scenario))
    for one in excluded[:1]:
        model = visible(one.model.id)
        message = say("{what}: {model}: {why}", what=message, model=model, why=one.detail)
    hint = say("`llmcost models` lists the models and what is known of them")
    return LlmcostError(message, hint=hint)


def unanswered(
    scenarios: Iterable[tuple[Sequence[object], Sequence[Excluded], str]],
) -> LlmcostError | None:
    """Return the error of the first scenario without a line: the whole has no answer then. Each
    has its lines, what was left out, and its name."""
    return next(filter(None, (nothing_priced(*one) for one in scenarios)), None)
