"""What a worker does: count the parts of a task, and return a few numbers of each.

Plain functions of plain values, which a worker of the same version finds in its own installation.
"""

import codecs
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import chain
from threading import Lock
from typing import BinaryIO, cast

import msgspec

from llmcost import __version__
from llmcost.chat import Ask
from llmcost.cluster.partition import (
    UTF8,
    FilePart,
    Find,
    Ranges,
    TaskPiece,
    can_be_cut,
    line_border,
    opened,
    text_border,
    unread,
    within,
)
from llmcost.errors import UnreadableInput
from llmcost.inputs.compression import inner_name, kind_of
from llmcost.inputs.discovery import BINARY, HEAD, is_binary
from llmcost.inputs.documents import BINARIES, PAGES, is_document
from llmcost.inputs.json_stream import MARK, by_lines, is_lines
from llmcost.inputs.request_files import BadLine, detect, read_record, read_requests
from llmcost.inputs.request_forms import Form, can_hold_requests
from llmcost.inputs.text_stream import (
    BLOCK,
    MARKS,
    Failed,
    TextStream,
    cannot_read,
    encoding_of,
    failed,
    known_encoding,
)
from llmcost.messages import say
from llmcost.tokenizers.chunking import pieces
from llmcost.tokenizers.counter import TextSums
from llmcost.tokenizers.pretokenize import mended
from llmcost.tokenizers.registry import needed_for, tokenizer
from llmcost.tokenizers.requests import (
    Named,
    RequestCounter,
    RequestTally,
    RequestTotals,
    batches,
    way_of,
)

MOST_BAD = 100  # broken requests of a part that are told one by one
# The engines remember what they have seen, and are not made for threads.
_ONE_AT_A_TIME = Lock()


class CountingJob(msgspec.Struct, frozen=True):
    """How all pieces of a run are counted. `ways`: the tokenizer and the model of each way in which
    requests are counted; none where every file is a text. The rest is as in
    `runtime.count_inputs.Asked`."""

    tokenizers: tuple[str, ...]
    ways: tuple[Named, ...] = ()
    encoding: str = "utf-8"
    form: str | None = None
    field: str | None = None
    column: str | None = None
    version: str = __version__


class Bad(msgspec.Struct, frozen=True):
    """A broken request: its place behind the file's name, the line in this part, and why."""

    place: str
    line: int
    message: str


class PartOutcome(msgspec.Struct):
    """What was found in a part: of a text `tokens` and `features` (see `registry.Totals`),
    of requests `found`. `lines`: ends of lines; `more_bad`: requests beyond those in `bad`.
    `skipped`: why it was passed over; `failed`: why it could not be read."""

    bytes: int = 0
    characters: int = 0
    taken: int = 0
    replaced: int = 0
    encoding: str = ""
    has_mark: bool = False
    lines: int = 0
    tokens: Mapping[str, int] = {}
    features: Mapping[str, int] = {}
    found: RequestTotals | None = None
    bad: tuple[Bad, ...] = ()
    more_bad: int = 0
    skipped: str = ""
    failed: Failed | None = None


class OtherVersion(Exception):
    """A worker that joined later has another version of llmcost."""


def about() -> dict[str, str]:
    """What must be the same on both sides for counts to be, of the process in which it is called:
    versions, and whether there is what counts Claude's tokens. Plain, so that any version of
    llmcost can read it."""
    python = ".".join(map(str, sys.version_info[:2]))
    has_ctok = find_spec("ctok") is not None
    return {"llmcost": __version__, "Python": python, "ctok": "yes" if has_ctok else "no"}


def count(job: CountingJob, piece: TaskPiece) -> tuple[PartOutcome, ...]:
    """What each part of a piece holds. Raises OtherVersion."""
    if job.version != __version__:
        raise OtherVersion(__version__)
    with _ONE_AT_A_TIME:
        return tuple(count_part(job, part) for part in piece.parts)


def count_part(job: CountingJob, part: FilePart) -> PartOutcome:

    name = part.file.name
    try:
        return outcome_of(job, part)
    except UnreadableInput as error:
        return PartOutcome(failed=failed(name, error))
    except MemoryError:
        why = say(
            "cannot read `{name}`: {why}", name=name, why=say("a worker has too little memory")
        )
        return PartOutcome(failed=Failed(name, why))


