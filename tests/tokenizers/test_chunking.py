"""A text cut by `pieces` counts as if it were whole; its open parts, with what follows them."""

import re
from collections.abc import Iterable, Iterator

import pytest
from hard_texts import texts
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.tokenizers.chunking import Open, pieces
from llmcost.tokenizers.counter import Counter, count
from llmcost.tokenizers.pretokenize import PATTERNS, beyond_ascii, composed, pretokenize
from llmcost.tokenizers.registry import TOKENIZERS, names

NAMES = names()
long_text = st.lists(texts, max_size=12).map("".join)
lined_text = st.lists(
    st.sampled_from(
        ["a line", "x = 1;", "中文。下一句，", "中", "\n", "\n", "\r\n", "    ", "/", "\t", " b",
         "12", "it's", "e\u0301", '","', "…", "ラー、", "\u2028", ")\n/", "한국 어", "<td>"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def closed(found: Iterable[str]) -> Iterator[str]:
    """From one place for a cut to the next."""
    held = ""
    for piece in found:
        held += piece
        if not isinstance(piece, Open):
            yield held
            held = ""
    assert not held


@given(chunks=st.lists(st.one_of(texts, lined_text), max_size=12), size=st.integers(1, 60))
def test_pieces_are_the_text(chunks: list[str], size: int) -> None:
    """However the text arrives, the pieces joined are the text, and none is empty."""
    found = list(pieces(chunks, size, size))

    assert "".join(found) == "".join(chunks)
    assert all(found)


@given(text=lined_text, size=st.integers(1, 60))
def test_lines_that_arrive_one_by_one_are_cut_at_places(text: str, size: int) -> None:
    """Where nothing has to be joined, a piece ends where it may, as elsewhere."""
    lined = text.splitlines(keepends=True)
    found = closed(pieces(lined, size, size))
    cut = pretokenize("o200k", False)

    assert [part for piece in found for part in cut(piece)] == cut(text)


def test_a_block_of_lines_is_a_piece() -> None:
    """As it came, if what follows begins a line."""
    first, last = "a line\n" * 10, "the end\n" * 10

    assert next(pieces([first, last], 80)) is first
    assert next(pieces([first, "\n" + last], 80)) != first


@settings(deadline=None)
@given(text=st.one_of(long_text, lined_text), size=st.integers(1, 60))
def test_feeding_pieces_counts_the_whole(text: str, size: int) -> None:
    """Every tokenizer, exact or estimated, counts the pieces as the whole."""
    counter = Counter(NAMES)
    for piece in pieces([text], size, size):
        counter.feed(piece)

    assert counter.counts() == count(text, NAMES)


@pytest.mark.parametrize("family", [name for name in PATTERNS if name != "gemma"])
@given(text=st.one_of(long_text, lined_text), size=st.integers(1, 20))
def test_no_family_cuts_otherwise_at_a_piece_end(family: str, text: str, size: int) -> None:
    """Cutting each piece is cutting the whole: the strongest form of the same law."""
    cut = pretokenize(family, False)
    whole = cut(text)
    parts = [part for piece in closed(pieces([text], size, size)) for part in cut(piece)]

    assert parts == whole


@given(text=st.one_of(long_text, lined_text), size=st.integers(1, 20))
def test_composing_pieces_is_composing_the_whole(text: str, size: int) -> None:
    """No composition reaches across the end of a piece."""
    assert "".join(map(composed, closed(pieces([text], size, size)))) == composed(text)
    assert composed(text, beyond_ascii(text.encode())) == composed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\nthree", ["one\n", "two\n", "three"]),
        ("one\n\ntwo", ["one\n\n", "two"]),
        ("one\n    two", ["one\n", "    two"]),
        ("one\n/two", ["one\n/two"]),
        ("one\n  \n  two", ["one\n  \n", "  two"]),
        ("one two", ["one", " two"]),
        ("don't", ["don't"]),
        ('a","b', ["a", '","b']),
        ("中文，好", ["中文", "，好"]),
        ("aaaaaaaa", ["aaaaaaaa"]),
        ("ab12", ["ab", "12"]),
        ("12ab", ["12", "ab"]),
        ("é1é", ["é1é"]),
    ],
)
def test_places(text: str, expected: list[str]) -> None:
    """After between words, before marks; nowhere else."""
    assert list(closed(pieces([text], 1))) == expected


def test_pieces_keep_to_the_size_where_they_can() -> None:
    """Ordinary text is cut close to the size, also when it comes as one chunk."""
    text = "A line of ordinary text, not long.\n" * 3_000
    sizes = [len(piece) for piece in pieces([text], 10_000)]

    assert max(sizes) <= 10_000
    assert min(sizes[:-1]) > 9_900


def test_a_line_without_end_is_cut_between_words() -> None:
    """Minified JSON and books in one line stream too."""
    for text in ("word " * 20_000, '{"key":"value",' * 6_000, "这是一个没有换行的句子，" * 9_000):
        assert max(map(len, pieces([text], 10_000))) <= 10_000


@pytest.mark.parametrize("parts", [1, 50])
def test_a_stretch_without_a_place_is_passed_on_in_open_parts(parts: int) -> None:
    """So that it is never held, however it arrives; what follows a place is cut as ever."""
    text = "a" * 50_000
    size = len(text) // parts
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    found = list(pieces([*chunks, " b c"], 2_000, 3_000))

    assert max(map(len, found)) <= 5_000
    assert [isinstance(piece, Open) for piece in found] == [True] * (len(found) - 1) + [False]
    assert found[-1].endswith("a b c")


def test_a_pair_of_surrogates_is_not_parted() -> None:
    """They are one character."""
    text = "\ud83d\ude00" * 1_001

    assert all(len(piece) % 2 == 0 for piece in pieces([text[:777], text[777:]], 101, 50))


def test_gemma_has_no_entry_across_a_place() -> None:
    """No entry of a vocabulary without pattern has a place for a cut inside."""
    from llmcost.tokenizers.chunking import _INSIDE_LINE
    from llmcost.tokenizers.vocabulary import open_vocabulary

    entries = [entry.decode().replace("▁", " ") for entry in open_vocabulary("gemma4").entries()]

    assert [entry for entry in entries if re.search(_INSIDE_LINE, entry)] == []
    assert [entry for entry in entries if re.search(r"\n[^\n]", entry)] == []


def test_bars_are_not_lost_in_pieces() -> None:
    """An estimate over pieces is the estimate of the whole."""
    text = "Some English, 一些中文，и немного по-русски.\n\n    indented = True\n" * 200
    estimated = [name for name, one in TOKENIZERS.items() if not one.exact]
    counter = Counter(estimated)
    for piece in pieces([text], 500):
        counter.feed(piece)

    assert counter.counts() == count(text, estimated)
