"""Long runs, which make other counters slow or crash, are counted, and right."""

import pytest

from llmcost.tokenizers.counter import count
from llmcost.tokenizers.engine import Engine
from llmcost.tokenizers.pretokenize import CutText
from llmcost.tokenizers.registry import TOKENIZERS

# One vocabulary for each way of cutting that treats runs in its own way.
VOCABULARIES = ["o200k_base", "cl100k_base", "qwen", "deepseek", "kimi", "gemma4"]
UNITS = [
    "a", "A", "aA", " ", "\t", "\n", "\r\n", " \n\t", "\u00a0", "\0", "-", "!", "'", "7", "0a",
    "> </", "/\n", "的", "ア゛", "한", "م", "e\u0301\u0323", "😀", "👩\u200d",
]  # fmt: skip


@pytest.mark.parametrize("name", VOCABULARIES)
def test_both_ways_agree_on_runs(name: str) -> None:
    """5,000 of anything in a row, alone and with a word behind, count the same by both ways."""
    tokenizer = TOKENIZERS[name]
    engine = Engine(tokenizer.pack, tokenizer.family)
    for unit in UNITS:
        for text in (unit * (5_000 // len(unit)), unit * 300 + "word", "x" + unit * 300 + "7"):
            cut = CutText([text], ascii_only=text.isascii())
            pieces = cut.pieces(tokenizer.family, nfc=tokenizer.nfc)
            table = engine.by_table(cut.texts(nfc=tokenizer.nfc))

            assert engine.by_lookup(pieces) == table, (unit, text[-5:])


@pytest.mark.parametrize("unit", UNITS)
def test_a_hundred_thousand_grow_like_ten_thousand(unit: str) -> None:
    """A run's count is proportional to its length, but for the ends."""
    names = ["o200k_base", "deepseek", "gemma4"]
    short, long = (count(unit * (size // len(unit)), names) for size in (10_000, 100_000))
    for name in names:
        assert abs(long[name].tokens - 10 * short[name].tokens) <= 40


@pytest.mark.parametrize(
    ("text", "tail"),
    [(" ", "word"), (" ", "\n"), ("\t", "中"), ("\0", "a"), ("的", "")],
)
def test_a_million_are_counted(text: str, tail: str) -> None:
    """tiktoken itself panics on a million blanks; here they count, whatever follows."""
    names = ["o200k_base", "deepseek"]
    whole, tenth = (count(text * size + tail, names) for size in (1_000_000, 100_000))
    for name in names:
        assert abs(whole[name].tokens - 10 * tenth[name].tokens) <= 40


def test_marks_in_the_wrong_order_are_composed_in_time() -> None:
    """A hundred thousand marks that normalization has to sort are no trap."""
    mixed = "a" + "\u0301\u0323" * 50_000
    in_order = "\u1ea1" + "\u0323" * 49_999 + "\u0301" * 50_000

    assert count(mixed, ["qwen"]) == count(in_order, ["qwen"])
