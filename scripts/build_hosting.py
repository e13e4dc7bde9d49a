#!/usr/bin/env python3
"""Computes the forecasts of data/hosting again, and says which are not the same.

The package that forecasts them is no dependency: it has its own environment.

    python3 -m venv env && env/bin/pip install aiconfigurator==0.12.0
    env/bin/python scripts/build_hosting.py [--model gpt-oss-120b]... [--add 500x200]...
    env/bin/python scripts/build_hosting.py --measured

Of all configurations whose first token comes within `most_ttft_ms` and each further one within
`most_tpot_ms`, the one with the most tokens per second and GPU is the point. `--add` prints the
points of another size, as they stand in the file; suspect points are judged by a person. A point
takes seconds to minutes. `--measured` does so for the forecasts beside measurements
(measured.yaml), within the limits of their sources. The exit code is 1 if a point differs.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FILE = Path(__file__).parents[1] / "data" / "hosting" / "throughput.yaml"
MEASURED = FILE.with_name("measured.yaml")
Limits = tuple[float, ...]
TOLERANCE = 0.002
"""Of the requests per second: what rounding to three decimals may change of the smallest."""


class Case(NamedTuple):
    """A model's weights on a machine with an engine, a size of request, and what is tried."""

    weights: str
    machine: str
    engine: str
    input: int
    output: int
    most_gpus: int
    replicas: tuple[int, ...]
    mode: str


def main() -> int:
    """Returns 1 if a point is not what the file has."""
    options = arguments()
    facts = yaml.safe_load(FILE.read_text("utf-8"))
    wanted = facts["tool"].split()[1]
    if version("aiconfigurator") != wanted:
        raise SystemExit(f"the points are of aiconfigurator {wanted}")
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    limits = limits_of(facts)
    known = (
        measured_cases(yaml.safe_load(MEASURED.read_text("utf-8")))
        if options.measured
        else ((case, limits, point["requests"]) for case, point in cases(facts, options.model))
    )
    number = differing = 0
    for case, within, requests in known:
        number += 1
        found = forecast(case, within)
        if found is None or abs(found["requests"] / requests - 1) > TOLERANCE:
            differing += 1
            print(f"{case}: {requests} in the file, {found and found['requests']} now", flush=True)
    print(f"{number - differing} of {number} points are as in the file")
    for size in options.add:
        for case in dict.fromkeys(
            one._replace(input=size[0], output=size[1]) for one, _ in cases(facts, options.model)
        ):
            print(f"# {case.weights} on {case.machine} with {case.engine}")
            print(f"- {line_of(case, forecast(case, limits))}", flush=True)
    return 1 if differing else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--model", action="append", metavar="ID", help="only this model")
    parser.add_argument("--measured", action="store_true", help="the forecasts of measured.yaml")
    parser.add_argument("--add", action="append", default=[], type=size_of, metavar="INxOUT")
    return parser.parse_args()


def size_of(text: str) -> tuple[int, int]:
    first, _, second = text.partition("x")
    return int(first), int(second)


def cases(facts: Any, models: list[str] | None) -> Iterator[tuple[Case, Any]]:
    """Each point of the file with what it is of."""
    for model in facts["models"]:
        if models and model["id"] not in models:
            continue
        for weights in model["weights"]:
            for one in weights["forecasts"]:
                tried = one["most_gpus"], tuple(one.get("replicas", ()))
                mode = "HYBRID" if one.get("estimated") else "SILICON"
                for point in one["points"]:
                    size = point["input"], point["output"]
                    names = weights["name"], one["machine"], one["engine"]
                    yield Case(*names, *size, *tried, mode), point


def limits_of(facts: Any) -> Limits:
    """The most milliseconds of the first token and of each further one; without end by default."""
    return tuple(float(facts.get(name, 1e9)) for name in ("most_ttft_ms", "most_tpot_ms"))


def measured_cases(facts: Any) -> Iterator[tuple[Case, Limits, float]]:
    """Each measurement with its limits and the requests per second and GPU that were forecast."""
    for one in facts["measurements"]:
        names = one["weights"], one["machine"], one["engine"]
        size, gpus = (one["input"], one["output"]), one["gpus"]
        limits = limits_of(facts["sources"][one["source"]])
        requests = one["forecast"] / (one["output"] - 1)  # as the package counts output tokens
        yield Case(*names, *size, gpus, (gpus,), "SILICON"), limits, requests


def forecast(case: Case, limits: Limits) -> dict[str, Any] | None:
    """The point of a case; None if the package has no configuration within the limits."""
    from aiconfigurator.sdk.task_v2 import Task

    most_ttft, most_tpot = limits
    keywords: dict[str, Any] = {"serving_mode": "agg", "total_gpus": case.most_gpus}
    keywords |= {"model_path": case.weights, "system_name": case.machine}
    keywords |= {"backend_name": case.engine.split()[0], "database_mode": case.mode}
    keywords |= {"isl": case.input, "osl": case.output, "ttft": most_ttft, "tpot": most_tpot}
    if case.replicas:
        keywords["agg_num_gpu_candidates"] = [*case.replicas]
    try:
        table = Task(**keywords).run()
    except Exception as error:  # what has no kernel table says so in many ways
        print(f"{case}: {type(error).__name__}: {str(error)[:120]}", file=sys.stderr)
        return None
    within = table[(table["ttft"] <= most_ttft) & (table["tpot"] <= most_tpot)]
    if not len(within):
        return None
    best = within.sort_values("tokens/s/gpu", ascending=False).iloc[0]
    return {
        "requests": round(float(best["seq/s/gpu"]), 4),
        "gpus": int(best["num_total_gpus"]),
        "ttft_ms": round(float(best["ttft"])),
        "tpot_ms": round(float(best["tpot"]), 1),
        "batch": int(best["bs"]),
        "layout": [int(best[name]) for name in ("tp", "dp", "moe_tp", "moe_ep")],
        "memory_gib": round(float(best["memory"]), 1),
    }


def line_of(case: Case, found: dict[str, Any] | None) -> str:
    """A point as the file has it."""
    if found is None:
        return "none"
    shown = {"input": case.input, "output": case.output, **found}
    return "{" + ", ".join(f"{name}: {value}" for name, value in shown.items()) + "}"


if __name__ == "__main__":
    sys.exit(main())
