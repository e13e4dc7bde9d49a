"""Amounts of money as people write them, and dated exchange rates."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost.errors import NoExchangeRate, UsageError
from llmcost.money import Money, Rate, Rates, convert, currency, exact, positive
from llmcost.runtime.gates import limit_of


def parse(text: str) -> Money:
    """The amount of --fail-over."""
    found = limit_of(text)
    assert found is not None
    return found


SERIES = Rates(
    ["CNY", "USD", "JPY"],
    ["2024-05-20,7.10,1,150", "2024-05-21,7.11,1,150", "2024-05-24,8,1.1,170"],
)


@pytest.mark.parametrize(
    ("text", "amount", "code"),
    [
        ("0.5 yuan", "0.5", "CNY"),
        ("0.5yuan", "0.5", "CNY"),
        ("¥10,000", "10000", "CNY"),
        ("￥1", "1", "CNY"),
        ("3 USD", "3", "USD"),
        ("usd 3", "3", "USD"),
        ("US$1.20", "1.20", "USD"),
        ("$.5", "0.5", "USD"),
        ("  $ 1,234,567.89 ", "1234567.89", "USD"),
        ("10000元", "10000", "CNY"),
        ("0 RMB", "0", "CNY"),
        ("0.000000000000000001 人民币", "0.000000000000000001", "CNY"),
    ],
)
def test_an_amount_is_read_with_its_currency(text: str, amount: str, code: str) -> None:
    """Number and currency come in either order, and no digit is lost."""
    found = parse(text)

    assert found == Money(Decimal(amount), code)
    assert str(found.amount) == str(Decimal(amount))


@pytest.mark.parametrize(
    "text",
    [
        *("5", "yuan", "", " ", "$", "$ yuan", "$5 yuan"),
        *("-1 yuan", "$-1", "+1 yuan", "1e5 yuan", "nan yuan", "inf $", "0x10 $"),
        *("1,5 yuan", "1,50 $", "1.5,0 $", "1,0000 yuan", ",5 $", "1,,000 $", "1_000 $"),
        *("1.2.3 $", "5. $", "1 000 yuan", "5 yuan.", "5 yuan/day", "1" * 19 + " $"),
    ],
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    """A sign, an exponent, a misplaced comma or a missing currency is an error, never a guess."""
    with pytest.raises(UsageError) as caught:
        parse(text)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [("7.1", "7.1"), ("0", "0"), ("1,000.5", "1000.5"), (".5", "0.5"), ("007", "7")],
)
def test_a_number_of_an_option_is_plain_digits(text: str, value: str) -> None:
    """Commas separate thousands; a point separates decimals."""
    assert positive(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "-0", "-1", "+1", "7,1", "7,10", "1,00,000", "nan", "inf", "1e9", "1e999999999"),
        *("1 ", "1\n", "1_000", "0x1", "1/2", "9" * 19, "." + "1" * 19),
    ],
)
def test_what_is_no_plain_number_is_none(text: str) -> None:
    """A decimal comma would change the value tenfold and an exponent could exhaust the memory."""
    assert positive(text) is None


@given(st.text(alphabet="0123456789.,+-_eE¥$ 元yuanUSD\n", max_size=20))
def test_no_text_breaks_the_reader_of_amounts(text: str) -> None:
    """Any text is an amount of zero or more, or a UsageError."""
    try:
        found = parse(text)
    except UsageError:
        return

    assert found.amount >= 0
    assert found.amount.is_finite()


@pytest.mark.parametrize(
    ("name", "code"), [("yuan", "CNY"), ("CNY", "CNY"), (" 元 ", "CNY"), ("Dollars", "USD")]
)
def test_a_currency_has_several_names(name: str, code: str) -> None:
    """Upper and lower case, code, word and symbol mean the same currency."""
    assert currency(name) == code


def test_an_unknown_currency_says_which_are_known() -> None:
    """The hint names what would have been accepted."""
    with pytest.raises(UsageError, match="unknown currency: `XAU`") as caught:
        currency("XAU")

    assert "CNY" in caught.value.hint
    assert "USD" in caught.value.hint


@pytest.mark.parametrize(
    ("day", "rate", "of"),
    [
        ("2024-05-20", "7.10", "2024-05-20"),
        ("2024-05-21", "7.11", "2024-05-21"),
        ("2024-05-23", "7.11", "2024-05-21"),
        ("2024-05-24", "7.2727", "2024-05-24"),
        ("2026-01-01", "7.2727", "2024-05-24"),
    ],
)
def test_a_day_has_the_last_rate_on_or_before_it(day: str, rate: str, of: str) -> None:
    """Weekends and days after the series use the rate before, and say which day it is of."""
    found = SERIES.on(date.fromisoformat(day), "USD", "CNY")

    assert found == Rate(Decimal(rate), date.fromisoformat(of))


@pytest.mark.parametrize(
    ("pair", "rate"),
    [
        (("EUR", "CNY"), "1 EUR = 8 CNY"),
        (("USD", "EUR"), "1 EUR = 1.1 USD"),
        (("JPY", "USD"), "1 USD = 154.55 JPY"),
        (("JPY", "CNY"), "1 CNY = 21.25 JPY"),
    ],
)
def test_a_pair_is_crossed_by_the_euro(pair: tuple[str, str], rate: str) -> None:
    """In five digits, for one unit of what is worth more; a rate of the euro is as published."""
    found = SERIES.on(date(2024, 5, 26), *pair)

    assert f"1 {found.base} = {found.value.normalize():f} {found.quote}" == rate
    assert found == SERIES.on(date(2024, 5, 26), *pair[::-1])
    assert found.day == date(2024, 5, 24)


@pytest.mark.parametrize("series", [SERIES, Rates([], [])], ids=["early", "empty"])
def test_no_rate_is_made_up_for_a_day_before_the_series(series: Rates) -> None:
    """The error says how to give a rate."""
    with pytest.raises(NoExchangeRate) as caught:
        series.on(date(2024, 5, 19), "CNY", "USD")

    assert "--fx" in caught.value.hint


@pytest.mark.parametrize(
    ("amount", "source", "target", "expected"),
    [
        ("10", "USD", "CNY", "71.0"),
        ("71", "CNY", "USD", "10"),
        ("5", "CNY", "CNY", "5"),
        ("0", "USD", "CNY", "0"),
    ],
)
def test_a_rate_is_yuan_for_one_dollar(
    amount: str, source: str, target: str, expected: str
) -> None:
    """Dollars are multiplied by it, yuan divided; the same currency is left alone."""
    found = convert(Decimal(amount), source, target, [Rate(Decimal("7.1"))])

    assert found == Decimal(expected)


def test_the_same_currency_needs_no_rate() -> None:
    """Only a real conversion asks for a rate."""
    assert convert(Decimal(5), "CNY", "CNY", ()) == 5
    with pytest.raises(NoExchangeRate):
        convert(Decimal(5), "USD", "CNY", ())


@given(
    st.decimals("0.000001", 1_000_000, places=6),
    st.decimals("0.01", 100, places=4),
    st.sampled_from([("CNY", "USD"), ("USD", "CNY")]),
)
def test_a_conversion_there_and_back_loses_nothing_visible(
    amount: Decimal, cny_per_usd: Decimal, pair: tuple[str, str]
) -> None:
    """What division rounds is beyond the 25th digit."""
    rate = Rate(cny_per_usd)
    there = convert(amount, pair[0], pair[1], [rate])
    back = convert(there, pair[1], pair[0], [rate])

    assert abs(back - amount) <= amount.scaleb(-25)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.1, "0.1"), (7, "7"), (1e-7, "1E-7"), (Decimal("2.50"), "2.50")]
)
def test_a_number_is_what_is_written(value: Decimal | float, expected: str) -> None:
    """0.1 is a tenth, and not the nearest binary fraction."""
    assert str(exact(value)) == expected


@pytest.mark.parametrize("value", [True, object(), [1]])
def test_what_is_no_number_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="expected a number"):
        exact(value)
