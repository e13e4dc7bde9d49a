"""Peak resident memory of `llmcost count` on inputs of any size, and how long they take."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import processes, texts
from bench.processes import Failed
from bench.results import Figure, Section, Target

LIMIT = Target(300)
PEAK = "peak MB"
Size = tuple[str, int]
QUICK: tuple[Size, ...] = (("English", texts.KB), ("English", 25 * texts.MB))
FULL: tuple[Size, ...] = (
    *(("English", size) for size in (texts.KB, 25 * texts.MB, 250 * texts.MB)),
    *(("Chinese", size) for size in (texts.KB, 25 * texts.MB, 250 * texts.MB)),
    ("code", 250 * texts.MB),
)
PART = 25 * texts.MB


def measure(home: Path, sizes: Sequence[Size]) -> Section:
    figures = [peak(home, corpus, size) for corpus, size in sizes]
    return Section(
        "Memory of `llmcost count -t o200k_base < file`, a fresh process each",
        figures,
        ["peak MB: resident, of the process or of the largest of its children"],
    )


def peak(home: Path, corpus: str, size: int) -> Figure:
    name = f"{corpus}, {size_name(size)}"
    file = home / "input.txt"
    write(file, corpus, size)
    command = [*processes.llmcost(home), "count", "-t", "o200k_base"]
    helper = [sys.executable, "-m", "bench.memory", str(file), *command]
    try:
        printed = processes.run(helper, processes.environment(home))[1]
    except Failed as error:
        return Figure(name, {}, target=LIMIT, failure=str(error))
    finally:
        file.unlink()
    found = json.loads(printed)
    seconds = found["seconds"]
    values = {PEAK: found["peak"], "seconds": seconds, "MB/s": size / texts.MB / seconds}
    return Figure(name, values, PEAK, LIMIT)


def size_name(size: int) -> str:
    return f"{size // texts.MB} MB" if size >= texts.MB else f"{size // texts.KB} KB"


def write(path: Path, corpus: str, size: int) -> None:
    """`size` bytes; what is more than 25 MB repeats."""
    part = texts.sample(corpus, min(size, PART))
    path.write_bytes(part)
    with path.open("ab") as file:
        for _ in range(size // PART - 1):
            file.write(part)


def child(input: str, command: Sequence[str]) -> None:
    """Runs the command and tells its peak, as JSON.

    A small process in between: what is measured would inherit the peak of a large parent.
    """
    import resource  # not on Windows

    start = time.perf_counter()
    with Path(input).open("rb") as file:
        subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    print(json.dumps({"peak": used * unit / texts.MB, "seconds": seconds}))


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2:])
