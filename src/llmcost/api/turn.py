"""Whose turn it is to count, among threads."""

import os
from threading import RLock

_turn = RLock()


def counting() -> RLock:
    """One thread counts at a time: what the engines have learnt is shared, and not made for more.

    Not held while a caller's iterator is asked, which may wait for another thread.
    """
    return _turn


def after_fork() -> None:
    """A thread that was counting is not there any more, and what it was about is half done."""
    global _turn
    if not _turn.acquire(blocking=False):
        from llmcost.tokens import engines, giga

        engines.engine.cache_clear()
        giga.counter.cache_clear()
    _turn = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)
