"""The answer of `llmcost estimate -f`: the index of the documents, and questions on each model."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost.commands.estimate.priced_rows import PricedRows, amount_cells
from llmcost.language import _, told
from llmcost.messages import say, visible
from llmcost.money import Range
from llmcost.pricing.cost import BillPart
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import Model, PriceRow
from llmcost.pricing.usage import Count
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    name_columns,
    number_column,
    text_column,
    times_cells,
)
from llmcost.render.text import (
    fx_document,
    in_currency,
    money,
    places,
    range_document,
    rate_note,
    short_rate,
)
from llmcost.render.wording import (
    age_document,
    age_notes,
    bill_lines,
    excluded_document,
    excluded_notes,
    inputs_text,
    old_count,
    part_document,
)
from llmcost.runtime.scenario import Planned
from llmcost.workload.retrieval import SearchModel

if TYPE_CHECKING:
    from llmcost.runtime.count_inputs import Read

MOST_NAMED = 4


class CorpusIndex(msgspec.Struct, frozen=True):
    """The documents as they are embedded: `count` of their text, `tokens` with what chunks repeat;
    `cost` of doing it once."""

    count: Count
    chunks: int
    tokens: int
    embed: SearchModel
    cost: Range

    def document(self) -> dict[str, Any]:
        return {
            "model": self.embed.model.key,
            "document_tokens": self.count.tokens,
            "exact": self.count.exact,
            "chunks": self.chunks,
            "embedded_tokens": self.tokens,
            "cost": range_document(self.cost),
        }


class QuestionLine(msgspec.Struct, frozen=True):
    """One model's answers: `parts` are the bill of one, `cost` that of all, `native` in its own
    currency. `month`: what the users of the file cost; None: it names none."""

    model: Model
    row: PriceRow
    native: Range
    cost: Range
    month: Range | None
    parts: tuple[BillPart, ...]
    rank: int

    @property
    def is_free(self) -> bool:
        return not self.rank


def used(lines: Sequence[QuestionLine], plan: Planned) -> list[Held]:
    """The prices of these lines and of the search, the longest unread first."""
    search = (plan.query.retrieval.embed, plan.query.retrieval.rerank)
    rows = [(one.model, one.row) for one in (*lines, *search) if one is not None]
    return longest_unread(held(model, row, plan.query.at) for model, row in rows)


class QuestionView(PricedRows[QuestionLine], frozen=True):
    """What is displayed. `calls`: the questions that amounts are of; `also`: notes beside those of
    the rows."""

    plan: Planned
    read: "Read"
    index: CorpusIndex
    calls: int
    also: Sequence[str]

    def headline(self) -> str:
        """`docs/ · 9,310 tokens in 21 chunks · index once: ¥0.0047 · 1,000 questions`"""
        cost = self.index.cost
        if not self.own:
            cost = cost.to(self.exchange.currency, self.exchange.rates)
        tilde = "" if self.index.count.exact else "~"
        parts = [
            inputs_text(one.name for one in self.read.inputs),
            say(
                "{tokens} tokens in {chunks:,} chunks",
                tokens=f"{tilde}{self.index.tokens:,}",
                chunks=self.index.chunks,
            ),
            say(
                "index once: {cost}",
                cost=money(cost.amount, cost.currency, places([cost.amount], 2)),
            ),
            say("{number:,} questions", number=self.calls),
        ]
        return " · ".join(map(told, parts)) + "\n"

    def columns(self, selection: Selection[QuestionLine]) -> list[ResultColumn[QuestionLine]]:
        """Every column, in the order that programs rely on."""
        least = next((one.cost.amount for one in self.lines if one.rank), Decimal(0))
        index = self.index.cost.to(self.exchange.currency, self.exchange.rates)
        currency = self.exchange.currency

        return [
            *name_columns(selection),
            ResultColumn(
                key="questions_cost", value=lambda one: one.cost.amount, title=_("questions"),
                cells=self.cost_cells, worth=10,
                is_kept=True,
            ),
            number_column("questions", lambda _: self.calls),
            text_column("currency", lambda _: currency),
            number_column("native", lambda one: one.native.amount),
            text_column("native_currency", lambda one: one.native.currency),
            number_column("index_cost", lambda _: index.amount),
            ResultColumn(
                key="month_cost", value=lambda one: one.month.amount if one.month else None,
                title=_("a month, {currency}", currency=currency),
                cells=lambda rows: amount_cells([one.month for one in rows]), worth=12,
            ),
            text_column("from", lambda one: one.row.start.isoformat()),
            text_column("checked", lambda one: one.row.checked.isoformat()),
            ResultColumn(title=in_currency(currency), cells=self.converted_cells, worth=11),
            ResultColumn(
                title="×", worth=13,
                cells=lambda rows: (
                    times_cells([one.cost.amount for one in rows], least)
                    if len(rows) > 1
                    else [""] * len(rows)
                ),
            ),
        ]  # fmt: skip

    def explained(self, line: QuestionLine) -> Iterator[str]:
        """What one question consists of."""
        yield _("{name}: {text}", name=visible(line.model.key), text=_("one question"))
        yield from (f"  {text}" for text in bill_lines(line.parts, line.native.currency))

    def notes(self, rows: Sequence[QuestionLine]) -> list[str]:
        times = self.plan.query.workload.reindex
        found: list[str] = [
            *self.read.notes,
            say(
                "documents embedded by {model}, {times} times a month in the file",
                model=self.index.embed.model.key,
                times=f"{times.normalize():f}",
            ),
        ]
        if self.needs_rate:
            found.append(rate_note(self.exchange, self.at))
        found += excluded_notes(self.excluded, MOST_NAMED)
        return [*found, *age_notes(used(rows, self.plan)), *self.also]

    def legend(self, rows: Sequence[QuestionLine]) -> Iterator[str]:
        if self.needs_rate:
            yield short_rate(self.exchange)
        yield from old_count(used(rows, self.plan))

    @property
    def currencies(self) -> set[str]:
        return super().currencies | {self.index.cost.currency}

    def document(self, rows: Sequence[QuestionLine], notes: Sequence[str]) -> dict[str, Any]:
        """The JSON contract of docs/output.md, schema `llmcost.estimate.questions/1`."""
        return {
            "schema": "llmcost.estimate.questions/1",
            "as_of": self.at.isoformat(),
            "currency": self.exchange.currency,
            "index": self.index.document(),
            "questions": self.calls,
            "results": [
                {
                    "rank": one.rank or None,
                    "model": one.model.id,
                    "provider": one.model.provider,
                    "cost": range_document(one.cost),
                    "native": range_document(one.native),
                    "month": None if one.month is None else range_document(one.month),
                    "parts": [part_document(part) for part in one.parts],
                    "price": {
                        "from": one.row.begins.isoformat(),
                        "source": one.row.source,
                        "checked": one.row.checked.isoformat(),
                    },
                }
                for one in rows
            ],
            "excluded": [excluded_document(one) for one in self.excluded],
            "notes": list(notes),
            **self.read.document(),
            **age_document(used(rows, self.plan)),
            **fx_document(self.exchange),
        }
