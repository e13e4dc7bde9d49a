"""Reader of genai-prices: `data.json`, or `data.py` of its wheel, USD per 1M tokens.

The Python file is read as a tree of calls, and never run.
"""

import ast
from collections.abc import Iterator, Mapping

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.price_data.trackers.tracker_values import Json, TrackerDocument, banded
from llmcost.pricing.price_rows import Band, Prices

OWN = {"aws": ("amazon.",), "google": ("gemini", "gemma")}  # of those that sell others' models, too
KEYS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write.any",
    "cache_write_1h_mtok": "cache_write.1h",
}


def looks_like(root: Json) -> bool:
    return isinstance(root, list) and any(isinstance(one, dict) and "models" in one for one in root)


def entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    for provider in document.listed(root, say("the file"), "providers"):
        name = str(provider.get("id"))
        for model in document.listed(provider.get("models"), f"`{name}`", "models"):
            ours, id = document.providers.get(name, ""), str(model.get("id"))
            if not id.startswith(OWN.get(name, "")):
                ours = ""  # another vendor's model
            yield from dated(document, ours, id, model, f"`{name}/{id}`")


def dated(
    document: TrackerDocument, provider: str, id: str, model: Mapping[str, Json], where: str
) -> Iterator[TrackerEntry]:
    """An entry for each price by day. Those of some hours only, and of services, are left out."""
    if not provider:
        yield TrackerEntry("", id)
        return
    given = model.get("prices")
    rows = given if isinstance(given, list) else [{"prices": given}]
    for one in document.listed(rows, where, "prices"):
        constraint = document.mapping(one.get("constraint"), where, "constraint")
        if "start_time" in constraint:
            continue
        yield TrackerEntry(
            provider,
            id,
            bands_of(document, document.mapping(one.get("prices"), where, "prices"), where),
            name=str(model.get("name") or ""),
            context=document.tokens(model.get("context_window"), where, "context_window"),
            start=document.day(constraint.get("start_date"), where, "start_date"),
        )


def bands_of(document: TrackerDocument, fields: Mapping[str, Json], where: str) -> tuple[Band, ...]:
    """A price is a number, or a `base` with `tiers` that hold above their `start`."""
    base, sizes = dict(fields), dict[int, dict[str, Json]]()
    for key in KEYS:
        tiered = fields.get(key)
        if isinstance(tiered, dict):
            base[key] = tiered.get("base")
            for tier in document.listed(tiered.get("tiers"), where, key):
                start = document.tokens(tier.get("start"), where, "start") or 0
                sizes.setdefault(start, {})[key] = tier.get("price")
    above: list[tuple[int, Prices]] = [
        (size, document.prices(over, KEYS, where)) for size, over in sizes.items()
    ]
    return banded(document.prices(base, KEYS, where), above)


# the wheel's data


def is_module(content: bytes) -> bool:
    return b"\nproviders: list[Provider] = [" in content


def module(name: str, content: bytes) -> Json:
    """The Python file in the form of the JSON one. Raises BadPriceFile for anything but data."""
    try:
        tree = ast.parse(content)
        for statement in tree.body:
            if isinstance(statement, ast.AnnAssign) and statement.value:
                return plain(statement.value)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        raise BadPriceFile([foreign(f"{name}:{line}")]) from None
    raise BadPriceFile([foreign(name)])


def foreign(place: str) -> str:
    return say("{name}: {problem}", name=place, problem=say("not the data of genai-prices"))


def plain(node: ast.expr) -> Json:
    """A call with names is an object of these, a `Decimal` its text, a date its ISO form."""
    match node:
        case ast.Constant():
            return node.value
        case ast.List():
            return [plain(one) for one in node.elts]
        case ast.Dict():
            return {
                plain(key): plain(one)
                for key, one in zip(node.keys, node.values, strict=True)
                if key
            }
        case ast.Call() if node.args or not node.keywords:
            parts = [plain(one) for one in node.args]
            return parts[0] if len(parts) == 1 else "-".join(f"{part:02}" for part in parts) or {}
        case ast.Call():
            return {one.arg.rstrip("_"): plain(one.value) for one in node.keywords if one.arg}
    raise SyntaxError("code", ("", node.lineno, 0, ""))
