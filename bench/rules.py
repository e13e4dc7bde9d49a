"""Which estimates can be judged, against which truths, and what is fitted."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bench.fitting import fitted
from bench.judging import Case, Rule
from bench.truths import CARRIED, CLAUDE, LLAMAS
from llmcost.tokenizers.registry import CHINESE, TOKENIZERS, EstimateRule

replace = msgspec.structs.replace
# Who is likely to be counted, and how much that weighs in a fit.
_WEIGHED = {3.0: "en zh code", 1.5: "zh_Hant ja ko fr de es pt it ru ar hi th vi"}
_IMPORTANCE = {code: weight for weight, codes in _WEIGHED.items() for code in codes.split()}
_REST = 0.7
_ASCII = ("lower", "upper", "apunct", "humps", "dgroups", "wsruns", "pruns")
_BEYOND = (
    "han", "kana", "hangul", "opunct", "latin", "vietnamese", "cyrillic", "greek", "armenian",
    "hebrew", "arabic", "thaana", "devanagari", "bengali", "gurmukhi", "tamil", "telugu", "kannada",
    "indic", "thai", "burmese", "georgian", "ethiopic", "other",
)  # fmt: skip
FEATURES = {
    "claude": _ASCII + _BEYOND,
    "claude-4.7": _ASCII + _BEYOND,
    "llama3": _BEYOND,
    "llama4": _BEYOND,
}
KNOWN = (*CARRIED, *LLAMAS)  # vocabularies that can stand for one that is not known
SIMILAR = 0.15  # factors of vocabularies that may stand for one of which only that is known
MIX = ("en", "zh", "ja", "ko", "fr", "de", "es", "ru", "ar", "code")


def refitted(name: str, cases: Sequence[Case]) -> EstimateRule:
    """The estimate with the weights that these cases ask for."""
    rule = TOKENIZERS[name].estimate
    assert rule is not None
    rows = [{**case.features, "proxies": proxy(rule, case.counts)} for case in cases]
    weights = fitted(
        rows,
        [case.counts[name] for case in cases],
        importance(cases),
        ["proxies", *FEATURES[name]],
    )
    factor = weights.pop("proxies")
    rounded = {feature: round(weight, 3) for feature, weight in weights.items()}
    return replace(rule, factor=round(factor, 3), weights=rounded)


def proxy(rule: EstimateRule, counts: Mapping[str, int]) -> float:
    return sum(counts[name] for name in rule.proxies) / len(rule.proxies)


def importance(cases: Sequence[Case]) -> list[float]:
    """Languages and genres weigh alike, however many texts they have, but for the usual ones."""
    groups = [(case.language, case.genre) for case in cases]
    sizes = {group: groups.count(group) for group in set(groups)}
    return [_IMPORTANCE.get(language, _REST) / sizes[language, genre] ** 0.5
            for language, genre in groups]  # fmt: skip


def rules(name: str, estimate: EstimateRule, cases: Sequence[Case]) -> Iterator[Rule]:
    """The truths that an estimate is judged by: its own, or those of others in its place."""
    if name in FEATURES:
        yield Rule(name, estimate)
    elif name == "chinese":
        for left_out in CHINESE:
            others = tuple(one for one in CHINESE if one != left_out)
            yield Rule(left_out, replace(estimate, proxies=others))
    elif name == "unknown":
        targets = (*KNOWN, *CLAUDE)
        yield from (Rule(target, estimate) for target in targets if target != "o200k_base")
    elif name in ("grok", "nova"):
        factors = {name: overall(name, cases) for name in KNOWN if name != "o200k_base"}
        for target, factor in factors.items():
            if abs(factor / estimate.factor - 1) <= SIMILAR:
                yield Rule(target, replace(estimate, factor=factor))


def overall(target: str, cases: Sequence[Case]) -> float:
    """A vocabulary's factor to o200k on a mix of languages: all that is known about some."""
    ratios = [
        sum(case.counts[target] for case in chosen)
        / sum(case.counts["o200k_base"] for case in chosen)
        for language in MIX
        if (chosen := [case for case in cases if case.language == language])
    ]
    return sum(ratios) / len(ratios)
