"""Fresh processes: run, timed, and taken in turns so that a drift of the machine hits all alike."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
UNWANTED = (
    "LLMCOST_CACHE_DIR",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONUNBUFFERED",
)
# What pip writes for a command, so that a checkout and a minimal program start in the same way.
WRAPPER = """\
import sys
from llmcost.__main__ import run
if __name__ == "__main__":
    sys.exit(run())
"""


class Failed(Exception):
    """A process that should have been measured did not do its work."""


@dataclass
class Case:
    """One command line; `times` in seconds, filled by `interleave`. `every`: rounds it sits out."""

    name: str
    command: Sequence[str]
    input: bytes = b""
    every: int = 1
    times: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        return min(self.times) * 1000

    @property
    def median(self) -> float:
        return median(self.times) * 1000


def environment(home: Path) -> dict[str, str]:
    """Ours, with caches below `home`, found as a user's are found, by platformdirs."""
    kept = {key: value for key, value in os.environ.items() if key not in UNWANTED}
    own = {key: str(home) for key in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME")}
    return {**kept, **own, "TIKTOKEN_CACHE_DIR": str(home / "tiktoken")}


def light(home: Path) -> dict[str, str]:
    """The same, and gigatoken is not to be found there, nor in processes that are started there."""
    folder = home / "without"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text('import sys\nsys.modules["gigatoken"] = None\n')
    return {**environment(home), "PYTHONPATH": str(folder)}


def llmcost(home: Path) -> list[str]:
    """The installed command, as the package manager writes it."""
    script = home / "start_llmcost.py"
    script.write_text(WRAPPER)
    return [sys.executable, str(script)]


def run(command: Sequence[str], env: Mapping[str, str], input: bytes = b"") -> tuple[float, bytes]:
    """Seconds from start to end, and what was printed. Raises Failed."""
    start = time.perf_counter()
    done = subprocess.run(command, input=input, capture_output=True, env=env, cwd=ROOT)
    took = time.perf_counter() - start
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise Failed(f"exit code {done.returncode}: {lines[-1][:150]}")
    return took, done.stdout


def interleave(cases: Sequence[Case], rounds: int, env: Mapping[str, str]) -> None:
    """A B C, B C A, C A B, … so that no case has a place of its own."""
    for turn in range(rounds):
        first = turn % len(cases)
        for case in [*cases[first:], *cases[:first]]:
            if turn % case.every == 0:
                case.times.append(run(case.command, env, case.input)[0])
