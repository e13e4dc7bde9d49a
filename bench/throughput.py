"""Counting rate, one tokenizer at a time, beside tiktoken's for the same encoding.

Each figure comes from a process of its own. `first` is the first text that the process counts, with
all that has to be imported, opened or built for it; `next` is another text of the same size and
kind after it. tiktoken's rate is the better of two runs over the first text, without its set-up.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import processes, texts
from bench.memory import size_name
from bench.processes import Failed
from bench.results import Figure, Section, Target, Value
from bench.texts import KB, MB

if TYPE_CHECKING:
    from tiktoken import Encoding

ALL = ("o200k_base", "cl100k_base", "qwen", "deepseek", "gemma4", "kimi")
LARGE = 25 * MB
AS_FAST = Target(1.0, at_least=True)
JUDGED = "x first"
UNLIKE = "gemma4"  # merges characters, not bytes, as tiktoken does
TWICE = 5 * MB  # up to here there is a `next` text


class Plan(NamedTuple):
    tokenizers: Sequence[str]
    sizes: Sequence[int]


QUICK = Plan(("o200k_base", "deepseek"), (KB, MB))
FULL = Plan(ALL, (KB, 100 * KB, MB, LARGE))


def measure(home: Path, plan: Plan) -> Section:
    figures = [
        cell(home, tokenizer, corpus, size)
        for corpus in texts.CORPORA
        for size in plan.sizes
        for tokenizer in plan.tokenizers
    ]
    return Section(
        "Counting rate, MB/s; x = times as fast as tiktoken",
        figures,
        [
            "first: our set-up included, next: another text after it; tiktoken: set-up excluded",
            "x fresh: set-up of both included; x first: only ours; x next: of neither",
            f"tiktoken cannot count {UNLIKE}, which merges characters instead of bytes",
            *(repeats(corpus, max(plan.sizes)) for corpus in texts.CORPORA),
        ],
    )


def repeats(corpus: str, size: int) -> str:
    held = texts.held(corpus, size) / MB
    again = f", repeated up to {size // MB} MB" if held * MB < size else ""
    return f"{corpus}: {held:.1f} MB without repetition{again}"


def cell(home: Path, tokenizer: str, corpus: str, size: int) -> Figure:
    name = f"{corpus}, {size_name(size)}, {tokenizer}"
    target = AS_FAST if size >= LARGE and tokenizer != UNLIKE else None
    files = [home / "first.txt", home / "next.txt"][: 2 if size <= TWICE else 1]
    for at, file in enumerate(files):
        file.write_bytes(texts.sample(corpus, size, skip=at * size))
    try:
        own = timed(home, "llmcost", tokenizer, files)
        peer = timed(home, "tiktoken", tokenizer, files) if tokenizer != UNLIKE else {}
    except Failed as error:
        return Figure(name, {}, target=target, failure=str(error))
    return Figure(name, values(size, own, peer), JUDGED, target)


def timed(home: Path, who: str, tokenizer: str, files: Sequence[Path]) -> dict[str, float]:
    """Seconds by what was done, from a process of its own."""
    command = [sys.executable, "-m", "bench.throughput", who, tokenizer, *map(str, files)]
    found: dict[str, float] = json.loads(processes.run(command, processes.environment(home))[1])
    return found


def values(size: int, own: dict[str, float], peer: dict[str, float]) -> dict[str, Value]:
    found: dict[str, Value] = {
        "first ms": own["first"] * 1000,
        "first": size / MB / own["first"],
        "next": size / MB / own["next"] if "next" in own else None,
    }
    if not peer:
        return found
    encoding = min(peer["first"], peer["again"])
    return found | {
        "tiktoken": size / MB / encoding,
        "set-up ms": peer["set-up"] * 1000,
        "x fresh": (peer["set-up"] + peer["first"]) / own["first"],
        "x first": encoding / own["first"],
        "x next": encoding / own["next"] if "next" in own else None,
        "counts": "equal" if own["tokens"] == peer["tokens"] else "DIFFER",
    }


def count_with_llmcost(tokenizer: str, texts: Sequence[str]) -> dict[str, float]:
    start = time.perf_counter()
    tokens = count(tokenizer, texts[0])
    found = {"first": time.perf_counter() - start, "tokens": tokens}
    if len(texts) > 1:
        found["next"] = seconds(lambda: count(tokenizer, texts[1]))
    return found


def count_with_tiktoken(tokenizer: str, texts: Sequence[str]) -> dict[str, float]:
    start = time.perf_counter()
    encoding = reference(tokenizer)
    found = {"set-up": time.perf_counter() - start}
    text = normal(tokenizer, texts[0])
    for run in ("first", "again"):
        found[run] = seconds(lambda: encoding.encode_ordinary(text))
    return found | {"tokens": len(encoding.encode_ordinary(text))}


def normal(tokenizer: str, text: str) -> str:
    """The form that the tokenizer counts; tiktoken is not charged for it."""
    from unicodedata import normalize

    from llmcost.tokens.tokenizers import TOKENIZERS

    return normalize("NFC", text) if TOKENIZERS[tokenizer].nfc else text


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def count(tokenizer: str, text: str) -> int:
    """As the command line counts a file."""
    from llmcost.tokens.counting import Counter
    from llmcost.tokens.splitting import pieces

    counter = Counter([tokenizer])
    for piece in pieces(blocks(text)):
        counter.feed(piece)
    return counter.counts()[tokenizer].tokens


def blocks(text: str) -> Iterator[str]:
    for start in range(0, len(text), MB):
        yield text[start : start + MB]


def reference(tokenizer: str) -> "Encoding":
    """tiktoken's own encoding where it has one, with its own pattern; else ours in its engine."""
    import tiktoken

    if tokenizer.endswith("_base"):
        return tiktoken.get_encoding(tokenizer)
    from llmcost.tokens.pretokenizers import rust_pattern
    from llmcost.tokens.tokenizers import TOKENIZERS
    from llmcost.tokens.vocabulary import open_vocabulary

    known = TOKENIZERS[tokenizer]
    return tiktoken.Encoding(
        tokenizer,
        pat_str=rust_pattern(known.family),
        mergeable_ranks=open_vocabulary(known.pack).entries(),
        special_tokens={},
    )


def child(who: str, tokenizer: str, files: Sequence[str]) -> None:
    work = {"llmcost": count_with_llmcost, "tiktoken": count_with_tiktoken}[who]
    print(json.dumps(work(tokenizer, [Path(file).read_bytes().decode() for file in files])))


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], sys.argv[3:])
