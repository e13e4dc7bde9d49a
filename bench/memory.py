"""Peak resident memory of `llmcost count` on inputs of many sizes and kinds, and their seconds."""

import gzip
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import processes, texts
from bench.processes import Failed
from bench.results import Figure, Section, Target, Value
from bench.texts import KB, MB

LIMIT = Target(300)
PEAK = "peak MB"
PART = 25 * MB
_EVERY = 0.1  # seconds, looks at what is in memory
_CHARACTER = b"x"


class Input(NamedTuple):
    """`size` bytes of a corpus, or of one character if that has no name."""

    corpus: str
    size: int
    options: str = ""
    light: bool = True
    packed: bool = False
    pipe: bool = False

    @property
    def name(self) -> str:
        what = [self.corpus or "one character", size_name(self.size)]
        what += [".gz"] * self.packed + ["through a pipe"] * self.pipe
        return ", ".join(
            [*what, *filter(None, [self.options]), "light" if self.light else "[bulk]"]
        )


QUICK = (Input("English", KB), Input("English", 25 * MB))
FULL = (
    Input("English", KB),
    Input("Chinese", KB),
    *(Input(corpus, 250 * MB) for corpus in texts.CORPORA),
    *(Input(corpus, 250 * MB, light=False) for corpus in texts.CORPORA),
    Input("English", 250 * MB, "--workers 1"),
    Input("Chinese", 250 * MB, "--workers 1", light=False),
    Input("English", 250 * MB, packed=True),
    Input("English", 250 * MB, pipe=True),
    Input("", 300 * MB),
    Input("", 300 * MB, light=False),
)


def measure(home: Path, inputs: Sequence[Input]) -> Section:
    return Section(
        "Memory of `llmcost count -t o200k_base`, a fresh process each",
        [figure(home, one) for one in inputs],
        [
            "peak MB: resident, of the process or the largest of its children; sum MB: of all of",
            f"them, what they share once, as seen every {_EVERY} s; standard input is the file",
        ],
    )


def figure(home: Path, input: Input) -> Figure:
    file = home / ("input.gz" if input.packed else "input.txt")
    write(file, input)
    command = [*processes.llmcost(home), "count", "-t", "o200k_base", *input.options.split()]
    way = "pipe" if input.pipe else "file"
    helper = [sys.executable, "-m", "bench.memory", way, str(file), *command]
    env = processes.light(home) if input.light else processes.environment(home)
    try:
        printed = processes.run(helper, env)[1]
    except Failed as error:
        return Figure(input.name, {}, target=LIMIT, failure=str(error))
    finally:
        file.unlink()
    found = json.loads(printed)
    values: dict[str, Value] = {
        PEAK: found["peak"],
        "sum MB": found["sum"],
        "seconds": found["seconds"],
        "MB/s": input.size / MB / found["seconds"],
    }
    return Figure(input.name, values, PEAK, LIMIT)


def size_name(size: int) -> str:
    return f"{size // MB} MB" if size >= MB else f"{size // KB} KB"


def write(path: Path, input: Input) -> None:
    """What is more than 25 MB repeats."""
    length = min(input.size, PART)
    part = texts.sample(input.corpus, length) if input.corpus else _CHARACTER * length
    if input.packed:
        part = gzip.compress(part, 6)  # a packed file may be several in a row
    with path.open("wb") as file:
        for _ in range(input.size // length):
            file.write(part)


def child(way: str, input: str, command: Sequence[str]) -> None:
    """Runs the command and tells its peaks, as JSON.

    A small process in between: what is measured would inherit the peak of a large parent.
    """
    import resource  # not on Windows

    start = time.perf_counter()
    with Path(input).open("rb") as file:
        stdin = subprocess.PIPE if way == "pipe" else file
        with subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL) as process:
            watch = Watch(process.pid)
            watch.start()
            if process.stdin is not None:
                with process.stdin:
                    shutil.copyfileobj(file, process.stdin)
            if code := process.wait():
                raise SystemExit(f"exit code {code}")
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    total = watch.end()
    found = {"peak": peak / MB, "sum": total / MB if total else None, "seconds": seconds}
    found["cpu"] = used.ru_utime + used.ru_stime
    print(json.dumps(found))


class Watch(threading.Thread):
    """Looks again and again at how much memory a process and its children have together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._most = 0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_EVERY):
            self._most = max(self._most, together(self._pid))

    def end(self) -> int:
        """The most bytes seen; 0 where that cannot be seen."""
        self._ended.set()
        self.join()
        return self._most


def together(pid: int) -> int:
    """Bytes that a process and its children have in memory, what they share once. Linux only."""
    folder = Path(f"/proc/{pid}")
    try:
        children = (folder / f"task/{pid}/children").read_text().split()
        lines = (folder / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or this is not Linux
        return 0
    own = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return own * 1024 + sum(together(int(one)) for one in children)


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], sys.argv[3:])
