"""An updated table in the place of the one in use, and back again: whole or not at all."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from llmcost.errors import LlmcostError, reason
from llmcost.folders import replace, updated_prices
from llmcost.lock import lock
from llmcost.messages import say
from llmcost.prices import published
from llmcost.prices.load import Source, bundled_source, parse_base
from llmcost.prices.published import Unusable
from llmcost.prices.update import New
from llmcost.pricing.table import PriceTable


@contextmanager
def updating() -> Iterator[None]:
    """Keeps other updates off. Raises LlmcostError if there is one."""
    path = updated_prices().with_name("lock")
    with ExitStack() as closing:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = closing.enter_context(path.open("ab", buffering=0))
            closing.callback(lock(file, path, say("another update of the prices is running")))
        except OSError as error:
            raise unwritable(error) from None
        yield


def take(new: New, base: Source) -> None:
    """Puts the new table in the place of the one in use, which is kept."""
    files = {updated_prices(): published.written(new.origin, new.content)}
    if base.update is not None and base.content != new.content:
        old = published.written(base.update.origin, base.content)
        files = {published.previous(): old, **files}
    try:
        replace(files)
        if base.update is None:  # then the bundled table is what was before
            published.previous().unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error) from None


def unwritable(error: OSError) -> LlmcostError:
    return LlmcostError(
        say("cannot write `{path}`: {why}", path=updated_prices().parent, why=reason(error)),
        hint=say("the prices in use were not changed"),
    )


def before_update(tokenizers: Collection[str]) -> tuple[Source, PriceTable]:
    """What `roll_back` returns to. Raises LlmcostError if there is nothing sound to go back to."""
    if not updated_prices().exists():
        raise LlmcostError(
            say("nothing to roll back: the prices that came with llmcost are in use")
        )
    try:
        kept = published.read(published.previous())
        source = bundled_source() if kept is None else Source(kept.path, kept.content, kept)
        return source, parse_base(source, tokenizers)
    except Unusable as why:
        raise LlmcostError(
            why.message, hint=say("delete it, and --rollback returns to what came with llmcost")
        ) from None


def roll_back() -> None:
    """The table before takes the place of the updated one, which is gone; without one, the bundled
    table does."""
    try:
        if published.previous().exists():
            published.previous().replace(updated_prices())
        else:
            updated_prices().unlink()
    except OSError as error:
        raise unwritable(error) from None
