"""Whatever path a text takes through the engine, its count is the same. More: bench/fuzz.py."""

import gzip
import subprocess
import sys
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bench.paths import (
    BATCH,
    EXACT,
    PATHS,
    by_table,
    differences,
    giga_is_installed,
    some_tokenizers,
)
from bench.strings import mixes
from llmcost.tokenizers.counter import count

STRINGS = 40
COMMAND = (sys.executable, "-m", "llmcost", "count", "--format", "tsv", "--no-progress")


@pytest.mark.parametrize("path", PATHS)
def test_strings_count_as_in_one_piece(path: str) -> None:
    """With thresholds at which the engine changes its way made small, beside any others."""
    if path == "gigatoken" and not giga_is_installed():
        pytest.skip("needs gigatoken")
    chance = Random(path)
    texts = mixes(STRINGS, chance.randrange(1 << 32))
    while batch := list(islice(texts, BATCH)):
        names = some_tokenizers(chance)
        expected = {name: by_table(name, [text for _, text in batch]) for name in names}

        assert list(map(str, differences(path, batch, expected, (), chance))) == []


MARKUP = "q " + " ".join(f"<t{i}> 价格 </t{i}>" for i in range(16_000)) + " z"
BLANKS_BEFORE_YOUNG = "\u3000" * 50_000 + "\U0003d41b" + "'L"
HEADINGS = "<h1>" * 300_000


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (MARKUP, "gemma4", 265_782),
        (HEADINGS, "gemma3", 300_000),
        (BLANKS_BEFORE_YOUNG, "qwen", 25_007),
    ],
    ids=["markup", "headings", "blanks before what Python does not know"],
)
@pytest.mark.parametrize("beside", [(), ("qwen3.5",), EXACT], ids=["alone", "beside one", "all"])
def test_a_count_does_not_depend_on_other_tokenizers(
    text: str, name: str, expected: int, beside: tuple[str, ...]
) -> None:
    assert count(text, [name, *beside])[name].tokens == expected
    assert by_table(name, [text]) == [expected]


MIX = "".join(
    [HEADINGS, "\n", MARKUP, "\n", BLANKS_BEFORE_YOUNG, " x\n", "a line of text\n" * 200_000]
)


def test_file_pipe_gzip_and_workers_agree(tmp_path: Path) -> None:
    """On a text so long that it is counted in pieces, and by several processes."""
    plain, packed = tmp_path / "mix.txt", tmp_path / "mix.txt.gz"
    content = MIX.encode()
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content, 1))
    names = ["gemma3", "qwen"]
    expected = [by_table(name, [MIX])[0] for name in names]

    for source, workers in ((plain, 2), (packed, 1), ("-", 2)):
        command = [*COMMAND, "-t", ",".join(names), "--workers", str(workers), str(source)]
        done = subprocess.run(command, input=content, capture_output=True, check=True)
        lines = done.stdout.decode().splitlines()[1 : 1 + len(names)]
        assert [int(line.split("\t")[0]) for line in lines] == expected, (source, workers)
