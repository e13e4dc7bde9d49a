"""`llmcost estimate --video 10s,720p`: what a generated video costs on each model that makes them.

Models are sold by the second, or by the clip of whatever length; those that are sold by the tokens
of a video are left out, since nobody says how many a second has.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost.cli.output import Output
from llmcost.commands.estimate.priced_rows import PricedRows, refuse_unused
from llmcost.errors import LlmcostError, UsageError
from llmcost.language import _
from llmcost.messages import caution, cautions_of, say, visible
from llmcost.money import Exchange, Money, Range
from llmcost.pricing.billing import Excluded
from llmcost.pricing.catalog import on_sale, row_at
from llmcost.pricing.contract import contract_of
from llmcost.pricing.cost import PER_CALLS, BillPart, discount_steps, fee_of, sum_of
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import Model, PriceRow, PriceState, PriceTable
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    name_columns,
    number_column,
    text_column,
    times_cells,
)
from llmcost.render.table import Format
from llmcost.render.text import (
    fx_document,
    in_currency,
    range_document,
    rate_note,
    short_rate,
)
from llmcost.render.wording import (
    age_document,
    age_notes,
    excluded_document,
    excluded_notes,
    part_document,
)

if TYPE_CHECKING:
    from llmcost.cli.option_groups import AgeOptions, CurrencyOptions, ModelOptions, TimeOptions
    from llmcost.commands.estimate.estimate_options import (
        EstimateOutputOptions,
        ReadingOptions,
        RequestOptions,
    )
    from llmcost.pricing.terms import Terms

SECONDS = re.compile(r"([1-9][0-9]{0,4}(?:\.[0-9]{1,3})?)\s*s(?:ec(?:onds?)?)?|([1-9][0-9]{0,4})秒")
SIZE = re.compile(r"[1-9][0-9]{2,3}[pP]|[1248][kK]|[1-9][0-9]{2,3}[x×*][1-9][0-9]{2,3}")
USED = (
    *("--video", "--calls", "--discount", "--tax", "--top", "--all", "--notes", "--strict"),
    *("--format", "--quiet", "--get"),
)
"""The options of requests, texts and results that a video has a use for."""
EXAMPLE = say("for example --video 10s or --video 10s,720p")


class GeneratedVideo(msgspec.Struct, frozen=True):
    """A video of so many seconds; its `size` is empty if none was named."""

    seconds: Decimal
    size: str = ""

    def __str__(self) -> str:
        return f"{self.seconds:f} s" + (f", {self.size}" if self.size else "")


class VideoLine(msgspec.Struct, frozen=True):
    """What the videos cost on one model; `unit` is what it is sold by: second or video."""

    model: Model
    row: PriceRow
    unit: str
    native: Range
    cost: Range
    parts: tuple[BillPart, ...]
    rank: int = 0

    @property
    def is_free(self) -> bool:
        return self.row.state is PriceState.FREE


def video_of(text: str) -> GeneratedVideo:
    """Return what `10s,720p` means. Raise UsageError."""
    length, comma, size = text.partition(",")
    match, named = SECONDS.fullmatch(length.strip()), size.strip()
    if match is None or (comma and not SIZE.fullmatch(named)):
        said = say("--video must be seconds and a size: `{text}`", text=visible(text))
        raise UsageError(said, hint=EXAMPLE)
    return GeneratedVideo(Decimal(match[1] or match[2]), named.lower())


def priced_videos(
    video: GeneratedVideo,
    table: PriceTable,
    models: Iterable[Model],
    terms: "Terms",
    exchange: Exchange,
) -> tuple[list[VideoLine], list[Excluded]]:
    """The models by cost, and why others have none. Raises NoExchangeRate."""
    lines: list[VideoLine] = []
    excluded: list[Excluded] = []
    for model in models:
        row = row_at(model, terms.at)
        found = None if row is None else line_of(video, table, model, row, terms, exchange)
        if found is None:
            excluded.append(Excluded(model, "unit", reason_of(row)))
        else:
            lines.append(found)
    lines.sort(key=lambda one: (one.is_free, one.cost.amount, one.model.key))
    ranked = [
        msgspec.structs.replace(one, rank=0 if one.is_free else rank)
        for rank, one in enumerate(lines, 1)
    ]
    return ranked, excluded


def reason_of(row: PriceRow | None) -> str:
    if row is None:
        return say("no price known for that day")
    if row.bands:
        return say("sold by the token, and the tokens of a second are not known")
    return say("no price of a video known")


def line_of(
    video: GeneratedVideo,
    table: PriceTable,
    model: Model,
    row: PriceRow,
    terms: "Terms",
    exchange: Exchange,
) -> VideoLine | None:
    unit = next((one for one in ("video_second", "video") if one in row.fees), "")
    if not unit and row.state is not PriceState.FREE:
        return None
    provider = table.providers[model.provider]
    parts: tuple[BillPart, ...] = ()
    if unit:
        quantity = (video.seconds if unit == "video_second" else 1) * terms.calls
        steps = discount_steps(model.discount)
        parts = (BillPart(unit, quantity, fee_of(row, unit, model.discount), PER_CALLS, steps),)
    parts += contract_of(provider, terms.discounts, terms.tax).parts(sum_of(parts))
    amount = sum_of(parts)
    native = Range(amount, amount, amount, provider.currency)
    return VideoLine(model, row, unit, native, native.to(exchange.currency, exchange.rates), parts)


def video_output(
    paths: Sequence[str],
    request: "RequestOptions",
    models: "ModelOptions",
    currency: "CurrencyOptions",
    time: "TimeOptions",
    output: "EstimateOutputOptions",
    age: "AgeOptions",
    reading: "ReadingOptions",
    limit: Money | None,
) -> Output:
    """The answer of --video; `limit`: what no model may cost more. Raises UsageError, UnknownModel,
    NoExchangeRate."""
    from llmcost.commands.estimate.estimate_options import table_and_terms
    from llmcost.runtime.gates import passed, too_old

    others = {"PATH": bool(paths), "--format html": output.format is Format.HTML}
    refuse_unused("--video", USED, (request, reading, output), others)
    video = video_of(request.video or "")
    table, terms = table_and_terms(age, request.terms(time.when))
    chosen = chosen_of(table, models, terms)
    exchange = currency.exchange(table, chosen, terms.at, [limit])
    lines, excluded = priced_videos(video, table, chosen, terms, exchange)
    if not lines:
        detail = excluded[0].detail if excluded else say("no model makes videos")
        raise LlmcostError(say("no video has a price: {why}", why=detail))
    own = currency.currency is None
    view = VideoView(terms.at, exchange, lines, excluded, own, video, terms.calls)
    failure = too_old(lambda: view.used(lines), age.oldest)
    if limit is not None:
        costs = ((one.model.key, one.native.to(limit.currency, exchange.rates).amount, "")
                 for one in lines)  # fmt: skip
        failure = passed(limit, costs) or failure
    return view.output(output, models.named, cautions_of(view.caveats(lines)), failure)


def chosen_of(table: PriceTable, models: "ModelOptions", terms: "Terms") -> Sequence[Model]:
    """The models named, or all that make videos."""
    from llmcost.pricing.catalog import sold_by
    from llmcost.runtime import option_values
    from llmcost.runtime.price_table import chosen_models, sellers_of

    names = option_values.words(models.model)
    sellers = sellers_of(table, option_values.words(models.provider))
    if names:
        return chosen_models(table, names, sellers, terms.at).models
    return [one for one in on_sale(sold_by(table, sellers), terms.at) if one.kind == "video"]


class VideoView(PricedRows[VideoLine], frozen=True):
    """What is displayed of videos."""

    video: GeneratedVideo
    calls: int

    def equal_if(self, line: VideoLine) -> object:
        return line.native, line.unit

    def headline(self) -> str:
        return _(
            "a generated video of {video} · cost of {number:,}",
            video=str(self.video), number=self.calls,
        ) + "\n"  # fmt: skip

    def columns(self, selection: Selection[VideoLine]) -> list[ResultColumn[VideoLine]]:
        """Every column, in the order that programs rely on."""
        rank, model, provider = name_columns(selection)
        least = self.lines[0].cost.amount

        return [
            *(rank, model, provider),
            ResultColumn(
                key="cost", value=lambda one: one.cost.amount, title=_("cost"),
                cells=self.cost_cells, worth=10, is_kept=True,
            ),
            text_column("currency", lambda one: one.cost.currency),
            number_column("native", lambda one: one.native.amount),
            text_column("native_currency", lambda one: one.native.currency),
            ResultColumn(
                key="unit", value=lambda one: one.unit, title=_("sold by"), worth=14,
                cells=lambda rows: [self.unit_cell(one) for one in rows], is_number=False,
            ),
            text_column("from", lambda one: one.row.start.isoformat()),
            text_column("checked", lambda one: one.row.checked.isoformat()),
            ResultColumn(
                title=in_currency(self.exchange.currency), cells=self.converted_cells, worth=12
            ),
            ResultColumn(
                title="×", worth=13,
                cells=lambda rows: times_cells([one.cost.amount for one in rows], least),
            ),
        ]  # fmt: skip

    def unit_cell(self, line: VideoLine) -> str:
        return {"video_second": _("second"), "video": _("video")}.get(line.unit, "")

    def used(self, rows: Iterable[VideoLine]) -> list[Held]:
        return longest_unread(held(one.model, one.row, self.at) for one in rows)

    def notes(self, rows: Sequence[VideoLine]) -> list[str]:
        found = [*self.caveats(rows)]
        if self.needs_rate:
            found.append(rate_note(self.exchange, self.at))
        found += excluded_notes(self.excluded, 4)
        return [*found, *age_notes(self.used(rows))]

    def caveats(self, rows: Sequence[VideoLine]) -> Iterator[str]:
        """What the prices of the vendors do not say."""
        if self.video.size:
            said = say(
                "sources give one price a model, whatever the size: {size} may cost more or less",
                size=self.video.size,
            )
            yield caution(said)
        if any(one.unit == "video" for one in rows):
            yield say("sold by the video: a clip of the length that the vendor makes")

    def legend(self, rows: Sequence[VideoLine]) -> Iterator[str]:
        if self.needs_rate:
            yield short_rate(self.exchange)
        if any(one.unit == "video" for one in rows):
            yield say("a video is a clip of the vendor's length")

    def document(self, rows: Sequence[VideoLine], notes: Sequence[str]) -> dict[str, Any]:
        """The JSON contract of docs/output.md, schema `llmcost.estimate.video/1`."""
        return {
            "schema": "llmcost.estimate.video/1",
            "as_of": self.at.isoformat(),
            "currency": self.exchange.currency,
            "calls": self.calls,
            "video": {"seconds": f"{self.video.seconds:f}", "size": self.video.size or None},
            "results": [
                {
                    "rank": one.rank or None,
                    "model": one.model.id,
                    "provider": one.model.provider,
                    "unit": one.unit,
                    "cost": range_document(one.cost),
                    "native": range_document(one.native),
                    "parts": [part_document(part) for part in one.parts],
                    "price": {
                        "from": one.row.begins.isoformat(),
                        "source": one.row.source,
                        "checked": one.row.checked.isoformat(),
                        "note": one.row.note,
                    },
                }
                for one in rows
            ],
            "excluded": [excluded_document(one) for one in self.excluded],
            "notes": list(notes),
            **age_document(self.used(rows)),
            **fx_document(self.exchange),
        }
