"""Files of price trackers, read without the trackers' packages and matched with our table.

A reader per format, chosen by content; then matching of models, new rows, doubts and the writing of
YAML belong here. What is printed of them belongs to `commands/prices`.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from llmcost.errors import BadPriceFile
from llmcost.files import bundled
from llmcost.messages import say
from llmcost.price_data.bundled_files import convert
from llmcost.price_data.trackers import dated_readers as dated
from llmcost.price_data.trackers import genai_prices as genai
from llmcost.price_data.trackers import json_readers as json
from llmcost.price_data.trackers import model_bank
from llmcost.price_data.trackers.matching import TrackerEntry, TrackerListing
from llmcost.price_data.trackers.packages import is_package, members
from llmcost.price_data.trackers.tracker_values import Json, TrackerDocument, parsed


class TrackerFormat(NamedTuple):
    """How a tracker's file is known, and what it says."""

    looks_like: Callable[[Json], bool]
    entries: Callable[[TrackerDocument, Json], Iterable[TrackerEntry]]


FORMATS = {
    "model-prices": TrackerFormat(dated.looks_like_model_prices, dated.model_prices_entries),
    "genai-prices": TrackerFormat(genai.looks_like, genai.entries),
    "litellm": TrackerFormat(json.looks_like_litellm, json.litellm_entries),
    "models.dev": TrackerFormat(json.looks_like_modelsdev, json.modelsdev_entries),
    "openrouter": TrackerFormat(json.looks_like_openrouter, json.openrouter_entries),
    "metergraph": TrackerFormat(dated.looks_like_metergraph, dated.metergraph_entries),
    "model-bank": TrackerFormat(model_bank.looks_like, model_bank.entries),
    "pi-ai": TrackerFormat(json.looks_like_pi, json.pi_entries),
}


def read_tracker(content: bytes, source: str, tracker: str | None = None) -> TrackerListing:
    """What a tracker's file or package says; `tracker` None: as its content tells.

    Raises BadPriceFile for what is not in the format: all problems, each with its key or line.
    """
    name = Path(source).name
    root = together(name, content) if is_package(content) else root_of(name, content)
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
    document = TrackerDocument(name, providers_of(tracker))
    entries: list[TrackerEntry] = list(FORMATS[tracker].entries(document, root))
    if document.problems:
        raise BadPriceFile(document.problems)
    return TrackerListing(tracker, source, tuple(entries))


def providers_of(tracker: str) -> Mapping[str, str]:
    """Return our providers by the names that a tracker has for them."""
    content = bundled("tracker_providers.yaml").read_bytes()
    return convert(content, dict[str, dict[str, str]])[tracker]


def together(name: str, content: bytes) -> Json:
    """The one list of a package, or those of all vendors."""
    files = members(name, content)
    roots = {Path(one).stem: root_of(one, file) for one, file in files.items()}
    if len(roots) == 1:
        return next(iter(roots.values()))
    return {key: value for stem, root in roots.items() for key, value in prefixed(stem, root)}


def prefixed(stem: str, root: Json) -> Iterable[tuple[str, Json]]:
    """The parts of a vendor's file, by names that are different in each file."""
    parts = root.items() if isinstance(root, dict) else ()
    return ((key if key == stem else f"{stem}/{key}", value) for key, value in parts)


def root_of(name: str, content: bytes) -> Json:
    """A file of a package or by itself, as values."""
    if genai.is_module(content):
        return genai.module(name, content)
    if model_bank.is_module(name, content):
        return {Path(name).stem: model_bank.models(name, content)}
    if dated.is_metergraph(content):
        return dated.metergraph_file(name, content)
    return parsed(name, content)


def told(root: Json) -> str | None:
    return next((name for name, one in FORMATS.items() if one.looks_like(root)), None)
