"""Loading prices: the YAML compiled, and the compiled form read back, each in a fresh process."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench import processes
from bench.processes import Failed
from bench.results import Figure, Section, Target

MODELS = 1000
PROVIDERS = 20
ROWS = 5
BANDED = 4  # every which row has bands
TODAY = date(2026, 11, 22)  # most commands ask for the prices of today
TOKENIZERS = ("o200k_base", "cl100k_base", "qwen", "deepseek")
SHIPPED_COLD = Target(1000)
LARGE_WARM = Target(10)


def measure(home: Path, rounds: int) -> Section:
    large = home / "large.yaml"
    large.write_text("".join(generated()))
    name = f"shipped, and {MODELS} models with {ROWS} rows each"
    figures = [
        *figures_of(home, "shipped table", [], rounds, (SHIPPED_COLD, None)),
        *figures_of(home, name, [large], rounds, (None, LARGE_WARM)),
    ]
    return Section(
        f"Price table, best of {rounds} fresh processes, without the start of Python",
        figures,
        ["cold: YAML parsed, checked and compiled; warm: the compiled form read; judged: load ms"],
    )


def figures_of(
    home: Path, name: str, overlays: list[Path], rounds: int, targets: tuple[Target | None, ...]
) -> Iterator[Figure]:
    """The cold and the warm load of one table."""
    for state, target in zip(("cold", "warm"), targets, strict=True):
        found = []
        for _ in range(rounds):
            if state == "cold":
                shutil.rmtree(home / "cache", ignore_errors=True)
            try:
                found.append(loaded(home, overlays))
            except Failed as error:
                yield Figure(f"{name}, {state}", {}, target=target, failure=str(error))
                return
        best = min(found, key=lambda one: one["load ms"])
        yield Figure(f"{name}, {state}", {**best}, "load ms", target)


def loaded(home: Path, overlays: list[Path]) -> dict[str, float]:
    env = {**processes.environment(home), "LLMCOST_CACHE_DIR": str(home / "cache")}
    command = [sys.executable, "-m", "bench.tables", *map(str, overlays)]
    answer: dict[str, float] = json.loads(processes.run(command, env)[1])
    return answer


def generated() -> Iterator[str]:
    """A price file of about 1.4 MB; every figure in it is made up."""
    yield "schema: 1\nproviders:\n"
    for provider in range(PROVIDERS):
        yield f"  - id: maker-{provider}\n    name: Maker {provider}\n"
        yield f"    currency: {'CNY' if provider % 2 else 'USD'}\n    models:\n"
        for model in range(provider, MODELS, PROVIDERS):
            yield f"      - id: model-{model}\n        name: Model {model}\n"
            yield f"        tokenizer: {TOKENIZERS[model % len(TOKENIZERS)]}\n"
            yield f"        context: 128000\n        aliases: [model-{model}-latest]\n"
            yield "        prices:\n"
            for row in range(ROWS):
                yield from price_row(model, row)


def price_row(model: int, row: int) -> Iterator[str]:
    yield f"          - from: {2022 + row}-0{model % 9 + 1}-15\n"
    input, output = f"{ROWS - row}.{model % 97:02}", f"{ROWS - row + 4}.{model % 89:02}"
    if (model + row) % BANDED == 0:
        yield "            bands:\n"
        yield f"              - {{input_up_to: 32000, input: {input}, output: {output}}}\n"
        yield f"              - {{input: 1{input}, output: 1{output}, cache_read: {input}}}\n"
    else:
        yield f"            input: {input}\n            output: {output}\n"
        yield f"            cache_read: 0.{model % 97 + 1:02}\n            batch: 0.5\n"
    yield f"            source: https://example.com/prices/{model}/{row}\n"
    yield f"            checked: {2022 + row}-11-01\n"


def child(overlays: list[str]) -> None:
    """One load in this process, in milliseconds; as JSON."""
    start = time.perf_counter()
    from llmcost.price_data.loader import load
    from llmcost.tokenizers.registry import TOKENIZERS as known

    imported = time.perf_counter()
    table = load(known.keys(), [Path(path) for path in overlays], TODAY, since=TODAY)
    done = time.perf_counter()
    answer = {
        "models": len(table.models),
        "import ms": (imported - start) * 1000,
        "load ms": (done - imported) * 1000,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    child(sys.argv[1:])
