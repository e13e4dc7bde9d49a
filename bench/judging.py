"""How far estimates are from the truth, by what texts are written in, and the bars that follow."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import mul
from typing import NamedTuple

from llmcost.tokenizers.estimator import Estimator, FeatureMix, estimate, mix_of
from llmcost.tokenizers.registry import Bars, EstimateRule, Tokenizer

SHORTEST, LONGEST = 500, 4000  # tokens of the texts that bars are for
WANTED = 0.975  # of the texts that bars are made from; on others fewer will do
PROMISED = 0.95
FITTED = 1.15  # errors are this much larger on texts that weights were not fitted to, about

# Languages that are written alike, and which of the bars is theirs.
_SCRIPTS = {
    "English": ("en", 0),
    "code": ("code", 0),
    "Chinese": ("zh", 1),
    "Chinese, traditional": ("zh_Hant", 1),
    "Japanese": ("ja", 2),
    "Korean": ("ko", 2),
    "Cyrillic, Greek": ("ru uk be bg mk sr mn kk ky tg tt udm os el", 2),
    "Arabic, Hebrew": ("ar fa ur ug ckb he", 3),
    "Thai": ("th", 3),
    "Vietnamese": ("vi", 3),
    "Indic": ("hi ne mr bn ta te kn ml pa", 3),
    "rare scripts": ("ka hy am my km dv", 3),
}
_SCRIPT_OF = {code: script for script, (codes, _) in _SCRIPTS.items() for code in codes.split()}
LATIN = "other Latin letters"
SCRIPTS = (*list(_SCRIPTS)[:2], LATIN, *list(_SCRIPTS)[2:])
_BAR = {script: bar for script, (_, bar) in _SCRIPTS.items()} | {LATIN: 2}
_ENOUGH = 0.2  # share of a text that its script's bar must have, to do anything


def script_of(language: str) -> str:
    return _SCRIPT_OF.get(language, LATIN)


class Case(NamedTuple):
    """A text of known features and counts."""

    language: str
    genre: str
    features: Mapping[str, int]
    counts: Mapping[str, int]  # true ones, by tokenizer

    @property
    def script(self) -> str:
        return script_of(self.language)


class Item(NamedTuple):
    """One estimate beside the truth."""

    case: Case
    error: float  # of the estimate, relative to the truth
    needed: float  # the bar that would have been enough
    inside: bool  # the shipped bounds hold the truth


class Rule(NamedTuple):
    """A way to estimate one target whose truth is known."""

    target: str
    estimate: EstimateRule


def judged(rule: Rule, cases: Iterable[Case]) -> Iterator[Item]:
    """Each text that is long enough for this target."""
    tokenizer = Tokenizer(rule.target, "judged", estimate=rule.estimate)
    estimator = Estimator(rule.estimate)
    for case in cases:
        true = case.counts[rule.target]
        if SHORTEST <= true <= LONGEST:
            mix = mix_of_case(case)
            tokens = estimator.expected([case.counts[one] for one in rule.estimate.proxies], mix)
            found = estimate(tokenizer, case.counts, mix)
            inside = found.low <= true <= found.high
            yield Item(case, tokens / true - 1, abs(true / tokens - 1), inside)


def mix_of_case(case: Case) -> FeatureMix:
    mix = mix_of(case.features)
    assert mix is not None  # no case is an empty text
    return mix


class Summary(NamedTuple):
    texts: int
    bias: float
    ninety: float  # nine in ten are at most this far off
    coverage: float


def summary(items: Sequence[Item]) -> Summary:
    errors = sorted(abs(item.error) for item in items)
    return Summary(
        len(items),
        sum(item.error for item in items) / len(items),
        errors[min(len(errors) - 1, int(0.9 * len(errors)))],
        sum(item.inside for item in items) / len(items),
    )


def by_script(items: Iterable[Item]) -> dict[str, Summary]:
    grouped: dict[str, list[Item]] = {script: [] for script in SCRIPTS}
    for item in items:
        grouped[item.case.script].append(item)
    return {script: summary(group) for script, group in grouped.items() if group}


def bars(items: Sequence[Item], widened: float = 1.0) -> Bars:
    """The smallest bars, in whole percent, that hold WANTED of each script's texts.

    While too many are outside, the bar grows that most of them want: their script's own, or that
    of what they mostly consist of.
    """
    parts = [(item.case.script, item.needed * 100, mix_of_case(item.case).shares) for item in items]
    texts = Counter(script for script, *_ in parts)
    found = [1, 1, 1, 1]
    while True:
        outside = [
            (script, part) for script, needed, part in parts if needed > sum(map(mul, found, part))
        ]
        missed = Counter(script for script, _ in outside)
        failing = {script for script in missed if missed[script] > (1 - WANTED) * texts[script]}
        if not failing:
            return Bars(*(round(bar * widened) / 100 for bar in found))
        wanting = Counter(grown(script, part) for script, part in outside if script in failing)
        found[wanting.most_common(1)[0][0]] += 1


def grown(script: str, part: Sequence[float]) -> int:
    own = _BAR[script]
    return own if part[own] >= _ENOUGH else part.index(max(part))
