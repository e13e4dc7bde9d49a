"""The shipped price table is checked for sense, not for amounts; and it answers the seed cases.

A vendor's new price breaks nothing here. A figure per 1,000 tokens, a slip of a digit, two columns
swapped, a forgotten source or a name that cannot be typed does.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from tables import at

from llmcost.money import PER, convert
from llmcost.prices.load import bundled, load_exchange_rates
from llmcost.prices.parse import parse_table
from llmcost.pricing.catalog import find, on_sale, row_at
from llmcost.pricing.cost import cost_of
from llmcost.pricing.table import Model, PriceRow, Rates, State
from llmcost.pricing.usage import Usage
from llmcost.tokens.tokenizers import TOKENIZERS

FILE = bundled("prices.yaml")
TABLE = parse_table(FILE, FILE.read_bytes(), TOKENIZERS)  # no rule of the format is broken
DEAREST = {"CNY": 7000, "USD": 1000}  # per 1M tokens; a price per 1,000 or per token is far below
CHEAPEST = Decimal("0.001")
TYPED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")


def rows() -> Iterator[tuple[str, Model, PriceRow]]:
    return ((f"{one.key} from {row.start}", one, row) for one in TABLE.models for row in one.prices)


def rates() -> Iterator[tuple[str, str, Rates]]:
    """(where, currency, the price set) of every band."""
    for where, model, row in rows():
        for band in row.bands:
            yield where, TABLE.providers[model.provider].currency, band.rates


def prices(one: Rates) -> list[Decimal]:
    found = (one.input, one.output, one.cache_read, one.output_thinking)
    return [price for price in found if price is not None]


def test_prices_are_of_the_size_of_prices() -> None:
    """Per 1M tokens in the provider's currency, and never nothing."""
    assert [
        where
        for where, currency, one in rates()
        if not all(CHEAPEST <= price <= DEAREST[currency] for price in prices(one))
    ] == []


def test_output_costs_no_less_than_input() -> None:
    """A row where it does has its columns swapped; none of the vendors bills so."""
    assert [where for where, _, one in rates() if one.output < one.input] == []


def test_a_cached_token_is_no_dearer_than_a_new_one() -> None:
    """A cache read is a discount."""
    assert [where for where, _, one in rates() if (one.cache_read or 0) > one.input] == []


def test_larger_requests_are_not_cheaper() -> None:
    """Where bands are in the wrong order, or one of them lost a digit, they are."""
    assert [
        where
        for where, _, row in rows()
        for smaller, larger in zip(row.bands, row.bands[1:], strict=False)
        if larger.rates.input < smaller.rates.input or larger.rates.output < smaller.rates.output
    ] == []


def test_a_price_was_checked_on_a_day_that_has_been() -> None:
    """Not in the future, and not before there were such prices."""
    first, today = date(2023, 1, 1), date.today()

    assert [where for where, _, row in rows() if not first <= row.checked <= today] == []


def test_a_row_that_starts_after_its_check_was_announced() -> None:
    """It then follows a row that tells until when it holds."""
    announced = [(where, model, row) for where, model, row in rows() if row.start > row.checked]

    assert [where for where, model, row in announced if row is model.prices[0]] == []


def test_every_row_has_a_source_that_can_be_looked_up() -> None:
    """A title with a date, or an address; a single word is a short name that nobody defined."""
    assert [
        where for where, _, row in rows() if " " not in row.source and "://" not in row.source
    ] == []


def test_a_free_offer_says_what_limits_it() -> None:
    """Or that the sources do not say."""
    assert [where for where, _, row in rows() if row.state is State.FREE and not row.limits] == []


def test_prices_lie_within_the_life_of_a_model() -> None:
    """From its release on, and before its retirement."""
    assert [
        where
        for where, model, row in rows()
        if (model.released is not None and row.start < model.released)
        or (model.retired is not None and row.start >= model.retired)
    ] == []


def test_a_row_ends_no_later_than_the_next_one_starts() -> None:
    """What is said to hold on a day is held by one row."""
    assert [
        one.key
        for one in TABLE.models
        for row, following in zip(one.prices, one.prices[1:], strict=False)
        if row.until is not None and row.until > following.start
    ] == []


def test_what_a_model_writes_fits_into_its_context() -> None:
    """Context is input and output together."""
    assert [
        one.key for one in TABLE.models if (one.max_output or 0) > (one.context or 10**12)
    ] == []


