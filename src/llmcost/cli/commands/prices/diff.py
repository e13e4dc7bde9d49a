"""`llmcost prices diff`."""

from llmcost.cli.output import Output


def diff() -> Output:
    """In the making."""
    return Output("")
