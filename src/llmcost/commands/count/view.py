"""Forms of counts: table, rows, JSON document."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from llmcost.language import _, told
from llmcost.messages import say, say_plural, visible
from llmcost.pricing.usage import Count, Input, add_counts
from llmcost.render.result_table import ResultColumn, number_column, text_column
from llmcost.render.wording import inputs_text


def total(inputs: Sequence[Input], tokenizer: str) -> Count:
    return add_counts([one.counts[tokenizer] for one in inputs])


class Entry(NamedTuple):
    """The count of an input, or of all, under a tokenizer."""

    name: str
    tokenizer: str
    counted: Count


def entries(inputs: Sequence[Input], names: Sequence[str]) -> list[Entry]:
    """Every input under every tokenizer."""
    return [Entry(one.name, name, one.counts[name]) for one in inputs for name in names]


def totals(inputs: Sequence[Input], names: Sequence[str]) -> list[Entry]:
    """All inputs together, where there are several."""
    several = names if len(inputs) > 1 else ()
    return [Entry(_("total"), name, total(inputs, name)) for name in several]


def columns(inputs: Sequence[Input]) -> list[ResultColumn[Entry]]:
    """Every column, in the order that programs rely on; people see the input where there are
    several."""
    return [
        ResultColumn(
            key="tokens", value=lambda one: one.counted.tokens, title=_("tokens"), worth=1,
            is_kept=True, cells=lambda rows: [tokens_cell(one.counted) for one in rows],
        ),
        number_column("low", lambda one: one.counted.low),
        number_column("high", lambda one: one.counted.high),
        text_column("exact", lambda one: one.counted.exact),
        ResultColumn(
            key="tokenizer", value=lambda one: one.tokenizer, title=_("tokenizer"), worth=3,
            is_number=False, is_kept=True, cells=lambda rows: [one.tokenizer for one in rows],
        ),
        ResultColumn(
            key="input", value=lambda one: one.name, title=_("input"),
            worth=4, is_number=False, is_folded=True,
            cells=lambda rows: names_of(rows, len(inputs)),
        ),
        ResultColumn(
            title=_("low–high"), worth=2,
            cells=lambda rows: [range_cell(one.counted) for one in rows],
        ),
    ]  # fmt: skip


def names_of(rows: Sequence[Entry], inputs: int) -> list[str]:
    """The input of each row; nothing where the headline says it."""
    is_said = inputs == 1 or all(one.name == _("total") for one in rows)
    return [""] * len(rows) if is_said else [visible(one.name) for one in rows]


def tokens_cell(count: Count) -> str:
    return f"{'' if count.exact else '~'}{count.tokens:,}"


def range_cell(count: Count) -> str:
    return "" if count.exact else f"{count.low:,}–{count.high:,}"


def headline(inputs: Sequence[Input]) -> str:
    """`file.txt · 165 characters`"""
    characters = sum(one.characters for one in inputs)
    counted = say_plural("{number:,} character", "{number:,} characters", characters)
    parts = [inputs_text(one.name for one in inputs), *([counted] if characters else [])]
    return " · ".join(map(told, parts)) + "\n"


def legend(inputs: Sequence[Input]) -> list[str]:
    """What the mark of an estimated count means, where there is one."""
    is_exact = all(count.exact for one in inputs for count in one.counts.values())
    return [] if is_exact else [say("~ marks estimated token counts (no public tokenizer)")]


def document(inputs: Sequence[Input], names: Sequence[str]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.count/1`."""
    return {
        "schema": "llmcost.count/1",
        "inputs": [
            {"name": one.name, "bytes": one.bytes, "characters": one.characters} for one in inputs
        ],
        "results": [
            {"name": one, **counted(name, count)} for one, name, count in entries(inputs, names)
        ],
        "totals": [counted(name, total(inputs, name)) for name in names],
    }


def counted(tokenizer: str, count: Count) -> dict[str, Any]:
    return {
        "tokenizer": tokenizer,
        "count": count.tokens,
        "exact": count.exact,
        "low": count.low,
        "high": count.high,
        "method": count.method,
    }
