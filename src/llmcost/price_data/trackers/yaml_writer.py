"""Put new rows and models into the text of a price file, without touching a line that is there."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path

import yaml

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.price_data.trackers.proposal import Finding
from llmcost.pricing.price_rows import Band, PriceRow, Prices
from llmcost.yaml_files import compose, located

LINE = re.compile(
    r"[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+"
)
PLAIN = re.compile(r"[a-z][a-z0-9]*[-.:/@a-z0-9]*[a-z0-9]")
WORDS = ("null", "true", "false", "yes", "no", "on", "off")
EMPTY = b"schema: 1\nproviders:\n"
Insertion = tuple[int, list[str]]  # before this line, counted from 0


def added(path: Path, content: bytes, findings: Sequence[Finding]) -> bytes:
    """The file with a row for each finding: below the last row of its model, or with the model at
    the end of its provider, or with both at the end. All other lines stay as they are.

    Raises BadPriceFile where the file's lists are written in brackets.
    """
    root = compose(path, content, BadPriceFile)
    try:
        lines: list[str] = LINE.findall(content.removeprefix(BOM_UTF8).decode())
    except UnicodeDecodeError:  # YAML may be UTF-16
        said = say("{name}: {problem}", name=path.name, problem=say("not text in UTF-8"))
        raise BadPriceFile([said]) from None
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines and lines[-1][-1] not in "\n\r\x85\u2028\u2029":
        lines[-1] += newline
    insertions = placed(path, root, findings, len(lines))
    for at, new in reversed(sorted(insertions, key=depth)):
        lines[at:at] = [line + newline for line in new]
    return (BOM_UTF8 if content.startswith(BOM_UTF8) else b"") + "".join(lines).encode()


def depth(one: Insertion) -> tuple[int, int]:
    """At the same line a row comes first, which belongs to what is above, and a provider last."""
    at, new = one
    return at, len(new[0].lstrip()) - len(new[0])


def placed(
    path: Path, root: yaml.Node | None, findings: Sequence[Finding], end: int
) -> list[Insertion]:
    providers = value(root, "providers")
    found: list[Insertion] = []
    by_provider: dict[str, list[Finding]] = {}
    for one in findings:
        by_provider.setdefault(one.entry.provider, []).append(one)
    for id, new in by_provider.items():
        provider = item(providers, id)
        if provider is None:
            indent, at = (
                (column(path, providers), after(providers)) if providers_in(providers) else (2, end)
            )
            found.append((at, indented(indent, provider_lines(id, new))))
        else:
            found += within(path, value(provider, "models"), new)
    return found


def providers_in(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.SequenceNode)


def within(path: Path, models: yaml.Node | None, findings: Sequence[Finding]) -> list[Insertion]:
    """Rows for the models that the provider has, and below them the models that it has not."""
    found: list[Insertion] = []
    strangers: list[str] = []
    for one in findings:
        rows = value(item(models, one.id), "prices")
        if rows is not None and one.row:
            found.append((after(rows), indented(column(path, rows), row_lines(one.row))))
        else:
            strangers += model_lines(one)
    if strangers:
        found.append((after(models), indented(column(path, models), strangers)))
    return found


def value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((one for name, one in pairs if name.value == key), None)


def item(node: yaml.Node | None, id: str) -> yaml.Node | None:
    """The mapping of a list that has this `id`."""
    for one in node.value if isinstance(node, yaml.SequenceNode) else ():
        name = value(one, "id")
        if name is not None and name.value == id:
            return one  # type: ignore[no-any-return]
    return None


def column(path: Path, node: yaml.Node | None) -> int:
    """Where the dashes of a list stand."""
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return int(node.start_mark.column)
    line = node.start_mark.line + 1 if node else 1
    said = say("nothing can be added to this list")
    hint = say("write it as lines that begin with `- `")
    raise BadPriceFile([located(path.name, line, said)], hint=hint)


def after(node: yaml.Node | None) -> int:
    """The line below the last one of a node; comments below it are not its own."""
    if node is None:
        return 0
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        end = node.end_mark
        return int(end.line + (end.column > 0 or end.line == node.start_mark.line))
    last = node.value[-1]
    return after(last[1] if isinstance(last, tuple) else last)


def indented(columns: int, lines: Sequence[str]) -> list[str]:
    return [" " * columns + line for line in lines]


# what is written


def provider_lines(id: str, findings: Sequence[Finding]) -> list[str]:
    models = [line for one in findings for line in model_lines(one)]
    return [f"- id: {quoted(id)}", "  models:", *indented(4, models)]


def model_lines(one: Finding) -> list[str]:
    """The whole model: laid over ours, it takes its place, and so has its names and limits."""
    model, entry = one.model, one.entry
    facts: list[tuple[str, str | int | None]] = [
        ("id", one.id),
        ("name", (model.name if model else entry.name) or None),
        ("tokenizer", model.tokenizer if model else "unknown"),
        ("kind", model.kind if model and model.kind != "chat" else None),
        ("context", model.context if model else entry.context),
        ("max_output", model.max_output if model else entry.max_output),
    ]
    lines = [f"{key}: {quoted(str(fact))}" for key, fact in facts if fact is not None]
    aliases = (
        [alias_text(alias.id, alias.start, alias.end) for alias in model.aliases] if model else []
    )
    if aliases:
        lines.append(f"aliases: [{', '.join(aliases)}]")
    rows = row_lines(one.row) if one.row else []
    lines = [*lines, "prices:", *indented(2, rows)]
    return ["- " + lines[0], *indented(2, lines[1:])]


def alias_text(id: str, start: object, end: object) -> str:
    days = "".join(f", {key}: {day}" for key, day in (("from", start), ("to", end)) if day)
    return f"{{id: {quoted(id)}{days}}}" if days else quoted(id)


def row_lines(row: PriceRow) -> list[str]:
    facts = [*factor_texts(row.bands), f"source: {quoted(row.source)}", f"checked: {row.checked}"]
    if row.note:
        facts.append(f"note: {quoted(row.note)}")
    if len(row.bands) == 1:
        return [
            "- {" + ", ".join([f"from: {row.start}", *set_texts(row.bands[0].prices), *facts]) + "}"
        ]
    bands = [f"    - {{{', '.join(band_texts(band))}}}" for band in row.bands]
    return [f"- from: {row.start}", "  bands:", *bands, *indented(2, facts)]


def factor_texts(bands: Sequence[Band]) -> list[str]:
    """`batch: 0.5`, and the factors of the service tiers together; those of the first band."""
    variants = bands[0].variants if bands else {}
    factors = {key: f"{one.factor:f}" for key, one in variants.items() if one.factor is not None}
    plain = [f"{key}: {factors.pop(key)}" for key in ("peak", "batch") if key in factors]
    tiers = ", ".join(f"{quoted(key)}: {factor}" for key, factor in factors.items())
    return [*plain, f"tiers: {{{tiers}}}"] if tiers else plain


def band_texts(band: Band) -> list[str]:
    limit = [f"input_up_to: {band.input.most}"] if band.input else []
    return [*limit, *set_texts(band.prices)]


def set_texts(prices: Prices) -> list[str]:
    """`input: 1`, and the lifetimes of a cache write together."""
    plain = [f"{item}: {price:f}" for item, price in prices.items() if "." not in item]
    writes = [(item.partition(".")[2], price) for item, price in prices.items() if "." in item]
    together = ", ".join(f"{lifetime}: {price:f}" for lifetime, price in writes)
    return [*plain, f"cache_write: {{{together}}}"] if writes else plain


def quoted(text: str) -> str:
    """Bare where no reader could take it for anything but text."""
    if text.isdecimal() or (PLAIN.fullmatch(text) and text not in WORDS and ": " not in text):
        return text
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
