"""The models that were left out, and why."""

from collections.abc import Iterable, Sequence
from typing import Any

from llmcost.messages import say
from llmcost.planning.refusal import Excluded
from llmcost.report.figures import few


def excluded_document(one: Excluded) -> dict[str, Any]:
    return {
        "model": one.model.id,
        "provider": one.model.provider,
        "reason": one.reason,
        "detail": one.detail,
    }


def excluded_notes(excluded: Iterable[Excluded], most: int) -> list[str]:
    """Why models were left out: one note a reason, naming up to `most` models."""
    by_reason: dict[str, list[Excluded]] = {}
    for one in excluded:
        by_reason.setdefault(one.reason, []).append(one)
    return [
        say(
            "left out ({reason}): {models}",
            reason=REASONS[reason],
            models=excluded_names(found, most),
        )
        for reason, found in by_reason.items()
    ]


REASONS = {
    "context": say("context window too small"),
    "max_output": say("output too long"),
    "band": say("beyond the price list"),
    "unit": say("not sold by the token"),
    "state": say("no price"),
    "date": say("not on sale that day"),
    "image": say("images not counted"),
    "offer": say("not sold"),
    "fee": say("fee not known"),
}


def excluded_names(found: Sequence[Excluded], most: int) -> str:
    names = [say("{model} {detail}", model=one.model.id, detail=one.detail) for one in found]
    return few(names, most, "; ", "; and ")
