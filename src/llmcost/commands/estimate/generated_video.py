"""`llmcost estimate --video 10s,720p`: what a generated video costs on each model that makes them.

Models are sold by the second, or by the clip of whatever length; those that are sold by the tokens
of a video are left out, since nobody says how many a second has.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.option_groups import set_options
from llmcost.cli.output import MOST_ROWS, Output, around, render, rows_beside, width
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
    for_people,
    for_programs,
    name_columns,
    times_cells,
)
from llmcost.render.table import Format
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

    named = [*set_options(request), *set_options(reading), *set_options(output)]
    idle = [option for option in named if option not in USED]
    idle += ["PATH"] * bool(paths) + ["--format html"] * (output.format is Format.HTML)
    options.refuse_beside("--video", True, dict.fromkeys(idle, True))
    video = video_of(request.video or "")
    table, terms = table_and_terms(age, request.terms(time.when))
    chosen = chosen_of(table, models, terms)
    exchange = currency.exchange(table, chosen, terms.at, [limit])
    lines, excluded = priced_videos(video, table, chosen, terms, exchange)
    if not lines:
        detail = excluded[0].detail if excluded else say("no model makes videos")
        raise LlmcostError(say("no video has a price: {why}", why=detail))
    view = VideoView(video, terms, exchange, lines, excluded, currency.currency is None)
    failure = too_old(lambda: view.used(lines), age.oldest)
    if limit is not None:
        costs = ((one.model.key, one.native.to(limit.currency, exchange.rates).amount, "")
                 for one in lines)  # fmt: skip
        failure = passed(limit, costs) or failure
    return view.output(output, models.named, failure)


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


class VideoView(msgspec.Struct, frozen=True):
    """What is displayed of videos. `own`: amounts in each model's own currency."""

    video: GeneratedVideo
    terms: "Terms"
    exchange: Exchange
    lines: Sequence[VideoLine]
    excluded: Sequence[Excluded]
    own: bool

    def output(
        self,
        output: "EstimateOutputOptions",
        named: Sequence[str] | None,
        failure: LlmcostError | None,
    ) -> Output:
        """The rows that fit, in the format."""
        format, cautions = output.chosen_format(), cautions_of(self.caveats(self.lines))
        if output.quiet:
            if len(self.lines) != 1:
                said = say(
                    "-q prints the cost of one model, not of {number}", number=len(self.lines)
                )
                raise UsageError(said, hint=say("name one with -m"))
            shown = self.lines[0].native if self.own else self.lines[0].cost
            return Output(f"{shown.amount.normalize():f}\n", cautions, failure)
        fitting = rows_beside(6) if format is Format.TABLE else MOST_ROWS
        chosen = output.select(
            self.lines,
            format,
            named=named,
            same=lambda one: (one.native, one.unit),
            fitting=fitting,
        )
        rows = chosen.rows
        if output.get is not None:
            return Output(output.field(self.columns(chosen), rows), cautions, failure)
        notes = self.notes(rows)
        text = render(
            format,
            human=lambda: for_people(
                self.columns(chosen), rows, None if format is Format.MD else width()
            ),
            machine=lambda: for_programs(self.columns(chosen), rows),
            document=lambda: self.document(rows, notes),
        )
        if format in (Format.TABLE, Format.MD):
            text = around(format, self.headline(), text, "")
        brief = output.brief(
            self.legend(rows), len(rows), chosen.rest, len(chosen.free), len(self.excluded), notes
        )
        return Output(text, notes, failure, brief)

    def headline(self) -> str:
        return _(
            "a generated video of {video} · cost of {number:,}",
            video=str(self.video), number=self.terms.calls,
        ) + "\n"  # fmt: skip

    def columns(self, selection: Selection[VideoLine]) -> list[ResultColumn[VideoLine]]:
        """Every column, in the order that programs rely on."""
        rank, model, provider = name_columns(selection)
        least = self.lines[0].cost.amount

        def amounts(rows: Sequence[VideoLine]) -> list[str]:
            costs = [one.native if self.own else one.cost for one in rows]
            digits = places([one.amount for one in costs], 2)
            return [money(one.amount, one.currency, digits) for one in costs]

        def converted(rows: Sequence[VideoLine]) -> list[str]:
            target = self.exchange.currency
            if not self.own or {one.native.currency for one in rows} == {target}:
                return [""] * len(rows)
            digits = places([one.cost.amount for one in rows], 2)
            return [money(one.cost.amount, target, digits) for one in rows]

        return [
            *(rank, model, provider),
            ResultColumn(
                key="cost", value=lambda one: one.cost.amount, title=_("cost"), cells=amounts,
                worth=10, is_kept=True,
            ),
            ResultColumn(key="currency", value=lambda one: one.cost.currency, is_number=False),
            ResultColumn(key="native", value=lambda one: one.native.amount),
            ResultColumn(
                key="native_currency", value=lambda one: one.native.currency, is_number=False
            ),
            ResultColumn(
                key="unit", value=lambda one: one.unit, title=_("sold by"), worth=14,
                cells=lambda rows: [self.unit_cell(one) for one in rows], is_number=False,
            ),
            ResultColumn(
                key="from", value=lambda one: one.row.start.isoformat(), is_number=False
            ),
            ResultColumn(
                key="checked", value=lambda one: one.row.checked.isoformat(), is_number=False
            ),
            ResultColumn(title=in_currency(self.exchange.currency), cells=converted, worth=12),
            ResultColumn(
                title="×", worth=13,
                cells=lambda rows: times_cells([one.cost.amount for one in rows], least),
            ),
        ]  # fmt: skip

    def unit_cell(self, line: VideoLine) -> str:
        return {"video_second": _("second"), "video": _("video")}.get(line.unit, "")

    def used(self, rows: Iterable[VideoLine]) -> list[Held]:
        return longest_unread(held(one.model, one.row, self.terms.at) for one in rows)

    def notes(self, rows: Sequence[VideoLine]) -> list[str]:
        found = [*self.caveats(rows)]
        if self.exchange.rates and self.needs_rate:
            found.append(rate_note(self.exchange, self.terms.at))
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
        if self.exchange.rates and self.needs_rate:
            yield short_rate(self.exchange)
        if any(one.unit == "video" for one in rows):
            yield say("a video is a clip of the vendor's length")

    @property
    def needs_rate(self) -> bool:
        return any(one.native.currency != self.exchange.currency for one in self.lines)

    def document(self, rows: Sequence[VideoLine], notes: Sequence[str]) -> dict[str, Any]:
        """The JSON contract of docs/output.md, schema `llmcost.estimate.video/1`."""
        return {
            "schema": "llmcost.estimate.video/1",
            "as_of": self.terms.at.isoformat(),
            "currency": self.exchange.currency,
            "calls": self.terms.calls,
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
