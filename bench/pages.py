"""What a calibration is written to: coefficients in the registry, and tables of accuracy.md."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from bench.corpus import PACKAGES, Chunk
from bench.judging import PROMISED, SCRIPTS, Item, Summary, by_script, summary
from bench.results import Figure, Section, Target, Value
from llmcost.tokenizers.registry import CHINESE, EstimateRule

if TYPE_CHECKING:
    from bench.calibrate import Judged

ROOT = Path(__file__).parents[1]
MODULE = ROOT / "src" / "llmcost" / "tokenizers" / "registry.py"
PAGE = ROOT / "docs" / "accuracy.md"
START = "# Written by `python -m bench.calibrate --write`, up to the end mark.\n"
END = "# End of what bench.calibrate writes.\n"


def write(found: Sequence["Judged"], older: "Judged", texts: Sequence[Chunk], cache: Path) -> None:
    source = MODULE.read_text(encoding="utf-8")
    MODULE.write_text(with_coefficients(source, found), encoding="utf-8", newline="\n")
    page = PAGE.read_text(encoding="utf-8")
    for name, lines in tables(found, older, texts, cache).items():
        page = between(page, name, "\n".join(lines))
    PAGE.write_text(page, encoding="utf-8", newline="\n")


def with_coefficients(source: str, found: Sequence["Judged"]) -> str:
    """Return the source of the registry with other coefficients between its two marks."""
    before, _, rest = source.partition(START)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{MODULE.name} has no marks for coefficients")
    return before + START + "\n".join(coefficients(found)) + "\n" + END + after


def between(page: str, name: str, content: str) -> str:
    """The page with what stands between a table's markers replaced."""
    start, end = f"<!-- {name}: made by bench.calibrate -->", f"<!-- end of {name} -->"
    if start not in page or end not in page:
        raise ValueError(f"{PAGE.name} has no markers for `{name}`")
    return re.sub(
        f"({re.escape(start)}\n).*?({re.escape(end)})",
        lambda match: f"{match[1]}\n{content}\n\n{match[2]}",
        page,
        flags=re.DOTALL,
    )


def coefficients(found: Sequence["Judged"]) -> Iterator[str]:
    """Yield the lines of the registry's factors, bars and weights."""
    yield "FACTORS: Mapping[str, float] = MappingProxyType("
    fitted = [one for one in found if one.estimate.weights]
    yield from literal({one.name: one.estimate.factor for one in fitted})
    yield "BARS: Mapping[str, tuple[float, float, float, float]] = MappingProxyType("
    yield from literal({one.name: bars_of(one.estimate) for one in found})
    weights = {one.name: one.estimate.weights for one in fitted}
    yield 'WEIGHTS = """'
    yield f"{'feature':<12}" + "".join(f"{name:>11}" for name in weights)
    for feature in dict.fromkeys(chain.from_iterable(weights.values())):
        cells = (f"{by.get(feature, '-'):>11}" for by in weights.values())
        yield f"{feature:<12}" + "".join(cells)
    yield '"""'


def literal(values: Mapping[str, object]) -> Iterator[str]:
    yield "    {"
    for key, value in values.items():
        yield f'        "{key}": {value},'
    yield "    }\n)"


def bars_of(estimate: EstimateRule) -> tuple[float, float, float, float]:
    bars = estimate.bars
    return bars.latin, bars.han, bars.other, bars.rare


def section(one: "Judged", which: str = "") -> Section:
    """How an estimate does, by script, for the screen."""
    figures = [
        Figure(script, values(found), "inside %", Target(100 * PROMISED, at_least=True))
        for script, found in by_script(one.pooled).items()
    ]
    every = {target: summary(items) for target, items in one.items.items()}
    notes = [
        f"{target}: bias {100 * found.bias:+.1f} %, nine in ten within {100 * found.ninety:.1f} %"
        for target, found in every.items()
    ]
    bars = ", ".join(f"{100 * bar:.0f} %" for bar in bars_of(one.estimate))
    return Section(f"{one.name}{which}: bars {bars} (Latin, Han, other, rare)", figures, notes)


def values(found: Summary) -> dict[str, Value]:
    return {
        "texts": found.texts,
        "bias %": f"{100 * found.bias:+.1f}",
        "P90 %": 100 * found.ninety,
        "inside %": 100 * found.coverage,
    }


def tables(
    found: Sequence["Judged"], older: "Judged", texts: Sequence[Chunk], cache: Path
) -> dict[str, Iterator[str]]:
    return {
        "corpus": corpus(texts, cache),
        "bars": bars(found),
        "errors": errors([one for one in found if one.estimate.weights]),
        "coverage": coverage(found),
        "left out": left_out([*(one for one in found if one.name == "chinese"), older]),
    }


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def heading(first: str, *others: str) -> Iterator[str]:
    yield row(first, *others)
    yield "|---" * (1 + len(others)) + "|"


