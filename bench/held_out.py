"""The committed texts that the tests judge estimates by, with true counts: tests/calibration/.

One JSON object a line: language, genre, source, text, and the counts of targets that the tests
cannot count themselves. They are of the half that nothing is fitted to, and every so-many-th of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from bench.corpus import Chunk
from bench.judging import LONGEST, SHORTEST, Case, script_of
from bench.truths import carried
from llmcost.tokenizers.estimator import features

FOLDER = Path(__file__).parents[1] / "tests" / "calibration"
FILE = FOLDER / "texts.jsonl"
FREE = ("fastapi", "Django", "wagtail", "chatterbot-corpus")  # may be passed on
RECORDED = ("claude", "claude-4.7", "llama3", "llama4")
USUAL = ("English", "code", "Chinese", "Japanese")
PER_SCRIPT = 7  # and three more of the usual ones
LARGEST = 6000  # bytes


def chosen(
    chunks: Sequence[Chunk], counts: Mapping[str, Sequence[int]]
) -> Iterator[tuple[Chunk, dict[str, int]]]:
    """Texts of every script, evenly spread over languages and genres, with what is recorded."""
    fitting = [
        (script_of(chunk.language), at)
        for at, chunk in enumerate(chunks)
        if chunk.held_out
        and chunk.source.startswith(FREE)
        and len(chunk.text.encode()) <= LARGEST
        and SHORTEST <= counts["claude"][at] <= LONGEST
    ]
    for script, group in groupby(sorted(fitting), key=lambda one: one[0]):
        places = [at for _, at in group]
        most = PER_SCRIPT + 3 * (script in USUAL)
        step = max(1.0, len(places) / most)
        for turn in range(min(most, len(places))):
            at = places[int(turn * step)]
            yield chunks[at], {name: counts[name][at] for name in RECORDED}


def cases() -> Iterator[Case]:
    """The committed texts, with what is recorded and what we count exactly."""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        exact = {name: found[0] for name, found in carried([one["text"]]).items()}
        yield Case(one["language"], one["genre"], features(one["text"]), one["counts"] | exact)


def write(chunks: Sequence[Chunk], counts: Mapping[str, Sequence[int]]) -> int:
    """How many bytes it became."""
    lines = [
        json.dumps(
            {
                "script": script_of(chunk.language),
                "language": chunk.language,
                "genre": chunk.genre,
                "source": chunk.source,
                "counts": recorded,
                "text": chunk.text,
            },
            ensure_ascii=False,
        )
        for chunk, recorded in chosen(chunks, counts)
    ]
    FOLDER.mkdir(exist_ok=True)
    return FILE.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
