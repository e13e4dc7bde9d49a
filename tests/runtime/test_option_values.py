"""What the options of a request mean: how much output, how much cached, billed at what time."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import at, band, model, rates, row, table

from llmcost.errors import NoExchangeRate, UsageError
from llmcost.money import MOST, Exchange, Money, Rate
from llmcost.pricing.price_rows import LAST_YEAR, VendorZone
from llmcost.pricing.terms import Amount, Hours
from llmcost.runtime import option_values
from llmcost.runtime.option_values import amount_of, output_of, time_of
from llmcost.runtime.price_table import exchange_for

NOW = at("2026-11-20T10:00:00+08:00")
HOUR = at("2026-11-19T15:00:00+08:00")
HOUR_TEXT = "2026-11-19T15:00:00+08:00"


def end_of(day: str) -> datetime:
    """Of a day, wherever the vendor is."""
    return datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=VendorZone())


@pytest.mark.parametrize(
    ("as_of", "hour", "at", "hours"),
    [
        pytest.param(None, None, NOW, NOW, id="now"),
        pytest.param("2024-05-21", None, end_of("2024-05-21"), Hours.OFF_PEAK, id="a day"),
        pytest.param(
            "2026-11-19[Asia/Shanghai]",
            None,
            datetime.fromisoformat("2026-11-19T23:59:59+08:00"),
            Hours.OFF_PEAK,
            id="a day in its zone",
        ),
        pytest.param(HOUR_TEXT, None, HOUR, HOUR, id="an instant as of which"),
        pytest.param(None, HOUR_TEXT, HOUR, HOUR, id="an hour chooses the row too"),
        pytest.param(None, "peak", NOW, Hours.PEAK, id="peak, now"),
        pytest.param(None, "off-peak", NOW, Hours.OFF_PEAK, id="off-peak, now"),
        pytest.param(
            "2024-05-21", "peak", end_of("2024-05-21"), Hours.PEAK, id="the peak of a day"
        ),
        pytest.param(
            "2024-05-21", "off-peak", end_of("2024-05-21"), Hours.OFF_PEAK, id="its other hours"
        ),
        pytest.param("2024-05-21", HOUR_TEXT, end_of("2024-05-21"), HOUR, id="rows, and an hour"),
        pytest.param(HOUR_TEXT, "peak", HOUR, Hours.PEAK, id="an instant, at its peak price"),
        pytest.param(
            *(None, "2024-05-21", end_of("2024-05-21"), Hours.OFF_PEAK),
            id="a day has no hour, whichever option names it",
        ),
    ],
)
def test_one_option_chooses_the_rows_and_one_the_hour(
    as_of: str | None, hour: str | None, at: datetime, hours: datetime | Hours
) -> None:
    """An instant alone does both; a day alone has no hour, so it is billed off-peak."""
    assert time_of(as_of, hour, NOW) == (at, hours)


@pytest.mark.parametrize("text", ["", "noon", "10:00", "2024-02-30", "peak ", "2024-02-28[Mars]"])
def test_a_time_that_is_none_is_wrong_usage(text: str) -> None:
    """For either option."""
    with pytest.raises(UsageError):
        time_of(None, text, NOW)
    with pytest.raises(UsageError):
        time_of(text, None, NOW)


@pytest.mark.parametrize("text", ["peak", "off-peak"])
def test_the_day_of_a_price_is_no_part_of_a_schedule(text: str) -> None:
    """`--as-of peak` names no rows."""
    with pytest.raises(UsageError):
        time_of(text, None, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, Amount()),
        ("0", Amount(0)),
        ("2000", Amount(2000)),
        ("007", Amount(7)),
        (str(MOST), Amount(MOST)),
        ("0%", Amount(share=Decimal(0))),
        ("40%", Amount(share=Decimal("0.4"))),
        ("12.5%", Amount(share=Decimal("0.125"))),
        (".5%", Amount(share=Decimal("0.005"))),
        ("100%", Amount(share=Decimal(1))),
        ("100.0%", Amount(share=Decimal(1))),
    ],
)
def test_an_amount_is_tokens_or_a_share_of_the_input(text: str | None, expected: Amount) -> None:
    """Nothing, if it is not given."""
    assert amount_of(text, "--cached") == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "%",
            "-1",
            "-1%",
            "+1",
            "1.5",
            "1,000",
            "1k",
            "1e3",
            "100.1%",
            "101%",
            "40 %",
            "40%%",
        ),
        *("٤٠", "²", "²%", "nan%", "inf%", "0x10", "half", str(MOST + 1), "9" * 5000),
    ],
)
def test_what_is_neither_is_wrong_usage(text: str) -> None:
    """The message names the option and shows how to write it."""
    with pytest.raises(UsageError, match="--cached takes tokens or a share") as caught:
        amount_of(text, "--cached")

    assert "40%" in caught.value.hint


@given(st.text(max_size=8) | st.integers().map(str) | st.floats().map(lambda n: f"{n}%"))
def test_any_text_is_an_amount_or_wrong_usage(text: str) -> None:
    """Never another error, never less than nothing, never more than the input."""
    try:
        found = amount_of(text, "--cached")
    except UsageError:
        return
    assert 0 <= found.tokens <= MOST
    assert found.share is None or 0 <= found.share <= 1


@pytest.mark.parametrize(
    ("tokens", "ratio", "expected"),
    [
        (None, None, None),
        (0, None, Amount(0)),
        (500, None, Amount(500)),
        (None, "0", Amount(share=Decimal(0))),
        (None, "0.5", Amount(share=Decimal("0.5"))),
        (None, "3", Amount(share=Decimal(3))),
    ],
)
def test_output_is_tokens_or_a_ratio_or_not_asked_for(
    tokens: int | None, ratio: str | None, expected: Amount | None
) -> None:
    """No output is asked for by `-o 0` too, and then nothing is missing."""
    assert output_of(tokens, ratio) == expected


@pytest.mark.parametrize(("tokens", "ratio"), [(0, "0"), (5, "0.5"), (None, "-1"), (None, "x")])
def test_two_outputs_or_none_that_makes_sense_are_wrong_usage(
    tokens: int | None, ratio: str
) -> None:
    """Neither wins silently."""
    with pytest.raises(UsageError):
        output_of(tokens, ratio)


# --- the currency that ranks ---------------------------------------------------------------------

YUAN = model("yuan", row(band("1")))
DOLLARS = model("dollars", row(rates("1", "1")), provider="globex")
TABLE = table(YUAN, DOLLARS)
EARLY = at("2000-01-01")


@pytest.mark.parametrize(
    ("models", "wanted", "currency", "is_converted"),
    [
        ([YUAN], None, "CNY", False),
        ([DOLLARS], None, "USD", False),
        ([YUAN, DOLLARS], None, "CNY", True),
        ([DOLLARS], "yuan", "CNY", True),
        ([YUAN], "$", "USD", True),
        ([YUAN, DOLLARS], "USD", "USD", True),
        ([], None, "CNY", False),
    ],
)
def test_models_of_one_currency_rank_in_it(
    models: list[object], wanted: str | None, currency: str, is_converted: bool
) -> None:
    """A mixture ranks in yuan; only what is converted needs a rate."""
    chosen = [one for one in (YUAN, DOLLARS) if one in models]
    found = exchange_for(TABLE, chosen, wanted, (), NOW)

    assert found.currency == currency
    assert bool(found.rates) is is_converted
    if is_converted:
        with pytest.raises(NoExchangeRate):
            exchange_for(TABLE, chosen, wanted, (), EARLY)
    else:
        assert exchange_for(TABLE, chosen, wanted, (), EARLY) == Exchange(currency)


def test_a_rate_of_ones_own_needs_no_series() -> None:
    """On any day."""
    found = exchange_for(TABLE, [YUAN, DOLLARS], None, option_values.rates("7.1"), EARLY)

    assert found.rates == (Rate(Decimal("7.1")),)


@pytest.mark.parametrize("fx", ["0", "-7", "seven", "7,1", "", "EUR/USD", "EUR/USD:0", "EUR/XYZ:1"])
def test_a_rate_that_is_none_is_wrong_usage(fx: str) -> None:
    with pytest.raises(UsageError, match="--fx"):
        option_values.rates(fx)


@pytest.mark.parametrize(("limit", "is_converted"), [("CNY", False), ("USD", True)])
def test_a_limit_in_another_currency_needs_a_rate(limit: str, is_converted: bool) -> None:
    """It is compared with bills in yuan."""
    found = exchange_for(TABLE, [YUAN], None, (), NOW, [Money(Decimal(1), limit)])

    assert found.currency == "CNY"
    assert bool(found.rates) is is_converted


@given(st.dates(date(1999, 1, 1), date(2150, 1, 1)) | st.datetimes(datetime(1999, 1, 1)))
def test_a_day_or_an_instant_means_what_its_text_does(value: date) -> None:
    if value.year <= LAST_YEAR:
        assert option_values.instant(value, NOW) == option_values.instant(value.isoformat(), NOW)
        assert time_of(value, None, NOW) == time_of(value.isoformat(), None, NOW)
        assert time_of(None, value, NOW) == time_of(None, value.isoformat(), NOW)


@given(st.decimals(0, MOST, places=6) | st.integers(0, MOST) | st.floats(0, 1e12))
def test_a_number_means_what_its_text_does(value: Decimal | float) -> None:
    text = f"{Decimal(str(value)):f}"
    example = "for example 1"
    for zero in (True, False):
        with suppress(UsageError):
            expected = option_values.decimal(text, "--x", zero=zero, example=example)
            assert option_values.decimal(value, "--x", zero=zero, example=example) == expected
