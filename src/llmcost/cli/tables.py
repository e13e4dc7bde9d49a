"""The price table and the models of this run, from the options that name them."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from llmcost.cli import clock
from llmcost.cli.known import tokenizer_names
from llmcost.cli.output import talk
from llmcost.language import _
from llmcost.prices.load import load, load_base, own_files
from llmcost.pricing.catalog import find, on_sale, sold_by
from llmcost.pricing.table import Model, PriceTable
from llmcost.report.figures import visible


def load_table(files: Sequence[Path] | None, since: date | None = None) -> PriceTable:
    """Our table, over it the user's own in the config folder, over that the files named."""
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
    """A price file read afresh, ours by default, with its path; another one may build on ours."""
    from llmcost.prices.load import read_file
    from llmcost.prices.parse import parse_table

    if file is None:
        ours, table = load_base(tokenizer_names(), clock.now().date(), tell)
        return ours.path, table
    base = load(tokenizer_names(), [], clock.now().date(), tell=tell)
    return file, parse_table(file, read_file(file), tokenizer_names(), base)
