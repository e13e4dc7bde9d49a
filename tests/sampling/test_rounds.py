"""A sample tells the whole, as surely as it says."""

import codecs
from collections.abc import Callable, Iterable, Sequence
from math import isclose
from operator import itemgetter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from paths import CALIBRATION

from llmcost.errors import UnreadableInput
from llmcost.pricing.usage import Count
from llmcost.sampling.reservoir import Layout, SampledListing, Unit, read_unit
from llmcost.sampling.rounds import Measured, Sampled, sample
from llmcost.sampling.statistics import Drawn, Stratum, allotted, needed, sample_of, student
from llmcost.tokenizers.counter import count


def exactly(tokens: int) -> Count:
    return Count(tokens, tokens, tokens, "o200k_base", exact=True)


def drawn(*units: tuple[int, int, int]) -> list[Drawn]:
    return [
        Drawn(stratum, bytes, {"o200k": exactly(tokens)}, number)
        for number, (stratum, bytes, tokens) in enumerate(units)
    ]


# --- the estimator


def test_a_sample_of_everything_is_the_total() -> None:
    strata = [Stratum(0, 2, 30), Stratum(0, 1, 7), Stratum(1, 1, 5)]
    units = drawn((0, 10, 3), (0, 20, 9), (1, 7, 1), (2, 5, 4))

    assert sample_of(strata, units).counts() == {"o200k": exactly(17)}


def test_a_ratio_is_told_by_bytes() -> None:
    """Two tokens of ten bytes, wherever one looks: 1,000 bytes have 200."""
    found = sample_of([Stratum(0, 50, 1000)], drawn((0, 10, 2), (0, 30, 6), (0, 20, 4)))

    assert found.counts()["o200k"].tokens == 200


def test_the_interval_by_hand() -> None:
    """Units of 10 bytes with 2 and 4 of 100: s = 1.414, half = t(1) x 100 x s x (0.98 / 2)^0.5."""
    found = sample_of([Stratum(0, 100, 1000)], drawn((0, 10, 2), (0, 10, 4)))
    interval = found.interval(lambda one: one.counts["o200k"].tokens)

    assert interval.total == 300
    assert isclose(interval.margin, 1.05 * 12.706 * 100 * (2 * 0.98 / 2) ** 0.5, rel_tol=1e-6)


def test_no_sample_is_sure_of_what_it_may_have_missed() -> None:
    """Alike units still leave 3/n of the rest open; less the more is read, nothing at the end."""
    of = {10: 0.27, 50: 0.03, 100: 0.0}
    for units, margin in of.items():
        found = sample_of([Stratum(0, 100, 1000)], drawn(*[(0, 10, 2)] * units))
        assert isclose(found.relative(), margin)


def test_groups_have_their_own_ratios() -> None:
    strata = [Stratum(0, 10, 1000), Stratum(1, 10, 1000)]
    found = sample_of(strata, drawn((0, 100, 10), (0, 90, 9), (1, 100, 50), (1, 50, 25)))

    assert found.counts()["o200k"].tokens == 600


def test_strata_of_which_too_little_could_be_read_are_taken_together() -> None:
    strata = [Stratum(0, 10, 100), Stratum(0, 10, 100), Stratum(1, 5, 50), Stratum(1, 5, 50)]
    found = sample_of(strata, drawn((0, 10, 2), (1, 10, 2), (2, 10, 2)))

    assert found.counts()["o200k"].tokens == 60
    assert [pool.units for group in found.groups for pool in group] == [30]
    with pytest.raises(ValueError, match="nothing"):
        sample_of(strata, [])


def test_estimated_counts_keep_their_own_bounds_beside_the_interval() -> None:
    rough = Count(10, 8, 13, "estimated", exact=False)
    units = [Drawn(0, 100, {"claude": rough}, number) for number in range(100)]

    assert sample_of([Stratum(0, 100, 10_000)], units).count("claude") == Count(
        1000, 800, 1300, "estimated", exact=False
    )
    half = sample_of([Stratum(0, 100, 10_000)], units[:50]).count("claude")
    assert (half.low, half.high) == (800 - 24, 1300 + 39)


def test_weights_add_up_to_all_units() -> None:
    strata = [Stratum(0, 30, 300), Stratum(1, 7, 70)]
    found = sample_of(strata, drawn((0, 10, 1), (0, 10, 1), (0, 10, 1), (1, 10, 1), (1, 10, 1)))

    assert found.weights() == {0: 10, 1: 10, 2: 10, 3: 3.5, 4: 3.5}


def test_units_are_allotted_by_bytes() -> None:
    strata = [Stratum(0, 1000, 9000), Stratum(0, 1000, 1000), Stratum(0, 50, 5), Stratum(0, 1, 1)]

    assert allotted(strata, 100) == [90, 10, 2, 1]


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.706), (2.9, 4.303), (5, 2.571), (10, 2.228), (15, 2.131), (30, 2.042), (120, 1.980)],
)
def test_students_t(freedom: float, quantile: float) -> None:
    assert isclose(student(freedom), quantile, abs_tol=0.002)


