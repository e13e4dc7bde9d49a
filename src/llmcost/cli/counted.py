"""Inputs read and counted: each stream once, under every tokenizer that is needed."""

from collections.abc import Iterable, Sequence

from llmcost.planning.estimate import Input
from llmcost.report.figures import visible
from llmcost.sources.read import TextStream
from llmcost.tokens.counting import Counter
from llmcost.tokens.splitting import pieces


def count_inputs(streams: Iterable[TextStream], tokenizers: Sequence[str]) -> list[Input]:
    found = []
    for stream in streams:
        counter = Counter(tokenizers, expected=stream.expected)
        for piece in pieces(stream):
            counter.feed(piece)
        name = visible(stream.name)
        found.append(Input(name, stream.bytes, stream.characters, counter.counts()))
    return found


def reading_notes(streams: Iterable[TextStream]) -> list[str]:
    """What a reader should know of how the bytes became text."""
    notes = []
    for stream in streams:
        name = visible(stream.name)
        if stream.replaced:
            notes.append(
                f"{name}: {stream.replaced:,} byte sequences are not {stream.encoding}, counted as "
                "U+FFFD; name the right --encoding, for example gb18030"
            )
        if stream.has_mark:
            notes.append(f"{name}: starts with a byte order mark, counted as the text it is")
        if not stream.bytes:
            notes.append(f"{name}: is empty")
    return notes
