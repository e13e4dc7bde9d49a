"""The tokenizers, and one with all that is known of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from llmcost.language import _, told
from llmcost.messages import say
from llmcost.report.figures import few, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.words import word
from llmcost.report.wrap import filled, padded

MOST_NAMED = 6
LABEL = 12  # columns of a fact's name
SCRIPTS = ("english_and_code", "chinese", "other_scripts", "rare_scripts")
FACTS = ("vocabulary", "package", "licence", "file", "sha256")
MACHINE = ("tokenizer", "kind", "models", *SCRIPTS, "method", *FACTS)


class Entry(msgspec.Struct, frozen=True):
    """`off`: what a count may be off, as a share of it, in each of SCRIPTS. `models`: the keys of
    those on sale that are counted so. `better`: what would make it more exact."""

    name: str
    kind: str
    method: str
    off: tuple[float, float, float, float]
    models: tuple[str, ...] = ()
    vocabulary: str = ""
    package: str = ""
    licence: str = ""
    file: str = ""
    sha256: str = ""
    better: str = ""


def human(entries: Sequence[Entry]) -> Grid:
    columns = [
        *(Column(_("tokenizer"), fold=True), Column(_("kind")), Column(_("models"), right=True)),
        *(Column(_("en"), right=True), Column(_("zh"), right=True)),
        *(Column(_("other"), right=True), Column(_("rare"), right=True)),
        Column(_("counted with"), fold=True),
    ]
    return grid(
        columns,
        (
            [
                *(visible(one.name), word(one.kind), str(len(one.models))),
                *(bar(share) for share in one.off),
                how(one),
            ]
            for one in entries
        ),
    )


def bar(share: float) -> str:
    return f"±{share * 100:g}%" if share else ""


def machine(entries: Sequence[Entry]) -> Grid:
    """One row a tokenizer; `models` is their number."""
    figures = {"models", *SCRIPTS}
    columns = [Column(name, right=name in figures) for name in MACHINE]
    return grid(
        columns,
        (
            [
                *(visible(one.name), one.kind, str(len(one.models))),
                *(f"{share:g}" for share in one.off),
                visible(one.method),
                *(visible(getattr(one, fact)) for fact in FACTS),
            ]
            for one in entries
        ),
    )


def document(entries: Sequence[Entry], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.tokenizers/1`."""
    return {
        "schema": "llmcost.tokenizers/1",
        "as_of": at.isoformat(),
        "results": [
            {
                "tokenizer": one.name,
                "kind": one.kind,
                "method": one.method,
                "off": dict(zip(SCRIPTS, one.off, strict=True)),
                "models": list(one.models),
                **{fact: getattr(one, fact) for fact in FACTS},
            }
            for one in entries
        ],
    }


def how(one: Entry) -> str:
    """For people, in a line: what it is counted with."""
    licence = one.licence.partition(",")[0]
    if not one.package:
        return visible(one.method)
    return say("{licence}, from {package}", licence=visible(licence), package=visible(one.package))


def details(one: Entry, width: int) -> str:
    """Everything about one tokenizer, for people, in lines of this width."""
    facts = [
        (_("tokenizer"), one.name),
        (_("kind"), word(one.kind)),
        (_("method"), one.method),
        (_("off by"), off_by(one)),
        (_("models"), named(one.models)),
        (_("vocabulary"), one.vocabulary),
        (_("package"), one.package),
        (_("licence"), one.licence),
        (_("file"), one.file),
        (_("sha256"), one.sha256),
        (_("better"), one.better),
    ]
    lines = (
        line
        for key, value in facts
        if value
        for line in filled(visible(told(value)), max(width, 40), padded(key, LABEL), " " * LABEL)
    )
    return "".join(f"{line}\n" for line in lines)


def off_by(one: Entry) -> str:
    latin, han, other, rare = map(bar, one.off)
    if not any(one.off):
        return ""
    return say(
        "{latin} in English and code, {han} in Chinese, {other} in other scripts, {rare} in rare "
        "ones",
        latin=latin,
        han=han,
        other=other,
        rare=rare,
    )


def named(models: Sequence[str]) -> str:
    if not models:
        return say("{number} on sale", number=0)
    names = few(models, MOST_NAMED)
    return say("{number} on sale: {models}", number=len(models), models=names)
