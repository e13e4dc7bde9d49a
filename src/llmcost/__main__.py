"""`python -m llmcost`, and the entry point of the `llmcost` command."""

import gc
import sys

from llmcost.limits import has_files, isolate, memory

ENOUGH = 100_000  # new objects before a collection; a whole command makes fewer


def run() -> None:
    """Collecting garbage that does not exist costs a short command a quarter of its time."""
    gc.set_threshold(ENOUGH)
    isolate(report_no_memory)
    try:
        from llmcost.cli.main import main
    except (ImportError, MemoryError, OSError):
        if memory() is None and has_files():
            raise
        sys.exit(unloaded())
    code = main()
    gc.freeze()  # nor is any of it collected on the way out
    sys.exit(code)


def report_no_memory() -> None:
    """In the reader's language, if there is memory for that."""
    try:
        from llmcost.cli.main import report_refusal

        report_refusal(MemoryError())
    except (ImportError, MemoryError, OSError):
        unloaded()


def unloaded() -> int:
    """Say that not even the command line can be loaded, without it; the exit code."""
    if sys.stderr is not None:
        sys.stderr.write("error: not enough memory, or too few open files\n")
        sys.stderr.write("hint: allow more, by `ulimit -v` and `ulimit -n`\n")
    return 1


if __name__ == "__main__":
    run()
