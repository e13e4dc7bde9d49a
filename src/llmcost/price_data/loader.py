"""Load the price table of a run: the bundled file or an update of it, overlaid by the user's own.

The compiled form of a price file is kept in the user's cache folder. A cache that is missing,
stale, damaged or unwritable is never an error: the YAML is read again. An updated table is one
file, so that it is replaced in one step: a line with what is known of the table, then the bytes as
they were published.
"""

import os
import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from llmcost import __version__
from llmcost.errors import BadPriceFile, UnreadableInput, reason
from llmcost.files import bundled, cache_folder, config_folder, keep, read_at_most, updated_prices
from llmcost.messages import say
from llmcost.money import Rates
from llmcost.pricing.catalog import OWN
from llmcost.pricing.price_rows import HostModels, Model, PriceTable

HEAD = ("day", "makers", "size", "all", "current", "whole")
"""The day of the first part, the sizes of its makers and of all of it, that of the makers in the
second part, which has all of history, and a checksum of each."""
NO_HOSTS = b"[]"
FORMAT = f"llmcost {__version__} prices 9\n".encode()


def identity(contents: Sequence[bytes], tokenizers: Sequence[str]) -> bytes:
    """What the compiled table was made from: a change of any byte makes it stale."""
    sizes = ",".join(f"{len(content)}:{zlib.crc32(content):08x}" for content in contents)
    return FORMAT + f"{sizes} {zlib.crc32(' '.join(tokenizers).encode()):08x}\n".encode()


def checksum(day: str, part: bytes) -> str:
    """Of a part and of the day that says whether the first part will do."""
    return f"{zlib.crc32(part, zlib.crc32(day.encode())):08x}"


def read_cached(path: Path, made_from: bytes, since: date | None) -> PriceTable | None:
    """The table compiled from just these contents, or None.

    With `since`, rows that were over by that day may be missing: most commands never need them.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(made_from)) != made_from:
                return None
            words = file.readline(100).decode("ascii", "replace").split()
            head = dict(zip(HEAD, words, strict=True))
            size = os.fstat(file.fileno()).st_size  # a damaged head may say any number
            current = file.read(min(int(head["size"]), size))
            recent = since is not None and since.isoformat() >= head["day"]
            part, expected = (current, "current") if recent else (file.read(), "whole")
            makers = int(head["makers" if recent else "all"])
    except (OSError, ValueError):
        return None
    if checksum(head["day"], part) != head[expected]:
        return None
    try:
        table = msgspec.json.decode(part[:makers], type=PriceTable)
        hosts = HostModels(part[makers:]) if part[makers:] != NO_HOSTS else None
        return msgspec.structs.replace(table, hosts=hosts)
    except (msgspec.MsgspecError, ValueError):
        return None


def write(path: Path, made_from: bytes, table: PriceTable, day: date) -> None:
    """JSON decodes as fast as MessagePack here, and keeps the zone of a date-time."""
    makers, hosts = encoded(without_history(table, day))
    all_makers, all_hosts = encoded(table)
    current, whole = makers + hosts, all_makers + all_hosts
    sizes = f"{len(makers)} {len(current)} {len(all_makers)}"
    checksums = f"{checksum(str(day), current)} {checksum(str(day), whole)}"
    head = f"{day} {sizes} {checksums}\n".encode()
    keep(path, made_from + head + current + whole)


def encoded(table: PriceTable) -> tuple[bytes, bytes]:
    """The table with the makers' own models, and what hosts sell, each with its place."""
    own = tuple(one for one in table.models if not one.serves)
    sold = [(place, compact(one)) for place, one in enumerate(table.models) if one.serves]
    makers = PriceTable(table.providers, own, table.tokenizers)
    return msgspec.json.encode(compact(makers)), msgspec.json.encode(sold)


