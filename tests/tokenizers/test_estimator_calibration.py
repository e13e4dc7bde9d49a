"""Stated bounds hold at the stated rate, on committed texts that nothing was fitted to.

The texts and the recorded counts are written by `python -m bench.calibrate --write`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from math import comb
from typing import NamedTuple

import msgspec
import pytest
from paths import CALIBRATION

from llmcost.tokenizers.counter import count
from llmcost.tokenizers.estimator import Features, estimate, features, mix_of
from llmcost.tokenizers.registry import CHINESE, TOKENIZERS, EstimateRule, Tokenizer

OUTSIDE = 0.05  # at most this part of the texts of each script
COUNTED = (*CHINESE, "o200k_base", "cl100k_base", "tekken", "gemma4")
SHORTEST, LONGEST = 500, 4000  # tokens of the texts that bars are for


class Text(NamedTuple):
    script: str
    features: Features
    counts: Mapping[str, int]  # true ones


@cache
def texts() -> tuple[Text, ...]:
    return tuple(read(line) for line in CALIBRATION.read_text(encoding="utf-8").splitlines())


def read(line: str) -> Text:
    one = json.loads(line)
    exact = {name: found.tokens for name, found in count(one["text"], COUNTED).items()}
    return Text(one["script"], features(one["text"]), one["counts"] | exact)


def rule_of(name: str) -> EstimateRule:
    found = TOKENIZERS[name].estimate
    assert found is not None
    return found


def truths(name: str) -> Iterator[tuple[str, EstimateRule]]:
    """What an estimate is judged by: its own truth, or vocabularies in the place of the unknown."""
    rule = rule_of(name)
    if name == "chinese":
        for left_out in CHINESE:
            others = tuple(one for one in CHINESE if one != left_out)
            yield left_out, msgspec.structs.replace(rule, proxies=others)
    elif name == "unknown":
        yield from ((one, rule) for one in (*COUNTED, "llama3", "llama4", "claude", "claude-4.7"))
    else:
        yield name, rule


def judged(name: str) -> dict[str, list[bool]]:
    """By script: whether the bounds hold the truth, text by text."""
    found: dict[str, list[bool]] = {}
    for target, rule in truths(name):
        stand_in = Tokenizer(target, "estimated", estimate=rule)
        for text in texts():
            true = text.counts[target]
            if SHORTEST <= true <= LONGEST:
                bounds = estimate(stand_in, text.counts, mix_of(text.features))
                found.setdefault(text.script, []).append(bounds.low <= true <= bounds.high)
    return found


def explained(texts: int) -> int:
    """So many outside, or fewer, in 99 of 100 draws of texts that are outside by one in twenty."""
    likely, most = (1 - OUTSIDE) ** texts, 0
    while likely < 0.99:
        most += 1
        likely += comb(texts, most) * OUTSIDE**most * (1 - OUTSIDE) ** (texts - most)
    return most


@pytest.mark.parametrize("name", ["claude", "claude-4.7", "llama3", "llama4", "chinese", "unknown"])
def test_bounds_hold_at_the_stated_rate_in_every_script(name: str) -> None:
    """Of all texts at most one in twenty is outside; of few ones, no more than chance explains."""
    found = judged(name)
    every = [inside for script in found.values() for inside in script]
    outside = {
        script: f"{inside.count(False)} of {len(inside)}"
        for script, inside in found.items()
        if inside.count(False) > explained(len(inside))
    }

    assert every.count(False) <= OUTSIDE * len(every)
    assert outside == {}


def test_there_are_texts_of_every_script() -> None:
    """Enough of them that the rate means something."""
    scripts = [text.script for text in texts()]

    assert {"English", "code", "Chinese", "Japanese", "Korean", "Indic", "Thai"} < set(scripts)
    assert min(map(scripts.count, {"English", "code", "Chinese"})) >= 10


@pytest.mark.parametrize("name", ["claude", "claude-4.7", "llama3", "llama4"])
def test_errors_are_not_one_sided(name: str) -> None:
    """Over all texts of the usual languages an estimate is off by a few percent at most."""
    usual = [text for text in texts() if text.script in ("English", "code", "Chinese", "Japanese")]
    guessed = [
        estimate(TOKENIZERS[name], text.counts, mix_of(text.features)).tokens for text in usual
    ]

    assert sum(guessed) == pytest.approx(sum(text.counts[name] for text in usual), rel=0.04)


def half_width(name: str, text: str) -> float:
    found = estimate(
        TOKENIZERS[name],
        {key: one.tokens for key, one in count(text, rule_of(name).proxies).items()},
        mix_of(features(text)),
    )
    return (found.high - found.low) / 2 / found.tokens


LINES = {
    "latin": "The quick brown fox jumps over the lazy dog, and nobody minds at all.\n" * 200,
    "han": "我们今天下午去公园散步，天气非常好，孩子们都很高兴。\n" * 200,
    "other": "Съешь ещё этих мягких французских булок, да выпей чаю.\n" * 200,
    "rare": "สวัสดีชาวโลกภาษาไทยไม่มีช่องว่างระหว่างคำ\n" * 200,
}


@pytest.mark.parametrize("name", ["claude", "llama3", "chinese", "unknown"])
@pytest.mark.parametrize("script", LINES)
def test_a_text_in_one_script_has_that_scripts_bar(name: str, script: str) -> None:
    """Up to the few marks and blanks that every text has."""
    assert half_width(name, LINES[script]) == pytest.approx(
        min(0.5 + getattr(rule_of(name).bars, script) / 2, getattr(rule_of(name).bars, script)),
        rel=0.12,
    )


@pytest.mark.parametrize("name", ["llama3", "chinese"])
def test_a_mixed_text_has_bounds_between_those_of_its_scripts(name: str) -> None:
    latin, han = half_width(name, LINES["latin"]), half_width(name, LINES["han"])

    assert latin < half_width(name, LINES["latin"] + LINES["han"]) < han
