"""Discounts, also by the volume of a year, and tax: each a line of the bill, exact to its end."""

import os
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import CALENDAR, exact, model, rates, row, table, terms

from llmcost.commands.estimate.compute import estimate
from llmcost.money import CURRENCIES, EXACT, Exchange, Rates
from llmcost.price_data.loader import load_exchange_rates
from llmcost.pricing.contract import EVERY, Contract, Discounts, DiscountTiers, contract_of
from llmcost.pricing.cost import sum_of
from llmcost.pricing.price_rows import DiscountTier, Provider
from llmcost.pricing.usage import Input
from llmcost.workload.quantities import discounts

BILLS = int(os.environ.get("LLMCOST_SIMULATE", "0"))
"""Random bills in place of a few: 100,000 take some minutes."""
D = Decimal
ACME = Provider("acme", "Acme", "CNY")


def tiers(*pairs: tuple[str, int]) -> tuple[DiscountTier, ...]:
    return tuple(DiscountTier(D(off), D(yearly)) for off, yearly in pairs)


STEPS = Contract(tiers(("0.05", 1200), ("0.15", 12_000)), D("0.06"), months=12)


@pytest.mark.parametrize(
    ("listed", "paid"),
    [
        ("0", "0"),
        ("99.99", "105.9894"),  # 1,199.88 a year: no discount
        ("100", "100.7"),
        ("999", "1005.993"),
        ("1000", "901"),
    ],
)
def test_the_volume_of_a_year_decides_the_discount(listed: str, paid: str) -> None:
    """Twelve such months at list prices reach a tier, or not; tax is on what is left."""
    parts = STEPS.parts(D(listed))

    assert STEPS.total(D(listed)) == D(listed) + sum_of(parts) == D(paid)
    assert [one.item for one in parts] == ["discount", "tax"][-len(parts) :]


@given(st.decimals(0, 3000, places=4))
def test_a_budget_pays_for_the_largest_bill_that_it_can(budget: Decimal) -> None:
    """What it pays is within it, and a little more is not, under whatever tier."""
    with localcontext(EXACT):
        listed = STEPS.listed(budget)

        assert STEPS.total(listed) <= budget + D("1e-30")
        assert all(STEPS.total(listed + D(more)) > budget for more in ("0.001", "1", "50", "5000"))


def test_the_discount_of_a_provider_goes_before_that_of_all() -> None:
    """And those of an option before those of a price file."""
    of_all, own = DiscountTiers(tiers(("0.1", 0))), DiscountTiers(tiers(("0.2", 0)))
    filed = replace(ACME, volume_discounts=tiers(("0.3", 0)))

    def off(provider: Provider, named: Discounts) -> Decimal:
        return contract_of(provider, named, D(0)).off(D(1))

    assert off(filed, {}) == D("0.3")
    assert off(filed, {EVERY: of_all}) == D("0.1")
    assert off(filed, {EVERY: of_all, "acme": own}) == D("0.2")
    assert off(ACME, {"other": own}) == 0


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("openai:15%", {"openai": "15%"}),
        ("openai:0.155", {"openai": "15.5%"}),
        ("10%", {EVERY: "10%"}),
        (
            "openai: 5%@100k / 15%@1M, 阿里:3%@1万",
            {"openai": "5%@100000/15%@1000000", "阿里": "3%@10000"},
        ),
    ],
)
def test_discounts_are_names_and_shares(text: str, read: dict[str, str]) -> None:
    found = discounts(text)

    assert found is not None
    assert {name: str(one) for name, one in found.items()} == read
    assert discounts({name: str(one) for name, one in found.items()}) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "openai", "openai:", "openai:100%", "openai:1", "openai:-5%", "a:5%,a:6%"),
        *("a:5%@", "a:5%@-1", "a:5%@10/15%@10", "a:5%@10/15%@9", "a:5%/", "5%,6%"),
    ],
)
def test_what_is_no_discount_is_refused(text: str) -> None:
    """A whole discount, a name that comes twice, tiers that do not ascend."""
    assert discounts(text) is None


rates_of_a_day = cache(load_exchange_rates)
codes = st.sampled_from(sorted(CURRENCIES))
shares = st.decimals("0", "0.99", places=4)
amounts = st.decimals("0.0001", "200", places=4)


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, object]:
    """Terms of an estimate: discounts of the provider or of all, and tax."""
    edges = draw(st.lists(st.integers(0, 5000), max_size=3, unique=True).map(sorted))
    steps = DiscountTiers(tuple(DiscountTier(draw(shares), D(edge)) for edge in edges))
    named = {draw(st.sampled_from(["acme", EVERY, "other"])): steps} if edges else {}
    return {"discounts": named, "tax": draw(shares), "calls": draw(st.integers(1, 10**6))}


@settings(max_examples=BILLS or 60, deadline=None, database=None, derandomize=not BILLS)
@given(
    contracts(), codes, codes, amounts, amounts, st.integers(0, 10**6), st.integers(0, 10**5),
    st.dates(date(2023, 1, 2), date(2026, 11, 30)),
)  # fmt: skip
def test_bills_with_tax_discounts_and_currencies_add_up(
    contract: dict[str, object], billed: str, ranked: str, price: Decimal, written: Decimal,
    tokens: int, output: int, day: date,
) -> None:  # fmt: skip
    """To the last digit in the provider's currency, and in another one as far as digits are kept:
    worked out again in fractions, from the prices and the euro rates of the ECB alone."""
    from llmcost.pricing.terms import Amount

    one = model("one", row(rates(str(price), str(written)), start="2023-01-01"))
    prices = table(one)
    prices = replace(prices, providers={**prices.providers, "acme": replace(ACME, currency=billed)})
    asked = replace(terms(f"{day}"), output=Amount(output), **contract)
    series = rates_of_a_day()
    known = () if billed == ranked else (series.on(day, billed, ranked),)
    text = Input("text", tokens, tokens, {"words": exact(tokens)})
    found = estimate(prices, [one], [text], asked, Exchange(ranked, known), CALENDAR)
    (line,) = found.lines

    listed = (price_of(tokens, price) + price_of(output, written)) * asked.calls
    named = asked.discounts.get("acme") or asked.discounts.get(EVERY)
    reached = [one.off for one in named.tiers if listed >= Fraction(one.yearly)] if named else []
    paid = listed * (1 - Fraction(reached[-1] if reached else 0)) * (1 + Fraction(asked.tax))
    assert sum((Fraction(part.amount) for part in line.parts), Fraction(0)) == paid
    assert Fraction(line.native.amount) == paid
    close = Fraction(1, 10**24) * (1 + paid)
    assert abs(Fraction(line.cost.amount) - converted(paid, billed, ranked, day, series)) <= close


def price_of(tokens: int, price: Decimal) -> Fraction:
    return Fraction(price) * tokens / 10**6


def converted(amount: Fraction, source: str, target: str, day: date, series: Rates) -> Fraction:
    """By the units of both for one euro, in five digits for one unit of the dearer one."""
    if source == target:
        return amount
    last = max(one for one in series.lines if one[:10] <= day.isoformat())
    units = dict(
        zip(("EUR", *series.codes), map(Fraction, ("1", *last.split(",")[1:])), strict=True)
    )
    dear, cheap = sorted((source, target), key=lambda code: (units[code], code))
    rate = units[cheap] / units[dear]
    if dear != "EUR":
        whole = len(str(int(rate)))
        scale = Fraction(10) ** (5 - whole)
        rate = Fraction(int(rate * scale + Fraction(1, 2))) / scale
    return amount * rate if source == dear else amount / rate
