"""`--sample`: how much of large inputs to read, the totals, and the notes on the sample."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import ceil, isfinite

import msgspec

from llmcost.errors import BadFile, LlmcostError, UsageError
from llmcost.inputs.request_forms import Form
from llmcost.inputs.text_stream import Failed
from llmcost.messages import say, say_plural, visible
from llmcost.pricing.price_rows import Model
from llmcost.pricing.terms import Terms
from llmcost.pricing.usage import Count, Input, Size, Sizes, count_key, split_sizes, spread
from llmcost.render.text import few
from llmcost.runtime import option_values
from llmcost.runtime.count_inputs import (
    Asked,
    InputReader,
    Known,
    Opened,
    Read,
    check_requests,
    opened,
    remark_notes,
    skipped_notes,
)
from llmcost.runtime.open_inputs import (
    GUESSED,
    MOST_NAMED,
    about,
    check_any,
    count_readable,
    count_stream,
    failure_of,
    reading_notes,
    running,
)
from llmcost.sampling.measure import ReadingPlan, RequestUnits, TextUnits, Units
from llmcost.sampling.reservoir import BLOCK, SampledListing
from llmcost.sampling.rounds import CountableFiles, Sampled, listing_of, sample
from llmcost.workload.quantities import share

AUTO = "auto"
LARGE = 100_000_000
"""Bytes, above which `auto` takes a sample."""
PRECISION = Decimal("0.01")  # of `auto`
HINT = say("for example --sample auto, --sample 1% or --sample 500MB")


class SampleRequest(msgspec.Struct, frozen=True):
    """How much is to be read: bytes, or a `share` of all; neither: as the `precision` needs."""

    amount: int | None
    share: Decimal | None
    precision: Decimal | None
    seed: int

    def limit(self, bytes: int) -> int | None:
        return self.amount if self.share is None else ceil(self.share * bytes)

    def is_less_than(self, bytes: int) -> bool:
        """Whether so many bytes are to be sampled, and not counted whole."""
        limit = self.limit(bytes)
        return bytes > (LARGE if limit is None else limit)


class Figures(msgspec.Struct, frozen=True):
    """How a sample was taken. `relative`: how far off the least certain of its totals may be."""

    read: int
    bytes: int
    files: int
    relative: float
    wanted: SampleRequest

    def short_note(self) -> str:
        """How much was read, and how far off the totals may be."""
        read, all = amount(self.read), amount(self.bytes)
        if not self.relative:
            return say("sampled: {read} of {all} read", read=read, all=all)
        off = percent(self.relative)
        return say("sampled: {read} of {all} read, ±{off}", read=read, all=all, off=off)

    def note(self) -> str:
        read, all = amount(self.read), amount(self.bytes)
        found = say("sampled: {read} of {all} read", read=read, all=all)
        if not self.relative:
            return found
        found = say(
            "{what}; totals are within ±{relative} in 95 of 100 samples (--seed {seed})",
            what=found,
            relative=percent(self.relative),
            seed=self.wanted.seed,
        )
        precision = self.wanted.precision
        if precision is None or self.relative <= precision:
            return found
        return say(
            "{what}, and not to {precision}: --sample SIZE reads more",
            what=found,
            precision=percent(float(precision)),
        )

    @property
    def is_sample(self) -> bool:
        return True

    def document(self) -> dict[str, object]:
        """The key of a JSON contract."""
        return {
            "sample": {
                "bytes_read": self.read,
                "bytes": self.bytes,
                "files": self.files,
                "relative": round(self.relative, 6) if isfinite(self.relative) else None,
                "seed": self.wanted.seed,
            }
        }


def wanted_of(
    text: str | None, precision: str | None, seed: int, others: Mapping[str, bool]
) -> SampleRequest | None:
    """What --sample, --precision and --seed say; `others` are options that need all of an input, by
    name. Raises UsageError."""
    if text is not None and any(others.values()):
        name = next(name for name, value in others.items() if value)
        said = say("{option} is about whole inputs, and --sample reads parts of them", option=name)
        raise UsageError(said, hint=say("leave one of the two out"))
    if text is None:
        if precision is not None:
            said = say("--precision is that of a sample")
            raise UsageError(said, hint=say("add --sample auto"))
        return None
    sure = PRECISION if text == AUTO else None
    if precision is not None:
        sure = share(precision)
        if not sure or sure >= 1:
            shown = visible(precision)
            said = say("--precision must be above 0% and below 100%: `{text}`", text=shown)
            raise UsageError(said, hint=say("for example 1%"))
    if text == AUTO:
        return SampleRequest(None, None, sure, seed)
    if text.endswith("%"):
        part = share(text)
        if not part:
            said = say("--sample must be above 0% and at most 100%: `{text}`", text=visible(text))
            raise UsageError(said, hint=HINT)
        return SampleRequest(None, part, sure, seed)
    try:
        return SampleRequest(option_values.size(text, "--sample"), None, sure, seed)
    except UsageError:
        said = say("--sample must be `auto`, a share or a size: `{text}`", text=visible(text))
        raise UsageError(said, hint=HINT) from None


def amount(bytes: int) -> str:
    """`11,200 MB`, `4.2 MB`, `31 kB`."""
    if bytes < 1_000_000:
        return f"{ceil(bytes / 1000):,} kB"
    return f"{bytes / 1e6:,.{0 if bytes >= 100_000_000 else 1}f} MB"


def percent(share: float) -> str:
    """With a digit behind the point, and never less than it is."""
    return f"{ceil(round(share * 1000, 6)) / 10:g}%" if isfinite(share) else "?"


MOST_UNITS = 1 << 14
"""If more bytes are to be read, they are read in larger units: each is remembered."""


class SampledPart(msgspec.Struct, frozen=True):
    """The texts or the requests of a listing, and what was found in a sample of them."""

    listing: SampledListing
    units: Units
    found: Sampled


class SampledRead(Read, frozen=True, kw_only=True):
    """`files`: how many could be listed, and inputs beside them."""

    files: int
    figures: Figures

    @property
    def is_sample(self) -> bool:
        return True

    @property
    def short_notes(self) -> Sequence[str]:
        return (self.figures.short_note(),)

    def document(self) -> dict[str, object]:
        return {**Read.document(self), **self.figures.document()}

    def failure(self, *, skip_bad: bool) -> LlmcostError | None:
        lines = Read.failure(msgspec.structs.replace(self, unread=()), skip_bad=skip_bad)
        whole = failure_of(self.unread, self.files)
        if lines is None or whole is None or self.stopped is not None:
            return lines or whole
        return BadFile([str(lines), str(whole)], hint=lines.hint)


def read_sampled(
    asked: Asked,
    wanted: SampleRequest,
    models: Sequence[Model],
    known: Known,
    terms: Terms,
    *,
    split: int | None,
) -> SampledRead | None:
    """Inputs counted for every model, told from a sample; None if they are to be counted whole.
    `split`: tokens of the requests that a text is sent as.

    Raises UnreadableInput if nothing can be read.
    """
    listed = listed_for(asked, wanted)
    if listed is None:
        return None
    others = opened_of(listed, asked)
    with running(asked.how, others.streams, dict) as run:
        reader = InputReader(asked, models, known, run)
        stopped = reader.read_all()
        reading = ReadingPlan(asked, run.crew, reader.read_whole, listed.texts.block)
        parts: list[SampledPart] = []
        if listed.texts.bytes and stopped is None:
            units: Units = TextUnits(reading, reader.tokenizers, known)
            parts.append(part_of(listed.texts, units, wanted, listed.bytes))
        if listed.requests.bytes and stopped is None:
            units = RequestUnits(reading, reader.counter(), terms)
            parts.append(part_of(listed.requests, units, wanted, listed.bytes))
    for part in parts:
        if isinstance(part.units, RequestUnits):
            check_requests(few(asked.paths, MOST_NAMED), part.units.requests, part.units.bad)
    names = [one for one in asked.paths if one not in listed.others]
    keys = {reader.key_of(one): one.tokenizer for one in models}
    inputs = [*reader.inputs(), *(input_of(part, names, keys, split) for part in parts)]
    unread = [*listed.unread, *others.unread, *reader.unread, *failed_of(parts)]
    check_any(unread, len(inputs))
    figures = figures_of(parts, listed, wanted)
    return SampledRead(
        inputs,
        reader.key_of,
        [
            *notes_of(figures, parts),
            *request_notes(inputs, parts),
            *reading_notes(reader.texts, reader.files),
            *skipped_notes([*listed.skipped, *others.skipped]),
            *reader.notes(),
        ],
        [*reader.bad, *bad_of(parts)],
        unread,
        stopped=stopped,
        files=listed.files + len(reader.inputs()),
        figures=figures,
    )


def count_sampled(
    asked: Asked, wanted: SampleRequest, names: Sequence[str], known: Known
) -> SampledRead | None:
    """Inputs counted as texts, whatever they hold, from a sample; None if they are to be counted
    whole. Raises UnreadableInput if nothing can be read.
    """
    asked = msgspec.structs.replace(asked, form=Form.TEXT)
    listed = listed_for(asked, wanted)
    if listed is None:
        return None
    others = opened_of(listed, asked)
    with running(asked.how, others.streams, dict) as run:
        readable = count_readable(run, names, known)
        parts = []
        if readable.stopped is None:
            reading = ReadingPlan(
                asked,
                run.crew,
                lambda stream: count_stream(stream, stream, names, known, run.crew),
                listed.texts.block,
            )
            units = TextUnits(reading, names, known)
            parts.append(part_of(listed.texts, units, wanted, listed.bytes))
    paths = [one for one in asked.paths if one not in listed.others]
    keys = {name: name for name in names}
    inputs = [*readable.inputs, *(input_of(part, paths, keys, None) for part in parts)]
    unread = [*listed.unread, *others.unread, *readable.unread, *failed_of(parts)]
    check_any(unread, len(inputs))
    figures = figures_of(parts, listed, wanted)
    notes = [
        *notes_of(figures, parts),
        *reading_notes(readable.streams),
        *skipped_notes([*listed.skipped, *others.skipped]),
    ]
    return SampledRead(
        inputs,
        count_key,
        notes,
        [],
        unread,
        stopped=readable.stopped,
        files=listed.files + len(readable.inputs),
        figures=figures,
    )


def listed_for(asked: Asked, wanted: SampleRequest) -> CountableFiles | None:
    """The files to be sampled; None if they are to be counted whole."""
    listed = listing_of(asked, wanted.seed)
    if not wanted.is_less_than(listed.bytes):
        return None
    units = (wanted.limit(listed.bytes) or 0) // BLOCK
    if units > MOST_UNITS:
        # the number of bytes to be read was not known before
        return listing_of(asked, wanted.seed, BLOCK << (units // MOST_UNITS).bit_length())
    return listed


def opened_of(listed: CountableFiles, asked: Asked) -> Opened:
    """What is no file. Raises UnreadableInput for what is not there."""
    if not listed.others:
        return Opened([])
    return opened(msgspec.structs.replace(asked, paths=listed.others))


def part_of(
    listing: SampledListing, units: Units, wanted: SampleRequest, bytes: int
) -> SampledPart:
    """A sample of a listing, which is a part of so many bytes. Raises UnreadableInput."""
    limit = wanted.limit(bytes)
    own = None if limit is None else ceil(limit * listing.bytes / bytes)
    precision = None if wanted.precision is None else float(wanted.precision)
    return SampledPart(listing, units, sample(listing, units, limit=own, precision=precision))


def input_of(
    part: SampledPart, paths: Sequence[str], keys: Mapping[str, str], most: int | None
) -> Input:
    """All that was listed, as one input. `keys`: of the counts, with their tokenizers."""
    name = few(paths, MOST_NAMED)
    found, listing = part.found, part.listing
    if isinstance(part.units, RequestUnits):
        sizes = part.units.sizes(found.weights)
        counts = {key: told(found.counts[key], own, found) for key, own in sizes.items()}
        unknown = {key: why for key, why in part.units.unknown.items() if key in keys}
        requests = sum(next(iter(sizes.values()), {}).values())
        return Input(
            name, listing.bytes, 0, counts, sizes, unknown, requests, margin=found.relative
        )
    sizes = {key: text_sizes(found.totals[own], listing, most) for key, own in keys.items()}
    counts = {key: told(found.counts[own], sizes[key], found) for key, own in keys.items()}
    return Input(name, listing.bytes, 0, counts, sizes, {}, listing.files, margin=found.relative)


def told(count: Count, sizes: Sizes, found: Sampled) -> Count:
    """With the tokens that requests of these sizes have, which are rounded."""
    tokens = sum(size.tokens * times for size, times in sizes.items())
    return Count(
        tokens,
        min(count.low, tokens),
        max(count.high, tokens),
        f"{count.method}, sampled" if found.relative else count.method,
        count.exact,
    )


def text_sizes(total: Count, listing: SampledListing, most: int | None) -> Sizes:
    """Files as requests: each of the mean size of its kind, with its part of the tokens."""
    found: dict[Size, int] = {}
    seen = 0
    for files, bytes in listing.sizes.values():
        low, tokens, high = (
            one * (seen + bytes) // listing.bytes - one * seen // listing.bytes
            for one in (total.low, total.tokens, total.high)
        )
        seen += bytes
        for size, times in spread(Size(tokens, min(low, tokens), max(high, tokens)), files):
            found[size] = found.get(size, 0) + times
    return found if most is None else split_sizes(found, most)


def figures_of(
    parts: Sequence[SampledPart], listed: CountableFiles, wanted: SampleRequest
) -> Figures:
    return Figures(
        sum(part.found.read for part in parts),
        listed.bytes,
        listed.files,
        max((part.found.relative for part in parts), default=0.0),
        wanted,
    )


def notes_of(figures: Figures, parts: Sequence[SampledPart]) -> Iterator[str]:
    yield figures.note()
    for part in parts:
        if part.units.replaced:
            yield say(
                "{names}: what is not utf-8 was counted as U+FFFD; name the right --encoding, for "
                "example gb18030",
                names=few(list(part.units.replaced), MOST_NAMED),
            )
        if part.units.guessed:
            yield about(few(list(part.units.guessed), MOST_NAMED), GUESSED, 0)


def request_notes(inputs: Sequence[Input], parts: Sequence[SampledPart]) -> Iterator[str]:
    if parts and isinstance(parts[-1].units, RequestUnits):
        yield say_plural(
            "about {number:,} request; chat-template tokens included",
            "about {number:,} requests; chat-template tokens included",
            inputs[-1].requests,
        )
        yield from remark_notes([parts[-1].units.remarks])


def failed_of(parts: Sequence[SampledPart]) -> Iterator[Failed]:
    return (one for part in parts for one in part.units.failed.values())


def bad_of(parts: Sequence[SampledPart]) -> Iterator[str]:
    return (one for part in parts if isinstance(part.units, RequestUnits) for one in part.units.bad)
