"""Answers of `estimate` that price no text: rows of models, for -f and --video."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from llmcost.cli import options
from llmcost.cli.option_groups import OptionGroup, set_options
from llmcost.cli.output import MOST_ROWS, Output, around, render, rows_beside, width
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say
from llmcost.money import Exchange, Range
from llmcost.pricing.billing import Excluded
from llmcost.pricing.price_rows import Model
from llmcost.render.result_table import ResultColumn, Selection, for_people, for_programs
from llmcost.render.table import Format
from llmcost.render.text import money, places

if TYPE_CHECKING:
    from llmcost.commands.estimate.estimate_options import EstimateOutputOptions


class PricedLine(Protocol):
    """A model, and what it costs: `native` in its own currency."""

    @property
    def model(self) -> Model: ...
    @property
    def native(self) -> Range: ...
    @property
    def cost(self) -> Range: ...
    @property
    def rank(self) -> int: ...
    @property
    def is_free(self) -> bool: ...


Line = TypeVar("Line", bound=PricedLine)


class PricedRows(msgspec.Struct, Generic[Line], frozen=True):
    """What is displayed of the models at an instant. `own`: amounts in their own currencies."""

    at: datetime
    exchange: Exchange
    lines: Sequence[Line]
    excluded: Sequence[Excluded]
    own: bool

    def output(
        self,
        output: "EstimateOutputOptions",
        named: Sequence[str] | None,
        also: Sequence[str],
        failure: LlmcostError | None,
    ) -> Output:
        """The rows that fit, in the format; with -q what the one model costs. `also`: the notes of
        a single figure."""
        format = output.chosen_format()
        if output.quiet:
            return Output(self.bare(), also, failure)
        fitting = rows_beside(6) if format is Format.TABLE else MOST_ROWS
        chosen = output.select(
            *(self.lines, format), named=named, same=self.equal_if, fitting=fitting
        )
        rows = chosen.rows
        if output.get is not None:
            return Output(output.field(self.columns(chosen), rows), also, failure)
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
        if output.explain:
            text += "\n" + "".join(f"{line}\n" for one in rows for line in self.explained(one))
        counts = (len(rows), chosen.rest, len(chosen.free), len(self.excluded))
        return Output(text, notes, failure, output.brief(self.legend(rows), *counts, notes))

    def bare(self) -> str:
        """The amount of the one model. Raises UsageError if there are several."""
        if len(self.lines) != 1:
            number = len(self.lines)
            said = say("-q prints the cost of one model, not of {number}", number=number)
            raise UsageError(said, hint=say("name one with -m"))
        return f"{self.shown(self.lines[0]).amount.normalize():f}\n"

    def shown(self, line: Line) -> Range:
        return line.native if self.own else line.cost

    def cost_cells(self, rows: Sequence[Line]) -> list[str]:
        return amount_cells([self.shown(one) for one in rows])

    def converted_cells(self, rows: Sequence[Line]) -> list[str]:
        """The cost in one currency, where the amounts are in several."""
        is_own = self.own and {one.native.currency for one in rows} != {self.exchange.currency}
        return amount_cells([one.cost if is_own else None for one in rows])

    @property
    def currencies(self) -> set[str]:
        return {one.native.currency for one in self.lines}

    @property
    def needs_rate(self) -> bool:
        return bool(self.exchange.rates) and self.currencies != {self.exchange.currency}

    def equal_if(self, line: Line) -> object:
        """Rows of the same value are one row of several sellers."""
        return line.native

    def headline(self) -> str:
        raise NotImplementedError

    def columns(self, selection: Selection[Line]) -> list[ResultColumn[Line]]:
        """Every column, in the order that programs rely on."""
        raise NotImplementedError

    def notes(self, rows: Sequence[Line]) -> list[str]:
        raise NotImplementedError

    def legend(self, rows: Sequence[Line]) -> Iterator[str]:
        raise NotImplementedError

    def document(self, rows: Sequence[Line], notes: Sequence[str]) -> dict[str, Any]:
        raise NotImplementedError

    def explained(self, line: Line) -> Iterable[str]:
        return ()


def amount_cells(costs: Sequence[Range | None]) -> list[str]:
    """Amounts in one precision; nothing where there is none."""
    digits = places([one.amount for one in costs if one is not None], 2)
    return ["" if one is None else money(one.amount, one.currency, digits) for one in costs]


def refuse_unused(
    name: str, used: Container[str], groups: Iterable[OptionGroup], others: Mapping[str, bool]
) -> None:
    """Refuse the options of the groups that are set and not `used` beside an option, and others by
    whether they are given. Raises UsageError."""
    idle = [one for group in groups for one in set_options(group) if one not in used]
    options.refuse_beside(name, True, dict.fromkeys(idle, True) | dict(others))
