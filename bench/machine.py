"""What the figures were measured on, and whether anything else was running."""

import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    *("llmcost-cli", "typer", "msgspec", "tiktoken", "regex", "marisa-trie"),
    *("gigatoken", "tokenizers", "splintr-rs"),
)
MOST_SPREAD = 1.15
MOST_LOAD = 0.3  # per processor


def description() -> dict[str, str]:
    """The machine and the software, without anything that names it or its user."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{processor()}, {os.cpu_count()} logical processors",
        "memory": memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {installed(name)}" for name in PACKAGES),
        "quiet": quiet(),
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def memory() -> str:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{total / 2**30:.0f} GiB"


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def quiet() -> str:
    """`yes`, or what disturbs: the load, or one loop that takes different times."""
    times = [loop() for _ in range(25)]
    spread = sorted(times)[len(times) // 2] / min(times)
    load = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 0.0
    figures = f"load {load:.2f} per processor; a fixed loop's median is {spread:.2f} of its best"
    calm = spread <= MOST_SPREAD and load <= MOST_LOAD
    return ("yes" if calm else "NO, distrust the milliseconds") + f" ({figures})"


def loop() -> float:
    start = time.perf_counter()
    sum(range(500_000))
    return time.perf_counter() - start
