"""Counts by gigatoken equal those by tiktoken, from the same packs and on every kind of text."""

import multiprocessing
import sys
from functools import cache
from random import Random

import pytest
from hard_texts import KNOWN, ascii_text, broken_text, texts
from hypothesis import given, settings

from llmcost.tokenizers import gigatoken as giga
from llmcost.tokenizers.bpe import table
from llmcost.tokenizers.counter import Counter, count
from llmcost.tokenizers.endless_text import merger
from llmcost.tokenizers.gigatoken import Giga, available, counter, supports
from llmcost.tokenizers.pretokenize import mended, pretokenize
from llmcost.tokenizers.registry import TOKENIZERS

pytest.importorskip("gigatoken")

PAIRS = sorted({(one.pack, one.family) for one in TOKENIZERS.values() if one.pack})
BY_GIGA = [pair for pair in PAIRS if supports(*pair)]
O200K = ("o200k", "o200k")

each_pair = pytest.mark.parametrize(("pack", "family"), BY_GIGA, ids=lambda pair: pair)

RUNS = ("a", "A", " ", "\t", "\n", "\r\n", " \n", "\x00", "-", "!", "1", "中", "😀", "ع", "\u0301")
SPECIAL = "<|endoftext|><|im_start|>system<think></think><｜User｜>[gMASK]<sop><s><0x0A>\n"
PARAGRAPH = (
    "The quick brown fox doesn't jump.\r\n\r\n    def f(x):\n\t\treturn x /= 3.14159  # naïve\n"
    "今天天气很好，我们去公园散步吧。　“你好！”\nСъешь ещё этих мягких булок 🎉 한국어 हिन्दी\n   \n"
)


@cache
def every_known() -> str:
    """Every character that Unicode 3.2 knew, in no order."""
    shuffled = KNOWN[:]
    Random(7).shuffle(shuffled)
    return "".join(shuffled)


def by_tiktoken(text: str, pack: str, family: str) -> int:
    return len(table(pack, family).encode_ordinary(text))


def test_all_but_gemma_are_supported() -> None:
    assert available()
    assert set(PAIRS).difference(BY_GIGA) == {("gemma4", "gemma")}
    assert not supports("of my own", "cl100k")
    assert not supports("o200k", "of my own")


@each_pair
@settings(max_examples=100, deadline=None)
@given(text=texts | ascii_text | broken_text)
def test_any_text_has_as_many_tokens_as_by_tiktoken(pack: str, family: str, text: str) -> None:
    text = mended(text)

    assert counter(pack, family).count(text.encode()) == by_tiktoken(text, pack, family)


@each_pair
@pytest.mark.parametrize(
    "text",
    ["", "\x00", "\ufeff", SPECIAL, PARAGRAPH, PARAGRAPH * 5_000, every_known()],
    ids=["nothing", "NUL", "BOM", "special strings", "paragraph", "over 1 MB", "every character"],
)
def test_a_text_has_as_many_tokens_as_by_tiktoken(pack: str, family: str, text: str) -> None:
    assert counter(pack, family).count(text.encode()) == by_tiktoken(text, pack, family)


@each_pair
def test_blanks_before_any_character_are_cut_alike(pack: str, family: str) -> None:
    """A piece that is an entry is one token, even if merges do not reach it (glm's ` 前`)."""
    found = counter(pack, family)
    groups = [every_known()[start : start + 50] for start in range(0, len(every_known()), 50)]

    for text in (f"a {' '.join(group)}\n{'b'.join(group)}" for group in groups):
        assert found.count(text.encode()) == by_tiktoken(text, pack, family), ascii(text)


@each_pair
def test_long_runs_have_as_many_tokens_as_by_tiktoken(pack: str, family: str) -> None:
    for text in (f"x{unit * 20_000}y" for unit in RUNS):
        assert counter(pack, family).count(text.encode()) == by_tiktoken(text, pack, family), text[
            1
        ]


@pytest.mark.parametrize("unit", [" ", "\t", "\x00"], ids=ascii)
def test_a_run_that_tiktoken_cannot_cut_is_counted(unit: str) -> None:
    text = f"x{unit * 1_100_000}y"
    pieces = pretokenize("o200k", False)(text)

    expected = sum(map(merger("o200k", "o200k").count, pieces))
    assert counter(*O200K).count(text.encode()) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.parametrize("loaded_before", [True, False])
def test_a_forked_process_counts(loaded_before: bool) -> None:
    expected = by_tiktoken(PARAGRAPH, *O200K)
    counter.cache_clear()
    if loaded_before:
        assert counter(*O200K).count(PARAGRAPH.encode()) == expected

    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(counted, [PARAGRAPH] * 4) == [expected] * 4


def counted(text: str) -> int:
    return counter(*O200K).count(text.encode())


def test_short_texts_of_a_large_run_are_counted_by_it() -> None:
    """Where it supports the tokenizer, however many there are; the counts are those of one text."""
    names = ["o200k_base", "qwen", "kimi", "tekken", "deepseek", "gemma4"]
    alone = count(PARAGRAPH, names)
    counter.cache_clear()
    together = Counter(names, expected=len(PARAGRAPH), together=50_000_000)
    together.feed(PARAGRAPH)

    assert together.counts() == alone
    assert counter.cache_info().currsize == len(names) - 1


@pytest.mark.parametrize("readable", [True, False])
def test_what_is_remembered_is_bounded(readable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that never repeats makes it start anew; the counts stay what they are."""
    memory = iter(range(0, 1_000_000_000, 1_000_000))
    monkeypatch.setattr(giga, "_GROWN", 4_000_000)
    monkeypatch.setattr(giga, "_resident", lambda: 1 + next(memory) if readable else 0)
    text = PARAGRAPH * 1000
    one = Giga(*O200K)
    expected = one.count(text.encode())

    loaded = []
    for _ in range(20):
        loaded.append(one._tokenizer)
        assert one.count(text.encode()) == expected
    assert 2 < len({id(tokenizer) for tokenizer in loaded}) < 20


def test_the_memory_of_this_process_can_be_read() -> None:
    if sys.platform == "linux":
        assert giga._resident() > 10_000_000
    else:
        assert giga._resident() >= 0
