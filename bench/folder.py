"""Folders of small files: [bulk] beside the light install, and the memory of a hundred thousand."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench import processes, texts
from bench.memory import PEAK
from bench.processes import Failed
from bench.results import Figure, Section, Target, Value
from bench.texts import MB

FOUR_TIMES = Target(4, at_least=True)
_IN_A_FOLDER = 500


class Folder(NamedTuple):
    """So many files, each of so many bytes; and how many of them `estimate` counts for the memory
    of the line-up."""

    files: int
    size: int
    short: int  # files of 2 kB


QUICK = Folder(1_000, 17_000, 0)
FULL = Folder(12_000, 17_000, 100_000)


def measure(home: Path, plan: Folder) -> Section:
    return Section(
        "Folders of small files, one worker",
        [*beside_light(home, plan), *line_up(home, plan)],
        ["x light: seconds of processors of the light install / those with [bulk], judged"],
    )


def beside_light(home: Path, plan: Folder) -> Iterator[Figure]:
    name = f"{plan.files:,} files of {plan.size // 1000} kB, o200k_base"
    folder = written(home / "folder", plan.files, plan.size)
    command = ["count", "-t", "o200k_base", "--workers", "1", str(folder)]
    try:
        light = run(home, command, processes.light(home))
        bulk = run(home, command, processes.environment(home))
    except Failed as error:
        yield Figure(name, {}, target=FOUR_TIMES, failure=str(error))
        return
    values: dict[str, Value] = {
        "light cpu s": light["cpu"],
        "cpu s": bulk["cpu"],
        "MB/s": plan.files * plan.size / MB / bulk["cpu"],
        PEAK: bulk["peak"],
        "x light": light["cpu"] / bulk["cpu"],
    }
    yield Figure(name, values, "x light", FOUR_TIMES)


def line_up(home: Path, plan: Folder) -> Iterator[Figure]:
    if plan.short:
        folder = written(home / "short", plan.short, 2_000)
        command = ["estimate", "--workers", "1", str(folder)]
        found = run(home, command, processes.environment(home))
        values: dict[str, Value] = {"cpu s": found["cpu"], PEAK: found["peak"]}
        yield Figure(f"{plan.short:,} files of 2 kB, line-up", values)


def run(home: Path, command: list[str], env: dict[str, str]) -> dict[str, float]:
    helper = [sys.executable, "-m", "bench.memory", "file", os.devnull, *processes.llmcost(home)]
    found: dict[str, float] = json.loads(processes.run([*helper, *command], env)[1])
    return found


def written(folder: Path, files: int, size: int) -> Path:
    """English, code and Chinese, no two files the same while there is more."""
    parts = [texts.sample(name, files * size // 3).decode() for name in texts.CORPORA]
    whole = "".join(parts)
    each = max(1, len(whole) // files)
    for number in range(files):
        place = folder / str(number // _IN_A_FOLDER)
        place.mkdir(parents=True, exist_ok=True)
        text = whole[number * each : (number + 1) * each]
        (place / f"{number}.txt").write_bytes(text.encode())
    return folder
