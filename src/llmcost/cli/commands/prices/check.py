"""`llmcost prices check`."""


def check() -> None:
    """check"""
