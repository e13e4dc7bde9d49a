"""Measures start-up, prices, counting, memory, samples and logs: `python -m bench --help`."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bench import (
    answer_lengths,
    bulk,
    cluster,
    folder,
    machine,
    memory,
    offline,
    requests,
    sampling,
    startup,
    tables,
    throughput,
    usage,
)
from bench.results import Section, document, missed, table

SCHEMA = "llmcost.bench/1"
PARTS = (
    *("startup", "tables", "throughput", "light", "bulk", "eight", "twelve", "peers"),
    *("requests", "folder"),
    *("memory", "sampling", "usage", "lengths"),
)


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    began = time.monotonic()
    described = machine.description()
    for key, value in described.items():
        print(f"{key}: {value}")
    sections = []
    with tempfile.TemporaryDirectory() as folder:
        for section in measured(Path(folder), options):
            print("\n" + table(section), flush=True)
            sections.append(section)
    late = missed(sections)
    print(
        f"\n{len(late)} missed in {time.monotonic() - began:.0f} s",
        *(one.name for one in late),
        sep="\n  ",
    )
    if options.json:
        whole = {"schema": SCHEMA, "machine": described, "sections": [*map(document, sections)]}
        options.json.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    return 1 if late and options.check else 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser("python -m bench", description=__doc__)
    found.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all"
    )
    found.add_argument("--quick", action="store_true", help="less of everything, about a minute")
    found.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    found.add_argument("--peers", type=Path, metavar="DIR", help="environment with ttok, tokencost")
    found.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return found


def measured(home: Path, options: argparse.Namespace) -> Iterator[Section]:
    offline.write_encodings(home / "tiktoken")
    quick = options.quick
    large = bulk.QUICK if quick else bulk.FULL
    parts: dict[str, Callable[[], Section]] = {
        "startup": partial(startup.measure, home, 7 if quick else 30, options.peers),
        "tables": partial(tables.measure, home, 2 if quick else 7),
        "throughput": partial(
            throughput.measure, home, throughput.QUICK if quick else throughput.FULL
        ),
        "light": partial(bulk.light, home, large),
        "bulk": partial(bulk.bulk, home, large),
        "eight": partial(bulk.eight, home, large),
        "twelve": partial(bulk.twelve, home, large),
        "peers": partial(bulk.others, home, large),
        "requests": partial(requests.measure, home, 1 if quick else 3),
        "folder": partial(folder.measure, home, folder.QUICK if quick else folder.FULL),
        "memory": partial(memory.measure, home, memory.QUICK if quick else memory.FULL),
        "sampling": partial(sampling.measure, home, sampling.QUICK if quick else sampling.FULL),
        "cluster": partial(cluster.measure, home, cluster.QUICK if quick else cluster.FULL),
        "usage": partial(usage.measure, home, usage.QUICK if quick else usage.FULL),
        "lengths": answer_lengths.measure,
    }
    for name in options.parts or PARTS:
        yield parts[name]()


if __name__ == "__main__":
    sys.exit(main())
