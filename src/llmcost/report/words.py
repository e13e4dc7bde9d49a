"""Words that the pages about prices share."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from llmcost.messages import Text, joined, say
from llmcost.pricing.table import Band, PriceRow
from llmcost.report.figures import percent, plain

if TYPE_CHECKING:
    from llmcost.planning.changes import Change
    from llmcost.planning.quotes import Quote

_WORDS = {
    str(one): one
    for one in (
        # states of a price, of a tokenizer, of a tracker's entry
        *(say("priced"), say("free"), say("plan"), say("unknown"), say("announced"), say("ended")),
        *(say("retired"), say("exact"), say("supplied"), say("reconstructed"), say("estimated")),
        *(say("new row"), say("new model"), say("disagrees"), say("agrees"), say("gone")),
        *(say("not comparable"), say("no price"), say("model added"), say("model removed")),
        *(say("row added"), say("row inserted"), say("row edited"), say("row checked")),
        *(say("row removed"), say("metadata"), say("new")),
        # conditions
        *(say("peak"), say("off-peak"), say("batch"), say("list"), say("standard")),
        *(say("flat"), say("office"), say("evening")),
        # items
        *(say("input"), say("output"), say("output_thinking"), say("cache_read")),
        *(say("cache_read_explicit"), say("cache_write"), say("cache_storage")),
        *(say("image_input"), say("image_output"), say("image_cache_read"), say("audio_input")),
        *(say("audio_output"), say("audio_cache_read"), say("video_input"), say("free_quota")),
        *(say("fine_tuning"), say("deployment"), say("packs"), say("in_packs")),
        # units
        *(say("hour"), say("day"), say("month"), say("quarter"), say("year"), say("model")),
        *(say("account"), say("pack"), say("1M training tokens")),
        # fields of a price file, and kinds of models
        *(say("name"), say("kind"), say("tokenizer"), say("context"), say("max_output")),
        *(say("aliases"), say("released"), say("discount"), say("corrections"), say("state")),
        *(say("until"), say("mode"), say("schedule"), say("promotion"), say("regions")),
        *(say("fees"), say("limits"), say("source"), say("checked"), say("note"), say("currency")),
        *(say("page"), say("schedules"), say("tiers"), say("speech"), say("embedding")),
        *(say("ocr"), say("transcription"), say("image"), say("realtime"), say("rerank")),
    )
}


def word(name: str) -> str:
    """A word of the price file as a message; one that is not known there stays as it is."""
    item, dot, rest = name.partition(".")
    if dot and item in _WORDS:
        return say("{item}.{lifetime}", item=_WORDS[item], lifetime=rest)
    return _WORDS.get(name, name)


def price_text(item: str, price: Decimal) -> str:
    """`input 0.8`"""
    return say("{item} {price}", item=word(item), price=plain(price))


def limits_of(band: Band) -> str:
    """The limits of a band in words, empty for one without."""
    return joined(_limits(band))


def _limits(band: Band) -> Iterator[Text]:
    if band.input is not None:
        most = band.input.tokens
        if band.input.inclusive:
            yield say("input up to {tokens:,}", tokens=most)
        else:
            yield say("input below {tokens:,}", tokens=most)
    if band.output is not None:
        most = band.output.tokens
        if band.output.inclusive:
            yield say("output up to {tokens:,}", tokens=most)
        else:
            yield say("output below {tokens:,}", tokens=most)


def band_name(band: Band, row: PriceRow) -> str:
    """The limits of a band; empty for the only one of its row."""
    return limits_of(band) or (say("above") if len(row.bands) > 1 else "")


def name_of(quote: "Quote", row: PriceRow) -> str:
    return band_name(quote.band, row) if quote.band is not None else ""


def change_text(change: "Change") -> str:
    """`-97.5%`, and words where there is no percentage."""
    if change.before is None:
        return say("new")
    if change.after is None:
        return say("gone")
    return say("from free") if change.percent is None else percent(change.percent)
