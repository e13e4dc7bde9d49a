"""Words that the pages about prices share."""

from typing import TYPE_CHECKING

from llmcost.planning.quotes import Quote
from llmcost.pricing.table import Band, PriceRow
from llmcost.report.explain import limits_of
from llmcost.report.figures import percent

if TYPE_CHECKING:
    from llmcost.planning.changes import Change


def band_name(band: Band, row: PriceRow) -> str:
    """The limits of a band; empty for the only one of its row."""
    return limits_of(band) or ("above" if len(row.bands) > 1 else "")


def name_of(quote: Quote, row: PriceRow) -> str:
    return band_name(quote.band, row) if quote.band is not None else ""


def change_text(change: "Change") -> str:
    """`-97.5%`, and words where there is no percentage."""
    if change.before is None:
        return "new"
    if change.after is None:
        return "gone"
    return "from free" if change.percent is None else percent(change.percent)
