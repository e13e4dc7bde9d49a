"""Notes on what a vendor does not sell just as the workload has it, and how that is billed."""

from collections.abc import Iterator, Sequence

from llmcost.commands.budget.compute import BudgetLine
from llmcost.messages import say
from llmcost.pricing.cost import write_item
from llmcost.pricing.price_rows import PriceRow
from llmcost.render.text import few
from llmcost.render.wording import batch_on_tier, model_names
from llmcost.workload.model import Workload
from llmcost.workload.running_cost import bills_writes

MOST_NAMED = 4
WRITE = "cache_write."


def billing_notes(workload: Workload, priced: Sequence[BudgetLine]) -> Iterator[str]:
    if workload.batch_share and workload.tier:
        both = [line for line in priced if sells_variants(line.case.row, "batch", workload.tier)]
        if both:
            yield batch_on_tier(workload.tier, names_of(both))
    if workload.cache_lifetime:
        yield from lifetime_notes(workload, priced)
    shared = [one for one in priced if one.case.quota and one.case.quota.per == "account"]
    if shared:
        yield say(
            "free tokens are of the whole account, taken off as if it used this model alone: "
            "{models}",
            models=names_of(shared),
        )


def sells_variants(row: PriceRow, *names: str) -> bool:
    return any(all(name in band.variants for name in names) for band in row.bands)


def lifetime_notes(workload: Workload, priced: Sequence[BudgetLine]) -> Iterator[str]:
    """Where another lifetime of the cache is billed than the one that was set."""
    wished = workload.cache_lifetime
    by_item: dict[str, list[BudgetLine]] = {}
    for line in priced:
        by_item.setdefault(billed_write(line.case.row, workload), []).append(line)
    for item, lines in by_item.items():
        known = {"wished": wished, "models": names_of(lines)}
        if item == "cache_write":
            yield say(
                "no cache that lasts {wished} is sold, writes billed as input: {models}", **known
            )
        elif item not in ("", WRITE + wished, f"{WRITE}any"):
            yield say(
                "no cache of {wished} is sold, billed at the next longer one, {sold}: {models}",
                **known,
                sold=item.removeprefix(WRITE),
            )
    free = [line for line in by_item.get("", ()) if reads_cheaper(line.case.row)]
    if free:
        yield say("no lifetime of the cache to choose: {models}", models=names_of(free))


def billed_write(row: PriceRow, workload: Workload) -> str:
    """The item that bills what is written to the cache; empty where nothing does."""
    if not bills_writes(row, workload):
        return ""
    sets = [band.prices for band in row.bands]
    prices = next(one for one in sets if any(item.startswith(WRITE) for item in one))
    return write_item(prices, workload.cache_lifetime)


def reads_cheaper(row: PriceRow) -> bool:
    """Whether reads from a cache have a price of their own."""
    return any(
        item in band.prices for band in row.bands for item in ("cache_read", "cache_read_explicit")
    )


def names_of(lines: Sequence[BudgetLine]) -> str:
    return few(model_names(line.model for line in lines), MOST_NAMED)