def compact(value: Any) -> Any:
    """A value as it is encoded, without fields at the end of a struct that have their default.

    They are read as that default: a table of 1,200 models decodes in 3.6 ms instead of 4.7.
    """
    if isinstance(value, msgspec.Struct):
        fields = [getattr(value, name) for name in value.__struct_fields__]
        defaults = value.__struct_defaults__
        most = len(fields) - len(defaults)
        while len(fields) > most and fields[-1] == default_of(defaults[len(fields) - most - 1]):
            fields.pop()
        return [compact(one) for one in fields]
    if isinstance(value, dict):
        return {key: compact(one) for key, one in value.items()}
    return [compact(one) for one in value] if isinstance(value, tuple) else value


def default_of(default: Any) -> Any:
    """What a field has that is left out; an empty mapping is made anew for each struct."""
    return default.factory() if hasattr(default, "factory") else default


def without_history(table: PriceTable, day: date) -> PriceTable:
    """The table without the rows that were over on `day`, in every zone of the world."""
    models = tuple(
        msgspec.structs.replace(model, prices=model.prices[first_held(model, day) :])
        for model in table.models
    )
    return PriceTable(table.providers, models, table.tokenizers)


def first_held(model: Model, day: date) -> int:
    """The index of the row that was in force three days before.

    A day takes 50 hours from the first zone of the world to the last: by then it began in all.
    """
    began = [index for index, row in enumerate(model.prices) if row.start <= day - timedelta(3)]
    return began[-1] if began else 0


MARK = b"# llmcost prices update "


class Origin(msgspec.Struct, frozen=True):
    """`day`: see `newest`. `beside`: the bundled table it was preferred to. `key` has signed it."""

    url: str
    sha256: str
    day: date
    beside: str
    etag: str = ""
    key: str = ""


class Published(msgspec.Struct, frozen=True):
    path: Path
    origin: Origin
    content: bytes


class Unusable(Exception):
    """The updated table cannot be used; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def previous() -> Path:
    """What was in use before the update; not there if that was the bundled table."""
    return updated_prices().with_name("previous.yaml")


def read_published(path: Path) -> Published | None:
    """The table kept at `path`, its content not yet checked; None if there is none."""
    try:
        with path.open("rb") as file:
            whole = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unusable(
            say("cannot read the updated prices `{path}`: {why}", path=path, why=reason(error))
        ) from None
    if len(whole) > LARGEST:
        raise damaged(path)
    head, _, content = whole.partition(b"\n")
    try:
        origin = msgspec.json.decode(head.removeprefix(MARK), type=Origin)
    except (msgspec.MsgspecError, ValueError):
        raise damaged(path) from None
    return Published(path, origin, content)


def written(origin: Origin, content: bytes) -> bytes:
    return MARK + msgspec.json.encode(origin) + b"\n" + content


def check(kept: Published) -> None:
    """Raises Unusable if the content is not what was fetched."""
    if digest(kept.content) != kept.origin.sha256:
        raise damaged(kept.path)


def damaged(path: Path) -> Unusable:
    return Unusable(say("the updated prices `{path}` are damaged or were edited", path=path))


def pinned_key() -> str:
    """The key that has signed the table that was fetched last, also where that is passed over;
    empty if none has."""
    for path in (updated_prices(), previous()):
        try:
            kept = read_published(path)
        except Unusable:  # then the one before it is the last
            continue
        return kept.origin.key if kept is not None else ""
    return ""


def latest_day(now: datetime) -> date:
    """Tomorrow, where the day begins first: no price can have been read later."""
    return now.astimezone(timezone(timedelta(hours=14))).date() + timedelta(days=1)


def digest(content: bytes) -> str:
    from hashlib import sha256  # a warm start has no use for it

    return sha256(content).hexdigest()


def newest(table: PriceTable) -> date:
    """The version of a table: the last day on which any of its prices was read at its source."""
    return max(row.checked for model in table.models for row in model.prices)


Result = TypeVar("Result")


class Source(msgspec.Struct, frozen=True):
    """A price file as it was read; `update` says what is known of one that was downloaded.

    `hosts`: the bundled file beside it, of those who sell the models of others.
    """

    path: Path
    content: bytes
    update: "Published | None" = None
    hosts: bytes = b""


LARGEST = 100_000_000
"""Bytes of a price file or of a tracker's; ours has half a million."""


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
        try:
            update = read_published(path)
            if update is not None and not is_overtaken(update, tokenizers, today):
                return use(Source(path, update.content, update))
        except Unusable as why:
            tell(say("{why}; the prices that came with llmcost are used", why=why.message))
    return use(bundled_source())


