"""`python -m llmcost`, and the entry point of the `llmcost` command."""

import gc
import sys

from llmcost.limits import isolate

ENOUGH = 100_000  # new objects before a collection; a whole command makes fewer


def run() -> None:
    """Collecting garbage that does not exist costs a short command a quarter of its time."""
    gc.set_threshold(ENOUGH)
    isolate(report_no_memory)
    try:
        from llmcost.cli.main import main
    except (ImportError, MemoryError, OSError) as error:
        sys.exit(unloaded(error))
    code = main()
    gc.freeze()  # nor is any of it collected on the way out
    sys.exit(code)


def report_no_memory() -> None:
    """In the reader's language, if there is memory for that."""
    try:
        from llmcost.cli.main import report_refusal

        report_refusal(MemoryError())
    except (ImportError, MemoryError, OSError):
        unloaded(MemoryError())


def unloaded(error: Exception) -> int:
    """What keeps even the command line from being loaded, said without it; the exit code."""
    print("error: cannot start:", str(error) or "not enough memory", file=sys.stderr)
    return 1


if __name__ == "__main__":
    run()
