"""Texts without a place for a cut count as if they were held whole, in parts of any size."""

import random

import pytest
from hard_texts import texts
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.tokenizers import endless_text as endless
from llmcost.tokenizers import endless_text as giant
from llmcost.tokenizers import endless_text as openended
from llmcost.tokenizers.bpe import table
from llmcost.tokenizers.chunking import Open, pieces
from llmcost.tokenizers.counter import Counter, TextSums, count
from llmcost.tokenizers.endless_text import _BLANKS, Giant, StretchCutter, _like, merger
from llmcost.tokenizers.estimator import Features, features
from llmcost.tokenizers.pretokenize import PATTERNS, pretokenize
from llmcost.tokenizers.registry import TOKENIZERS, names

EXACT = [one for one in TOKENIZERS.values() if one.exact]
PAIRS = sorted({(one.pack, one.family) for one in EXACT})
each_pair = pytest.mark.parametrize(("pack", "family"), PAIRS, ids=lambda pair: pair)

ALPHABETS = [
    "a", " ", "\n", "-", "\0", "中", "😀👩\u200d", "aA", "ab", "aAbBé中", "a中A", "A中",
    "'sStTrReElL",
    "  \n", "\n\r \t", "-\n/", "-/\n \t", ".\n/ \r", "->< /", "\0\x01a", "\0é", "中国人民", "中アB",
    "한국어", "русЯ", "0123456789", "0a", "é\u0301a", "的aA'll re", "\u3000 \n中", "\x85\u2028 \n",
    "_-=", "“”，", "\u3040ア", "ªAºC", "ーA・b", "ǅaA中", "\x1c\x1d \n", "<td></", "> </", "▁ a",
]  # fmt: skip
runs = st.sampled_from(ALPHABETS).flatmap(
    lambda alphabet: st.lists(
        st.one_of(
            st.tuples(st.sampled_from(alphabet), st.integers(1, 150)).map(lambda of: of[0] * of[1]),
            st.text(st.sampled_from(alphabet), max_size=40),
        ),
        max_size=8,
    ).map("".join)
)
stretches = st.one_of(runs, st.lists(runs, max_size=3).map("".join), texts)


@pytest.fixture(scope="module", autouse=True)
def tiny_bounds() -> "object":
    """Everything is too long to be held."""
    patch = pytest.MonkeyPatch()
    patch.setattr(giant, "WINDOW", 24)
    patch.setattr(giant, "OPEN", 6)
    patch.setattr(openended, "_WAITING", 80)
    patch.setattr(openended, "_TAIL", 8)
    patch.setattr(endless, "_PART", 200)
    yield patch
    patch.undo()


@settings(max_examples=150, deadline=None)
@given(text=stretches, size=st.integers(1, 50), longest=st.integers(0, 50))
def test_open_parts_count_as_the_whole(text: str, size: int, longest: int) -> None:
    """By every tokenizer, exact or estimated."""
    counter = Counter(names())
    for piece in pieces([text], size, longest):
        counter.feed(piece)

    assert counter.counts() == count(text, names())


def made_of(letters: str, size: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(letters, k=size))


def fibonacci(size: int) -> str:
    last, text = "a", "ab"
    while len(text) < size:
        last, text = text, text + last
    return text[:size]


def thue_morse(size: int) -> str:
    return "".join("ab"[number.bit_count() & 1] for number in range(size))


ODD = {
    "random letters": made_of("abcdefghijklmnopqrstuvwxyz", 2_000, 1),
    "few letters": made_of("etaoin", 2_000, 2),
    "two letters": made_of("ab", 2_000, 3),
    "Fibonacci": fibonacci(2_000),
    "Thue-Morse": thue_morse(2_000),
    "of blanks": thue_morse(1_000).replace("a", " ").replace("b", "\n"),
    "of syllables": fibonacci(700).replace("a", "in").replace("b", "ter"),
    "words": "".join(random.Random(4).choices(["the", "international", "re", "er", "ing"], k=500)),
    "Han": "".join(map(chr, random.Random(5).choices(range(0x4E00, 0x9FA6), k=700))),
    "often Han": made_of("中国人民银行的一是在不了有和", 700, 6),
    "emoji": "".join(map(chr, random.Random(7).choices(range(0x1F600, 0x1F64F), k=500))),
    "Thai": "".join(map(chr, random.Random(8).choices(range(0xE01, 0xE30), k=700))),
}