def bundled_source() -> Source:
    path = bundled("prices.yaml")
    hosts = path.with_name("hosts.yaml")
    return Source(path, read_file(path), hosts=read_file(hosts) if hosts.is_file() else b"")


def beside() -> str:
    """What tells the bundled table of one release from that of another, at the cost of a stat."""
    return f"{__version__} {bundled('prices.yaml').stat().st_size}"


def is_overtaken(update: "Published", tokenizers: Collection[str], today: date) -> bool:
    """Whether a newer llmcost brought newer prices than those that were fetched."""

    if update.origin.beside == beside():
        return False
    table = compiled([bundled_source()], sorted(tokenizers), today, None)
    # one from the future, kept when it was not refused, is no newer than others
    return update.origin.day < newest(table) or update.origin.day > today + timedelta(days=2)


def compiled(
    sources: Sequence[Source], names: Sequence[str], today: date, since: date | None
) -> PriceTable:
    typed = names_content()
    contents = [part for one in sources for part in (one.content, one.hosts) if part]
    made_from = identity([*contents, typed], names)
    paths = [one.path for one in sources]
    stored = cache_folder() / f"prices-{zlib.crc32(repr(paths).encode()):08x}"
    table = read_cached(stored, made_from, since)
    if table is None:
        table = compile_table(sources, names, typed)
        write(stored, made_from, table, today)
    return table


def names_content() -> bytes:
    """The file of the names that people type; nothing if a build comes without."""
    try:
        return bundled("model_names.yaml").read_bytes()
    except FileNotFoundError:
        return b""


def own_files() -> list[Path]:
    """The price file that the user keeps in the config folder, if there is one."""
    path = config_folder() / "prices.yaml"
    return [path] if path.is_file() else []


def compile_table(
    sources: Sequence[Source], tokenizers: Collection[str], typed: bytes = b""
) -> PriceTable:
    """`typed`: the file of the names that people type, which has the newer model of each."""
    from llmcost.price_data.bundled_files import with_successors
    from llmcost.price_data.parser import parse_table  # yaml is needed only when no cache is there

    base, *over = sources
    table = with_successors(parse_base(base, tokenizers), typed)
    for one in over:
        table = overlay(table, parse_table(one.path, one.content, tokenizers, base=table))
    return table


def parse_base(base: Source, tokenizers: Collection[str]) -> PriceTable:
    """Raises Unusable for an update that is not what was fetched, or that we cannot read."""
    from llmcost.price_data.parser import parse_table

    if base.update is None:
        makers = parse_table(base.path, base.content, tokenizers)
        hosts = base.path.with_name("hosts.yaml")
        if not base.hosts:
            return makers
        return overlay(makers, parse_table(hosts, base.hosts, tokenizers, base=makers), new="")

    check(base.update)
    try:
        return parse_table(base.path, base.content, tokenizers)
    except BadPriceFile as error:
        raise Unusable(
            say("the updated prices are not for this llmcost ({why})", why=error.problems[0])
        ) from None


def overlay(under: PriceTable, over: PriceTable, new: str = OWN) -> PriceTable:
    """Override `under`: models of `over` replace those of the same provider and id, its tokenizers
    those of the same name. `new`: the line-up of models that only `over` has; by default they are
    compared where no model is named."""
    models = {model.key: model for model in under.models}
    for model in over.models:
        below = models.get(model.key)
        rows = model.prices
        if new == OWN and (below is None or rows != below.prices):  # else only a discount is new
            rows = tuple(msgspec.structs.replace(row, is_own=True) for row in rows)
        models[model.key] = msgspec.structs.replace(
            model,
            prices=rows,
            lineup=model.lineup or (new if below is None else below.lineup),
            superseded_by="" if below is None else below.superseded_by,
        )
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
    """The euro reference rates of the ECB by day."""
    header, *lines = read_file(bundled("fx.csv")).decode().split()
    return Rates(header.split(",")[1:], lines)
