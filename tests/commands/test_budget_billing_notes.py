"""What a bill says of terms that are not sold as they are asked for."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tables import CALENDAR, at, band, exchange, model, quota, rates, row, table, variant

from llmcost.commands.budget.billing_notes import billing_notes
from llmcost.commands.budget.compute import BudgetAnswer, BudgetLine, budget
from llmcost.commands.budget.workload_notes import notes
from llmcost.pricing.price_rows import PriceRow, Quota
from llmcost.workload.model import Workload
from llmcost.workload.monthly import month_parts
from llmcost.workload.traffic import Query, season

WORKLOAD = Workload(
    mau=1,
    requests_per_user=Decimal(1),
    input_tokens=100,
    output_tokens=10,
    system_tokens=10_000,
)
CACHED: dict[str, Any] = {"cache_hit": Decimal("0.5")}
SOLD = row(rates("10", "20", "1", cache_write_5m="12", cache_write_1h="20"))
IMPLICIT = row(rates("10", "20", "1"))
EXPLICIT = row(rates("10", "20", "5", cache_read_explicit="1", cache_write_5m="12"))
BOTH = row(band("10", batch=variant("0.5"), flex=variant("0.5")))
ENDLESS = row(rates("10", "20", "1", cache_write_any="12"))


def answer(sold: PriceRow, quotas: tuple[Quota, ...] = (), **fields: Any) -> BudgetAnswer:
    workload, month, one = replace(WORKLOAD, **fields), date(2026, 11, 1), model("a", sold)
    when = season(workload.traffic, month, CALENDAR)
    query = Query(
        workload=workload, at=at("2026-11-22"), month=month, season=when, exchange=exchange()
    )
    return BudgetAnswer("", budget(table(one, quotas=quotas), [one], query))


def line(found: BudgetAnswer) -> BudgetLine:
    (one,) = found.budget.lines
    return one


@pytest.mark.parametrize(
    ("sold", "lifetime", "item", "note"),
    [
        pytest.param(SOLD, "1h", "cache_write.1h", None, id="sold"),
        pytest.param(SOLD, "30m", "cache_write.1h", "next longer one, 1h: a", id="longer"),
        pytest.param(SOLD, "24h", "cache_write", "writes billed as input: a", id="none as long"),
        pytest.param(ENDLESS, "24h", "cache_write.any", None, id="as long as wished"),
        pytest.param(IMPLICIT, "1h", None, "no lifetime of the cache to choose: a", id="implicit"),
        pytest.param(row(rates("10", "20")), "1h", None, None, id="no cache: another note"),
    ],
)
def test_a_lifetime_that_is_not_sold(
    sold: PriceRow, lifetime: str, item: str | None, note: str | None
) -> None:
    found = answer(sold, cache_lifetime=lifetime, **CACHED)

    month = line(found).monthly
    assert month is not None
    written = [one.item for one in month_parts(line(found).case, month)]
    assert [one for one in written if one.startswith("cache_write")] == ([item] if item else [])
    said = list(billing_notes(found.budget.query.workload, [line(found)]))
    assert len(said) == (note is not None)
    assert not note or said[0].endswith(note)


def test_what_is_read_from_an_explicit_cache_is_read() -> None:
    """No note says that nothing is."""
    found = answer(EXPLICIT, cache_lifetime="5m", **CACHED)

    assert not [one for one in notes(found, [line(found)]) if "cache" in one]


@pytest.mark.parametrize(
    ("per", "said"), [("model", False), ("account", True)], ids=["a model's", "an account's"]
)
def test_free_tokens_are_named(per: str, said: bool) -> None:
    gift = replace(quota(5000, per), who="new accounts")
    found = answer(row(band("10")), (gift,), free_quota=True)

    month = line(found).monthly
    assert month is not None
    parts = {one.item: one for one in month_parts(line(found).case, month)}
    assert parts["free_quota"].quantity == 5000
    assert parts["free_quota"].steps == (f"per {per}", "new accounts")
    assert any("account" in one for one in notes(found, [line(found)])) is said


@pytest.mark.parametrize(
    ("sold", "fields", "said"),
    [
        (BOTH, {"batch_share": Decimal(1), "tier": "flex"}, True),
        (BOTH, {"batch_share": Decimal(1)}, False),
        (BOTH, {"tier": "flex"}, False),
        (row(band("10", flex=variant("0.5"))), {"batch_share": Decimal(1), "tier": "flex"}, False),
    ],
    ids=["both", "batch", "tier", "no batch sold"],
)
def test_a_batch_on_a_tier_is_no_known_offer(
    sold: PriceRow, fields: dict[str, Any], said: bool
) -> None:
    found = answer(sold, **fields)

    assert any("batch on a tier" in one for one in notes(found, [line(found)])) is said
