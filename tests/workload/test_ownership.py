"""What a model costs beside its tokens: training, deployments, calls, a cache that is kept."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tables import at, band, model, offer, prices, rates, row, unpriced, variant

from llmcost.money import PER
from llmcost.pricing.billing import Excluded
from llmcost.pricing.cost import PLAIN, Conditions, cost_of
from llmcost.pricing.price_rows import Mode, Model, Offer, PriceRow, PriceState
from llmcost.pricing.usage import Usage
from llmcost.workload.model import Workload
from llmcost.workload.ownership import (
    Owned,
    days_in,
    fee_parts,
    fixed_parts,
    owned,
    storage_part,
    tuned,
)

D = Decimal
M = 1_000_000
NOW = at("2026-11-22")
NOVEMBER = 30
TRAINING = "1M training tokens"


def taken(model: Model, when: str = "2026-11-22", **fields: Any) -> Owned:
    found = owned(model, Workload(**fields), at(when), NOVEMBER)
    assert isinstance(found, Owned)
    return found


def fixed(offers: Owned, **fields: Any) -> Decimal:
    """What a month of 30 days costs, whoever comes."""
    parts = fixed_parts(offers, Workload(**fields), NOVEMBER)
    return sum((one.amount for one in parts), D(0))


def trained(*offers: Offer) -> Model:
    return model("a", row(band("1")), fine_tuning=offers)


def deployable(*offers: Offer) -> Model:
    return model("a", row(band("1")), deployment=offers)


def tuned_cost(
    row: PriceRow, tuned_prices: Mapping[str, str], usage: Usage, **conditions: Any
) -> Decimal:
    training = offer("30", TRAINING, prices=prices(tuned_prices))
    cost = cost_of(usage, tuned(row, training), Conditions(**conditions))
    assert cost is not None
    return cost.amount


def test_nothing_is_taken_that_was_not_asked_for() -> None:
    everything = model(
        "a",
        row(band("1")),
        fine_tuning=(offer("30", TRAINING),),
        deployment=(offer("20", "hour"),),
        packs=(offer("1", "pack", tokens=M),),
    )

    assert taken(everything) == Owned()
    assert fixed(taken(everything)) == 0


@pytest.mark.parametrize(("months", "expected"), [(1, 300), (12, 25), (7, D(300) / 7)])
def test_training_is_spread_over_months(months: int, expected: Decimal) -> None:
    """10 million tokens at 30."""
    asked: dict[str, Any] = {"fine_tune_tokens": 10 * M, "months": months}

    found = fixed(taken(trained(offer("30", TRAINING)), **asked), **asked)

    assert abs(found - expected) < D("1e-24")


@pytest.mark.parametrize(
    ("day", "asked", "expected"),
    [
        ("2024-12-31", {}, ("light", 8)),
        ("2024-12-31", {"fine_tuning": "full"}, ("full", 50)),
        ("2025-01-01", {"fine_tuning": "full"}, ("full", 40)),
    ],
)
def test_the_cheapest_training_is_taken(
    day: str, asked: dict[str, Any], expected: tuple[str, int]
) -> None:
    """Or the one that is named, at its price of the day."""
    found = trained(
        offer("50", TRAINING, what="full"),
        offer("8", TRAINING, what="light"),
        offer("40", TRAINING, "2025-01-01", what="full"),
    )

    training = taken(found, day, fine_tune_tokens=1, **asked).training
    assert training is not None
    assert (training.what, int(training.price)) == expected


@pytest.mark.parametrize(
    ("sold", "asked"),
    [
        pytest.param(trained(), {"fine_tune_tokens": 1}, id="no training"),
        pytest.param(
            trained(offer("1", TRAINING, "2026-11-23")), {"fine_tune_tokens": 1}, id="not yet"
        ),
        pytest.param(
            trained(offer("1", TRAINING, what="light")),
            {"fine_tune_tokens": 1, "fine_tuning": "full"},
            id="another training",
        ),
        pytest.param(deployable(), {"deployment": "any"}, id="no deployment"),
        pytest.param(
            deployable(offer("1", "hour", what="small")), {"deployment": "large"}, id="another one"
        ),
    ],
)
def test_a_model_without_the_offer_is_left_out(sold: Model, asked: dict[str, Any]) -> None:
    found = owned(sold, Workload(**asked), NOW, NOVEMBER)

    assert isinstance(found, Excluded)
    assert (found.model, found.reason) == (sold, "offer")


def test_no_tokens_need_no_training() -> None:
    assert taken(trained(), fine_tune_tokens=0).training is None


@pytest.mark.parametrize(
    ("per", "hours", "expected"),
    [
        ("hour", None, 30 * 24),
        ("hour", "200", 200),
        ("hour", "0.5", "0.5"),
        ("hour", "0", 0),
        ("hour", "744", 720),
        ("day", None, 30),
        ("day", "0", 0),
        ("day", "0.5", 1),
        ("day", "23", 1),
        ("day", "24", 1),
        ("day", "25", 2),
        ("day", "48.5", 3),
        ("month", None, 1),
        ("month", "200", 1),
    ],
)
def test_days_and_months_are_paid_in_full(per: str, hours: str | None, expected: object) -> None:
    """Of a deployment at 1, in a month of 30 days."""
    asked: dict[str, Any] = {
        "deployment": "any",
        "deployment_hours": None if hours is None else D(hours),
    }

    assert fixed(taken(deployable(offer("1", per)), **asked), **asked) == D(str(expected))


def test_each_instance_is_paid() -> None:
    asked: dict[str, Any] = {"deployment": "any", "instances": 3}

    assert fixed(taken(deployable(offer("20", "hour")), **asked), **asked) == 3 * 20 * 720


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"deployment": "any"}, 9_000),
        ({"deployment": "any", "deployment_hours": D(100)}, 2_000),
        ({"deployment": "pool"}, 12_000),
        ({"deployment": "light"}, 10_000),
        ({"deployment": "light", "deployment_hours": D(499)}, 9_980),
        ({"deployment": "light", "deployment_hours": D(501)}, 10_000),
    ],
    ids=str,
)
def test_the_cheapest_deployment(asked: dict[str, Any], expected: int) -> None:
    """For so many hours; of all, or of those of a name."""
    sold = deployable(
        offer("20", "hour", what="light"),
        offer("10000", "month", what="light"),
        offer("400", "day", what="pool"),
        offer("9000", "month", what="old pool"),
        offer("1", "month", "2027-01-01", what="light"),
    )

    assert fixed(taken(sold, **asked), **asked) == expected


def test_packs_on_sale() -> None:
    """Those that have tokens, the cheapest by the token first."""
    sold = model(
        "a",
        row(band("1")),
        packs=(
            offer("63", "pack", tokens=10 * M, what="small"),
            offer("280", "pack", tokens=50 * M, what="medium"),
            offer("560", "pack", tokens=100 * M, what="two of them"),
            offer("4900", "pack", tokens=1000 * M, what="large"),
            offer("70", "pack", tokens=11 * M, what="dearer than the small one"),
            offer("1", "pack", "2027-01-01", tokens=100 * M, what="next year's"),
            offer("1", "pack", what="calls"),
        ),
    )

    packs = taken(sold, packs=True).packs
    assert [(one.price, one.tokens // M, *one.steps) for one in packs] == [
        *((4900, 1000, "large"), (560, 100, "two of them"), (280, 50, "medium")),
        *((63, 10, "small"), (70, 11, "dearer than the small one")),
    ]
    assert taken(sold, "2023-01-01", packs=True).packs == ()


BANDS = row(band(rates("1", "2"), input=M), band(rates("3", "4")), mode=Mode.CLIFF)
CACHED = row(rates("10", "20", "1", output_thinking="50", cache_write_5m="12"))
HALVED = row(band("10", batch=variant("0.5")))
PRICED = row(band("10", batch=variant(input="5", output="7")))


@pytest.mark.parametrize(
    ("plain", "prices", "usage", "conditions", "expected"),
    [
        pytest.param(BANDS, {}, Usage(M, M), {}, 3, id="no prices of its own"),
        pytest.param(BANDS, {"input": "5", "output": "6"}, Usage(M, M), {}, 11, id="others"),
        pytest.param(BANDS, {"input": "5", "output": "6"}, Usage(2 * M), {}, 10, id="in each band"),
        pytest.param(BANDS, {"output": "6"}, Usage(2 * M, M), {}, 12, id="of the output alone"),
        pytest.param(HALVED, {"input": "30"}, Usage(M), {"batch": True}, 15, id="half of them"),
        pytest.param(
            *(PRICED, {"input": "30"}, Usage(M, M), {"batch": True}, 37),
            id="a batch price of the base model is none of the tuned one",
        ),
        pytest.param(CACHED, {"input": "30"}, Usage(M, 0, M), {}, 30, id="nor one of cached input"),
        pytest.param(CACHED, {"input": "30"}, Usage(M, 0, 0, M), {}, 30, id="written"),
        pytest.param(
            *(CACHED, {"input": "30", "cache_read": "3"}, Usage(M, 0, M), {}, 3),
            id="unless it is stated",
        ),
        pytest.param(CACHED, {"output": "30"}, Usage(M, 0, M), {}, 1, id="the same input"),
        pytest.param(
            *(CACHED, {"output": "30"}, Usage(0, M), {"thinking": True}, 30), id="nor of thinking"
        ),
        pytest.param(
            unpriced(PriceState.FREE),
            *({"input": "2", "output": "3"}, Usage(M, M), {}, 5),
            id="a free model is not free once it is tuned",
        ),
        pytest.param(
            unpriced(PriceState.FREE), {}, Usage(M), {}, 0, id="or is, if nothing else is said"
        ),
    ],
)
def test_a_tuned_model_has_prices_of_its_own(
    plain: PriceRow,
    prices: dict[str, str],
    usage: Usage,
    conditions: dict[str, Any],
    expected: int,
) -> None:
    """What they do not state is as before; or at the plain price, where that is another."""
    assert tuned_cost(plain, prices, usage, **conditions) == expected


def test_no_training_no_change() -> None:
    assert tuned(BANDS, None) is BANDS


def test_the_bill_names_no_batch_that_is_not_sold() -> None:
    training = offer("30", TRAINING, prices=prices({"input": "3", "output": "4"}))
    cost = cost_of(Usage(M), tuned(PRICED, training), Conditions(batch=True))

    assert cost is not None
    assert cost.parts[0].steps == ()


def test_fees_are_per_thousand_calls() -> None:
    sold = row(band("1"), fees={"web_search": "10", "code": "3"})
    found = fee_parts(model("a", sold), sold, {"web_search": D("0.2"), "code": D(1)})

    assert not isinstance(found, Excluded)
    assert [one.amount for one in found] == [D("0.002"), D("0.003")]


def test_a_discount_is_on_all_that_a_model_sells() -> None:
    """Each line of the bill names it; see also the tokens, in the tests of a month."""
    sold = replace(
        model(
            "a",
            row(band("1"), fees={"web_search": "10"}),
            fine_tuning=(offer("30", TRAINING),),
            deployment=(offer("100", "month"),),
            packs=(offer("4", "pack", tokens=M),),
        ),
        discount=D("0.5"),
    )
    asked: dict[str, Any] = {"fine_tune_tokens": M, "deployment": "any", "packs": True}

    offers = taken(sold, **asked)
    fees = fee_parts(sold, sold.prices[0], {"web_search": D(1000)})

    assert not isinstance(fees, Excluded)
    parts = [*fixed_parts(offers, Workload(**asked), NOVEMBER), *fees]
    assert [one.amount for one in parts] == [15, 50, 5]
    assert [one.price for one in offers.packs] == [2]
    steps = [one.steps for one in parts] + [one.steps for one in offers.packs]
    assert all(one[-1] == "discount x 0.5" for one in steps)


def test_a_fee_that_is_not_known() -> None:
    """It is not taken for nothing."""
    found = fee_parts(model("a", row(band("1"))), row(band("1")), {"web_search": D(1)})

    assert isinstance(found, Excluded)
    assert found.reason == "fee"
    assert "web_search" in found.detail


STORED = row(
    band(rates("1", "1", "0.1", cache_storage="0.5"), input=M, flex=variant("0.5")),
    band(rates("1", "1", "0.1", cache_storage="1"), peak=variant("3"), batch=variant("0.1")),
    regions={"us": "1.1"},
)


@pytest.mark.parametrize(
    ("tokens", "conditions", "expected"),
    [
        pytest.param(M, {}, "0.75", id="1.5 hours"),
        pytest.param(2 * M, {}, 3, id="at the price of a request as long"),
        pytest.param(M, {"discount": D("0.8")}, "0.6", id="less a discount"),
        pytest.param(
            M, {"tier": "flex", "region": "us"}, "0.4125", id="on the tier, in the region"
        ),
        pytest.param(2 * M, {"peak": "mon", "batch": True}, 3, id="at all hours, not in a batch"),
    ],
)
def test_a_cache_is_kept_by_the_token_hour(
    tokens: int, conditions: dict[str, Any], expected: object
) -> None:
    found = storage_part(STORED, tokens, D("1.5"), Conditions(**conditions))

    assert found is not None
    assert (found.quantity, found.per) == (tokens * D("1.5"), PER)
    assert found.amount == D(str(expected))
    assert [step.split()[0] for step in found.steps] == [
        name for name in ("tier", "region", "discount") if name in conditions
    ]


@pytest.mark.parametrize(
    ("row", "tokens", "hours"),
    [
        (row(band("1")), M, 1),
        (unpriced(PriceState.FREE), M, 1),
        (row(rates("1", cache_storage="1")), 0, 1),
        (row(rates("1", cache_storage="1")), M, 0),
    ],
    ids=["no price", "free", "nothing cached", "not for long"],
)
def test_keeping_nothing_costs_nothing(row: PriceRow, tokens: int, hours: int) -> None:
    assert storage_part(row, tokens, D(hours), PLAIN) is None


@pytest.mark.parametrize(
    ("month", "days"), [("2026-11", 30), ("2026-12", 31), ("2024-02", 29), ("2100-02", 28)]
)
def test_the_days_of_a_month(month: str, days: int) -> None:
    assert days_in(date.fromisoformat(f"{month}-01")) == days
