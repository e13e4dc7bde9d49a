"""The shipped ratios are those of the samples, and cost nothing to look up."""

import subprocess
import sys
from decimal import Context, Decimal

import pytest

from llmcost.price_data.loader import bundled
from llmcost.pricing.usage import TokenRange
from llmcost.tokenizers.counter import count
from llmcost.tokenizers.estimator import RATIOS
from llmcost.tokenizers.registry import TOKENIZERS, names

CHINESE, ENGLISH = (
    bundled(f"samples/{name}.txt").read_text(encoding="utf-8") for name in ("zh", "en")
)
COUNTS = [(len(CHINESE), count(CHINESE, names())), (len(ENGLISH.split()), count(ENGLISH, names()))]


def measured(name: str) -> tuple[TokenRange, TokenRange]:
    """Characters and words per token, to four digits. More tokens are less text for each."""
    divide = Context(prec=4).divide
    characters, words = (
        TokenRange(*(divide(Decimal(text), Decimal(n)) for n in (one.tokens, one.high, one.low)))
        for text, one in ((text, counts[name]) for text, counts in COUNTS)
    )
    return characters, words


def line(name: str) -> str:
    """What ratios.py should say."""
    exact = TOKENIZERS[name].exact
    spans = [f"{s.value}" if exact else f"{s.value} {s.low} {s.high}" for s in measured(name)]
    return f'        "{name}": _ratio("{spans[0]}", "{spans[1]}"),'


@pytest.mark.parametrize("name", names())
def test_ratios_are_those_of_the_samples(name: str) -> None:
    """After a change of a sample, a vocabulary or an estimate, its line is to be written anew."""
    shipped = RATIOS[name]

    assert (shipped.characters, shipped.words) == measured(name), line(name)


def test_every_tokenizer_has_a_ratio() -> None:
    """And in the same order."""
    assert list(RATIOS) == list(TOKENIZERS)


@pytest.mark.parametrize("name", names())
def test_only_estimates_have_bounds(name: str) -> None:
    """An exact count leaves nothing open on the text that it was made of."""
    for span in (RATIOS[name].characters, RATIOS[name].words):
        if TOKENIZERS[name].exact:
            assert span.low == span.value == span.high
        else:
            assert span.low < span.value < span.high


def test_ratios_load_no_vocabulary() -> None:
    """Nor what reads one."""
    script = "import sys, llmcost.tokenizers.estimator; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    loaded = run.stdout.split()
    assert "llmcost.tokenizers.estimator" in loaded
    assert not {"regex", "tiktoken", "marisa_trie", "llmcost.tokenizers.counter"} & set(loaded)