def test_names_can_be_typed() -> None:
    """No blank, comma, slash or glob in what the command line and addresses are given."""
    names = [*TABLE.providers, *(one.id for one in TABLE.models)]
    names += [alias.id for one in TABLE.models for alias in one.aliases]

    assert [name for name in names if not TYPED.fullmatch(name)] == []


def test_every_tokenizer_is_known() -> None:
    """No silent fallback: a model without one could not be counted."""
    assert {one.tokenizer for one in TABLE.models} <= TOKENIZERS.keys()


def test_pages_are_addresses() -> None:
    """Of those providers that have one."""
    pages = [provider.page for provider in TABLE.providers.values() if provider.page]

    assert [page for page in pages if not page.startswith("https://")] == []


def test_the_table_is_worth_asking() -> None:
    """Enough models on sale, from both markets, at the time of this release."""
    sold = on_sale(TABLE.models, at("2026-11-22"))
    providers = {one.provider for one in sold}

    assert len(sold) >= 60
    assert len(providers) >= 12
    assert {TABLE.providers[one].currency for one in providers} == {"CNY", "USD"}


# --- the seed cases: figures reported in 2023 and 2024 ------------------------------------------


def row_of(id: str, day: str) -> PriceRow:
    (model,) = find(TABLE, TABLE.models, [id], at(day))
    row = row_at(model, at(day))
    assert row is not None
    return row


def answer(id: str, day: str) -> str:
    """`input / output` of the row's first band, or the state of a row without a price."""
    row = row_of(id, day)
    if row.state is not State.PRICED:
        return row.state.value
    return f"{row.bands[0].rates.input} / {row.bands[0].rates.output}"


@pytest.mark.parametrize(
    ("id", "day", "expected"),
    [
        pytest.param("qwen-long", "2024-05-20", "20 / 20", id="1: Qwen-Long before the cut"),
        pytest.param("qwen-long", "2024-05-21", "0.5 / 2", id="2: and on its day"),
        pytest.param("doubao-pro-32k", "2024-05-15", "0.8 / 2", id="3: Doubao-pro-32k"),
        pytest.param("ernie-speed-8k", "2024-05-20", "4 / 4", id="5: ERNIE-Speed before"),
        pytest.param("ernie-speed-8k", "2024-05-21", "free", id="5: ERNIE-Speed"),
        pytest.param("ernie-lite-8k", "2024-05-21", "free", id="5: ERNIE-Lite"),
        pytest.param("ernie-3.5-8k", "2024-05-20", "12 / 12", id="5: ERNIE 3.5 before"),
        pytest.param("ernie-3.5-8k", "2024-05-21", "12 / 12", id="5: ERNIE 3.5, unchanged"),
        pytest.param("ernie-4.0-8k", "2024-05-20", "120 / 120", id="5: ERNIE 4.0 before"),
        pytest.param("ernie-4.0-8k", "2024-05-21", "120 / 120", id="5: ERNIE 4.0, unchanged"),
        pytest.param("spark-lite", "2024-05-22", "free", id="6: Spark Lite"),
        pytest.param("hunyuan-lite", "2024-05-21", "8 / 8", id="6: Hunyuan-lite before"),
        pytest.param("hunyuan-lite", "2024-05-22", "free", id="6: Hunyuan-lite"),
        pytest.param("hunyuan-pro", "2024-05-21", "100 / 100", id="6: Hunyuan-pro before"),
        pytest.param("hunyuan-pro", "2024-05-22", "30 / 100", id="6: its output unchanged"),
        pytest.param("deepseek-chat", "2024-05-06", "1 / 2", id="9: DeepSeek-V2"),
        pytest.param("gpt-4-turbo", "2024-05-06", "10 / 30", id="9: GPT-4-Turbo"),
        pytest.param("glm-3-turbo", "2024-05-10", "5 / 5", id="10: GLM-3-Turbo before"),
        pytest.param("glm-3-turbo", "2024-05-11", "1 / 1", id="10: GLM-3-Turbo"),
        pytest.param("gpt-4o", "2024-05-13", "5 / 15", id="11: GPT-4o"),
        pytest.param("gemini-1.5-flash", "2024-05-14", "0.35 / 1.05", id="11: Gemini 1.5 Flash"),
        pytest.param("gpt-3.5-turbo", "2023-03-01", "2 / 2", id="12: GPT-3.5 Turbo in 2023-03"),
        pytest.param("gpt-3.5-turbo", "2023-06-13", "1.5 / 2", id="12: in 2023-06, -25 %"),
        pytest.param("gpt-3.5-turbo", "2023-11-06", "1 / 2", id="12: the cut of 2023-11"),
        pytest.param("gpt-3.5-turbo", "2024-02-29", "0.5 / 1.5", id="12: in 2024-02, -50 %"),
    ],
)
def test_the_table_has_the_reported_price(id: str, day: str, expected: str) -> None:
    """Figures of the price war and before it; the table is append-only, so they stay."""
    assert answer(id, day) == expected


