"""Claude by a reconstruction: what it counts, and what is only sampled of a long text.

The reconstruction needs Python 3.12; an invented one stands for it here, and where the real one is
installed, it is asked as well.
"""

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from llmcost.commands.tokenizers.listing import bars, method
from llmcost.pricing.usage import Count
from llmcost.tokenizers import claude as reconstructed
from llmcost.tokenizers.claude import METHOD
from llmcost.tokenizers.counter import Counter, count
from llmcost.tokenizers.registry import TOKENIZERS

FRAME = {"3.0": 7, "4.8": 6}
LINE = "The quick brown fox jumps over the lazy dog, and 今天天气很好 again.\n"
LONG = LINE * 12_000  # 800,000 characters


class Invented:
    """Every word is a token, a line break is none; remembers how much it was asked to count."""

    def __init__(self) -> None:
        self.characters = 0

    def token_count(self, text: str, version: str) -> int:
        self.characters += len(text)
        return FRAME[version] + len(text.split())


@pytest.fixture
def ctok(monkeypatch: pytest.MonkeyPatch) -> Iterator[Invented]:
    invented = Invented()
    monkeypatch.setitem(sys.modules, "ctok", SimpleNamespace(token_count=invented.token_count))
    monkeypatch.setattr(reconstructed, "is_installed", lambda: True)
    reconstructed.frame.cache_clear()
    yield invented
    reconstructed.frame.cache_clear()


def claude(text: str, name: str = "claude") -> Count:
    return count(text, [name])[name]


@pytest.mark.parametrize("name", ["claude", "claude-4.7"])
@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("one", 1), ("one two three", 3)])
def test_a_text_is_counted_without_the_frame_of_its_message(
    name: str, text: str, tokens: int, ctok: Invented
) -> None:
    found = claude(text, name)

    assert (found.tokens, found.method, found.exact) == (tokens, METHOD, False)


def test_the_bounds_are_one_percent(ctok: Invented) -> None:
    found = claude("word " * 10_000)

    assert (found.low, found.high) == (found.tokens * 99 // 100, found.tokens * 101 // 100 + 1)


def test_of_a_long_text_samples_are_counted(ctok: Invented) -> None:
    """As many as take a second; the bounds are wider, and hold what all of it would have been."""
    found = claude(LONG)
    counted = ctok.characters

    assert counted < len(LONG) / 2
    assert found.low <= len(LONG.split()) <= found.high
    assert found.high - found.low > 0.04 * found.tokens
    assert found.method == f"{METHOD}, in samples"


def test_a_text_that_changes_is_sampled_where_it_changes(ctok: Invented) -> None:
    """What was counted before says nothing of the second half, and the samples say so."""
    text = LONG[:400_000] + "a b c d e f g h i j\n" * 30_000
    found = claude(text)

    assert found.low <= len(text.split()) <= found.high


def test_pieces_count_as_the_whole(ctok: Invented) -> None:
    counter = Counter(["claude"])
    for line in LONG[:150_000].splitlines(keepends=True):
        counter.feed(line)
    truth = len(LONG[:150_000].split())
    found = counter.counts()["claude"]

    assert found.low <= truth <= found.high


def test_lone_surrogates_do_not_reach_it(ctok: Invented) -> None:
    assert claude("a \ud800 b").tokens == 3


def test_others_are_counted_as_ever(ctok: Invented) -> None:
    names = ["claude", "grok", "qwen"]

    assert [name for name in names if count(LINE, names)[name].method == METHOD] == ["claude"]


def test_without_it_the_linear_model_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconstructed, "is_installed", lambda: False)

    assert claude(LINE).method == TOKENIZERS["claude"].method
    assert method(TOKENIZERS["claude"]) == TOKENIZERS["claude"].method
    assert bars(TOKENIZERS["claude"]).latin >= 0.05


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("hello, world", {"claude": 3, "claude-4.7": 4}),  # ctok's own documentation
        ("", {"claude": 0, "claude-4.7": 0}),
        ("a", {"claude": 1, "claude-4.7": 1}),
    ],
)
def test_the_real_one_counts_the_content(text: str, tokens: dict[str, int]) -> None:
    pytest.importorskip("ctok", reason="needs llmcost-cli[claude] and Python 3.12")
    found: Any = count(text, list(tokens))

    assert {name: one.tokens for name, one in found.items()} == tokens


def test_the_real_one_counts_parts_as_the_whole() -> None:
    """A cut after a line takes a token away, which is put back."""
    ctok = pytest.importorskip("ctok", reason="needs llmcost-cli[claude] and Python 3.12")
    text = LINE * 1000
    for name, version in (("claude", "3.0"), ("claude-4.7", "4.8")):
        whole = ctok.token_count(text, version=version) - FRAME[version]

        assert abs(claude(text, name).tokens - whole) <= 2
