"""Estimates carry bounds, and never pass for counts."""

import pytest
from hard_texts import characters, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.errors import UnknownTokenizer
from llmcost.tokenizers.chunking import pieces
from llmcost.tokenizers.counter import Counter, count
from llmcost.tokenizers.estimator import features, mix_of
from llmcost.tokenizers.registry import CHINESE, TOKENIZERS, names, needed_for

ESTIMATED = [name for name, tokenizer in TOKENIZERS.items() if not tokenizer.exact]
ENGLISH = "The quick brown fox jumps over the lazy dog, and nobody minds.\n" * 60
HAN = "我们今天下午去公园散步，天气非常好，孩子们都很高兴。\n" * 60


def half_width(name: str, text: str) -> float:
    found = count(text, [name])[name]
    return (found.high - found.low) / 2 / found.tokens


@settings(deadline=None)
@given(text=texts)
def test_bounds_hold_the_figure(text: str) -> None:
    """low <= tokens <= high; text has at least one token; no text has none."""
    for name, found in count(text, names()).items():
        assert found.low <= found.tokens <= found.high
        assert (found.low >= 1) == bool(text)
        assert found.exact == TOKENIZERS[name].exact
        assert found.method == TOKENIZERS[name].method
        if found.exact:
            assert found.low == found.high


def test_no_text_is_no_tokens() -> None:
    """Empty in, zero out, also for estimates."""
    for found in count("", names()).values():
        assert (found.tokens, found.low, found.high) == (0, 0, 0)


@given(text=texts)
def test_features_that_are_zero_may_be_missing(text: str) -> None:
    """As when they come from elsewhere."""
    found = features(text)

    assert mix_of(+found) == mix_of(found)


@pytest.mark.parametrize("name", ESTIMATED)
def test_bars_are_at_least_the_stated_ones(name: str) -> None:
    """A long text in one script gets that script's bar, a short one a wider bar."""
    rule = TOKENIZERS[name].estimate
    assert rule is not None

    assert half_width(name, ENGLISH) >= rule.bars.latin
    assert half_width(name, HAN) >= min(rule.bars.han, rule.bars.latin)
    assert half_width(name, "Hello there.") > half_width(name, ENGLISH)


@pytest.mark.parametrize("name", ESTIMATED)
@settings(max_examples=40, deadline=None)
@given(text=st.text(characters, min_size=20, max_size=200))
def test_more_text_is_more_tokens(name: str, text: str) -> None:
    """Ten copies on ten lines cost about ten times as much."""
    once, tenfold = (count((text + "\n") * times, [name])[name].tokens for times in (10, 100))

    assert tenfold > 7 * once


@given(text=st.lists(texts, max_size=12).map("".join), size=st.integers(1, 40))
def test_features_add_up_over_pieces(text: str, size: int) -> None:
    """The features of a text are the sum of its pieces' features."""
    total, before = features(""), ""
    for piece in pieces([text], size):
        total.update(features(piece, before))
        before = piece[-1]

    assert +total == +features(text)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("HTTPServer", "humps", 2),
        ("fooBar baz", "humps", 3),
        ("fooBar baz", "words", 2),
        ("1234567", "dgroups", 3),
        ("12 345 6789", "dgroups", 4),
        ("one two", "wsruns", 0),
        ("one  two\nthree\tfour\n\n  five", "wsruns", 4),
        ("a, b... (c)", "pruns", 4),
        ("汉字kana", "han", 2),
        ("カナ", "kana", 2),
        ("été", "latin", 2),
        ("слово", "cyrillic", 5),
        ("。！", "opunct", 2),
        ("\x00😀", "other", 2),
    ],
)
def test_features(text: str, name: str, expected: int) -> None:
    """What each feature counts, by example."""
    assert features(text)[name] == expected


def test_chinese_is_the_mean_of_the_chinese_vocabularies() -> None:
    """An unpublished Chinese tokenizer is taken for an average one."""
    found = count(HAN, [*CHINESE, "chinese"])

    assert found["chinese"].tokens == round(sum(found[name].tokens for name in CHINESE) / 6)


def test_proxies_are_counted_only_when_needed() -> None:
    """A tokenizer needs itself, or its proxies, once."""
    assert [one.name for one in needed_for(["grok", "nova", "o200k_base"])] == ["o200k_base"]
    assert [one.name for one in needed_for(["claude"])] == ["gemma4", "kimi", "deepseek"]


def test_claude_counts_more_than_its_neighbours() -> None:
    """Known order of magnitude: Claude needs more tokens than o200k, the new one more still."""
    found = count(ENGLISH, ["o200k_base", "claude", "claude-4.7"])

    assert found["o200k_base"].tokens < found["claude"].tokens < found["claude-4.7"].tokens


def test_an_unknown_name_is_an_error_with_a_hint() -> None:
    """No silent fallback."""
    with pytest.raises(UnknownTokenizer, match="gpt2") as caught:
        Counter(["gpt2"])

    assert "o200k_base" in caught.value.hint
