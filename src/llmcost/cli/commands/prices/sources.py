"""`llmcost prices sources`."""


def sources() -> None:
    """sources"""
