"""How often the 95 % intervals of samples hold, how wide they are, and what they take to read.

Every unit of a layout is counted once, and then many samples are drawn from these counts, each with
a seed of its own and in the rounds of `--sample auto`. Blocks are smaller than the real ones, so
that a few megabytes are as many blocks as a large input has.
"""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from bench import texts
from bench.results import Figure, Section, Target
from bench.texts import MB
from llmcost.sampling.reservoir import SampledListing, Unit, read_unit
from llmcost.sampling.rounds import Measured, Sampled, sample
from llmcost.tokenizers.counter import count

QUICK, FULL = 60, 400
TOKENIZERS = ("o200k_base", "qwen")
PRECISION = 0.01
BLOCK = 1 << 11
SIZE = 4 * MB  # of each kind
HOLDS = Target(93, at_least=True)
SEED = 20240521


def drifting(folder: Path) -> None:
    """One file that goes from kind to kind."""
    (folder / "all.txt").write_bytes(b"".join(map(kind, texts.CORPORA)))


def mixed(folder: Path) -> None:
    """One file with kinds in turns of some kilobytes."""
    chance = random.Random(SEED)
    parts = [part for name in texts.CORPORA for part in pieces(kind(name), chance, 9.0, 0.8)]
    (folder / "all.txt").write_bytes(b"".join(chance.sample(parts, len(parts))))


def few(folder: Path) -> None:
    """A file of each kind."""
    for name in texts.CORPORA:
        (folder / f"{name}.txt").write_bytes(kind(name))


def many(folder: Path) -> None:
    """Thousands of files, most of them small, sorted by kind."""
    chance = random.Random(SEED)
    for name in texts.CORPORA:
        for number, part in enumerate(pieces(kind(name), chance, 7.0, 1.5)):
            (folder / f"{name}-{number:06}.txt").write_bytes(part)


def standard_library(folder: Path) -> None:
    """Real files of code in their own sizes and order."""
    for number, source in enumerate(texts.code()):
        (folder / f"{number:05}.py").write_bytes(source.encode())


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "one file, drifting": drifting,
    "one file, mixed": mixed,
    "a file of each kind": few,
    "many files by kind": many,
    "the standard library": standard_library,
}


def kind(name: str) -> bytes:
    return texts.sample(name, min(SIZE, texts.held(name, SIZE)))


def pieces(text: bytes, chance: random.Random, mu: float, sigma: float) -> list[bytes]:
    """Lines of the text together, in sizes from a log-normal distribution."""
    found: list[bytes] = []
    held: list[bytes] = []
    wanted = chance.lognormvariate(mu, sigma)
    length = 0
    for line in text.splitlines(keepends=True):
        held.append(line)
        length += len(line)
        if length >= wanted:
            found.append(b"".join(held))
            held, length, wanted = [], 0, chance.lognormvariate(mu, sigma)
    return [*found, b"".join(held)]


class Layout:
    """The files of a folder, with all of their units counted."""

    def __init__(self, folder: Path) -> None:
        self.files = [(str(one), one.stat().st_size) for one in sorted(folder.iterdir())]
        self.counted = {
            (path, index): measured(Unit(path, index, BLOCK))
            for path, size in self.files
            for index in range(-(-size // BLOCK))
        }
        self.bytes = sum(size for _, size in self.files)

    def truth(self, tokenizer: str) -> int:
        return sum(one.counts[tokenizer].tokens for one in self.counted.values())

    def sample(self, seed: int) -> Sampled:
        listing = SampledListing(seed, BLOCK)
        for path, size in self.files:
            listing.add(path, size)
        return sample(
            listing,
            lambda units: (self.counted[one.path, one.index] for one in units),
            precision=PRECISION,
        )


def measured(unit: Unit) -> Measured:
    block = read_unit(unit, block=BLOCK)
    return Measured(block.bytes, count(block.text, TOKENIZERS))


def measure(home: Path, samples: int) -> Section:
    figures = []
    for name, write in LAYOUTS.items():
        folder = home / "sampled"
        folder.mkdir()
        write(folder)
        figures.append(figure(name, Layout(folder), samples))
        shutil.rmtree(folder)
    return Section(
        f"Samples: 95 % intervals that hold, of {samples} samples to a precision of 1 %",
        figures,
        [
            f"units of {BLOCK / 1024:g} KB; real ones are larger, and so are the inputs",
            "width: half of the interval; error: root mean square; both in % of the total",
        ],
    )


def figure(name: str, layout: Layout, samples: int) -> Figure:
    found = [layout.sample(seed) for seed in range(samples)]
    held = [coverage(layout, found, one) for one in TOKENIZERS]
    first, truth = TOKENIZERS[0], layout.truth(TOKENIZERS[0])
    errors = [one.counts[first].tokens / truth - 1 for one in found]
    return Figure(
        name,
        {
            "holds %": min(held),
            "width %": 100 * mean(one.relative for one in found),
            "error %": 100 * mean(one**2 for one in errors) ** 0.5,
            "read MB": mean(one.read for one in found) / MB,
            "of MB": layout.bytes / MB,
            "units": round(mean(len(one.weights) for one in found)),
        },
        "holds %",
        HOLDS,
    )


def coverage(layout: Layout, found: Sequence[Sampled], tokenizer: str) -> float:
    """Of 100 samples, those whose interval holds the truth."""
    truth = layout.truth(tokenizer)
    counts = [one.counts[tokenizer] for one in found]
    return 100 * mean(one.low <= truth <= one.high for one in counts)


def main() -> None:
    import tempfile

    from bench.results import table

    with tempfile.TemporaryDirectory() as folder:
        print(table(measure(Path(folder), FULL)))


if __name__ == "__main__":
    main()
