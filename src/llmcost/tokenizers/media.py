"""Tokens of files in requests that are no images: documents, audio, video, hidden reasoning.

Rates are those of recorded calls, and of ai.google.dev/gemini-api/docs/tokens.
"""

import re
from functools import lru_cache
from math import ceil

import msgspec

from llmcost.chat import Media
from llmcost.pricing.usage import Count


class MediaRate(msgspec.Struct, frozen=True):
    """Tokens of a page or a second, with bounds; `base` comes to it once at most."""

    tokens: float
    low: float
    high: float
    base: int = 0


class MediaRates(msgspec.Struct, frozen=True):
    """The rates of a vendor, None where it takes no such file, or nothing is known."""

    pdf: MediaRate | None = None
    audio: MediaRate | None = None
    video: MediaRate | None = None


# The first pattern that matches from the start of a model's id.
RATES: tuple[tuple[str, MediaRates], ...] = (
    (
        r"gemini-[12]",
        MediaRates(
            MediaRate(258, 258, 258), MediaRate(32, 25, 44, 10), MediaRate(290, 150, 300, 300)
        ),
    ),
    (
        r"gemini-3",
        # 520 to 532 a page; in the result of a function, a page is billed as an image
        MediaRates(MediaRate(532, 510, 1120), MediaRate(25, 20, 34, 10), MediaRate(89, 46, 95, 70)),
    ),
    (r"claude-", MediaRates(MediaRate(1580, 1300, 3100))),
    (r"gpt-|o\d", MediaRates(MediaRate(215, 0, 1600, 40))),
    (r"mistral|pixtral|ministral", MediaRates(MediaRate(300, 0, 4000, 100))),
)
NOTHING = MediaRates()
HIDDEN = {"hidden": (0.0, 0.16), "summary": (0.105, 0.14), "definitions": (0.0, 0.3)}
"""Tokens of a character of encrypted reasoning and summaries, and of definitions that the model
asked for: as a rule, and at most."""


@lru_cache(maxsize=4096)
def rule_of(model: str) -> str:
    """The pattern of a model's rates; empty if none are known."""
    return next((start for start, _ in RATES if re.match(start, model.lower())), "")


@lru_cache(maxsize=4096)
def rates_of(model: str) -> MediaRates:
    return dict(RATES).get(rule_of(model), NOTHING)


def media_tokens(part: Media, model: str) -> Count | None:
    """What a file adds to a request; None if its length or the model's rate is not known."""
    if part.kind == "signature":  # the chat template's rule has it
        return Count(0, 0, 0, "a signature", exact=False)
    if part.kind in HIDDEN:
        usual, most = ((part.size or 4000) * rate for rate in HIDDEN[part.kind])
        return Count(round(usual), 0, ceil(most), part.kind, exact=False)
    if part.kind == "note":  # what Claude gets to know of a document beside its text
        return Count(30, 0, 60, "a document", exact=False)
    rates = rates_of(model)
    rate = {"pdf": rates.pdf, "audio": rates.audio, "video": rates.video}.get(part.kind)
    units = part.units or pages_of(part)
    if rate is None or units is None:
        return None
    slack = 2 if part.kind == "pdf" and part.units is None else 1
    low, high = units * rate.low / slack, units * rate.high * slack + rate.base
    return Count(round(units * rate.tokens), int(low), ceil(high), part.kind, exact=False)


def pages_of(part: Media) -> float | None:
    """A PDF whose pages are compressed: as many as such a file usually has."""
    if part.kind != "pdf" or not part.size:
        return None
    return max(1, ceil(part.size / 60_000))
