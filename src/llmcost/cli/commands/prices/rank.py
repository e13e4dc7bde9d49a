"""`llmcost prices rank`."""


def rank() -> None:
    """rank"""
