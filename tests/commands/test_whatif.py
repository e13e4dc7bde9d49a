"""What matters most: each input of a month moved by 20 %, all others held."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import at, band, exact, exchange, model, offer, rates, row, table, unpriced, variant

from llmcost.commands.budget.compute import BudgetAnswer, budget
from llmcost.commands.whatif.compute import MovedRow, WhatIf, settled, study
from llmcost.commands.whatif.view import human, title
from llmcost.money import Exchange, Money
from llmcost.pricing.price_rows import Model, PriceState
from llmcost.render import table as screen
from llmcost.workload.model import Workload
from llmcost.workload.running_cost import ALWAYS, Windows
from llmcost.workload.traffic import Query

# A million requests of one user: tokens of a request times their prices is the cost of the month.
REQUEST = {"requests_per_user": D(10**6), "input_tokens": 100, "output_tokens": 50}
PLAIN = model("plain", row(rates("1", "2")))
PRICES = ("input_price", "output_price", "cache_read_price", "cache_write_price")
TWENTY = D("0.2")


def query(
    workload: Mapping[str, object], windows: Windows = ALWAYS, to: Exchange | None = None
) -> Query:
    return settled(
        Query(
            workload=Workload(**workload),  # type: ignore[arg-type]
            at=at("2026-11-22"),
            month=date(2026, 11, 1),
            season=lambda provider, row: windows,
            exchange=to or exchange(rate=None),
        )
    )


def whatif(asked: Query, one: Model = PLAIN, by: D = TWENTY) -> WhatIf:
    prices = table(one)
    answer = BudgetAnswer("", budget(prices, [one], asked))
    (found,) = study(prices, answer, by).found
    return found


def row_called(name: str, found: WhatIf) -> MovedRow:
    (row,) = [row for row in found.rows if row.name == name]
    return row


def moved(row: MovedRow) -> list[str]:
    """The values and the costs of both sides."""
    return [
        *(f"{one.value.normalize():f}" for one in (row.low, row.high)),
        *("" if one.cost is None else f"{one.cost.normalize():f}" for one in (row.low, row.high)),
    ]


def test_a_month_by_hand() -> None:
    """10,000 requests of 500 tokens in at 2 and 200 out at 8: 10 for input, 16 for output."""
    asked = query(
        {"mau": 1000, "requests_per_user": D(10), "input_tokens": 500, "output_tokens": 200}
    )
    found = whatif(asked, model("m", row(rates("2", "8", "0.2"))))

    assert (found.cost, found.native) == (D(26), D(26))
    assert [(one.name, *moved(one), one.swing) for one in found.rows] == [
        ("mau", "800", "1200", "20.8", "31.2", D("10.4")),
        ("requests_per_user", "8", "12", "20.8", "31.2", D("10.4")),
        ("output_tokens", "160", "240", "22.8", "29.2", D("6.4")),
        ("output_price", "6.4", "9.6", "22.8", "29.2", D("6.4")),
        ("input_tokens", "400", "600", "24", "28", D("4")),
        ("input_price", "1.6", "2.4", "24", "28", D("4")),
    ]
    assert row_called("mau", found).elasticity == 1
    assert row_called("output_price", found).elasticity == pytest.approx(D(16) / 26)
    assert row_called("mau", found).low.change == -20


CACHED = {"system_tokens": 2000, "cache_hit": D("0.5")}
TOOLS = {"tool_calls": 1, "tool_call_tokens": 10, "tool_result_tokens": 40}
BATCH = model("batch", row(band(rates("1", "2"), batch=variant("0.5"))))
CACHE = model("cache", row(rates("1", "2", "0.1", cache_storage="0.01")))
WRITES = model("writes", row(rates("1", "2", "0.1", cache_write_5m="1.25")))
THINKS = model("thinks", row(rates("1", "2", output_thinking="3")))
SEARCH = model("search", row(rates("1", "2"), fees={"search": "10"}))
TUNED = model(
    "tuned",
    row(rates("9", "9")),
    fine_tuning=(offer("30", "1M training tokens", prices=rates("1", "2")),),
)
OWN = model(
    "own",
    row(rates("1", "2")),
    deployment=(offer("30", "month", what="large"), offer("20", "month", what="small")),
)
PACKS = model("packs", row(rates("1", "2")), packs=(offer("10", "pack", tokens=10**8),))
BANDS = model("bands", row(band(rates("1", "2"), input=200), band(rates("5", "5"))))
OTHER = model("other", row(band(rates("1", "2"), batch=variant(None, input="0.5", output="1"))))


@pytest.mark.parametrize(
    ("name", "more", "one", "base", "expected"),
    [
        ("requests_per_user", {}, PLAIN, 200, ["800000", "1200000", "160", "240"]),
        ("context_tokens", {"context_tokens": 50}, PLAIN, 250, ["40", "60", "240", "260"]),
        ("thinking_tokens", {"thinking_tokens": 10}, PLAIN, 220, ["8", "12", "216", "224"]),
        ("system_tokens", {"system_tokens": 20}, PLAIN, 220, ["16", "24", "216", "224"]),
        ("system_tokens", {"system_tokens": 5, "system_prompt": {"words": exact(15)}},
         PLAIN, 220, ["16", "24", "216", "224"]),
        ("retries", {"retries": D("0.1")}, PLAIN, 220, ["0.08", "0.12", "216", "224"]),
        ("batch_share", {"batch_share": D("0.5")}, BATCH, 150, ["0.4", "0.6", "160", "140"]),
        ("batch_share", {"batch_share": D("0.9")}, BATCH, 110, ["0.72", "1", "128", "100"]),
        ("cache_hit", CACHED, CACHE, 1300, ["0.4", "0.6", "1480", "1120"]),
        ("cache_read_price", CACHED, CACHE, 1300, ["0.08", "0.12", "1280", "1320"]),
        ("cache_storage_hours", {**CACHED, "cache_storage_hours": D(1)}, CACHE, 1320,
         ["0.8", "1.2", "1316", "1324"]),
        ("cache_storage_price", {**CACHED, "cache_storage_hours": D(1)}, CACHE, 1320,
         ["0.008", "0.012", "1316", "1324"]),
        ("cache_write_price", CACHED, WRITES, 1550, ["1", "1.5", "1300", "1800"]),
        ("input_price", CACHED, PLAIN, 2200, ["0.8", "1.2", "1780", "2620"]),
        ("input_price", {"input_tokens": 0, "system_tokens": 2000, "cache_hit": D(1)}, PLAIN, 2100,
         ["0.8", "1.2", "1700", "2500"]),
        ("output_price", {"thinking_tokens": 10}, THINKS, 280, ["2.4", "3.6", "244", "316"]),
        ("output_price", {"batch_share": D("0.5")}, OTHER, 150, ["1.2", "1.8", "135", "165"]),
        ("turns", {"turns": 5}, PLAIN, 500, ["4", "6", "425", "575"]),
        ("turns", {"turns": 2}, PLAIN, 275, ["1", "3", "200", "350"]),
        ("turns", {"turns": 2, "requests_per_user": None, "conversations_per_user": D(500_000)},
         PLAIN, 275, ["1", "3", "200", "350"]),
        ("conversations_per_user", {"requests_per_user": None, "conversations_per_user": D(10**6)},
         PLAIN, 200, ["800000", "1200000", "160", "240"]),
        ("tool_calls", TOOLS, PLAIN, 370, ["0", "2", "200", "590"]),
        ("tool_call_tokens", TOOLS, PLAIN, 370, ["8", "12", "364", "376"]),
        ("tool_result_tokens", TOOLS, PLAIN, 370, ["32", "48", "362", "378"]),
        ("input_tokens", {"input_tokens": 103}, PLAIN, 203, ["82", "124", "182", "224"]),
        ("input_tokens", {"input_tokens": 180}, BANDS, 280, ["144", "216", "244", "1330"]),
        ("fees.search", {"fees": {"search": D("0.5")}}, SEARCH, 5200,
         ["0.4", "0.6", "4200", "6200"]),
        ("fine_tune_tokens", {"fine_tune_tokens": 10**6}, TUNED, 230,
         ["800000", "1200000", "224", "236"]),
        ("output_price", {"fine_tune_tokens": 10**6}, TUNED, 230, ["1.6", "2.4", "210", "250"]),
        ("deployment_price", {"deployment": "any"}, OWN, 220, ["16", "24", "216", "224"]),
        ("pack_price", {"packs": True}, PACKS, 20, ["8", "12", "16", "24"]),
    ],
)  # fmt: skip
def test_each_input_by_hand(
    name: str, more: dict[str, object], one: Model, base: int, expected: list[str]
) -> None:
    found = whatif(query({**REQUEST, **more}), one)

    assert found.cost == base
    assert moved(row_called(name, found)) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [("0.5", ["0.4", "0.6", "280", "320"]), ("0.9", ["0.72", "1", "344", "400"])],
)
def test_the_share_of_peak_hours_moves_within_what_there_is(
    share: str, expected: list[str]
) -> None:
    """At twice the price; two windows keep their parts of it."""
    peak = D(share)
    windows = {"": 1 - peak, "morning": peak / 4, "evening": peak * 3 / 4}
    one = model("peaks", row(band(rates("1", "2"), peak=variant("2"))))
    found = whatif(query(REQUEST, windows), one)

    assert moved(row_called("peak_share", found)) == expected


def test_the_exchange_rate_moves_what_is_converted() -> None:
    """200 dollars at 7 yuan; what the provider bills stays."""
    dollars = model("m", row(rates("1", "2")), provider="globex")
    found = row_called("exchange_rate", whatif(query(REQUEST, to=exchange("CNY", "7")), dollars))

    assert moved(found) == ["5.6", "8.4", "1120", "1680"]
    assert found.low.native == found.high.native == 200


def test_a_rate_of_nothing_is_none() -> None:
    dollars = model("m", row(rates("1", "2")), provider="globex")
    found = whatif(query(REQUEST, to=exchange("CNY", "7")), dollars, D(1))

    assert row_called("exchange_rate", found).low.refusal == "it must be above 0"
    assert row_called("output_price", found).low.cost == 700


@pytest.mark.parametrize(
    ("one", "refusal"),
    [
        (model("m", row(rates("1", "2")), context=160), "needs 170, the context has 160"),
        (model("m", row(band("1", input=110))), "no price for 120 tokens in, 50 out"),
    ],
)
def test_what_is_impossible_has_no_figure_and_says_why(one: Model, refusal: str) -> None:
    found = whatif(query(REQUEST), one)
    input = row_called("input_tokens", found)

    assert (input.high.cost, input.high.change, input.elasticity) == (None, None, None)
    assert input.high.refusal == refusal
    assert input.low.cost is not None
    assert input.swing == found.cost - input.low.cost


def test_what_is_not_there_has_no_row() -> None:
    """One user and one turn are none; a price of cached tokens bills nothing without a cache."""
    found = whatif(query(REQUEST), WRITES)

    assert {one.name for one in found.rows} == {
        *("requests_per_user", "input_tokens", "output_tokens", "input_price", "output_price"),
    }


def test_a_price_that_bills_nothing_has_no_row() -> None:
    """Packs that cost more than their tokens are not bought."""
    dear = model("m", row(rates("1", "2")), packs=(offer("1000", "pack", tokens=10**8),))
    found = whatif(query({**REQUEST, "packs": True}), dear)

    assert "pack_price" not in {one.name for one in found.rows}


def test_elasticity_is_of_the_real_change() -> None:
    """From 90 % batch there are but 10 points to all of it: a ninth more saves an eleventh."""
    found = row_called("batch_share", whatif(query({**REQUEST, "batch_share": D("0.9")}), BATCH))

    assert found.elasticity == pytest.approx(D(-9) / 11)


def test_percentiles_move_as_one() -> None:
    """All that a bill counts of them is their mean."""
    spread = {"percentiles": {D(50): D(1), D(90): D(3)}}
    assert whatif(query({**REQUEST, **spread})).rows == whatif(query(REQUEST)).rows


def test_a_question_of_cost_alone() -> None:
    """A budget does not matter, nor a margin; without users it is one."""
    money = {"budget": Money(D(1), "CNY"), "revenue_per_user": Money(D(1), "CNY")}

    assert query({**REQUEST, **money}).workload == Workload(**REQUEST, mau=1)  # type: ignore[arg-type]
    assert query({**REQUEST, "mau": 7}).workload.mau == 7


def test_what_costs_nothing_has_no_percentage() -> None:
    found = whatif(query(REQUEST), model("free", unpriced(PriceState.FREE)))
    tokens = row_called("input_tokens", found)

    assert tokens.swing == tokens.high.cost == 0
    assert tokens.high.change is tokens.elasticity is None


PRICE = st.decimals(D("0.001"), 100, places=3)
TOKENS = st.integers(1, 5000)
BY = st.decimals(D("0.01"), D("0.99"), places=2)


@given(st.integers(1, 10**6), TOKENS, TOKENS, PRICE, PRICE, st.integers(0, 10**6))
def test_twenty_percent_more_users_are_twenty_percent_more_of_what_they_cost(
    fifths: int, input: int, output: int, first: D, second: D, fixed: int
) -> None:
    """The deployment stays."""
    one = model(
        "m", row({"input": first, "output": second}), deployment=(offer(str(fixed), "month"),)
    )
    workload = {
        **{"mau": 5 * fifths, "requests_per_user": D(3), "input_tokens": input},
        **{"output_tokens": output, "deployment": "any"},
    }
    found = whatif(query(workload), one)
    users = row_called("mau", found)
    assert users.low.cost is not None
    assert users.high.cost is not None

    assert 5 * (users.high.cost - found.cost) == found.cost - fixed
    assert 5 * (found.cost - users.low.cost) == found.cost - fixed


@given(st.lists(PRICE, min_size=4, max_size=4), TOKENS, TOKENS, st.decimals(0, 1, places=2), BY)
def test_the_prices_and_what_is_fixed_make_the_whole(
    price: list[D], system: int, output: int, share: D, by: D
) -> None:
    """All prices raised at once raise the cost of tokens by as much as each of them does alone,
    through bands, peak hours, batch and cache."""
    items = dict(zip(("input", "output", "cache_read", "cache_write.5m"), price, strict=True))
    priced = band(
        items, input=3000, peak=variant(None, input="7", output="9"), batch=variant("0.5")
    )
    one = model(
        "m",
        row(priced, band({**items, "input": D(3)}), fees={"search": "10"}),
        deployment=(offer("77", "month"),),
    )
    workload = {
        **{"mau": 10, "requests_per_user": D(6), "turns": 3, "input_tokens": 40},
        **{"output_tokens": output, "system_tokens": system, "cache_hit": share},
        **{"batch_share": share, "fees": {"search": D(1)}, "deployment": "any"},
    }
    found = whatif(query(workload, {"": D("0.25"), "day": D("0.75")}), one, by)
    sides = [one.high.cost for one in found.rows if one.name in PRICES]
    effects = sum((cost - found.cost for cost in sides if cost is not None), D(0))
    tokens = found.cost - 77 - 10 * 6 * D("0.01")

    assert effects == pytest.approx(by * tokens, abs=D("1e-20"))


@given(st.integers(1, 7), st.integers(0, 3), TOKENS, st.decimals(0, 1, places=2), BY, st.booleans())
def test_what_moves_the_cost_most_comes_first_and_no_value_is_out_of_range(
    turns: int, calls: int, tokens: int, share: D, by: D, quota: bool
) -> None:
    workload = {
        **{"mau": 3, "conversations_per_user": D(2), "turns": turns, "tool_calls": calls},
        **{"input_tokens": tokens, "output_tokens": 1, "context_tokens": 2, "free_quota": quota},
        **{"retries": share, "batch_share": share, "cache_hit": share},
    }
    windows = {"": 1 - share, "day": share}
    found = whatif(query(workload, windows), model("m", row(band("1", peak=variant("3")))), by)
    swings = [one.swing for one in found.rows]

    assert swings == sorted(swings, reverse=True)
    for one in found.rows:
        assert 0 <= one.low.value < one.value <= one.high.value
        assert one.high.value <= 1 or one.unit != "share"
        assert one.swing >= abs((one.high.cost or found.cost) - found.cost)


@pytest.mark.parametrize("users", [1, 500, 5_000_000])
def test_the_table_fits_a_terminal(users: int) -> None:
    """Of millions of users, too, and where the shares end at 100 %."""
    prices = table(WRITES)
    workload = {**CACHED, "cache_hit": D("0.9"), "turns": 3, "input_tokens": 500}
    asked = query({**workload, "mau": users, "requests_per_user": D(30), "output_tokens": 200})
    found = study(prices, BudgetAnswer("launch", budget(prices, [WRITES], asked)), TWENTY)
    drawn = screen.table(human(found, found.found[0], 80), 80, color=False)

    assert max(map(len, drawn.splitlines())) <= 80
    assert title(found, found.found[0]).startswith("launch: acme/writes: ¥")
