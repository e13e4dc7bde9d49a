"""`llmcost tokenizers`: the tokenizers, how exact each is, its licence, and who uses it.

Origin and licence are read from `vocabularies/NOTICE`; the kind of a count and its bounds are those
on this machine, with the engines that are installed.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.output import Output, format_for, render, width
from llmcost.language import _, told
from llmcost.messages import say, visible
from llmcost.pricing.usage import base_name
from llmcost.render.table import Column, Format, Grid, grid
from llmcost.render.text import few, filled, padded
from llmcost.render.wording import word
from llmcost.runtime import clock, option_values
from llmcost.tokenizers.registry import Bars, Tokenizer
from llmcost.tokenizers.vocabulary import PACKS, base

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import Model
    from llmcost.tokenizers.registry import Tokenizer

MOST_NAMED = 6
LABEL = 12  # columns of a fact's name
SCRIPTS = ("english_and_code", "chinese", "other_scripts", "rare_scripts")
FACTS = ("vocabulary", "package", "licence", "file", "sha256")
MACHINE = ("tokenizer", "kind", "models", *SCRIPTS, "method", *FACTS)


class TokenizerEntry(msgspec.Struct, frozen=True):
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


def human(entries: Sequence[TokenizerEntry]) -> Grid:
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


def machine(entries: Sequence[TokenizerEntry]) -> Grid:
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


def document(entries: Sequence[TokenizerEntry], at: datetime) -> dict[str, Any]:
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


def how(one: TokenizerEntry) -> str:
    """For people, in a line: what it is counted with."""
    licence = one.licence.partition(",")[0]
    if not one.package:
        return visible(one.method)
    return say("{licence}, from {package}", licence=visible(licence), package=visible(one.package))


def details(one: TokenizerEntry, width: int) -> str:
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


def off_by(one: TokenizerEntry) -> str:
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


SEVERAL = ("chinese", "unknown")  # stand for vocabularies of many vendors: no file is all of them


def show(
    names: Annotated[
        list[str] | None,
        Argument(
            metavar="[NAME]...", help="Names, globs or files; a single name shows all details."
        ),
    ] = None,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List tokenizers: how each is counted, how far off that may be, how many models use it.

    What an estimate may be off is said for English and code, for Chinese, for other scripts (of
    Europe, Japan and Korea) and for rare ones.

    Example: llmcost tokenizers claude
    """
    from llmcost.pricing.catalog import on_sale
    from llmcost.runtime.price_table import load_table
    from llmcost.runtime.tokenizer_choice import known_tokenizers, named_tokenizers

    at = option_values.instant(as_of, clock.now())
    table = load_table(prices, at.date())
    wanted, known = named_tokenizers(names or ["*"], known_tokenizers(table))
    models = on_sale(table.models, at)
    found = [entry(known[name], models) for name in wanted]
    format = format_for(format)
    if format is Format.TABLE and names and len(found) == 1:
        return Output(details(found[0], width()))
    text = render(
        format,
        human=lambda: human(found),
        machine=lambda: machine(found),
        document=lambda: document(found, at),
    )
    return Output(text)


def entry(one: "Tokenizer", models: "Sequence[Model]") -> "TokenizerEntry":
    """What there is to say of a tokenizer; its models at hosts only where no maker sells one."""
    counted = [model for model in models if base_name(model.tokenizer) == one.name]
    own = [model.key for model in counted if not model.serves]
    off = bars(one)
    return TokenizerEntry(
        name=one.name,
        kind=kind(one),
        method=method(one),
        off=(off.latin, off.han, off.other, off.rare),
        models=tuple(own or [model.key for model in counted]),
        better=better(one),
        **origin(one),
    )


def origin(one: "Tokenizer") -> dict[str, str]:
    """Where its vocabulary is from."""
    if one.supply is not None:
        return {
            "vocabulary": one.supply.source,
            "file": one.supply.path,
            "sha256": one.supply.sha256,
        }
    if not one.pack:
        return {}

    found = notice(one.pack)
    return {
        "vocabulary": found.vocabulary,
        "package": found.package,
        "licence": found.licence,
        "sha256": found.digest.removeprefix("sha256:"),
    }


def better(one: "Tokenizer") -> str:
    """What would make it more exact."""
    from llmcost.errors import install
    from llmcost.tokenizers.llama import FILES as LLAMA

    if kind(one) is not TokenizerKind.ESTIMATED:
        return ""
    if one.generation:
        return say(
            "{command} (Python 3.12 or later) counts by a reconstruction",
            command=install("claude"),
        )
    if one.name in LLAMA:
        return say("{command} counts Llama exactly", command=install("llama"))
    if one.name in SEVERAL:
        return say("llmcost estimate -m MODEL -t FILE, for a model whose vocabulary you have")
    return say(
        "llmcost tokenizers add {name} PATH|HUB-ID, if you have its vocabulary", name=one.name
    )


NO_BARS = Bars(0.0, 0.0, 0.0, 0.0)


class TokenizerKind(StrEnum):
    EXACT = "exact"  # with a vocabulary of this package
    SUPPLIED = "supplied"  # with a file of the user's
    RECONSTRUCTED = "reconstructed"  # with what others found out about a secret vocabulary
    ESTIMATED = "estimated"


def kind(one: Tokenizer) -> TokenizerKind:
    if one.supply is not None:
        return TokenizerKind.SUPPLIED
    if one.estimate is None:
        return TokenizerKind.EXACT
    return TokenizerKind.RECONSTRUCTED if is_reconstructed(one) else TokenizerKind.ESTIMATED


def is_reconstructed(one: Tokenizer) -> bool:
    """Whether there is a reconstruction, and it is installed."""
    if not one.generation:
        return False
    from llmcost.tokenizers.claude import is_installed

    return is_installed()


def method(one: Tokenizer) -> str:
    """How it is counted here, as it is written beside the figures; a message, to be shown."""
    if not is_reconstructed(one):
        return one.said or one.method
    from llmcost.tokenizers.claude import METHOD

    return METHOD


def bars(one: Tokenizer) -> Bars:
    if one.estimate is None:
        return NO_BARS
    if not is_reconstructed(one):
        return one.estimate.bars
    from llmcost.tokenizers.claude import BAR

    return Bars(BAR, BAR, BAR, BAR)


class Notice(msgspec.Struct, frozen=True):
    """What NOTICE says of one pack."""

    vocabulary: str
    package: str
    licence: str
    digest: str  # of the entries


def notice(pack: str) -> Notice:
    """Of the pack that a vocabulary is in. KeyError if NOTICE does not have it."""
    return _notices()[base(pack)]


@cache
def _notices() -> dict[str, Notice]:
    text = (PACKS / "NOTICE").read_text(encoding="utf-8")
    found = {}
    for entry in re.finditer(r"^(\S+)\n((?:  .*\n)+)", text, re.MULTILINE):
        facts = dict(re.findall(r"^  (\S+(?: \S+)?)  +(\S.*)$", entry[2], re.MULTILINE))
        found[entry[1]] = Notice(
            facts["vocabulary"], facts["package"], facts["licence"], facts["entries digest"]
        )
    return found
