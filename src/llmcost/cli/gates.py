"""What makes a command fail after its answer: a limit that is passed, and no answer at all."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from llmcost import money
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.planning.ages import Held
from llmcost.planning.refusal import Excluded
from llmcost.report.figures import few, fixed, places, plain, visible

MOST_NAMED = 4
SPAN = r"([1-9][0-9]{0,4})([dwmy])"
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def limit_of(text: str | None) -> money.Money | None:
    """The money of --fail-over."""
    if text is None:
        return None
    from llmcost.planning.quantities import amount

    found = amount(text)
    if found is None:
        said = f"--fail-over must be money like 100 yuan, $1.5k or 1万元: `{visible(text)}`"
        raise UsageError(said, hint="for example --fail-over '100 yuan'")
    return found


def passed(
    limit: money.Money, costs: Iterable[tuple[str, Decimal, str]], hint: str = ""
) -> GateFailed | None:
    """GateFailed if a cost is above the limit. Each has what stands before it, its amount in the
    limit's currency, and what stands behind it."""
    over = [
        f"{before} {seen(cost, limit.amount)}{behind}"
        for before, cost, behind in costs
        if cost > limit.amount
    ]
    if not over:
        return None
    message = f"over {plain(limit.amount)} {limit.currency}: {few(over, MOST_NAMED)}"
    return GateFailed(message, hint=hint)


def days_of(span: str | None) -> int | None:
    """The days of --max-age: `30d`, `8w`, `2m`, `1y`."""
    if span is None:
        return None
    found = span_days(span)
    if found is None:
        said = f"--max-age is not a span of time: `{visible(span)}`"
        raise UsageError(said, hint="for example 60d or 8w")
    return found


def span_days(text: str) -> int | None:
    found = re.fullmatch(SPAN, text, re.ASCII)
    return int(found[1]) * DAYS[found[2]] if found else None


def too_old(
    used: Sequence[Held],
    most: int | None,
    hint: str = "`llmcost prices check` lists prices by age, `llmcost prices update` fetches newer",
) -> GateFailed | None:
    """GateFailed if a price was read more than `most` days ago; `used` has the longest unread
    first."""
    old = [one for one in used if most is not None and one.age > most]
    if not old:
        return None
    names = [f"`{one.model.key}` on {one.row.checked}, {one.age:,} days" for one in old]
    were = "was" if len(old) == 1 else "were"
    named = few(names, MOST_NAMED, "; ", "; and ")
    return GateFailed(
        f"{len(old)} of {len(used)} prices {were} read more than {most} days ago: {named}",
        hint=hint,
    )


def one_of(*failures: LlmcostError | None) -> tuple[LlmcostError | None, list[str]]:
    """The first gate that failed, which has the exit code, and what the others say."""
    found = [one for one in failures if one is not None]
    return next(iter(found), None), [str(one) for one in found[1:]]


def name_of(key: str, scenario: str) -> str:
    return f"`{key}` in {scenario}" if scenario else f"`{key}`"


def seen(cost: Decimal, limit: Decimal) -> str:
    """The cost, with as many digits as show by how much it is too high."""
    short = fixed(cost, places([cost, cost - limit]))
    return min(short, plain(cost), key=len)


def nothing_priced(
    lines: Sequence[object], excluded: Sequence[Excluded], scenario: str = ""
) -> LlmcostError | None:
    """If nothing is left to show: why the first model was left out."""
    if lines:
        return None
    name = f" in {visible(scenario)}" if scenario else ""
    first = next(iter(excluded), None)
    why = f": {visible(first.model.id)}: {first.detail}" if first else ""
    return LlmcostError(
        f"no model can be priced{name}{why}",
        hint="`llmcost models` lists the models and what is known of them",
    )


def unanswered(
    scenarios: Iterable[tuple[Sequence[object], Sequence[Excluded], str]],
) -> LlmcostError | None:
    """If one scenario has no answer, the whole has none. Each: its lines, what was left out, and
    its name."""
    return next(filter(None, (nothing_priced(*one) for one in scenarios)), None)
