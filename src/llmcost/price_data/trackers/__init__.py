"""Files of price trackers, read without the trackers' packages and matched with our table.

A reader per format, chosen by content; then matching of models, new rows, doubts and the writing of
YAML belong here. What is printed of them belongs to `commands/prices`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.price_data.trackers import genai_prices as genai
from llmcost.price_data.trackers import json_readers as json
from llmcost.price_data.trackers.matching import TrackerEntry, TrackerListing
from llmcost.price_data.trackers.tracker_values import Json, TrackerDocument, parsed


class TrackerFormat(NamedTuple):
    """How a tracker's file is known, and what it says."""

    looks_like: Callable[[Json], bool]
    entries: Callable[[TrackerDocument, Json], Iterable[TrackerEntry]]


FORMATS = {
    "genai-prices": TrackerFormat(genai.looks_like, genai.entries),
    "litellm": TrackerFormat(json.looks_like_litellm, json.litellm_entries),
    "models.dev": TrackerFormat(json.looks_like_modelsdev, json.modelsdev_entries),
    "openrouter": TrackerFormat(json.looks_like_openrouter, json.openrouter_entries),
}


def read_tracker(content: bytes, source: str, tracker: str | None = None) -> TrackerListing:
    """What a tracker's file says; `tracker` None: as its content tells.

    Raises BadPriceFile for what is not in the format: all problems, each with its key or line.
    """
    name = Path(source).name
    root = genai.module(name, content) if genai.is_module(content) else parsed(name, content)
    tracker = tracker or told(root)
    if tracker is None or not FORMATS[tracker].looks_like(root):
        said = (
            say("{file}: expected a file of {tracker}", file=name, tracker=tracker)
            if tracker
            else say(
                "{file}: expected a file of one of {trackers}",
                file=name,
                trackers=", ".join(FORMATS),
            )
        )
        raise BadPriceFile([said], hint=say("see docs/prices.md, Importing"))
    document = TrackerDocument(name)
    entries: list[TrackerEntry] = list(FORMATS[tracker].entries(document, root))
    if document.problems:
        raise BadPriceFile(document.problems)
    return TrackerListing(tracker, source, tuple(entries))


def told(root: Json) -> str | None:
    return next((name for name, one in FORMATS.items() if one.looks_like(root)), None)
