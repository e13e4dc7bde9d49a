"""The limits of what costs nothing."""

from collections.abc import Iterable

from llmcost.messages import joined, say
from llmcost.pricing.table import Model, PriceRow, State
from llmcost.report.figures import visible


def free_notes(offers: Iterable[tuple[Model, PriceRow]]) -> list[str]:
    """The limits of the free offers, those with the same words in one note."""
    by_limits: dict[str, list[str]] = {}
    for model, row in offers:
        if row.state is State.FREE:
            limits = row.limits or row.note or say("none stated")
            by_limits.setdefault(limits, []).append(model.id)
    return [
        say(
            "free: {names}; limits: {limits}",
            names=joined(map(visible, names)),
            limits=visible(limits),
        )
        for limits, names in by_limits.items()
    ]