@each_pair
@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("window", [16, 64, 600])
def test_windows_merge_as_the_whole(
    pack: str, family: str, kind: str, window: int, tiny_bounds: pytest.MonkeyPatch
) -> None:
    """However small they are: a place that does not hold is taken back."""
    tiny_bounds.setattr(giant, "WINDOW", window)
    tiny_bounds.setattr(giant, "OPEN", window // 8)
    text = ODD[kind]
    one = Giant(merger(pack, family))
    for start in range(0, len(text), 331):
        one.feed(text[start : start + 331])
    tiny_bounds.setattr(giant, "WINDOW", 24)
    tiny_bounds.setattr(giant, "OPEN", 6)

    assert one.tokens() == merger(pack, family).count(text)


@each_pair
@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", "\0", "-", "=", "中", "ア", "😀", "ab", "the", " \n"]
)
def test_runs_of_every_length(pack: str, family: str, unit: str) -> None:
    """One by one, up to some hundreds."""
    run = Giant(merger(pack, family))
    for number in range(1, 400):
        run.feed(unit)
        assert run.tokens() == merger(pack, family).count(unit * number)


@pytest.mark.parametrize("family", [family for family in PATTERNS if family != "gemma"])
@settings(max_examples=100, deadline=None)
@given(text=stretches, more=stretches)
def test_a_piece_goes_on_as_one_that_is_like_it(family: str, text: str, more: str) -> None:
    """The pattern cannot tell the two apart, whatever comes."""
    cut = pretokenize(family, False)
    tail = openended._TAIL
    for piece in cut(text)[-1:]:
        if len(piece) > 3 * tail and piece.strip(_BLANKS):
            first, *others = cut(piece + more)
            like = _like(piece[:-tail], family) + piece[-tail:]
            alike, *others_alike = cut(like + more)
            assert others_alike == others
            assert first[len(piece) - tail :] == alike[len(like) - tail :]


def test_blanks_are_those_of_the_patterns() -> None:
    import regex

    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)

    assert "".join(regex.findall(r"\s", every)) == "".join(sorted(_BLANKS))


def test_the_features_of_parts_add_up() -> None:
    """Wherever digits, words and blanks are cut."""
    text = "HTTPServer12345678   \n\n  x-- aB\t1234--中文AAaa  12"
    for size in range(1, 12):
        sums = TextSums([], rough=True)
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        for part in parts[:-1]:
            sums.feed(Open(part))
        sums.feed(parts[-1])

        assert Features(sums.totals().features) == features(text)


@pytest.mark.parametrize("char", ["a", " ", "\n", "-", "中"])
def test_what_is_held_does_not_grow(char: str) -> None:
    """A cutter holds some characters, whatever it is fed."""
    for pack, family in PAIRS:
        cutter = StretchCutter(family, merger(pack, family))
        for _ in range(50):
            cutter.feed(char * 100)
        assert len(cutter._text) < 300
        assert cutter.take() == count_whole(pack, family, char * 5_000)


def count_whole(pack: str, family: str, text: str) -> int:
    return len(table(pack, family).encode_ordinary(merger(pack, family).encoded(text).decode()))


@pytest.mark.parametrize("marks", ["\u0e4a\u0e3a", "\u094d\u093c", "\u0301\u0323"])
def test_marks_that_begin_a_text_are_composed_together(marks: str) -> None:
    """Not one by one as they come: composing sorts them."""
    text = marks + "\u0e22\u0e25\u0e22"
    counter = Counter(["qwen3.5"])
    for piece in pieces(list(text), 1, 1):
        counter.feed(piece)

    assert counter.counts()["qwen3.5"].tokens == count(text, ["qwen3.5"])["qwen3.5"].tokens
