"""The cache of a model as results display it: what it reads, which one is bought, its rules."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from llmcost.language import _
from llmcost.pricing.cache_rules import CacheOffer
from llmcost.render.result_table import ResultColumn
from llmcost.render.text import fixed

Row = TypeVar("Row")


def share_text(part: Decimal) -> str:
    return f"{fixed(100 * part, 0)}%"


def cache_columns(
    read: Callable[[Row], Decimal], offer: Callable[[Row], CacheOffer | None]
) -> Iterator[ResultColumn[Row]]:
    """For people: the share of the input that is read, and the cache: `5m`, `1h`, `auto`, `none`,
    with a mark where not all rules are known."""

    def name(row: Row) -> str:
        one = offer(row)
        return "" if one is None else one.name if one.is_known else f"{one.name}~"

    yield ResultColumn(
        title=_("read"), cells=lambda rows: [share_text(read(one)) for one in rows], worth=12
    )
    yield ResultColumn(
        title=_("cache"), cells=lambda rows: [*map(name, rows)], worth=14, is_number=False
    )


def offer_document(offer: CacheOffer) -> dict[str, Any]:
    """A cache with the terms that were computed with."""
    terms, rule = offer.terms, offer.rule
    return {
        "name": offer.name,
        "explicit": offer.explicit,
        "minimum": terms.minimum,
        "granularity": terms.granularity,
        "seconds": terms.seconds,
        "known": offer.is_known,
        "rule": rule.id if rule and rule.id else None,
        "confidence": rule.confidence if rule and rule.confidence else None,
        "sources": list(rule.sources) if rule else [],
    }
