"""What a command loads: every module costs its start, and the heavy ones more than all of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LOG = TESTS / "samples" / "usage-openai-chat.jsonl"
WORKLOAD = "--mau 5M --requests-per-user 30 --input-tokens 500 --output-tokens 200"
SCRIPT = """
import runpy, sys
try:
    runpy.run_module("llmcost", run_name="__main__", alter_sys=True)
finally:
    print(*sys.modules, file=open({found!r}, "w"))
"""
ENGINES = {"marisa_trie", "regex", "tiktoken", "llmcost.tokenizers.engine"}
"""What counts text."""
TOKENIZERS = ENGINES | {"llmcost.tokenizers.estimator", "llmcost.tokenizers.counter"}
ALWAYS = {
    *("yaml", "numpy", "dask", "fsspec", "asyncio", "ssl", "sqlite3", "multiprocessing"),
    *("typer", "inspect", "typing_extensions", "gettext", "shutil", "csv", "pickle"),
}
"""What no short command has a use for: a minimal Typer program loads four of them."""
PRICES = TOKENIZERS | {"zoneinfo"}
LOGS = TOKENIZERS | {"hashlib", "pkgutil", "tempfile"}
CASES = [
    ("--version", 20, PRICES),
    ("prices show gpt-4o", 55, PRICES),
    ("models", 51, PRICES),
    ("prices rank", 71, ENGINES),
    ("budget --mau 5M --yuan 10000", 84, ENGINES),
    (f"forecast {WORKLOAD}", 82, ENGINES),
    (f"usage {LOG}", 84, LOGS),
    ("estimate TEXT", 88, {"tiktoken", "regex", "hashlib"}),
    ("estimate", 86, {"tiktoken", "regex", "hashlib"}),
    ("count -q TEXT -t o200k_base", 70, {"tiktoken", "regex", "zoneinfo"}),
]


def loaded(line: str, folder: Path) -> set[str]:
    """The modules of a run that succeeds."""
    text = folder / "text.txt"
    text.write_text("A short text of plain words.\n")
    words = [str(text) if word == "TEXT" else word for word in line.split()]
    found = folder / "modules"
    script = [sys.executable, "-c", SCRIPT.format(found=str(found)), *words]
    pipe = "A short text.\n" if line == "estimate" else ""
    run = subprocess.run(script, input=pipe, capture_output=True, text=True, env=dict(os.environ))
    assert run.returncode == 0, run.stderr
    return set(found.read_text().split())


def ours(modules: set[str]) -> int:
    return sum(name.partition(".")[0] == "llmcost" for name in modules)


@pytest.mark.parametrize(("line", "most", "absent"), CASES, ids=[case[0][:28] for case in CASES])
def test_a_command_loads_what_it_needs(
    line: str, most: int, absent: set[str], tmp_path: Path
) -> None:
    """A first run may have to compile prices; the next one has them in the cache."""
    modules = loaded(line, tmp_path)
    if ours(modules) > most or modules & (absent | ALWAYS):
        modules = loaded(line, tmp_path)
    assert not modules & (absent | ALWAYS)
    assert ours(modules) <= most, sorted(name for name in modules if name.startswith("llmcost"))
