"""Texts as quantities: what people write, and what is refused rather than guessed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost import money
from llmcost.money import MOST, Money, Rate
from llmcost.workload import quantities
from llmcost.workload.fields import FIELDS, Field
from llmcost.workload.quantities import (
    LONGEST,
    HistoryLimit,
    Keep,
    Pace,
    TokenMix,
    above_zero,
    amount,
    decline,
    growth,
    history,
    mix,
    months,
    number,
    pairs,
    percentiles,
    rates,
    share,
    whole,
)

D = Decimal
PARSERS = (
    *(number, whole, above_zero, rates, months, share, amount, history, mix, growth, decline),
    *(pairs, percentiles),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("500", "500"),
        ("2.5", "2.5"),
        (".5", "0.5"),
        ("007", "7"),
        ("5,000", "5000"),
        ("1,234,567.5", "1234567.5"),
        ("50k", "50000"),
        ("5M", "5000000"),
        ("5 M", "5000000"),
        ("5m", "5000000"),
        ("1.5B", "1500000000"),
        ("5千", "5000"),
        ("500万", "5000000"),
        ("5百万", "5000000"),
        ("5千万", "50000000"),
        ("1.2亿", "120000000"),
        ("1,000 k", "1000000"),
        ("  30 ", "30"),
        ("1000000000000", "1000000000000"),
        ("1000B", "1000000000000"),
        ("0.041666666666666664", "0.041666666666666664"),
    ],
)
def test_a_number_may_have_commas_and_a_unit(text: str, value: str) -> None:
    """The units of both languages, in upper and lower case."""
    assert number(text) == D(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", ",", "k", "万", "-1", "-0", "+1", "1e5", "1E5", "nan", "inf", "Infinity"),
        *("１２", "٣", "5０", "½", "五", "²", "0x10", "1_000", "1/2", "5 5", "5k k", "5kk", "5t"),
        *("1,00", "1,0000", ",500", "1,,000", "5.", "1.2.3", "1.000,5", "5\n5", "5M users", "5百"),
        *("1000000000001", "1000.1B", "1.000000000001亿亿", "9" * 19, "." + "1" * 19),
        *("5\u212a", "5\u200b", "\u202e5"),  # the Kelvin sign is no k
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """An exponent, a sign, digits of other scripts, a misplaced comma, more than MOST."""
    assert number(text) is None


@given(st.integers(0, MOST))
def test_a_whole_number_is_its_digits(value: int) -> None:
    """With commas, too."""
    assert whole(str(value)) == number(str(value)) == number(f"{value:,}") == value


@given(st.decimals(0, 10**9, places=18))
def test_no_digit_of_a_number_is_lost(value: Decimal) -> None:
    """As many as Decimal itself keeps."""
    assert number(f"{value:f}") == value


@given(st.decimals(0, 10**6, places=6), st.sampled_from(["", "k", "m", "b", "千", "万", "亿"]))
def test_a_unit_multiplies(value: Decimal, unit: str) -> None:
    """Beyond MOST there is no number."""
    expected = value * quantities.UNITS[unit]

    assert number(f"{value:f}{unit.upper()}") == (expected if expected <= MOST else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5M", 5000000), ("0", 0), ("5.0", 5), ("0.5k", 500), ("5.5", None), ("0.0001k", None)],
)
def test_a_whole_number_has_no_part(text: str, value: int | None) -> None:
    """After its unit; and it is an int."""
    found = whole(text)

    assert found == value
    assert found is None or type(found) is int


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (above_zero, "1", 1),
        (above_zero, "0", None),
        (above_zero, "0.0", None),
        (above_zero, "0.5", None),
        (rates, "7.1", (Rate(D("7.1")),)),
        (rates, "0", None),
        (
            rates,
            "EUR/USD:1.12, EUR/CNY=8",
            (Rate(D("1.12"), None, "EUR", "USD"), Rate(D(8), None, "EUR")),
        ),
        (rates, "EUR/USD:1.12,USD/EUR:0.9", None),
        (rates, "EUR/XXX:1", None),
        (rates, "EUR/EUR:1", None),
        (months, "1", 1),
        (months, str(LONGEST), LONGEST),
        (months, str(LONGEST + 1), None),
        (months, "1k", None),
        (months, "0", None),
        (months, "1.5", None),
    ],
)
def test_some_numbers_have_bounds(
    parse: Callable[[str], Any], text: str, value: int | Decimal | None
) -> None:
    """Above zero, and no forecast of centuries."""
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40%", "0.4"),
        ("40 %", "0.4"),
        ("0.4", "0.4"),
        (".4", "0.4"),
        ("0", "0"),
        ("0%", "0"),
        ("1", "1"),
        ("100%", "1"),
        ("12.5%", "0.125"),
        ("0.001%", "0.00001"),
    ],
)
def test_a_share_is_a_percentage_or_a_part(text: str, value: str) -> None:
    """From nothing to all."""
    assert share(text) == D(value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "%",
            "40",
            "1.01",
            "101%",
            "100.1%",
            "-1%",
            "-0.1",
            "+5%",
            "5%%",
            "%5",
            "5e-1",
            "0,4",
        ),
        *("４０%", "40％", "٤٠%", "nan%", "inf", "5k%", "40%/month", "1/3", "a third"),
    ],
)
def test_what_is_no_share_is_refused(text: str) -> None:
    """`40` might be meant as a percentage, or not."""
    assert share(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10000 yuan", Money(D(10000), "CNY")),
        ("¥10,000", Money(D(10000), "CNY")),
        ("$20.5", Money(D("20.5"), "USD")),
        ("20 USD", Money(D(20), "USD")),
        ("10k yuan", Money(D(10000), "CNY")),
        ("1万元", Money(D(10000), "CNY")),
        ("1 万 元", Money(D(10000), "CNY")),
        ("¥1万", Money(D(10000), "CNY")),
        ("人民币 5百万", Money(D(5000000), "CNY")),
        ("$1.5k", Money(D(1500), "USD")),
        ("us$ 2M", Money(D(2000000), "USD")),
        ("5m usd", Money(D(5000000), "USD")),
        ("10,000 CNY", Money(D(10000), "CNY")),
        (" RMB10K ", Money(D(10000), "CNY")),
        ("1000B yuan", Money(D(MOST), "CNY")),
        ("20", None),
        ("20k", None),
        ("k yuan", None),
        ("yuan", None),
        ("$20 USD", None),
        ("5 yuan yuan", None),
        ("1万 万元", None),
        ("1,00 yuan", None),
        ("1001B yuan", None),
        ("１２ yuan", None),
        ("٣ yuan", None),
        ("五元", None),
        ("5\u212a yuan", None),  # the Kelvin sign is no k
        ("5 dollar\u017f", None),  # nor the long s an s
        ("5\u200b yuan", None),
        ("20 XAU", None),
        ("-1 yuan", None),
        ("1e5 yuan", None),
        ("nan yuan", None),
    ],
)
def test_an_amount_has_a_currency(text: str, value: Money | None) -> None:
    """Before or after it; and the number is one as `number` has it."""
    assert amount(text) == value


@given(
    st.decimals(0, 10**6, places=6),
    st.sampled_from(["", "k", "m", "b", "千", "万", "亿"]),
    st.sampled_from(list(money.NAMES)),
    st.booleans(),
)
def test_money_is_a_number_with_a_currency(
    value: Decimal, unit: str, currency: str, before: bool
) -> None:
    """On either side of it, in any of its names."""
    text = f"{value:f}{unit}"
    found = number(text)
    expected = None if found is None else Money(found, money.NAMES[currency])

    assert amount(f"{currency} {text}" if before else f"{text} {currency}") == expected
    assert amount(f"{currency}{text}" if before else f"{text}{currency.lower()}") == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("full", HistoryLimit()),
        ("window:3", HistoryLimit(Keep.WINDOW, 3)),
        ("window:0", HistoryLimit(Keep.WINDOW, 0)),
        ("summary:500", HistoryLimit(Keep.SUMMARY, 500)),
        ("summary: 1k", HistoryLimit(Keep.SUMMARY, 1000)),
        *((text, None) for text in ("", "window", "window:", "full:3", "all", "window:-1")),
        *((text, None) for text in ("window:1.5", "window:3:4", "summary:٣", ":3", "window 3")),
    ],
)
def test_a_history_is_full_or_has_a_size(text: str, value: HistoryLimit | None) -> None:
    """In exchanges, or in tokens."""
    assert history(text) == value


@pytest.mark.parametrize("text", ["full", "window:3", "summary:500"])
def test_a_history_is_told_as_it_is_written(text: str) -> None:
    """So that one may copy it."""
    assert str(history(text)) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3:1", TokenMix(D(3), D(1))),
        ("3 : 1", TokenMix(D(3), D(1))),
        ("0.5:1.5", TokenMix(D("0.5"), D("1.5"))),
        ("1:0", TokenMix(D(1), D(0))),
        ("0:1", TokenMix(D(0), D(1))),
        *((text, None) for text in ("", ":", "3", "3:", ":1", "0:0", "3:1:2", "-3:1", "３:１")),
        *((text, None) for text in ("3/1", "1e2:1", "nan:1", "inf:1", "3k:1", "3,1")),
    ],
)
def test_a_mix_is_two_numbers(text: str, value: TokenMix | None) -> None:
    """One of them may be nothing, not both."""
    assert mix(text) == value


@pytest.mark.parametrize(
    ("text", "grows", "declines"),
    [
        ("5%/month", Pace(D("1.05"), 1), Pace(D("0.95"), 1)),
        ("5%", Pace(D("1.05"), 1), Pace(D("0.95"), 1)),
        ("+5 % / month", Pace(D("1.05"), 1), Pace(D("0.95"), 1)),
        ("-10%/quarter", Pace(D("0.9"), 3), Pace(D("1.1"), 3)),
        ("20%/year", Pace(D("1.2"), 12), Pace(D("0.8"), 12)),
        ("0%", Pace(D(1), 1), Pace(D(1), 1)),
        ("2x/year", Pace(D(2), 12), Pace(D("0.5"), 12)),
        ("10X/year", Pace(D(10), 12), Pace(D("0.1"), 12)),
        ("0.5x/month", Pace(D("0.5"), 1), Pace(D(2), 1)),
        ("1,000,000x/year", Pace(D(10**6), 12), Pace(D("0.000001"), 12)),
        ("100%", Pace(D(2), 1), None),  # nobody pays nothing, or less
        ("200%/year", Pace(D(3), 12), None),
        ("-100%", None, Pace(D(2), 1)),
    ],
)
def test_a_pace_multiplies_each_month_quarter_or_year(
    text: str, grows: Pace | None, declines: Pace | None
) -> None:
    """A decline is the other way round; nothing grows from zero, or to less."""
    assert growth(text) == grows
    assert decline(text) == declines


@pytest.mark.parametrize("parse", [growth, decline])
@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "5",
            "x",
            "%",
            "2x",
            "0x/year",
            "-2x/year",
            "+2x/year",
            "5%/day",
            "5%/months",
            "5/month",
        ),
        *("1000001x/year", "0.0000009x/year", "５%", "٣%/month", "1e3%", "nan%", "infx/year"),
        *("5%month", "5%/", "--5%", "5%/month/month", "5k%"),
    ],
)
def test_what_is_no_pace_is_refused(parse: Callable[[str], Pace | None], text: str) -> None:
    """A pace has a time, and a factor above zero."""
    assert parse(text) is None


@pytest.mark.parametrize(
    ("pace", "after", "factor"),
    [
        (Pace(D("1.05"), 1), 0, "1"),
        (Pace(D("1.05"), 1), 2, "1.1025"),
        (Pace(D(2), 12), 12, "2"),
        (Pace(D(2), 12), 24, "4"),
        (Pace(D(4), 12), 6, "2"),
        (Pace(D(8), 3), 4, "16"),
    ],
)
def test_a_pace_goes_on(pace: Pace, after: int, factor: str) -> None:
    """Part of a period has its root."""
    assert abs(pace.after(after) - D(factor)) < D("1e-20")


def test_the_fastest_pace_ends_in_a_number() -> None:
    """After the longest forecast that there is."""
    fastest, slowest = growth("1,000,000x/month"), decline("1,000,000x/month")

    assert fastest is not None
    assert slowest is not None
    assert fastest.after(LONGEST).is_finite()
    assert slowest.after(LONGEST) > 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("web_search:0.2", {"web_search": D("0.2")}),
        ("a:1,b:2", {"a": D(1), "b": D(2)}),
        (" web search : 1k , 页:0 ", {"web search": D(1000), "页": D(0)}),
        *((text, None) for text in ("", ",", "a", "a:", ":1", "a:b", "a:1,", "a:1,a:2", "a:1:2")),
        *((text, None) for text in ("a:-1", "a:1e5", "a:nan", "a:１", "a:1,000", "\x1b[2J:1")),
    ],
)
def test_pairs_are_numbers_by_name(text: str, value: dict[str, Decimal] | None) -> None:
    """Each name once, and none that acts on a terminal."""
    assert pairs(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50:10,90:60", {50: 10, 90: 60}),
        ("p50:10, P90:60, 99.9:200", {50: 10, 90: 60, D("99.9"): 200}),
        *((text, None) for text in ("", "50:10", "50:10,50:20", "50:10,p50:20,90:60")),
        *((text, None) for text in ("50:10,50.0:20,90:60", "90:60,50:10", "50:60,90:60")),
        *(
            (text, None)
            for text in ("50:60,90:10", "90:10,50:60", "0:1,50:2", "50:1,100:2", "50:0,90:1")
        ),
        *((text, None) for text in ("pp50:1,90:2", "５0:1,90:2", "-5:1,90:2", "a:1,b:2")),
    ],
)
def test_percentiles_rise(text: str, value: dict[Decimal, Decimal] | None) -> None:
    """Two at least, between 0 and 100, and a higher rank has more."""
    assert percentiles(text) == value


HOSTILE = [
    *(
        "",
        " ",
        "\n",
        "\x00",
        "\x1b[31m",
        "\u202e1",
        "\ud800",
        "１２",
        "٣",
        "1e5",
        "-1",
        "nan",
        "inf",
    ),
    *(
        "1,00",
        "1000000000001",
        "9" * 10**6,
        "1," * 10**6,
        " " * 10**6 + "x",
        "1" + " " * 10**6 + "x",
    ),
    *("$" + " " * 10**6, "1" + " " * 10**6 + "k" + " " * 10**6 + "x", "¥" * 10**6),
    *(":" * 10**6, "a:" * 10**6, "." * 10**6, "k" * 10**6, "1" * 10**6 + "%", "a" * 10**6 + "1"),
]


@pytest.mark.parametrize("parse", PARSERS)
def test_hostile_texts_are_refused(parse: Callable[[str], Any]) -> None:
    """By all; a long one in time by its length, not by the square of it."""
    assert [text[:20] for text in HOSTILE if parse(text) is not None] == []


@given(st.sampled_from(list(FIELDS.values())), st.text(max_size=20))
def test_no_text_breaks_a_field(field: Field, text: str) -> None:
    """Any text has a value or none."""
    field.parse(text)


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())
def test_the_example_of_a_field_is_right(field: Field) -> None:
    """And an empty text never is."""
    assert field.parse(field.example) is not None
    assert field.parse("") is None


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("model", "qwen-*, deepseek/*", ("qwen-*", "deepseek/*")),
        ("model", "a,,b", None),
        ("model", "a,\x1b[2J", None),
        ("tier", " flex  1 ", "flex 1"),
        ("tier", "a\x1bb", None),
        ("traffic", "office", "office"),
        ("traffic", "Office", None),
        ("cache_lifetime", "1h", "1h"),
        ("cache_lifetime", "2h", None),
        ("tool_history", "drop", "drop"),
        ("tool_history", "none", None),
        ("deployment_hours", "744", 744),
        ("deployment_hours", "744.5", None),
        ("packs", "True", True),
        ("packs", "false", False),
        ("packs", "yes", None),
        ("holidays", "none", "none"),
        ("holidays", "cn", None),
        ("month", "2026-13", None),
        ("month", "２026-12", None),
        ("currency", "yuan", "CNY"),
        ("currency", "XAU", None),
        ("fx", "0", None),
    ],
)
def test_words_are_known_or_printable(key: str, text: str, value: Any) -> None:
    """The other parsers of the fields."""
    assert FIELDS[key].parse(text) == value


VALUES = (number, whole, above_zero, rates, months, share)


@given(
    st.decimals(-2, MOST * 10, places=3)
    | st.decimals(0, 2, places=20)
    | st.integers(-2, MOST * 10).map(D)
    | st.sampled_from([D("NaN"), D("Infinity"), D("-0"), D("1E+5"), D("1E+30"), D("1E-30")])
)
def test_a_number_that_a_program_has_means_what_its_text_does(value: Decimal) -> None:
    for parse in VALUES:
        assert parse(value) == parse(f"{value:f}")


@given(st.dictionaries(st.sampled_from(["50", "p90", "99", "web", ""]), st.integers(-1, 9).map(D)))
def test_a_mapping_means_what_its_text_does(value: dict[str, Decimal]) -> None:
    text = ",".join(f"{name}:{one}" for name, one in value.items())
    for parse in (pairs, percentiles):
        assert (parse(value) or None) == parse(text)
