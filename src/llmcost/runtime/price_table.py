"""The price table and the models of a run, the currency that ranks, and the exchange rate."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from llmcost import money
from llmcost.language import _
from llmcost.messages import visible
from llmcost.money import Exchange
from llmcost.price_data.loader import load, load_base, own_files
from llmcost.pricing.catalog import find, on_sale, sold_by
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.runtime import clock
from llmcost.runtime.standard_streams import talk
from llmcost.runtime.tokenizer_choice import tokenizer_names


def load_table(files: Sequence[Path] | None, since: date | None = None) -> PriceTable:
    """Return our price table, over it that of the user in the config folder, over that the files
    named. `since`: prices that were over by that day are not needed. Raise BadPriceFile,
    UnreadableInput."""
    overlays = [*own_files(), *(files or ())]
    return load(tokenizer_names(), overlays, clock.now().date(), since, tell)


def tell(said: str) -> None:
    """Why the updated table is not used: known only here, and no part of what was asked."""
    talk([visible(_("note: {text}", text=said))])


def chosen_models(
    table: PriceTable,
    patterns: Sequence[str],
    providers: Sequence[str],
    at: datetime,
    *,
    retired: bool = False,
    kind: str = "",
) -> list[Model]:
    """The models named, or all on sale at `at` (of this kind); of these providers if any is named.

    What is named but not on sale is passed over as `find` does, unless `retired` ones are wanted.
    """
    models = sold_by(table, providers)
    if not patterns:
        return [one for one in on_sale(models, at) if kind in ("", one.kind)]
    return find(table, models, patterns, at, retired=retired)


def check_table(file: Path | None) -> tuple[Path, PriceTable]:
    """Return a price file read afresh, ours by default, with its path; another one may build on
    ours. Raise BadPriceFile, UnreadableInput."""
    from llmcost.price_data.loader import read_file
    from llmcost.price_data.parser import parse_table

    if file is None:
        ours, table = load_base(tokenizer_names(), clock.now().date(), tell)
        return ours.path, table
    base = load(tokenizer_names(), [], clock.now().date(), tell=tell)
    return file, parse_table(file, read_file(file), tokenizer_names(), base)


MIXED = "CNY"  # what ranks models that bill in several currencies


def exchange_for(
    table: PriceTable,
    models: Sequence[Model],
    wanted: str | None,
    fx: Decimal | None,
    at: datetime,
    others: Sequence[money.Money] = (),
) -> Exchange:
    """Without `wanted`, models of one currency rank in it and a mixture in CNY. `fx` is CNY for one
    USD; `others` are amounts that will be compared.

    Raises NoExchangeRate if a rate is needed and the day lies before the first known one.
    """
    billed = {table.providers[one.provider].currency for one in models}
    target = money.currency(wanted) if wanted is not None else MIXED
    if wanted is None and len(billed) == 1:
        target = next(iter(billed))
    if fx is not None:
        return Exchange(target, money.Rate(fx))
    if billed | {one.currency for one in others} <= {target}:
        return Exchange(target)
    from llmcost.price_data.loader import load_exchange_rates

    return Exchange(target, load_exchange_rates().on(at.date()))