def corpus(texts: Sequence[Chunk], cache: Path) -> Iterator[str]:
    """The packages: what is downloaded, what of it is used."""
    yield from heading("package", "licence", "download", "used", "languages, genres")
    for package in PACKAGES:
        mine = [one for one in texts if one.source == package.requirement]
        size = (cache / package.file).stat().st_size / 1e6
        used = sum(len(one.text.encode()) for one in mine) / 1e6
        languages = {one.language for one in mine} - {"code"}
        genres = ", ".join(sorted({one.genre for one in mine}))
        said = f"{len(languages)}: {genres}" if languages else f"code: {genres}"
        yield row(package.requirement, package.licence, f"{size:.1f} MB", f"{used:.2f} MB", said)


def bars(found: Sequence["Judged"]) -> Iterator[str]:
    yield from heading("tokenizer", "made from", "English, code", "Chinese", "other", "rare")
    for one in found:
        figures = [f"±{100 * bar:.0f} %" for bar in bars_of(one.estimate)]
        yield row(f"`{one.name}`", made_from(one.estimate), *figures)


def made_from(estimate: EstimateRule) -> str:
    if estimate.proxies == CHINESE:
        proxies = "the six Chinese vocabularies"
    else:
        proxies = ", ".join(f"`{name}`" for name in estimate.proxies)
    mean = f"mean of {proxies}" if len(estimate.proxies) > 1 else proxies
    return mean + ", and features of the text" * bool(estimate.weights)


def errors(found: Sequence["Judged"]) -> Iterator[str]:
    """Bias and P90 of the fitted ones by language; code and Chinese by genre."""
    grouped = {one.name: by_kind(one) for one in found}
    yield from heading("", "texts", *(f"`{one.name}`" for one in found))
    for kind in dict.fromkeys(kind for kinds in grouped.values() for kind in kinds):
        cells = [grouped[one.name].get(kind) for one in found]
        texts = max(cell.texts for cell in cells if cell)
        shown = [f"{100 * c.bias:+.0f} %; {100 * c.ninety:.0f} %" if c else "" for c in cells]
        yield row(kind, texts, *shown)


_APART = {"en": "English", "code": "code", "zh": "Chinese", "zh_Hant": "Chinese, traditional"}
_NAMED = {
    "ja": "Japanese", "ko": "Korean", "fr": "French", "de": "German", "es": "Spanish",
    "pt": "Portuguese", "it": "Italian", "ru": "Russian", "ar": "Arabic", "he": "Hebrew",
    "hi": "Hindi", "th": "Thai", "vi": "Vietnamese", "id": "Indonesian", "tr": "Turkish",
}  # fmt: skip
_FEW = 3  # texts say nothing about nine in ten


def by_kind(one: "Judged") -> dict[str, Summary]:
    groups: dict[str, list[Item]] = {}
    for item in one.pooled:
        case = item.case
        apart = _APART.get(case.language)
        kind = f"{apart}: {case.genre}" if apart else _NAMED.get(case.language, "other languages")
        groups.setdefault(kind, []).append(item)
    order = [*_APART.values(), *_NAMED.values(), "other languages"]
    found = {kind: summary(items) for kind, items in groups.items() if len(items) >= _FEW}
    return dict(sorted(found.items(), key=lambda one: (order.index(one[0].split(":")[0]), one[0])))


def coverage(found: Sequence["Judged"]) -> Iterator[str]:
    """How many of the held-out texts the bounds hold."""
    rates = {one.name: by_script(one.pooled) for one in found}
    yield from heading("", *(f"`{one.name}`" for one in found))
    for script in SCRIPTS:
        cells = [rates[one.name].get(script) for one in found]
        yield row(script, *(f"{100 * cell.coverage:.1f} %" if cell else "" for cell in cells))
    total = [sum(item.inside for item in one.pooled) / len(one.pooled) for one in found]
    yield row("all", *(f"{100 * rate:.1f} %" for rate in total))
    yield row("texts x truths", *(len(one.pooled) for one in found))


def left_out(found: Sequence["Judged"]) -> Iterator[str]:
    """Each Chinese vocabulary, predicted from the others; then older ones, from all six."""
    kinds = ["English", "code", "Chinese", "Chinese, traditional", "Japanese"]
    yield from heading("predicted", *kinds)
    for target, items in (pair for one in found for pair in one.items.items()):
        by = by_script(items)
        cells = [by[kind] for kind in kinds]
        shown = (f"{100 * cell.bias:+.0f} %; {100 * cell.ninety:.0f} %" for cell in cells)
        yield row(f"`{target}`", *shown)
