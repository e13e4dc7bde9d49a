"""`llmcost prices schema`."""


def schema() -> None:
    """schema"""
