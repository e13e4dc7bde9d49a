"""The files of price trackers, read without their packages: which format, and what it says."""

from pathlib import Path

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.planning.tracked import Entry, Listing
from llmcost.prices.trackers import genai, litellm, modelsdev, openrouter
from llmcost.prices.trackers.document import Document, Json, parsed

FORMATS = {
    "genai-prices": genai,
    "litellm": litellm,
    "models.dev": modelsdev,
    "openrouter": openrouter,
}


def read_tracker(content: bytes, source: str, tracker: str | None = None) -> Listing:
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
    document = Document(name)
    entries: list[Entry] = list(FORMATS[tracker].entries(document, root))
    if document.problems:
        raise BadPriceFile(document.problems)
    return Listing(tracker, source, tuple(entries))


def told(root: Json) -> str | None:
    return next((name for name, one in FORMATS.items() if one.looks_like(root)), None)
