"""The shipped counts and ratios are those of the samples, and cost nothing to look up."""

import subprocess
import sys

import pytest

from llmcost.files import bundled
from llmcost.tokenizers.counter import count
from llmcost.tokenizers.estimator import RATIOS, SAMPLES, sample_count
from llmcost.tokenizers.registry import TOKENIZERS, names

TEXTS = {name: bundled(f"samples/{name}.txt").read_text(encoding="utf-8") for name in SAMPLES}
COUNTS = {name: count(text, names()) for name, text in TEXTS.items()}


def line(name: str) -> str:
    """What the table should say."""
    found = [COUNTS[sample][name] for sample in SAMPLES]
    shown = (one.tokens if one.exact else (one.tokens, one.low, one.high) for one in found)
    return f'        "{name}": {tuple(shown)},'


@pytest.mark.parametrize("name", names())
def test_tokens_of_the_samples_are_those_that_are_counted(name: str) -> None:
    """After a change of a sample, a vocabulary or an estimate, its line is to be written anew."""
    shipped = [sample_count(TOKENIZERS[name], sample) for sample in SAMPLES]

    assert shipped == [COUNTS[sample][name] for sample in SAMPLES], line(name)


def test_a_ratio_is_text_per_token() -> None:
    """Characters of the Chinese sample, words of the English one."""
    characters, words = len(TEXTS["zh"]), len(TEXTS["en"].split())
    tokens = {sample: COUNTS[sample]["qwen"].tokens for sample in SAMPLES}

    assert float(RATIOS["qwen"].characters.value) == pytest.approx(characters / tokens["zh"], 1e-3)
    assert float(RATIOS["qwen"].words.value) == pytest.approx(words / tokens["en"], 1e-3)


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
