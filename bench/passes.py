"""One pass over a text, whose bytes are in memory, in a process of its own: by llmcost as the
command line counts a file, or by one of the peers, in the form that it takes fastest.
"""

import io
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import peers, processes

OURS = "llmcost"


class Pass(NamedTuple):
    """Seconds. `first` is the first text of the process; `cpu` is of set-up and first, of this
    process and its children."""

    set_up: float
    first: float
    cpu: float
    tokens: Mapping[str, int]

    @property
    def whole(self) -> float:
        return self.set_up + self.first


def run(
    engine: str,
    tokenizers: Sequence[str],
    text: Path,
    env: Mapping[str, str],
    workers: int | None = None,
) -> Pass:
    """`workers`: how many processes llmcost may use, by default one a processor. Raises Failed."""
    asked = [engine, ",".join(tokenizers), str(text), str(workers or "")]
    printed = processes.run([sys.executable, "-m", "bench.passes", *asked], env)[1]
    return Pass(**json.loads(printed))


def child(engine: str, names: Sequence[str], content: bytes, workers: int | None) -> Pass:
    """The pass, in this process."""
    if engine == OURS:
        return by_llmcost(names, content, workers)
    (name,) = names
    ready = peers.prepared(engine, name, peers.normal(name, content.decode()))
    before, start = cpu(), time.perf_counter()
    work = ready()
    set_up = time.perf_counter() - start
    first, tokens = timed(work)
    return Pass(set_up, first, cpu() - before, {name: tokens})


def by_llmcost(names: Sequence[str], content: bytes, workers: int | None) -> Pass:
    """With one worker, all that would be loaded on the way is loaded first, so as to be timed."""
    before, start = cpu(), time.perf_counter()
    if workers == 1:
        load(names, len(content))
    set_up = time.perf_counter() - start
    start = time.perf_counter()
    tokens = counted(names, content, len(content), workers)
    first = time.perf_counter() - start
    return Pass(set_up, first, cpu() - before, tokens)


def counted(names: Sequence[str], content: bytes, size: int, workers: int | None) -> dict[str, int]:
    """As the command line counts a file of which it knows the size."""
    from llmcost.inputs.text_stream import TextStream
    from llmcost.tokenizers.chunking import pieces
    from llmcost.tokenizers.workers import Crew

    blocks = TextStream("corpus", "utf-8").decode(io.BytesIO(content))
    with Crew(workers) as crew:
        counter = crew.counter(names, expected=size)
        for piece in pieces(blocks, counter.size):
            counter.feed(piece)
        return {name: found.tokens for name, found in counter.counts().items()}


def load(names: Sequence[str], size: int) -> None:
    from llmcost.tokenizers import bpe as bulk
    from llmcost.tokenizers import engine as engines
    from llmcost.tokenizers import gigatoken as giga
    from llmcost.tokenizers.registry import tokenizer

    counted(names, peers.WARM.encode(), size, 1)  # all imports
    tokenizers = list(map(tokenizer, names))
    giants = giga.giants(tokenizers, size)
    for one in tokenizers:
        if one in giants:
            giga.counter(one.pack, one.family).count(peers.WARM.encode())
        else:
            engines.engine(one.pack, one.family)
            bulk.table(one.pack, one.family)


def timed(work: peers.Work) -> tuple[float, int]:
    start = time.perf_counter()
    tokens = work()
    return time.perf_counter() - start, tokens


def cpu() -> float:
    return sum(os.times()[:4])


def alternate(jobs: Mapping[str, Callable[[], Pass]], rounds: int) -> dict[str, list[Pass]]:
    """A B C, B C A, … so that none has a place of its own. Raises Failed."""
    found: dict[str, list[Pass]] = {name: [] for name in jobs}
    names = list(jobs)
    for turn in range(rounds):
        for at in range(len(names)):
            name = names[(turn + at) % len(names)]
            found[name].append(jobs[name]())
    return found


def whole(found: Sequence[Pass]) -> float:
    return min(one.whole for one in found)


def first(found: Sequence[Pass]) -> float:
    return min(one.first for one in found)


def used(found: Sequence[Pass]) -> float:
    return min(one.cpu for one in found)


if __name__ == "__main__":
    engine, names, text, workers = sys.argv[1:]
    content = Path(text).read_bytes()
    found = child(engine, names.split(","), content, int(workers) if workers else None)
    print(json.dumps(found._asdict()))