PARQUET = ".parquet"


def outcome_of(job: CountingJob, part: FilePart) -> PartOutcome:
    """What a part holds, which may be nothing if the part before has to count it. Raises
    UnreadableInput."""
    name = part.file.name
    try:
        if job.column is not None and name.lower().endswith(PARQUET):
            return rows_of(job, part)
        if name.lower().endswith((*BINARIES, *PAGES)) and is_document(name):
            why = say("documents are not read on a cluster")
            raise cannot_read(name, why, hint=say("count them on one machine"))
        return whole(job, part) if part.is_whole else of_parts(job, part)
    except OSError as error:
        raise unread(part.file, error) from None


def whole(job: CountingJob, part: FilePart) -> PartOutcome:
    """A file from its first byte to its last."""
    with opened(part.file) as file:
        head = file.read(HEAD)
        if not part.file.is_named and is_binary(head) and not kind_of(head):
            return PartOutcome(skipped=BINARY)
        file.seek(0)
        stream = TextStream(part.file.name, job.encoding)
        stream.stated = part.file.size
        blocks = stream.decode(file)
        if job.column is not None:
            return requests(job, stream, column_of(job, stream, blocks))
        first = next(blocks, "")
        form = form_of(job, stream.name, first)
        every = chain([first], blocks)
        if form is None:
            return text(job, stream, every, stream.expected)
        return requests(job, stream, read_requests(every, "", form=form, field=job.field))


def column_of(
    job: CountingJob, stream: TextStream, blocks: Iterable[str]
) -> Iterator[Ask | BadLine]:
    from llmcost.inputs.columns import TABS, read_csv

    assert job.column is not None
    delimiter = "\t" if inner_name(stream.name).lower().endswith(TABS) else ""
    return read_csv(blocks, "", job.column, delimiter=delimiter)


def of_parts(job: CountingJob, part: FilePart) -> PartOutcome:
    """A part of a file, or all of the file in its first part if it cannot be cut."""
    with Ranges(part.file) as ranges:
        ranges.check()
        head = ranges.between(0, BLOCK)
        named = encoding = known_encoding(job.encoding)
        if encoding == UTF8 and not head.startswith(codecs.BOM_UTF8):
            encoding = encoding_of(head)
        if not part.file.is_named and is_binary(head[:HEAD]) and not kind_of(head):
            return PartOutcome() if part.start else PartOutcome(skipped=BINARY)
        form = form_of(job, part.file.name, head.decode(encoding, "replace"))
        find = find_for(head, encoding, form)
        if find is None:
            return PartOutcome() if part.start else whole(job, part)
        places = within(find, ranges.between, (part.start, part.end), part.file.size, part.step)
        if not places:
            return PartOutcome()
        stream = FileSection(part, named, ranges.blocks(places))
        stream.decide(encoding, head)
        if form is None:
            before = "" if places.start == 0 else before_of(ranges, places.start, encoding)
            return text(job, stream, stream, len(places), before)
        return requests(job, stream, stream.requests(form, job.field))


def before_of(ranges: Ranges, at: int, encoding: str) -> str:
    """The character before a place."""
    return ranges.between(max(0, at - 4), at).decode(encoding, "replace")[-1:]


def find_for(head: bytes, encoding: str, form: Form | None) -> Find | None:
    """How the borders of a file that begins so are found; None if it cannot be cut."""
    is_wide = any(head.startswith(mark) for mark, _ in MARKS)
    if kind_of(head) or is_wide or not can_be_cut(encoding):
        return None
    if form is None:
        return text_border(encoding)
    return line_border if is_lines(head.decode(encoding, "replace").removeprefix(MARK)) else None


def form_of(job: CountingJob, name: str, head: str) -> Form | None:
    """The form of a file's requests, None if it is a text; as `runtime.count_inputs` tells it."""
    if not job.ways:
        return None
    inner = inner_name(name)
    form = Form.TEXT
    if job.form is not None:
        form = Form(job.form)
    elif can_hold_requests(inner):
        form = detect(inner, head)
    if form is not Form.TEXT:
        return form
    return None if job.field is None else Form.AUTO


