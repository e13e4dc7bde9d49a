"""`llmcost prices history`."""

from llmcost.cli.output import Output


def history() -> Output:
    """In the making."""
    return Output("")
