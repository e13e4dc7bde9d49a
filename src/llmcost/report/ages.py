"""How old the prices are that a result rests on, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from llmcost.messages import say
from llmcost.planning.ages import Held
from llmcost.report.figures import few, visible

OLD = 60
"""Days after which a price should have been read again at its source."""
MOST_NAMED = 3


def age_notes(used: Sequence[Held]) -> list[str]:
    """The prices that are old, of `used`, which has the longest unread first."""
    old = [
        say("{model} ({age:,} days)", model=visible(one.model.id), age=one.age)
        for one in used
        if one.age > OLD
    ]
    named = few(list(dict.fromkeys(old)), MOST_NAMED)
    note = say("prices last read more than {days} days before: {models}", days=OLD, models=named)
    return [note] if old else []


def age_document(used: Sequence[Held]) -> dict[str, Any]:
    """The oldest one, as a part of a document; null where no price was used."""
    oldest = next(iter(used), None)
    if oldest is None:
        return {"prices_checked": None}
    return {"prices_checked": {"oldest": oldest.row.checked.isoformat(), "days": oldest.age}}
