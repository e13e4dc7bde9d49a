"""The price table of this run: the bundled file or an update of it, and the user's own over it."""

import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from llmcost import __version__
from llmcost.errors import BadPriceFile, UnreadableInput, reason
from llmcost.folders import cache_folder, config_folder, read_at_most, updated_prices
from llmcost.messages import say
from llmcost.money import Rates
from llmcost.prices import cache
from llmcost.pricing.table import PriceTable

if TYPE_CHECKING:
    from llmcost.prices.published import Published

Result = TypeVar("Result")


class Source(msgspec.Struct, frozen=True):
    """A price file as it was read; `update` says what is known of one that was downloaded."""

    path: Path
    content: bytes
    update: "Published | None" = None


LARGEST = 100_000_000
"""Bytes of a price file or of a tracker's; ours has half a million."""


def bundled(name: str) -> Path:
    """A data file of this build: inside the wheel, or data/ of the checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "data" / name
    return packaged if packaged.is_file() else package.parents[1] / "data" / name


def load(
    tokenizers: Collection[str],
    overlays: Sequence[Path],
    today: date,
    since: date | None = None,
    tell: Callable[[str], None] = lambda said: None,
) -> PriceTable:
    """Our table with each overlay's models added, or in place of ours of the same id.

    `since`: the earliest day that will be asked for; None for all of history. Rows that were over
    by then need not be there. `tell` is told why an updated table is not used.

    Raises BadPriceFile for a file that breaks a rule, UnreadableInput for one that cannot be read.
    """
    names = sorted(tokenizers)
    over = [Source(path, read_file(path)) for path in overlays]
    return with_base(lambda base: compiled([base, *over], names, today, since), names, today, tell)


def load_base(
    tokenizers: Collection[str], today: date, tell: Callable[[str], None]
) -> tuple[Source, PriceTable]:
    """The table under all overlays, read afresh, and where it is from."""
    return with_base(lambda base: (base, parse_base(base, tokenizers)), tokenizers, today, tell)


def with_base(
    use: Callable[[Source], Result],
    tokenizers: Collection[str],
    today: date,
    tell: Callable[[str], None],
) -> Result:
    """What `use` makes of the updated table; of the bundled one if no sound update is there."""
    path = updated_prices()
    if path.exists():  # without an update, a start pays for this line alone
        from llmcost.prices.published import Unusable, read

        try:
            update = read(path)
            if update is not None and not is_overtaken(update, tokenizers, today):
                return use(Source(path, update.content, update))
        except Unusable as why:
            tell(say("{why}; the prices that came with llmcost are used", why=why.message))
    return use(bundled_source())


def bundled_source() -> Source:
    path = bundled("prices.yaml")
    return Source(path, read_file(path))


def beside() -> str:
    """What tells the bundled table of one release from that of another, at the cost of a stat."""
    return f"{__version__} {bundled('prices.yaml').stat().st_size}"


def is_overtaken(update: "Published", tokenizers: Collection[str], today: date) -> bool:
    """Whether a newer llmcost brought newer prices than those that were fetched."""
    from llmcost.prices.published import newest

    if update.origin.beside == beside():
        return False
    table = compiled([bundled_source()], sorted(tokenizers), today, None)
    # one from the future, kept when it was not refused, is no newer than others
    return update.origin.day < newest(table) or update.origin.day > today + timedelta(days=2)


def compiled(
    sources: Sequence[Source], names: Sequence[str], today: date, since: date | None
) -> PriceTable:
    made_from = cache.identity([one.content for one in sources], names)
    paths = [one.path for one in sources]
    stored = cache_folder() / f"prices-{zlib.crc32(repr(paths).encode()):08x}"
    table = cache.read(stored, made_from, since)
    if table is None:
        table = compile_table(sources, names)
        cache.write(stored, made_from, table, today)
    return table


def own_files() -> list[Path]:
    """The price file that the user keeps in the config folder, if there is one."""
    path = config_folder() / "prices.yaml"
    return [path] if path.is_file() else []


def compile_table(sources: Sequence[Source], tokenizers: Collection[str]) -> PriceTable:
    from llmcost.prices.parse import parse_table  # yaml is needed only when no cache is there

    base, *over = sources
    table = parse_base(base, tokenizers)
    for one in over:
        table = overlay(table, parse_table(one.path, one.content, tokenizers, base=table))
    return table


def parse_base(base: Source, tokenizers: Collection[str]) -> PriceTable:
    """Raises Unusable for an update that is not what was fetched, or that we cannot read."""
    from llmcost.prices.parse import parse_table

    if base.update is None:
        return parse_table(base.path, base.content, tokenizers)
    from llmcost.prices.published import Unusable, check

    check(base.update)
    try:
        return parse_table(base.path, base.content, tokenizers)
    except BadPriceFile as error:
        raise Unusable(
            say("the updated prices are not for this llmcost ({why})", why=error.problems[0])
        ) from None


def overlay(under: PriceTable, over: PriceTable) -> PriceTable:
    """`over` laid on `under`: its models replace those of the same provider and id, its tokenizers
    those of the same name."""
    models = {model.key: model for model in under.models}
    models.update({model.key: model for model in over.models})
    return PriceTable(
        {**under.providers, **over.providers},
        tuple(models.values()),
        {**under.tokenizers, **over.tokenizers},
    )


def read_file(path: Path) -> bytes:
    """Raises UnreadableInput, also for what is too large for a price file, or has no end."""
    try:
        content = read_at_most(path, LARGEST)
    except OSError as error:
        raise UnreadableInput(
            say("cannot read the price file `{path}`: {why}", path=path, why=reason(error))
        ) from None
    if len(content) > LARGEST:
        why = say("it has more than {number:,} bytes", number=LARGEST)
        raise UnreadableInput(say("cannot read the price file `{path}`: {why}", path=path, why=why))
    return content


def load_exchange_rates() -> Rates:
    """USD/CNY by day: the euro reference rates of the ECB, crossed."""
    lines = read_file(bundled("fx.csv")).decode().split()[1:]
    pairs = [line.split(",") for line in lines]
    return Rates([day for day, _ in pairs], [value for _, value in pairs])
