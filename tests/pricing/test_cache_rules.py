"""Which rules hold for a model, what is computed where none is published, and the shipped file."""

from datetime import date
from decimal import Decimal as D
from math import inf

import msgspec
import pytest
from shipped import TABLE
from tables import at as instant
from tables import model, rates, row

from llmcost.price_data.bundled_files import load_cache_rules
from llmcost.pricing.cache_rules import (
    CacheRule,
    Lifetime,
    RuleCase,
    case_of,
    least_minimum,
    minimum_of,
    offers,
)
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.price_rows import Model

RULES = load_cache_rules()
DAY = date(2026, 11, 30)
PLAIN = CacheRule(
    id="plain",
    providers=("acme",),
    models=("zeta-*",),
    sources=("page",),
    confidence="high",
    lifetimes={"auto": Lifetime(low=60, high=600, refreshed=True)},
    minimum=(RuleCase(tokens=512),),
    granularity=64,
)
ZETA = model("zeta-1", row(rates("1", "2", "0.1")))
PRICES = rates("1", "2", "0.1")


def changed(**changes: object) -> CacheRule:
    return msgspec.structs.replace(PLAIN, **changes)


def test_a_published_rule_is_what_is_computed() -> None:
    (found,) = offers([PLAIN], ZETA, PRICES, DAY)

    assert (found.name, found.terms.minimum, found.terms.granularity) == ("auto", 512, 64)
    assert (found.terms.seconds, found.best.seconds, found.worst.seconds) == (60, 600, 60)
    assert found.lifetime == ""


def test_what_is_not_published_has_bounds() -> None:
    """Nothing is kept at worst, everything at best."""
    (found,) = offers([changed(minimum=(), lifetimes={"auto": Lifetime()})], ZETA, PRICES, DAY)

    assert (found.terms.minimum, found.best.minimum, found.worst.minimum) == (1024, 0, 4096)
    assert (found.terms.seconds, found.best.seconds, found.worst.seconds) == (300, inf, 0)
    assert not found.is_known


def test_a_price_of_cached_tokens_without_a_rule_is_a_cache() -> None:
    (found,) = offers([], ZETA, PRICES, DAY)

    assert (found.name, found.is_known) == ("auto", False)


@pytest.mark.parametrize(
    "rule",
    [
        changed(providers=("globex",)),
        changed(models=("eta-*",)),
        changed(exclude=("*-1",)),
        changed(start=date(2026, 12, 1)),
        changed(until=date(2026, 11, 30)),
    ],
)
def test_rules_of_others_do_not_hold(rule: CacheRule) -> None:
    assert not rule.holds(ZETA, DAY)


def test_without_a_price_of_cached_tokens_there_is_no_cache() -> None:
    assert offers([PLAIN], ZETA, rates("1", "2"), DAY) == []


def test_a_lifetime_is_bought_where_the_prices_sell_it() -> None:
    rule = changed(bills_writes=True, lifetimes={"5m": Lifetime(300), "1h": Lifetime(3600)})
    sold = rates("1", "2", "0.1", cache_write_1h="2")

    assert [(one.name, one.lifetime) for one in offers([rule], ZETA, sold, DAY)] == [("1h", "1h")]


def test_between_two_copies_of_a_page_the_older_one_holds() -> None:
    """Qwen: 256 tokens until March 2026, 1,024 in the next copy, of October."""
    cases = (
        RuleCase(until=date(2026, 4, 1), tokens=256),
        RuleCase(start=date(2026, 10, 11), tokens=1024),
    )
    rule = changed(minimum=cases)
    days = (date(2026, 3, 1), date(2026, 6, 1), date(2026, 10, 11))

    assert [minimum_of(rule, ZETA, day) for day in days] == [256, 256, 1024]


@pytest.mark.parametrize(
    ("key", "least"),
    [
        ("anthropic/claude-sonnet-5-5", 512),
        ("google/gemini-4-hydrogen", 4096),
        ("openai/gpt-6.2-sol", 1024),
        ("zhipu/glm-5.3", None),
    ],
)
def test_the_shortest_prefix_that_budget_takes(key: str, least: int | None) -> None:
    assert least_minimum(RULES.rules, shipped(key), DAY) == least


def shipped(key: str) -> Model:
    return next(one for one in TABLE.models if one.key == key)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("openai/gpt-4o", [("auto", 1024, 300)]),
        ("openai/gpt-6.2-sol", [("30m", 1024, 1800)]),
        ("anthropic/claude-sonnet-5-5", [("5m", 512, 300), ("1h", 512, 3600)]),
        ("google/gemini-4-hydrogen", [("auto", 4096, 300)]),
        ("alibaba/qwen3.8-flash", [("auto", 1024, 300), ("5m", 1024, 300)]),
        ("moonshot-intl/kimi-k3.1-pro", [("5m", 1024, 300), ("1h", 1024, 3600)]),
        ("bytedance/doubao-seed-2.1-lite", []),
    ],
)
def test_what_the_file_says_of_models(key: str, found: list[tuple[str, int, int]]) -> None:
    one = shipped(key)
    price = row_at(one, instant("2026-11-30"))
    assert price is not None
    caches = offers(RULES.rules, one, price.bands[0].prices, DAY)

    assert [(each.name, each.terms.minimum, each.terms.seconds) for each in caches] == found


def test_the_file_makes_sense() -> None:
    """Sources are named, ids and lifetimes are unique, and providers are those of the table."""
    ids = [one.id for one in RULES.rules]
    assert len(set(ids)) == len(ids)
    for rule in RULES.rules:
        assert rule.sources, rule.id
        assert set(rule.sources) <= RULES.sources.keys(), rule.id
        assert set(rule.providers) <= TABLE.providers.keys(), rule.id
        assert rule.confidence in ("high", "medium", "low"), rule.id
        assert rule.kind in ("implicit", "explicit")
        assert rule.matching in ("prefix", "breakpoint", "units", "object")
        assert any(rule.holds(one, DAY) for one in TABLE.models) or rule.until, rule.id


def test_factors_are_those_of_the_price_table() -> None:
    """Within 2 % of the input price: lists in yuan and in dollars round apart."""
    tested = 0
    for one in TABLE.models:
        price = row_at(one, instant("2026-11-30"))
        if price is None or not price.bands or is_retired(one, instant("2026-11-30")):
            continue
        rule = next((each for each in RULES.rules if each.holds(one, DAY)), None)
        case = None if rule is None else case_of(rule.read_factor, one, DAY)
        prices = price.bands[0].prices
        if rule is None or case is None or case.factor is None or "cache_read" not in prices:
            continue
        assert abs(prices["cache_read"] / prices["input"] - case.factor) <= D("0.02"), one.key
        tested += 1
        for name, factor in rule.write_factor.items():
            if f"cache_write.{name}" in prices:
                written = prices[f"cache_write.{name}"] / prices["input"]
                assert abs(written - factor) <= D("0.07"), (one.key, name)
    assert tested >= 40