class FileSection(TextStream):
    """The text of some bytes of a file that is cut."""

    def __init__(self, part: FilePart, encoding: str, blocks: Iterator[bytes]) -> None:
        super().__init__(part.file.name, encoding)
        self.is_first = part.start == 0
        self._blocks = blocks
        self.lines = 0

    def decide(self, encoding: str, head: bytes) -> None:
        """Take the encoding that the head of the file shows, unless all of it is ASCII."""
        self.encoding = encoding
        self._is_undecided = self._is_undecided and head.isascii()

    def __iter__(self) -> Iterator[str]:
        yield from self.decode(cast(BinaryIO, io.BytesIO()))

    def decode(self, file: BinaryIO) -> Iterator[str]:
        """From the bytes that it was made with."""
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        for block in self._blocks:
            if self.is_first and not self.bytes:
                self.has_mark = self.encoding == UTF8 and block.startswith(codecs.BOM_UTF8)
            self.bytes += len(block)
            self.lines += block.count(b"\n")
            decoder = self.decoder_for(block, decoder)
            yield self.counted(self.decode_block(decoder, block))
        self.taken = self.bytes
        yield self.counted(self.decode_block(decoder, b"", final=True))

    def requests(self, form: Form, field: str | None) -> Iterator[Ask | BadLine]:
        """A request in each line."""
        blocks = iter(self)
        if self.is_first:
            blocks = chain([next(blocks, "").removeprefix(MARK)], blocks)
        for record in by_lines(blocks):
            yield from read_record(record, "", form, field)


def text(
    job: CountingJob, stream: TextStream, blocks: Iterable[str], expected: int, before: str = ""
) -> PartOutcome:
    """`before`: the character that the part follows."""
    every = [tokenizer(name) for name in job.tokenizers]
    exact = needed_for(job.tokenizers)
    rough = any(not one.exact for one in every)
    sums = TextSums(exact, rough=rough, expected=expected, before=before)
    for piece in pieces(blocks):
        if piece:
            sums.feed(type(piece)(mended(piece)))
    totals = sums.totals()
    outcome = outcome_with(stream)
    outcome.tokens = totals.tokens
    outcome.features = {name: number for name, number in totals.features.items() if number}
    return outcome


def requests(job: CountingJob, stream: TextStream, found: Iterator[Ask | BadLine]) -> PartOutcome:
    bad: list[Bad] = []
    more = 0

    def good() -> Iterator[Ask]:
        nonlocal more
        for one in found:
            if not isinstance(one, BadLine):
                yield one
            elif len(bad) < MOST_BAD:
                bad.append(Bad(one.name, one.line, one.message))
            else:
                more += 1

    tally = RequestTally(request_counter(job.ways))
    for batch in batches(good()):
        tally.add(batch)
    outcome = outcome_with(stream)
    outcome.found, outcome.bad, outcome.more_bad = tally.found, tuple(bad), more
    return outcome


@cache
def request_counter(ways: tuple[Named, ...]) -> RequestCounter:
    return RequestCounter(way_of(*way) for way in ways)


def rows_of(job: CountingJob, part: FilePart) -> PartOutcome:
    """The row groups of a Parquet file that begin in a part."""
    from llmcost.inputs.columns import read_parquet

    assert job.column is not None
    places = None
    if not part.is_whole:
        places = range(part.start, part.end)
        with Ranges(part.file) as ranges:
            ranges.check()
    with opened(part.file) as file:
        stream = TextStream(part.file.name, job.encoding)
        stream.taken = part.end - part.start
        return requests(job, stream, read_parquet(stream.name, job.column, file, places))


def outcome_with(stream: TextStream) -> PartOutcome:
    return PartOutcome(
        bytes=stream.bytes,
        characters=stream.characters,
        taken=stream.taken,
        replaced=stream.replaced,
        encoding=stream.encoding,
        has_mark=stream.has_mark,
        lines=getattr(stream, "lines", 0),
    )
