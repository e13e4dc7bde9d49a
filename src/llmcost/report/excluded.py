"""The models that were left out, and why."""

from collections.abc import Iterable, Sequence
from typing import Any

from llmcost.messages import say, say_plural
from llmcost.planning.refusal import Excluded, LeftOut
from llmcost.report.figures import few, visible

MOST_LEFT_OUT = 4


def excluded_document(one: Excluded) -> dict[str, Any]:
    return {
        "model": one.model.id,
        "provider": one.model.provider,
        "reason": one.reason,
        "detail": one.detail,
    }


def left_out_document(one: LeftOut) -> dict[str, Any]:
    return {
        "requests": one.requests,
        "all": one.all,
        "names": [visible(name) for name in one.names],
        **excluded_document(one.nearest),
    }


def left_out_text(one: LeftOut) -> str:
    """How many requests no model takes, and what is in their way."""
    names = one.names or (one.nearest.model.id,)
    shown = few([visible(name) for name in names], MOST_LEFT_OUT)
    return say_plural(
        "1 of {all:,} requests is left out, since no model takes it ({names}: {why})",
        "{number:,} of {all:,} requests are left out, since no model takes them ({names}: {why})",
        one.requests,
        all=one.all,
        names=shown,
        why=one.nearest.detail,
    )


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
