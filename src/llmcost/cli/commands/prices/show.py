"""`llmcost prices show`."""

from llmcost.cli.output import Output


def show() -> Output:
    """In the making."""
    return Output("")