def test_how_many_units_a_precision_needs() -> None:
    assert needed(100, 10**9, 0.0125, 0.01) == pytest.approx(188, abs=1)  # 1.25^2, and a fifth
    assert needed(100, 10**9, 0.5, 0.01) == 200  # one step at a time
    assert needed(100, 150, 0.5, 0.01) == 150
    assert needed(150, 150, 0.0, 0.01) == 150


# --- blocks


lined = st.lists(
    st.sampled_from(
        ["word ", "中文", "🤖" * 9, "\n", "\n", "\r\n", "  ", "/", "\t", "\u2028", "🤖", '{"a":1}']
    ),
    max_size=60,
).map("".join)  # fmt: skip


@given(
    text=lined, size=st.sampled_from([1, 2, 4, 8, 32]), layout=st.sampled_from(["text", "lines"])
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be", "gb18030"])
def test_blocks_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, encoding: str, text: str, size: int, layout: str
) -> None:
    """However lines end and however long they are, the blocks joined are the text."""
    if encoding != "utf-8":
        size *= 16  # wide characters are cut where they end; those of two bytes at lines
    if encoding == "gb18030":
        layout = "lines"
    path = tmp_path_factory.getbasetemp() / f"{hash((text, encoding))}.txt"
    path.write_bytes(text.encode(encoding))
    blocks = [
        read_unit(Unit(str(path), index, size, Layout(layout), is_named=True), encoding, size)
        for index in range(-(-path.stat().st_size // size))
    ]
    path.unlink()

    assert "".join(one.text for one in blocks) == text
    assert sum(one.bytes for one in blocks) == len(text.encode(encoding))


@given(requests=st.lists(st.text("ab{ \t", min_size=1).map(lambda one: f"{{{one}"), max_size=12))
def test_no_request_is_cut(tmp_path_factory: pytest.TempPathFactory, requests: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / f"{hash(tuple(requests))}.jsonl"
    path.write_text("\n".join(requests))
    found = [
        line
        for index in range(-(-path.stat().st_size // 4))
        for line in read_unit(Unit(str(path), index, 4, Layout.LINES), block=4).text.split("\n")
        if line
    ]
    path.unlink()

    assert found == requests


def test_bytes_show_that_a_block_is_chinese(tmp_path: Path) -> None:
    """As they do where the file is read whole; a name decides before them."""
    path = tmp_path / "gbk.txt"
    path.write_bytes("床前明月光，疑是地上霜。\n".encode("gb18030"))
    unit = Unit(str(path), 0, path.stat().st_size)

    assert read_unit(unit).text.startswith("床前明月光")
    assert read_unit(unit).is_guessed
    assert not read_unit(unit, "gb18030").is_guessed


def test_a_marked_file_is_read_in_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "wide.txt"
    path.write_bytes(codecs.BOM_UTF16_BE + "line\n字行\n".encode("utf-16-be") * 20)

    found = [read_unit(Unit(str(path), index, 64), block=64).text for index in range(6)]

    assert "".join(found) == "line\n字行\n" * 20


def test_a_binary_file_has_no_text_unless_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"a\0b")

    assert read_unit(Unit(str(path), 0, 3)).text == ""
    assert read_unit(Unit(str(path), 0, 3)).bytes == 3
    assert read_unit(Unit(str(path), 0, 3, is_named=True)).text == "a\0b"


def test_a_file_that_shrank_has_less(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"some lines\n")

    assert [read_unit(Unit(str(path), at, 8), block=8).bytes for at in range(4)] == [8, 3, 0, 0]


# --- listings


def test_every_unit_has_the_same_chance() -> None:
    """Of 128 files and 384 blocks in 8 strata: each is among the first two of 64."""
    met: dict[tuple[str, int], int] = {}
    for seed in range(640):
        listing = SampledListing(seed, block=100, kept=2)
        for number in range(128):
            listing.add(f"file{number}", 100)
        listing.add("large", 384 * 100)
        _, order = listing.strata(80)
        for units in order:
            for unit in units:
                key = unit.path, unit.index
                met[key] = met.get(key, 0) + 1

    assert sum(met.values()) == 640 * 8 * 2 == 512 * 20
    squares = sum((one - 20) ** 2 for one in met.values()) / 20
    assert 380 < squares < 620  # 496 on the mean, with an error of 31


def test_a_listing_remembers_little_of_much() -> None:
    """A terabyte in two files and ten thousand small ones: some thousand units, no more."""
    listing = SampledListing(kept=4)
    listing.add("a", 10**12)
    listing.add("b", 10**11)
    for number in range(10_000):
        listing.add(f"small/{number}", 50)
    strata, order = listing.strata(400)

    assert sum(map(len, order)) <= 4 * 128 * 4
    assert sum(one.bytes for one in strata) == listing.bytes == 10**12 + 10**11 + 500_000
    assert listing.files == 10_002
    assert sum(files for files, _ in listing.sizes.values()) == 10_002


# --- samples of real text

BLOCK = 256
SAMPLES = 60


def in_one_file(parts: Sequence[str], folder: Path) -> None:
    (folder / "all.txt").write_bytes("".join(parts).encode())


def in_many_files(parts: Sequence[str], folder: Path) -> None:
    for number, part in enumerate(parts):
        (folder / f"{number:05}.txt").write_bytes(part.encode())


def shuffled(parts: Sequence[str], folder: Path) -> None:
    in_one_file(Random(6).sample(parts, len(parts)), folder)


@pytest.fixture(scope="module")
def parts() -> list[str]:
    """Texts in many languages and code, sorted by language, in parts of some lines."""
    texts = sorted(
        map(json.decode, CALIBRATION.read_bytes().splitlines()), key=itemgetter("language")
    )
    chance = Random(5)
    found: list[str] = []
    for text in texts[::2]:
        lines = text["text"].splitlines(keepends=True)
        while lines:
            some = chance.randint(1, 12)
            found.append("".join(lines[:some]))
            lines = lines[some:]
    return found


class Corpus:
    """Files of a folder, each unit counted once for all samples."""

    def __init__(self, folder: Path) -> None:
        self.files = [(str(one), one.stat().st_size) for one in sorted(folder.iterdir())]
        self.measured: dict[Unit, Measured] = {}
        self.truth = sum(
            self.unit(Unit(path, index, 0)).counts["o200k_base"].tokens
            for path, size in self.files
            for index in range(-(-size // BLOCK))
        )

    def unit(self, unit: Unit) -> Measured:
        key = Unit(unit.path, unit.index, 0)
        if key not in self.measured:
            block = read_unit(unit, block=BLOCK)
            self.measured[key] = Measured(block.bytes, count(block.text, ["o200k_base"]))
        return self.measured[key]

    def sample(self, seed: int, limit: int | None, precision: float | None) -> Sampled:
        listing = SampledListing(seed, BLOCK)
        for path, size in self.files:
            listing.add(path, size)
        return sample(
            listing, lambda units: map(self.unit, units), limit=limit, precision=precision
        )


@pytest.mark.parametrize("layout", [in_one_file, in_many_files, shuffled])
def test_intervals_hold_in_93_of_100_samples(
    tmp_path: Path, parts: list[str], layout: Callable[[Sequence[str], Path], None]
) -> None:
    """Also where rounds stop as soon as a precision is reached; more of them: bench/sampling.py."""
    layout(parts, tmp_path)
    corpus = Corpus(tmp_path)
    runs = [corpus.sample(seed, None, 0.04) for seed in range(SAMPLES)]
    held = [
        one.counts["o200k_base"].low <= corpus.truth <= one.counts["o200k_base"].high
        for one in runs
    ]

    assert sum(held) >= 0.93 * SAMPLES
    assert all(0 < one.relative <= 0.04 for one in runs)


def test_a_seed_gives_its_sample_again(tmp_path: Path, parts: list[str]) -> None:
    in_one_file(parts, tmp_path)
    corpus = Corpus(tmp_path)
    same = corpus.sample(1, 20_000, None)

    assert corpus.sample(1, 20_000, None) == same
    assert corpus.sample(2, 20_000, None) != same
    assert 20_000 <= same.read < 30_000


def test_a_limit_above_all_reads_all(tmp_path: Path, parts: list[str]) -> None:
    in_many_files(parts[:300], tmp_path)
    corpus = Corpus(tmp_path)
    found = corpus.sample(1, None, None)

    assert found.counts["o200k_base"] == exactly(corpus.truth)
    assert found.relative == 0
    assert all(weight == 1 for _, weight in found.weights)


def test_what_cannot_be_read_is_told_and_stood_for() -> None:
    listing = SampledListing()
    for number in range(1000):
        listing.add(f"{number}", 100)

    def measure(units: Iterable[Unit]) -> Iterable[Measured]:
        for unit in units:
            fails = unit.path.endswith("7")
            yield Measured(100, {"o200k": exactly(20)}, "permission denied" if fails else "")

    found = sample(listing, measure, limit=50_000)

    assert found.counts["o200k"].tokens == 20_000
    assert 30 < len(found.problems) < 70
    assert {problem for _, problem in found.problems} == {"permission denied"}


def test_nothing_to_be_read_is_an_error() -> None:
    listing = SampledListing()
    with pytest.raises(ValueError, match="nothing"):
        sample(listing, lambda _: [])
    listing.add("locked", 100)
    with pytest.raises(UnreadableInput, match="locked`: permission denied"):
        sample(listing, lambda units: [Measured(0, {}, "permission denied") for _ in units])
