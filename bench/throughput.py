"""Counting rate on small texts, one tokenizer at a time, beside tiktoken's for the same encoding;
for large ones see bulk.py.

Each figure comes from a process of its own. `first` is the first text that the process counts, with
all that has to be imported, opened or built for it; `next` is another text of the same size and
kind after it. tiktoken's rate is the better of two runs over the first text, without its set-up.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import processes, texts
from bench.memory import size_name
from bench.peers import normal, reference
from bench.processes import Failed
from bench.results import Figure, Section, Value
from bench.texts import KB, MB

ALL = ("o200k_base", "cl100k_base", "qwen", "deepseek", "gemma4", "kimi")
UNLIKE = "gemma4"  # merges characters, not bytes, as tiktoken does


class Plan(NamedTuple):
    tokenizers: Sequence[str]
    sizes: Sequence[int]


QUICK = Plan(("o200k_base", "deepseek"), (KB, MB))
FULL = Plan(ALL, (KB, 100 * KB, MB))


def measure(home: Path, plan: Plan) -> Section:
    figures = [
        cell(home, tokenizer, corpus, size)
        for corpus in texts.CORPORA
        for size in plan.sizes
        for tokenizer in plan.tokenizers
    ]
    return Section(
        "Counting rate on small texts, MB/s; x = times as fast as tiktoken",
        figures,
        [
            "first: our set-up included, next: another text after it; tiktoken: set-up excluded",
            "x fresh: set-up of both included; x first: only ours; x next: of neither",
            f"tiktoken cannot count {UNLIKE}, which merges characters instead of bytes",
            *(texts.repeats(corpus, max(plan.sizes)) for corpus in texts.CORPORA),
        ],
    )


def cell(home: Path, tokenizer: str, corpus: str, size: int) -> Figure:
    name = f"{corpus}, {size_name(size)}, {tokenizer}"
    files = [home / "first.txt", home / "next.txt"]
    for at, file in enumerate(files):
        file.write_bytes(texts.sample(corpus, size, skip=at * size))
    try:
        own = timed(home, "llmcost", tokenizer, files)
        peer = timed(home, "tiktoken", tokenizer, files) if tokenizer != UNLIKE else {}
    except Failed as error:
        return Figure(name, {}, failure=str(error))
    return Figure(name, values(size, own, peer))


def timed(home: Path, who: str, tokenizer: str, files: Sequence[Path]) -> dict[str, float]:
    """Seconds by what was done, from a process of its own."""
    command = [sys.executable, "-m", "bench.throughput", who, tokenizer, *map(str, files)]
    found: dict[str, float] = json.loads(processes.run(command, processes.environment(home))[1])
    return found


def values(size: int, own: dict[str, float], peer: dict[str, float]) -> dict[str, Value]:
    found: dict[str, Value] = {
        "first ms": own["first"] * 1000,
        "first": size / MB / own["first"],
        "next": size / MB / own["next"],
    }
    if not peer:
        return found
    encoding = min(peer["first"], peer["again"])
    return found | {
        "tiktoken": size / MB / encoding,
        "set-up ms": peer["set-up"] * 1000,
        "x fresh": (peer["set-up"] + peer["first"]) / own["first"],
        "x first": encoding / own["first"],
        "x next": encoding / own["next"],
        "counts": "equal" if own["tokens"] == peer["tokens"] else "DIFFER",
    }


def count_with_llmcost(tokenizer: str, texts: Sequence[str]) -> dict[str, float]:
    start = time.perf_counter()
    tokens = count(tokenizer, texts[0])
    first = time.perf_counter() - start
    return {
        "first": first,
        "next": seconds(lambda: count(tokenizer, texts[1])),
        "tokens": tokens,
    }


def count_with_tiktoken(tokenizer: str, texts: Sequence[str]) -> dict[str, float]:
    start = time.perf_counter()
    encoding = reference(tokenizer)
    found = {"set-up": time.perf_counter() - start}
    text = normal(tokenizer, texts[0])
    for run in ("first", "again"):
        found[run] = seconds(lambda: encoding.encode_ordinary(text))
    return found | {"tokens": len(encoding.encode_ordinary(text))}


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def count(tokenizer: str, text: str) -> int:
    """As the command line counts a file."""
    from llmcost.tokenizers.chunking import pieces
    from llmcost.tokenizers.counter import Counter

    counter = Counter([tokenizer], expected=len(text))
    for piece in pieces([text]):
        counter.feed(piece)
    return counter.counts()[tokenizer].tokens


def child(who: str, tokenizer: str, files: Sequence[str]) -> None:
    work = {"llmcost": count_with_llmcost, "tiktoken": count_with_tiktoken}[who]
    print(json.dumps(work(tokenizer, [Path(file).read_bytes().decode() for file in files])))


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], sys.argv[3:])