@pytest.mark.parametrize(
    ("id", "day", "yuan", "expected"),
    [
        pytest.param("qwen-long", "2024-05-20", 10_000, 500_000_000, id="1"),
        pytest.param("qwen-long", "2024-05-21", 10_000, 20_000_000_000, id="2"),
        pytest.param("doubao-pro-32k", "2024-05-15", 1, 1_250_000, id="3"),
        pytest.param("qwen-long", "2024-05-21", 1, 2_000_000, id="4"),
    ],
)
def test_money_buys_the_reported_number_of_tokens(
    id: str, day: str, yuan: int, expected: int
) -> None:
    """Just this many input tokens cost just this much; 5M users get 100 and 4,000 of #1 and #2."""
    row = row_of(id, day)
    cost = cost_of(Usage(expected), row)

    assert cost is not None
    assert cost.amount == yuan
    assert Decimal(yuan) * PER / row.bands[0].rates.input == expected


@pytest.mark.parametrize(
    ("id", "before", "after", "key", "percent"),
    [
        pytest.param("qwen-long", "2024-05-20", "2024-05-21", "input", "-97.5", id="2: Long"),
        pytest.param("qwen-long", "2024-05-20", "2024-05-22", "output", "-90", id="7: Long"),
        pytest.param("qwen-turbo", "2024-05-20", "2024-05-22", "output", "-25", id="7: Turbo"),
        pytest.param("qwen-plus", "2024-05-20", "2024-05-22", "output", "-40", id="7: Plus"),
        pytest.param("qwen-max", "2024-05-20", "2024-05-22", "output", "0", id="7: Max"),
        pytest.param("qwen-turbo", "2024-09-18", "2024-09-19", "input", "-85", id="8: Turbo"),
        pytest.param("qwen-plus", "2024-09-18", "2024-09-19", "input", "-80", id="8: Plus"),
        pytest.param("qwen-max", "2024-09-18", "2024-09-19", "input", "-50", id="8: Max"),
    ],
)
def test_prices_fell_by_the_reported_share(
    id: str, before: str, after: str, key: str, percent: str
) -> None:
    """Between the two days, in per cent of the first."""
    old, new = (getattr(row_of(id, day).bands[0].rates, key) for day in (before, after))

    assert (new / old - 1) * 100 == Decimal(percent)


@pytest.mark.parametrize(("key", "times"), [("input", 72), ("output", 108)])
def test_deepseek_v2_cost_near_a_hundredth_of_gpt_4_turbo(key: str, times: int) -> None:
    """Case 9, at the exchange rate of that day."""
    day = "2024-05-06"
    ours, theirs = (
        getattr(row_of(id, day).bands[0].rates, key) for id in ("deepseek-chat", "gpt-4-turbo")
    )
    rate = load_exchange_rates().on(date.fromisoformat(day))

    assert int(convert(theirs, "USD", "CNY", rate) / ours) == times


def test_reports_that_differ_are_noted() -> None:
    """Case 10: one article dates the cut of GLM-3-Turbo two days later."""
    assert "2024-05-13" in row_of("glm-3-turbo", "2024-05-11").note


def test_a_wrong_report_is_not_in_the_table() -> None:
    """Case 13: $0.5 and $1.5 were prices of GPT-3.5-Turbo, given as those of GPT-4o."""
    (model,) = find(TABLE, TABLE.models, ["gpt-4o"], at("2024-05-13"))

    assert all(
        (band.rates.input, band.rates.output) != (Decimal("0.5"), Decimal("1.5"))
        for row in model.prices
        for band in row.bands
    )
