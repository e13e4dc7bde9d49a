"""The rules of a price file: what each mistake is told, and on which line."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tables import prices, rates, variant

from llmcost import yaml_files as nodes
from llmcost.errors import BadPriceFile, UnreadableInput
from llmcost.files import bundled
from llmcost.money import CURRENCIES
from llmcost.price_data.loader import (
    Source,
    compile_table,
    load,
    load_exchange_rates,
    read_file,
)
from llmcost.price_data.parser import parse_table
from llmcost.pricing.price_rows import (
    Alias,
    Band,
    Limit,
    Offer,
    PriceRow,
    PriceState,
    PriceTable,
    Quota,
)
from llmcost.pricing.schedule import PeakWindow, Schedule, parse_days

FILE = Path("somewhere/p.yaml")
TOKENIZERS = ("words", "letters")


def parse(text: str | bytes, base: PriceTable | None = None) -> PriceTable:
    content = text.encode() if isinstance(text, str) else text
    return parse_table(FILE, content, TOKENIZERS, base)


def problems(text: str | bytes, base: PriceTable | None = None) -> list[str]:
    """What is wrong with the file; nothing if it is in order."""
    try:
        parse(text, base)
    except BadPriceFile as error:
        return list(error.problems)
    return []


# Each of these has a line that the mistakes below replace or add to.
TABLE = """\
schema: 1
providers:
"""
PROVIDER = """\
  - id: acme
    name: Acme
    currency: CNY
    models:
"""
MODEL = """\
      - id: small
        tokenizer: words
        prices:
"""
ROW = """\
          - from: 2024-05-21
            source: https://example.com
            checked: 2024-05-22
"""
PRICE = """\
            input: 0.8
            output: 2
"""
WHOLE = TABLE + PROVIDER + MODEL + ROW + PRICE


def table_with(line: str) -> str:
    return WHOLE + line + "\n"


def provider_with(line: str) -> str:
    return TABLE + PROVIDER.replace("    models:", f"    {line}\n    models:") + MODEL + ROW + PRICE


def model_with(line: str) -> str:
    return (
        TABLE
        + PROVIDER
        + MODEL.replace("        prices:", f"        {line}\n        prices:")
        + (ROW + PRICE)
    )


def row_with(*lines: str) -> str:
    return WHOLE + "".join(f"            {line}\n" for line in lines)


def unpriced_row(*lines: str) -> str:
    return TABLE + PROVIDER + MODEL + ROW + "".join(f"            {line}\n" for line in lines)


def rows(*starts: str) -> str:
    more = (ROW.replace("2024-05-21", start) + PRICE for start in starts)
    return TABLE + PROVIDER + MODEL + "".join(more)


def bands(*lines: str) -> str:
    return unpriced_row("bands:", *(f"  - {{{line}}}" for line in lines))


def models(*texts: str) -> str:
    return TABLE + PROVIDER + "".join(texts)


def small(id: str, *aliases: str) -> str:
    named = "".join(f"          - {alias}\n" for alias in aliases)
    text = MODEL.replace("id: small", f"id: {id}") + ROW + PRICE
    return (
        text.replace("        prices:\n", f"        aliases:\n{named}        prices:\n")
        if (aliases)
        else text
    )


def the_row(text: str) -> PriceRow:
    return parse(text).models[0].prices[0]


def test_a_file_in_order_has_no_problem() -> None:
    """The example that all mistakes start from is right."""
    table = parse(WHOLE)

    assert table.models[0].key == "acme/small"
    assert table.models[0].tokenizer == "words"
    assert the_row(WHOLE) == PriceRow(
        start=date(2024, 5, 21),
        source="https://example.com",
        checked=date(2024, 5, 22),
        bands=(Band(rates("0.8", "2")),),
    )


KEYS = [
    pytest.param(table_with("schema: 1"), "15: duplicate key `schema` in the table", id="table"),
    pytest.param(
        provider_with("currency: USD"), "6: duplicate key `currency` in a provider", id="provider"
    ),
    pytest.param(
        provider_with("sources: {a: b, a: c}"), "6: duplicate key `a` in `sources`", id="sources"
    ),
    pytest.param(model_with("id: tiny"), "9: duplicate key `id` in a model", id="model"),
    pytest.param(
        model_with("aliases: [{id: a, id: b}]"), "9: duplicate key `id` in an alias", id="alias"
    ),
    pytest.param(row_with("input: 1"), "15: duplicate key `input` in a price row", id="row"),
    pytest.param(
        bands("input: 1, output: 1, input: 2"), "14: duplicate key `input` in a band", id="band"
    ),
]
UNKNOWN = [
    pytest.param(table_with("schemas: 1"), "15: unknown key `schemas` in the table", id="table"),
    pytest.param(
        provider_with("url: x"),
        "6: unknown key `url` in a provider; expected one of `id`",
        id="provider",
    ),
    pytest.param(model_with("ctx: 1"), "9: unknown key `ctx` in a model", id="model"),
    pytest.param(
        model_with("aliases: [{id: a, until: 2024-01-01}]"),
        "9: unknown key `until` in an alias; expected one of `id`, `from`, `to`",
        id="alias",
    ),
    pytest.param(row_with("inputs: 1"), "15: unknown key `inputs` in a price row", id="row"),
    pytest.param(bands("input: 1, output: 1, to: 2"), "14: unknown key `to` in a band", id="band"),
    pytest.param(row_with("? [a, b]\n            : 1"), "15: unknown key ``", id="a list as key"),
    pytest.param(row_with("<<: {input: 1}"), "15: unknown key `<<`", id="merge key"),
]
MISSING = [
    pytest.param("providers: []", "1: the table has no `schema`", id="schema"),
    pytest.param("schema: 1", "1: the table has no `providers`", id="providers"),
    pytest.param(
        WHOLE.replace("  - id: acme\n    name", "  - name"),
        "3: a provider has no `id`",
        id="provider id",
    ),
    pytest.param(
        WHOLE.replace("    name: Acme\n", ""),
        "3: provider `acme` has no `name`",
        id="provider name",
    ),
    pytest.param(
        WHOLE.replace("    currency: CNY\n", ""),
        "3: provider `acme` has no `currency`",
        id="currency",
    ),
    pytest.param(
        TABLE + PROVIDER.replace("    models:\n", ""), "3: a provider has no `models`", id="models"
    ),
    pytest.param(
        WHOLE.replace("- id: small\n        tok", "- tok"), "7: a model has no `id`", id="model id"
    ),
    pytest.param(
        WHOLE.replace("        tokenizer: words\n", ""),
        "7: a model has no `tokenizer`",
        id="tokenizer",
    ),
    pytest.param(
        TABLE + PROVIDER + MODEL.replace("        prices:\n", ""),
        "7: a model has no `prices`",
        id="prices",
    ),
    pytest.param(
        model_with("aliases: [{from: 2024-01-01}]"), "9: an alias has no `id`", id="alias id"
    ),
    pytest.param(
        WHOLE.replace("from: 2024-05-21\n            ", ""),
        "10: a price row has no `from`",
        id="from",
    ),
    pytest.param(
        WHOLE.replace("            source: https://example.com\n", ""),
        "10: a price row has no `source`",
        id="source",
    ),
    pytest.param(
        WHOLE.replace("            checked: 2024-05-22\n", ""),
        "10: a price row has no `checked`",
        id="checked",
    ),
    pytest.param(
        WHOLE.replace("            input: 0.8\n", ""), "10: a price row has no `input`", id="input"
    ),
    pytest.param(
        WHOLE.replace("            output: 2\n", ""), "10: a price row has no `output`", id="output"
    ),
    pytest.param(bands("input: 1"), "14: a band has no `output`", id="output of a band"),
    pytest.param(unpriced_row(), "10: a price row has no `input`", id="any price"),
]
EMPTY = [
    pytest.param(TABLE, "2: expected a list of providers, got nothing", id="providers"),
    pytest.param(
        TABLE.replace("providers:", "providers: []"),
        "2: expected at least one of providers",
        id="no providers",
    ),
    pytest.param(TABLE + PROVIDER, "6: expected a list of models, got nothing", id="models"),
    pytest.param(
        TABLE + PROVIDER + MODEL, "9: expected a list of price rows, got nothing", id="rows"
    ),
    pytest.param(unpriced_row("bands: []"), "13: expected at least one of bands", id="bands"),
    pytest.param(model_with("aliases: []"), "9: expected at least one of aliases", id="aliases"),
    pytest.param(
        WHOLE.replace("id: acme", "id:"), "3: expected `id` as a line of text, got nothing", id="id"
    ),
    pytest.param(
        WHOLE.replace("source: https://example.com", "source:"),
        "11: expected `source` as a line of text, got nothing",
        id="source",
    ),
    pytest.param(
        WHOLE.replace("source: https://example.com", "source: ~"),
        "11: expected `source` as a line of text, got `~`",
        id="a null source",
    ),
    pytest.param(
        WHOLE.replace("source: https://example.com", "source: null"),
        "11: expected `source` as a line of text, got `null`",
        id="a null source, spelled",
    ),
    pytest.param(
        WHOLE.replace("source: https://example.com", 'source: " "'),
        "11: expected `source` as a line of text",
        id="a blank source",
    ),
    pytest.param(model_with("context:"), "9: expected `context` as a whole number", id="context"),
]
WRONG_KIND = [
    pytest.param("hello", "1: expected the table as `key: value` lines, got `hello`", id="a word"),
    pytest.param("- a", "1: expected the table as `key: value` lines, got a list", id="a list"),
    pytest.param(
        "schema: 1\nproviders: {a: b}",
        "2: expected a list of providers, got a mapping",
        id="providers",
    ),
    pytest.param(
        TABLE + "  - acme",
        "3: expected a provider as `key: value` lines, got `acme`",
        id="provider",
    ),
    pytest.param(
        provider_with("sources: [a]"),
        "6: expected `sources` as `key: value` lines, got a list",
        id="sources",
    ),
    pytest.param(
        provider_with("page: [a]"), "6: expected `page` as a line of text, got a list", id="page"
    ),
    pytest.param(model_with("aliases: a"), "9: expected a list of aliases, got `a`", id="aliases"),
    pytest.param(
        model_with("aliases: [[a]]"), "9: expected an alias as `key: value` lines", id="alias"
    ),
    pytest.param(unpriced_row("bands: 3"), "13: expected a list of bands, got `3`", id="bands"),
    pytest.param(
        row_with("note: {a: b}"), "15: expected `note` as a line of text, got a mapping", id="note"
    ),
    pytest.param(
        WHOLE.replace("0.8", "[0.8]"), "13: expected `input` as CNY per 1M tokens", id="price"
    ),
]
VALUES = [
    pytest.param(
        WHOLE.replace("schema: 1", "schema: 2"),
        "1: expected `schema: 1`, got `2`",
        id="another schema",
    ),
    pytest.param(
        WHOLE.replace("CNY", "XAU"),
        "5: expected `currency` as one of CNY, USD, EUR",
        id="currency",
    ),
    pytest.param(
        WHOLE.replace("CNY", "cny"), "5: expected `currency`", id="currency in lower case"
    ),
    pytest.param(
        WHOLE.replace("words", "sounds"),
        "8: expected `tokenizer` as one of letters, words, got `sounds`",
        id="tokenizer",
    ),
    pytest.param(
        row_with("state: gratis"),
        "15: expected `state` as one of priced, free, plan, unknown, got `gratis`",
        id="state",
    ),
    *(
        pytest.param(
            model_with(f"context: {text}"),
            "9: expected `context` as a whole number of tokens like 32000",
            id=f"context {text}",
        )
        for text in ("0", "-1", "1.5", "128k", "1_000", "1e6", "010", "0x10", "١٢")
    ),
    *(
        pytest.param(
            WHOLE.replace("2024-05-22", text),
            "12: expected `checked` as a date like 2026-11-22",
            id=f"checked {text}",
        )
        for text in (
            "2024-02-30",
            "2024-5-2",
            "20240522",
            "22.05.2024",
            "2024-05-22T10:00:00Z",
            "today",
            "2024",
        )
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"), [*KEYS, *UNKNOWN, *MISSING, *EMPTY, *WRONG_KIND, *VALUES]
)
def test_a_mistake_is_told_with_its_line_and_what_was_expected(text: str, expected: str) -> None:
    """One mistake, one message: `file:line: what is wrong`."""
    found = problems(text)

    assert any(one.startswith(f"p.yaml:{expected}") for one in found), found


@pytest.mark.parametrize(
    "price",
    [
        *("-1", "-0.5", "+1", ".inf", "-.inf", ".nan", "inf", "nan", "1e-6", "1E3", "010", "00.5"),
        *("0x10", "1_000", "1,000", ".5", "5.", "0.8 yuan", "abc", '"abc"', "yes", "no", "~", '""'),
        *("12:30", "2024-05-21", "1/2", "0.8 0.9", "９", "1" * 13, "0." + "1" * 19),
    ],
)
def test_a_price_is_plain_digits(price: str) -> None:
    """What YAML would read as some other number, and what is none, is refused in one message."""
    (problem,) = problems(WHOLE.replace("input: 0.8", f"input: {price}"))

    assert problem.startswith("p.yaml:13: expected `input` as CNY per 1M tokens like 0.8, got ")


@pytest.mark.parametrize(
    ("written", "price"),
    [("0.80", "0.80"), ("12", "12"), ('"0.8"', "0.8"), ("0.000001", "0.000001"), ("0", "0")],
)
def test_a_price_keeps_each_digit(written: str, price: str) -> None:
    """No digit passes through a binary fraction, and zeros stay."""
    found = the_row(WHOLE.replace("input: 0.8", f"input: {written}")).bands[0].prices["input"]

    assert str(found) == price


@pytest.mark.parametrize("key", ["input", "output", "cache_read", "combined", "output_thinking"])
def test_every_price_is_checked(key: str) -> None:
    """No price is read by a rule of its own."""
    expected = f"expected `{key}` as CNY per 1M tokens"

    assert any(expected in one for one in problems(unpriced_row(f"{key}: -1")))
    assert any(expected in one for one in problems(bands(f"{key}: -1")))


CONFLICTS = [
    pytest.param(
        WHOLE.replace("0.8", "0").replace("output: 2", "output: 0"),
        "10: a price row is zero; a price of nothing is written `state: free`",
        id="zero",
    ),
    pytest.param(unpriced_row("combined: 0"), "10: a price row is zero", id="zero in one"),
    pytest.param(bands("input: 0, output: 0"), "14: a band is zero", id="a band of zero"),
    pytest.param(
        row_with("state: free"), "13: a row with `state: free` has no `input`", id="free, priced"
    ),
    pytest.param(
        unpriced_row("state: unknown", "bands:", "  - {input: 1, output: 1}"),
        "15: a row with `state: unknown` has no `bands`",
        id="unknown, banded",
    ),
    pytest.param(
        unpriced_row("state: plan", "combined: 1"),
        "14: a row with `state: plan` has no `combined`",
        id="plan, priced",
    ),
    pytest.param(
        row_with("bands:", "  - {input: 1, output: 1}"),
        "13: `input` stands beside `bands`; put it into each band",
        id="flat and banded",
    ),
    pytest.param(
        unpriced_row("cache_read: 1", "bands:", "  - {input: 1, output: 1}"),
        "13: `cache_read` stands beside `bands`",
        id="a flat discount",
    ),
    pytest.param(
        unpriced_row("combined: 1", "output: 1"),
        "14: `combined` replaces `output`; keep one of them",
        id="combined and output",
    ),
    pytest.param(
        rows("2024-05-21", "2024-05-21"), "15: `from: 2024-05-21` is not after", id="the same day"
    ),
    pytest.param(
        rows("2024-05-21", "2024-05-20"),
        "15: `from: 2024-05-20` is not after the row before it, 2024-05-21",
        id="an earlier day",
    ),
    pytest.param(
        rows("2024-05-21T10:00:00+08:00", "2024-05-21"), "15: `from", id="an hour, then its day"
    ),
    pytest.param(
        rows("2024-05-21T10:00:00+08:00", "2024-05-21T11:00:00+09:00"),
        "15: `from",
        id="the same instant in another zone",
    ),
    pytest.param(
        row_with("until: 2024-05-21"),
        "10: the row ends on 2024-05-21, not after it starts on 2024-05-21",
        id="until its start",
    ),
    pytest.param(row_with("until: 2024-05-20"), "10: the row ends on", id="until before its start"),
    pytest.param(
        model_with("aliases: [{id: a, from: 2024-01-02, to: 2024-01-02}]"),
        "9: the alias ends on 2024-01-02, not after it starts",
        id="an alias of no day",
    ),
    pytest.param(
        WHOLE + PROVIDER + MODEL + ROW + PRICE, "15: provider `acme` is there twice", id="provider"
    ),
    pytest.param(models(small("a"), small("a")), "15: `a` names two models", id="two of one id"),
    pytest.param(models(small("a"), small("A")), "15: `A` names two models", id="but for its case"),
    pytest.param(models(small("a"), small("b", "a")), "15: `a` names two", id="alias of an id"),
    pytest.param(
        models(small("a", "x"), small("b", "x")), "17: `x` names two models", id="two of one alias"
    ),
    pytest.param(
        models(small("a", "{id: x, to: 2024-05-21}"), small("b", "{id: x, from: 2024-05-20}")),
        "17: `x` names two models of the provider on the same day",
        id="aliases that overlap by a day",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CONFLICTS)
def test_statements_that_contradict_each_other_are_refused(text: str, expected: str) -> None:
    """Neither wins silently."""
    found = problems(text)

    assert any(one.startswith(f"p.yaml:{expected}") for one in found), found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(rows("2024-05-21", "2024-05-22"), id="days in order"),
        pytest.param(rows("2024-05-21", "2024-05-21T00:00:00+08:00"), id="a day, then its hour"),
        pytest.param(
            rows("2024-05-21T20:00:00+08:00", "2024-05-21T10:00:00-07:00"),
            id="instants in order, whatever their clocks show",
        ),
        pytest.param(row_with("until: 2024-05-22"), id="for one day"),
        pytest.param(unpriced_row("combined: 1", "cache_read: 0.1"), id="combined, discounted"),
        pytest.param(WHOLE.replace("output: 2", "output: 0"), id="only input costs"),
        pytest.param(unpriced_row("state: free", "limits: 3 calls a day"), id="free"),
        pytest.param(row_with("state: priced"), id="priced, said"),
        pytest.param(
            models(small("a", "{id: x, to: 2024-05-21}"), small("b", "{id: x, from: 2024-05-21}")),
            id="an alias that moves",
        ),
        pytest.param(
            models(small("a", "{id: x, from: 2024-05-21}"), small("b", "{id: x, to: 2024-05-21}")),
            id="an alias that moves, the later owner first",
        ),
        pytest.param(models(small("a"), small("b")), id="two models"),
        pytest.param(
            WHOLE + PROVIDER.replace("acme", "other") + MODEL + ROW + PRICE,
            id="one id of two providers",
        ),
        pytest.param("\ufeff" + WHOLE, id="a byte order mark"),
        pytest.param(WHOLE.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param("--- # prices\n" + WHOLE + "...\n", id="one document, marked"),
    ],
)
def test_what_no_rule_forbids_is_accepted(text: str) -> None:
    """The other side of the rules."""
    assert problems(text) == []


BAND = "input: 1, output: 1"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param([""], "", id="one"),
        pytest.param(["input_up_to: 10", ""], "", id="input"),
        pytest.param(["input_up_to: 10"], "", id="closed: no price above"),
        pytest.param(["input_below: 10", "input_up_to: 10", ""], "", id="input: the edge alone"),
        pytest.param(["output_up_to: 10", ""], "", id="output"),
        pytest.param(["output_below: 10", "output_up_to: 10", ""], "", id="output: the edge alone"),
        pytest.param(["input_up_to: 10, output_up_to: 5", "input_up_to: 10", ""], "", id="both"),
        pytest.param(
            ["input_up_to: 10, output_up_to: 5", "input_up_to: 10", "output_up_to: 5", ""],
            "",
            id="both, in each",
        ),
        pytest.param(["input_up_to: 10", "input_up_to: 9"], "15: wrong order", id="input falls"),
        pytest.param(["input_up_to: 10", "input_up_to: 10"], "15: wrong order", id="input stays"),
        pytest.param(["", "input_up_to: 10"], "15: wrong order", id="after an open one"),
        pytest.param(["", ""], "15: wrong order", id="two open ones"),
        pytest.param(
            ["input_up_to: 10", "input_below: 10"], "15: wrong order", id="input: inside out"
        ),
        pytest.param(
            ["output_up_to: 10", "output_up_to: 9", ""], "15: wrong order", id="output falls"
        ),
        pytest.param(
            ["output_up_to: 10", "output_below: 10", ""], "15: wrong order", id="output: inside out"
        ),
        pytest.param(
            ["input_up_to: 9", "input_below: 10", ""], "15: wrong order", id="input: both hold 9"
        ),
        pytest.param(
            ["output_up_to: 9", "output_below: 10", ""], "15: wrong order", id="output: both hold 9"
        ),
        pytest.param(["output_up_to: 10"], "14: a gap", id="output: not open at the end"),
        pytest.param(
            ["input_up_to: 10, output_up_to: 5", ""], "15: a gap", id="output: not open in between"
        ),
        pytest.param(
            ["input_up_to: 10, output_up_to: 5", "input_up_to: 20, output_up_to: 5", ""],
            "15: a gap",
            id="output: never open",
        ),
        pytest.param(["input_up_to: 10", "output_up_to: 5"], "15: a gap", id="told at the last"),
        pytest.param(
            ["input_up_to: 10, input_below: 11"],
            "14: a band has `input_up_to` or `input_below`, not both",
            id="input: two edges",
        ),
        pytest.param(
            ["output_up_to: 10, output_below: 11", ""],
            "14: a band has `output_up_to` or `output_below`, not both",
            id="output: two edges",
        ),
        pytest.param(["input_up_to: 0"], "14: expected `input_up_to` as a whole", id="empty"),
        pytest.param(["input_below: 32k"], "14: expected `input_below` as a whole", id="in k"),
    ],
)
def test_bands_leave_no_gap_and_no_overlap(limits: list[str], expected: str) -> None:
    """They ascend by input, and within the same input by output up to an open one."""
    found = problems(bands(*(f"{limit}{', ' if limit else ''}{BAND}" for limit in limits)))

    assert bool(found) == bool(expected)
    assert all(one.startswith(f"p.yaml:{expected}") for one in found[:1]), found


Edge = tuple[int, str]  # tokens, and `up_to` or `below`
edges = st.tuples(st.integers(1, 4), st.sampled_from(["up_to", "below"]))
any_bands = st.lists(st.tuples(st.none() | edges, st.none() | edges), min_size=1, max_size=5)


def most(edge: Edge) -> int:
    tokens, kind = edge
    return tokens if kind == "up_to" else tokens - 1


@st.composite
def ordered_bands(draw: st.DrawFn) -> list[tuple[Edge | None, Edge | None]]:
    """Bands as the rules want them: ascending, and open by output for each input limit."""
    ascending = st.lists(edges, unique_by=most).map(lambda found: sorted(found, key=most))
    inputs: list[Edge | None] = [*draw(ascending), None]
    return [(input, output) for input in inputs for output in [*draw(ascending), None]]


def banded(limits: list[tuple[Edge | None, Edge | None]]) -> str:
    lines = []
    for input, output in limits:
        keys = [f"input_{input[1]}: {input[0]}"] if input else []
        keys += [f"output_{output[1]}: {output[0]}"] if output else []
        lines.append(", ".join([*keys, BAND]))
    return bands(*lines)


@given(ordered_bands())
def test_bands_in_order_are_accepted(limits: list[tuple[Edge | None, Edge | None]]) -> None:
    """However many there are, and whichever kind their edges are of."""
    assert problems(banded(limits)) == []


@given(any_bands | ordered_bands())
def test_bands_that_are_accepted_hold_every_request(
    limits: list[tuple[Edge | None, Edge | None]],
) -> None:
    """Up to the last input limit each (input, output) has a price, and each band some request."""
    text = banded(limits)
    if problems(text):
        return
    found = the_row(text).bands
    last = found[-1].input
    used = set()
    for size in range(7):
        for output in range(7):
            holding = [n for n, band in enumerate(found) if band.holds(size, output)]
            assert bool(holding) == (last is None or last.holds(size))
            used.update(holding[:1])

    assert used == set(range(len(found)))


def test_a_band_has_its_limits_and_its_whole_price_set() -> None:
    """`up_to` is inclusive, `below` is not."""
    first, second = the_row(
        bands(
            "input_below: 10, input: 1, output: 2, cache_read: 0.5",
            "combined: 3, output_thinking: 9",
        )
    ).bands

    assert first == Band(rates("1", "2", "0.5"), Limit(10, inclusive=False))
    assert second == Band(rates("3", "3", output_thinking="9"))


@pytest.mark.parametrize(
    ("written", "day", "instant"),
    [
        ("2024-05-21", date(2024, 5, 21), None),
        ("2024-05-21T20:15:00+08:00", date(2024, 5, 21), datetime(2024, 5, 21, 12, 15, tzinfo=UTC)),
        ("2024-05-21 20:15+08:00", date(2024, 5, 21), datetime(2024, 5, 21, 12, 15, tzinfo=UTC)),
        ("2024-05-21T20:15:00Z", date(2024, 5, 21), datetime(2024, 5, 21, 20, 15, tzinfo=UTC)),
    ],
)
def test_a_row_starts_on_a_day_or_at_an_instant(
    written: str, day: date, instant: datetime | None
) -> None:
    """An instant keeps the vendor's calendar day and zone."""
    found = the_row(rows(written))

    assert (found.start, found.start_at) == (day, instant)
    if found.start_at is not None and "+08:00" in written:
        assert found.start_at.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "written",
    [
        *("2024-05-21T20:15:00", "2024-05-21 20:15", "2024-05-21T25:00:00Z", "2024-13-01"),
        *("2024-05-21T20:15:00+08:00:30", "2024-05-21T20Z", "20240521T201500Z", "May 2024", "~"),
        *("2024-05-21T20:15:00+25:00", "2024-W21-2T10:00Z"),
    ],
)
def test_a_start_without_a_zone_or_a_real_time_is_refused(written: str) -> None:
    """An hour means nothing without its zone."""
    expected = "expected `from` as a date, or a date-time with its zone, got"

    assert problems(rows(written)) == [f"p.yaml:10: {expected} `{written}`"]


def test_a_source_may_have_a_short_name() -> None:
    """Within its provider; another text is the source itself."""
    text = provider_with("sources: {site: 'Price page (2024-05-21)'}")

    assert the_row(text.replace("https://example.com", "site")).source == "Price page (2024-05-21)"
    assert the_row(text).source == "https://example.com"
    both = the_row(text.replace("https://example.com", "site; a letter"))
    assert both.source == "Price page (2024-05-21); a letter"


def test_a_host_has_what_the_maker_has_unless_it_says_otherwise() -> None:
    """Tokenizer and limits; a model that the table does not have gives none."""
    maker = MODEL.replace(
        "tokenizer: words", "tokenizer: words\n        context: 9\n        max_output: 5"
    )
    text = models(maker + ROW + PRICE)
    host = "  - id: host\n    name: Host\n    currency: USD\n    models:\n"
    served = (
        MODEL.replace("tokenizer: words", "serves: acme/small\n        max_output: 3") + ROW + PRICE
    )

    found = parse(text + host + served).models[1]

    assert (found.key, found.serves, found.tokenizer) == ("host/small", "acme/small", "words")
    assert (found.context, found.max_output) == (9, 3)
    assert problems(text + host + served.replace("acme/small", "acme/large")) == [
        "p.yaml:21: a model has no `tokenizer`"
    ]


def test_a_redirect_bills_the_other_model_from_its_day_on() -> None:
    """At the price that the other one has then, and at those that follow."""
    old = MODEL.replace(
        "tokenizer: words", "tokenizer: words\n        redirect: {id: new, from: 2024-06-01}"
    )
    new = (
        MODEL.replace("id: small", "id: new")
        + ROW.replace("05-21", "05-23")
        + PRICE.replace("0.8", "3")
    )
    dearer = ROW.replace("2024-05-21", "2024-07-01") + PRICE.replace("0.8", "4")

    found = parse(models(old + ROW + PRICE, new + dearer)).models[0].prices

    assert [
        (str(one.start), str(one.bands[0].prices["input"]), one.billed_as) for one in found
    ] == [
        ("2024-05-21", "0.8", ""),
        ("2024-06-01", "3", "new"),
        ("2024-07-01", "4", "new"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("redirect: {id: small, from: 2024-06-01}", "is redirected to `small`, which is not a"),
        ("redirect: {id: large, from: 2024-06-01}", "is redirected to `large`, which is not a"),
        ("redirect: {id: large}", "a redirect has no `from`"),
        ("predecessor: large", "predecessor of `small`, `large`, is not a model of the"),
    ],
)
def test_another_model_that_is_named_is_one_of_the_provider(line: str, expected: str) -> None:
    """Not the model itself, which would never end."""
    assert any(expected in one for one in problems(model_with(line)))


@pytest.mark.parametrize(("day", "is_right"), [("05-22", True), ("05-21", False), ("05-23", False)])
def test_evidence_is_younger_than_the_price_and_no_younger_than_its_last_reading(
    day: str, is_right: bool
) -> None:
    """Of a row from 05-21 that was read on 05-22."""
    assert (problems(row_with(f"evidence: 2024-{day}")) == []) is is_right


def test_an_alias_is_an_id_with_or_without_days() -> None:
    """`from` and `to` are dates."""
    text = model_with("aliases: [a, {id: b, from: 2024-05-21, to: 2024-06-01}]")

    assert parse(text).models[0].aliases == (
        Alias("a"),
        Alias("b", date(2024, 5, 21), date(2024, 6, 1)),
    )


def test_texts_stay_what_they_look_like() -> None:
    """`4.1`, `no` and `12:30` are ids, not a number, a truth value and a time."""
    for id in ("4.1", "no", "12:30", "2024-05-21", "0010"):
        assert parse(WHOLE.replace("id: small", f"id: {id}")).models[0].id == id


def test_a_text_of_several_lines_is_folded() -> None:
    """A note is one line, however the file wraps it."""
    assert the_row(row_with("note: |", "  two", "   lines")).note == "two lines"


@pytest.mark.parametrize("text", ['"a\\eb"', '"a\\u202eb"', '"a\\x07"'])
def test_a_text_holds_no_control_character(text: str) -> None:
    """Nothing in a price file can act on a terminal, and the message that says so neither."""
    (problem,) = problems(row_with(f"note: {text}"))

    assert problem.startswith("p.yaml:15: expected `note` as a line of text, got `a?")
    assert problem.isprintable()


def test_all_problems_come_in_one_run_by_line() -> None:
    """One run of a file with a mistake at each level lists every one of them, in order."""
    text = (
        WHOLE.replace("schema: 1", "schema: 3")
        .replace("CNY", "XAU")
        .replace("words", "sounds")
        .replace("2024-05-22", "soon")
        .replace("0.8", "-1")
        + PROVIDER.replace("acme", "other")
        + MODEL
        + ROW.replace("from: 2024-05-21", "from: 2024")
        + PRICE
        + "colour: red\n"
    )
    lines = [int(one.split(":")[1]) for one in problems(text)]

    assert lines == [1, 5, 8, 12, 13, 22, 27]


def test_a_row_without_a_usable_start_is_checked_as_far_as_it_goes() -> None:
    """What depends on the start is left for the next run."""
    text = row_with("until: 2024-01-01").replace("2024-05-21", "soon").replace("0.8", "-1")

    assert [one.split(": ")[0] for one in problems(text)] == ["p.yaml:10", "p.yaml:13"]


def test_one_mistake_is_not_told_twice() -> None:
    """What is missing its id is not said to be a duplicate of another such."""
    no_id = MODEL.replace("id: small\n        ", "") + ROW + PRICE

    assert problems(models(no_id, no_id)) == [
        "p.yaml:7: a model has no `id`",
        "p.yaml:14: a model has no `id`",
    ]


# --- price sets and their variants ----------------------------------------------------------------

ITEMS = (
    *("input", "output", "cache_read", "cache_read_explicit", "output_thinking", "cache_storage"),
    *("audio_input", "audio_output", "audio_cache_read", "image_input", "image_output"),
    *("image_cache_read", "video_input"),
)
HOURS = "{days: mon-fri, hours: [09:00-12:00]}"


def with_schedule(schedule: str, *row_lines: str) -> str:
    """A row of lines 10 and on, of a provider whose schedules stand on line 6."""
    return provider_with(f"schedules: {{{schedule}}}") + "".join(
        f"            {line}\n" for line in row_lines
    )


OFFICE = f"office: {{zone: Asia/Shanghai, peak: [{HOURS}]}}"
VARIANTS = [
    pytest.param(
        row_with("cache_write: 12"),
        "15: expected `cache_write` as `key: value` lines, got `12`",
        id="a write without its lifetime",
    ),
    pytest.param(
        row_with("cache_write: {2h: 12}"),
        "15: unknown key `2h` in `cache_write`; expected one of `5m`, `30m`, `1h`, `12h`, `24h`",
        id="a lifetime that nobody sells",
    ),
    pytest.param(
        row_with("cache_write: {5m: -1}"),
        "15: expected `cache_write 5m` as CNY per 1M tokens",
        id="a write below zero",
    ),
    pytest.param(
        row_with("batch: 0"),
        "15: expected `batch` as a factor above zero like 0.5, got `0`",
        id="a batch for nothing",
    ),
    pytest.param(
        row_with("batch: 0.00"), "15: expected `batch` as a factor above zero", id="in more digits"
    ),
    pytest.param(
        row_with("batch: 50%"),
        "15: expected `batch` as a factor above zero like 0.5, got `50%`",
        id="a batch in per cent",
    ),
    pytest.param(row_with("batch: {}"), "15: `batch` has no price", id="a batch of nothing"),
    pytest.param(row_with("batch: [1]"), "15: expected `batch` as `key: value`", id="a list"),
    pytest.param(
        row_with("batch: {inputs: 1}"), "15: unknown key `inputs` in `batch`", id="a batch's slip"
    ),
    pytest.param(
        row_with("batch: {batch: 0.5}"), "15: unknown key `batch` in `batch`", id="a batch in one"
    ),
    pytest.param(
        row_with("batch: {input: .5}"), "15: expected `input` as CNY per 1M", id="a batch's price"
    ),
    pytest.param(row_with("tiers: fast"), "15: expected `tiers` as `key: value`", id="tiers"),
    pytest.param(
        row_with("tiers: {fast: 0}"), "15: expected `fast` as a factor above zero", id="a tier of 0"
    ),
    pytest.param(row_with("tiers: {fast: {}}"), "15: `fast` has no price", id="an empty tier"),
    pytest.param(
        row_with("tiers: {fast: 2, fast: 3}"), "15: duplicate key `fast` in `tiers`", id="twice"
    ),
    pytest.param(
        row_with("tiers: {peak: 2}"), "15: a tier cannot be named `peak`", id="a tier named peak"
    ),
    pytest.param(
        row_with("tiers: {batch: {input: 2}}"),
        "15: a tier cannot be named `batch`",
        id="a tier named batch",
    ),
    pytest.param(
        unpriced_row("batch: {input: 1}", "state: unknown"),
        "13: a row with `state: unknown` has no `batch`",
        id="a batch price of an unknown one",
    ),
    pytest.param(
        bands("input: 1, output: 1, tiers: {fast: -1}"),
        "14: expected `fast` as a factor above zero",
        id="a tier of a band",
    ),
]
SCHEDULES = [
    pytest.param(
        row_with("peak: {input: 2}"),
        "10: `peak` prices need the `schedule` that says when they hold",
        id="peak without a schedule",
    ),
    pytest.param(
        with_schedule(OFFICE, "schedule: office"),
        "11: a row with a `schedule` needs `peak` prices in each band",
        id="a schedule without peak",
    ),
    pytest.param(
        with_schedule(
            OFFICE,
            *("schedule: office", "bands:"),
            "  - {input_up_to: 9, input: 1, output: 1, peak: {input: 2}}",
            "  - {input: 1, output: 1}",
        ).replace(PRICE, ""),
        "11: a row with a `schedule` needs `peak` prices in each band",
        id="a schedule with peak in one band",
    ),
    pytest.param(
        with_schedule(OFFICE, "schedule: nights", "peak: {input: 2}"),
        "16: expected `schedule` as one of the provider's: office, got `nights`",
        id="another schedule",
    ),
    pytest.param(
        row_with("schedule: nights", "peak: {input: 2}"),
        "15: expected `schedule` as one of the provider's: it has none, got `nights`",
        id="a schedule of none",
    ),
    pytest.param(
        provider_with("schedules: {a: {peak: [" + HOURS + "]}}"),
        "6: a schedule has no `zone`",
        id="no zone",
    ),
    pytest.param(
        provider_with("schedules: {a: {zone: Asia/Shanghai}}"),
        "6: a schedule has no `peak`",
        id="no window",
    ),
    pytest.param(
        provider_with("schedules: {a: {zone: Asia/Shanghai, peak: []}}"),
        "6: expected at least one of peak windows",
        id="no window in the list",
    ),
    *(
        pytest.param(
            provider_with("schedules: {a: {zone: " + zone + ", peak: [" + HOURS + "]}}"),
            f"6: expected `zone` like Asia/Shanghai, got `{zone}`",
            id=f"zone {zone}",
        )
        for zone in ("Beijing", "UTC+8", "Asia", "../zone")
    ),
    pytest.param(
        provider_with("schedules: {a: {zone: UTC, holidays: XX, peak: [" + HOURS + "]}}"),
        "6: expected `holidays` as a country code like CN, got `XX`",
        id="holidays of nowhere",
    ),
    pytest.param(
        provider_with("schedules: {a: {zone: UTC, peak: [{days: mon-fri}]}}"),
        "6: a peak window has no `hours`",
        id="no hours",
    ),
    pytest.param(
        provider_with("schedules: {a: {zone: UTC, peak: [{hours: [09:00-12:00]}]}}"),
        "6: a peak window has no `days`",
        id="no days",
    ),
    *(
        pytest.param(
            provider_with(
                f"schedules: {{a: {{zone: UTC, peak: [{{days: {days!r}, hours: []}}]}}}}"
            ),
            "6: expected `days` like mon-fri or sat,sun",
            id=f"days {days}",
        )
        for days in ("workdays", "fri-mon", "mon-wed-fri", "Mon", "1-5", "mon,", "mon-")
    ),
    *(
        pytest.param(
            provider_with(
                f"schedules: {{a: {{zone: UTC, peak: [{{days: mon, hours: [{hours!r}]}}]}}}}"
            ),
            "6: expected `hours` like 09:00-12:00, got",
            id=f"hours {hours}",
        )
        for hours in (
            *("9:00-12:00", "09:00-09:00", "12:00-09:00", "09:00", "09:00-24:01", "09:60-12:00"),
            *("25:00-26:00", "09:00:00-12:00:00", "22:00-06:00", "09-12", "24:00-24:00"),
        )
    ),
]
ROWS = [
    pytest.param(
        unpriced_row("mode: marginal", "bands:", "  - {input_up_to: 1, output_up_to: 1, " + "X}"),
        "13: marginal bands have limits on input or on output, not on both",
        id="marginal by both",
    ),
    pytest.param(
        row_with("mode: marginal"),
        "15: marginal bands have limits on input or on output",
        id="marginal by none",
    ),
    pytest.param(
        row_with("mode: steps"),
        "15: expected `mode` as one of cliff, marginal, got `steps`",
        id="another mode",
    ),
    pytest.param(
        row_with("list: {input: 2}"),
        "15: a `list` price needs the `promotion` that it is reduced by",
        id="a list price without a promotion",
    ),
    pytest.param(
        row_with("promotion: half", "list: {inputs: 2}"),
        "16: unknown key `inputs` in `list`",
        id="a slip in a list price",
    ),
    pytest.param(
        row_with("promotion: half", "list: 2"), "16: expected `list` as `key: value`", id="a number"
    ),
    pytest.param(
        row_with("regions: {us: 0}"),
        "15: expected `us` as a factor above zero like 0.5, got `0`",
        id="a region for nothing",
    ),
    pytest.param(row_with("regions: us"), "15: expected `regions` as `key: value`", id="regions"),
    pytest.param(
        row_with("regions: {us: 1, us: 2}"), "15: duplicate key `us` in `regions`", id="a region"
    ),
    pytest.param(
        row_with("fees: {web_search: -1}"),
        "15: expected `web_search` as CNY per 1,000, got `-1`",
        id="a fee below zero",
    ),
    pytest.param(row_with("fees: 10"), "15: expected `fees` as `key: value`", id="fees"),
    pytest.param(
        row_with("audio_hour: free"),
        "15: expected `audio_hour` as CNY per hour, got `free`",
        id="an hour",
    ),
    pytest.param(
        row_with("characters: 1e3"),
        "15: expected `characters` as CNY per 1M characters, got `1e3`",
        id="characters",
    ),
    *(
        pytest.param(
            unpriced_row(f"{key}: {value}", "state: free"),
            f"13: a row with `state: free` has no `{key}`",
            id=f"free with {key}",
        )
        for key, value in (("fees", "{page: 1}"), ("audio_hour", "1"), ("characters", "1"))
    ),
    pytest.param(
        rows("2024-05-21", "2024-05-22").replace(
            "            checked: 2024-05-22\n",
            "            checked: 2024-05-22\n            until: 2024-05-23\n",
            1,
        ),
        "16: `from: 2024-05-22` is before the row before it ends, 2024-05-23",
        id="until after the next row starts",
    ),
    pytest.param(
        model_with("kind: film"),
        "9: expected `kind` as one of chat, embedding, rerank, ocr, transcription, speech,",
        id="kind",
    ),
    pytest.param(
        unpriced_row("fees: {page: 1}", "input: 1"),
        "10: a price row has no `output`",
        id="fees beside half a price",
    ),
    pytest.param(
        unpriced_row("cache_read: 1"), "10: a price row has no `input`", id="a discount alone"
    ),
]
SOURCE = "source: s, checked: 2024-05-22"
OFFERS = [
    pytest.param(
        model_with(f"fine_tuning: [{{from: 2024-05-21, {SOURCE}}}]"),
        "9: an entry of `fine-tuning` has no `training`",
        id="training of no price",
    ),
    pytest.param(
        model_with(f"fine_tuning: [{{from: 2024-05-21, training: -1, {SOURCE}}}]"),
        "9: expected `training` as an amount of CNY, got `-1`",
        id="training below zero",
    ),
    pytest.param(
        model_with(f"fine_tuning: [{{from: 2024-05-21, training: 1, per: hour, {SOURCE}}}]"),
        "9: unknown key `per` in an entry of `fine-tuning`",
        id="training by the hour",
    ),
    pytest.param(
        model_with(f"deployment: [{{from: 2024-05-21, price: 1, {SOURCE}}}]"),
        "9: an entry of `deployment` has no `per`",
        id="hosting for how long",
    ),
    pytest.param(
        model_with(f"deployment: [{{from: 2024-05-21, price: 1, per: year, {SOURCE}}}]"),
        "9: expected `per` as one of hour, day, month, got `year`",
        id="hosting by the year",
    ),
    pytest.param(
        model_with(f"packs: [{{from: 2024-05-21, tokens: 10M, price: 1, {SOURCE}}}]"),
        "9: expected `tokens` as a whole number of tokens like 32000, got `10M`",
        id="a pack of 10M",
    ),
    *(
        pytest.param(
            model_with("packs: [{" + ", ".join(f"{k}: {v}" for k, v in lines.items()) + "}]"),
            f"9: an entry of `packs` has no `{missing}`",
            id=f"a pack without {missing}",
        )
        for missing in ("from", "price", "source", "checked")
        for lines in [
            {
                key: value
                for key, value in {
                    **{"from": "2024-05-21", "price": "1", "tokens": "10"},
                    **{"source": "s", "checked": "2024-05-22"},
                }.items()
                if key != missing
            }
        ]
    ),
    pytest.param(
        model_with("packs: []"), "9: expected at least one of packs", id="no pack in the list"
    ),
    pytest.param(
        model_with("corrections: text"), "9: expected a list of corrections", id="a correction"
    ),
    pytest.param(
        provider_with(f"free_quota: [{{{SOURCE}}}]"), "6: a free quota has no `tokens`", id="quota"
    ),
    pytest.param(
        provider_with(f"free_quota: [{{tokens: 1, per: user, {SOURCE}}}]"),
        "6: expected `per` as model or account, got `user`",
        id="a quota per user",
    ),
    pytest.param(
        provider_with(f"free_quota: [{{tokens: 0, {SOURCE}}}]"),
        "6: expected `tokens` as a whole number",
        id="a quota of nothing",
    ),
    pytest.param(
        provider_with(f"free_quota: [{{tokens: 1, days: ever, {SOURCE}}}]"),
        "6: expected `days` as a whole number",
        id="a quota for ever",
    ),
    pytest.param(
        provider_with("free_quota: [{tokens: 1, source: s}]"),
        "6: a free quota has no `checked`",
        id="a quota that nobody checked",
    ),
    pytest.param(
        provider_with(f"free_quota: [{{tokens: 1, to: 2024-01-01, {SOURCE}}}]"),
        "6: unknown key `to` in a free quota",
        id="a quota's slip",
    ),
]


@pytest.mark.parametrize(("text", "expected"), [*VARIANTS, *SCHEDULES, *ROWS, *OFFERS])
def test_what_goes_with_a_price_is_checked_as_the_price_is(text: str, expected: str) -> None:
    """Variants, schedules, fees and offers: the line, and what was expected there."""
    found = problems(text)

    assert any(one.startswith(f"p.yaml:{expected}") for one in found), found


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("where", ["row", "band", "batch", "tier", "peak", "list"])
def test_every_item_is_read_wherever_a_price_set_stands(item: str, where: str) -> None:
    """As a price per 1M tokens, by one rule; anything else there is told."""
    plain = {"input": "1", "output": "2"}
    for price, is_right in (("0.25", True), ("-1", False)):
        items = {**plain, item: price}
        flat = ", ".join(f"{key}: {value}" for key, value in items.items())
        text = {
            "row": unpriced_row(*(f"{key}: {value}" for key, value in items.items())),
            "band": bands(flat),
            "batch": row_with(f"batch: {{{flat}}}"),
            "tier": row_with(f"tiers: {{fast: {{{flat}}}}}"),
            "peak": with_schedule(OFFICE, "schedule: office", f"peak: {{{flat}}}"),
            "list": row_with("promotion: p", f"list: {{{flat}}}"),
        }[where]
        if not is_right:
            (problem,) = problems(text)
            assert f": expected `{item}` as CNY per 1M tokens" in problem
            continue
        found = the_row(text)
        band = found.bands[0]
        read = {
            **{"row": band.prices, "band": band.prices, "list": found.list_price},
            **{name: variant.prices for name, variant in band.variants.items()},
        }["fast" if where == "tier" else where]
        assert read[item] == Decimal("0.25")


def test_a_whole_row_is_read() -> None:
    """Everything that it may say, at its place."""
    found = the_row(
        with_schedule(
            OFFICE,
            "cache_write: {5m: 1, any: 3}",
            "batch: 0.5",
            "tiers: {flex: 0.4, fast: {input: 6}}",
            "schedule: office",
            "peak: {input: 2, output: 4, cache_write: {5m: 2}}",
            "regions: {us: 1.1}",
            "fees: {web_search: 10}",
            "audio_hour: 0.36",
            "characters: 15",
            "promotion: half price",
            "list: {input: 1.6}",
        )
    )

    assert found.bands == (
        Band(
            rates("0.8", "2", cache_write_5m="1", cache_write_any="3"),
            variants={
                "peak": variant(input="2", output="4", cache_write_5m="2"),
                "batch": variant("0.5"),
                "flex": variant("0.4"),
                "fast": variant(input="6"),
            },
        ),
    )
    assert found.schedule == "office"
    assert found.regions == {"us": Decimal("1.1")}
    assert found.fees == prices(
        {"web_search": "10", "audio_hour": "360", "characters": "0.015"}
    )  # all per 1,000
    assert found.list_price == prices({"input": "1.6"})
    assert found.promotion == "half price"


def test_factors_beside_bands_hold_in_each_and_yield_to_those_within() -> None:
    """So that a row need not repeat what is the same in all bands."""
    found = the_row(
        unpriced_row(
            "batch: 0.5",
            "tiers: {flex: 0.5}",
            "bands:",
            "  - {input_up_to: 10, input: 1, output: 1, batch: {input: 0.2}}",
            "  - {input: 2, output: 2, tiers: {fast: 3}}",
        )
    )

    assert [band.variants for band in found.bands] == [
        {"batch": variant(input="0.2"), "flex": variant("0.5")},
        {"batch": variant("0.5"), "flex": variant("0.5"), "fast": variant("3")},
    ]


def test_a_schedule_is_read() -> None:
    """Windows of several days and hours; `24:00` is the end of a day."""
    text = provider_with(
        "schedules: {s: {zone: Asia/Shanghai, holidays: CN, peak: ["
        "{days: mon-fri, hours: [09:00-12:00, 14:00-18:00]}, "
        "{days: 'sat,sun', hours: [00:00-24:00]}"
        "]}}"
    )
    week = (0, 1, 2, 3, 4)

    assert parse(text).providers["acme"].schedules == {
        "s": Schedule(
            "s",
            "Asia/Shanghai",
            (PeakWindow(week, 540, 720), PeakWindow(week, 840, 1080), PeakWindow((5, 6), 0, 1440)),
            "CN",
        )
    }


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6)),
        ("sat,sun", (5, 6)),
        ("sun, mon-tue, tue", (0, 1, 6)),
        ("tue-tue", (1,)),
    ],
)
def test_days_are_names_and_spans(text: str, days: tuple[int, ...]) -> None:
    """Each once, in the order of the week."""
    assert parse_days(text) == days


def test_offers_are_read() -> None:
    """Training, hosting, packs and quotas, each with its source."""
    day, checked = "from: 2024-06-01", "source: site, checked: 2024-06-02"
    text = provider_with(
        "sources: {site: 'A page (2024)'}\n"
        f"    free_quota: [{{tokens: 500, per: account, days: 30, who: all, {day}, "
        f"until: 2025-01-01, {checked}, note: n}}]"
    ).replace(
        "        prices:",
        f"        fine_tuning: [{{{day}, training: 30, input: 3, output: 4, {checked}}}]\n"
        f"        deployment: [{{{day}, price: 20, per: month, what: light, {checked}}}]\n"
        f"        packs: [{{{day}, price: 63, list: 70, tokens: 10000000, months: 6, {checked}}}]\n"
        "        corrections: [not 0.5, nor 1.5]\n"
        "        kind: embedding\n"
        "        prices:",
    )
    table = parse(text)
    (model,) = table.models
    common: dict[str, Any] = {"source": "A page (2024)", "checked": date(2024, 6, 2)}
    start = date(2024, 6, 1)

    assert model.fine_tuning == (
        Offer(start, Decimal(30), "1M training tokens", **common, prices=rates("3", "4")),
    )
    assert model.deployment == (Offer(start, Decimal(20), "month", **common, what="light"),)
    assert model.packs == (
        Offer(
            *(start, Decimal(63), "pack"),
            **common,
            tokens=10_000_000,
            months=6,
            list_price=Decimal(70),
        ),
    )
    assert model.corrections == ("not 0.5", "nor 1.5")
    assert model.kind == "embedding"
    assert table.providers["acme"].free_quota == (
        Quota(
            tokens=500,
            per="account",
            days=30,
            who="all",
            start=start,
            until=date(2025, 1, 1),
            note="n",
            **common,
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(unpriced_row("fees: {page: 4}"), id="sold by the page"),
        pytest.param(unpriced_row("audio_hour: 0.36"), id="sold by the hour"),
        pytest.param(unpriced_row("characters: 15"), id="sold by the character"),
        pytest.param(unpriced_row("image: 0.2"), id="sold by the image"),
        pytest.param(unpriced_row("video_second: 1"), id="sold by the second"),
        pytest.param(
            model_with("kind: embedding").replace("            output: 2\n", ""), id="input"
        ),
        pytest.param(row_with("batch: 1.5"), id="a factor above one"),
        pytest.param(row_with("mode: cliff"), id="cliff, said"),
        pytest.param(
            unpriced_row(
                *("mode: marginal", "bands:"),
                *("  - {input_below: 10, input: 1, output: 1}", "  - {input: 2, output: 2}"),
            ),
            id="marginal by input",
        ),
        pytest.param(
            unpriced_row(
                *("mode: marginal", "bands:"),
                *("  - {output_up_to: 10, input: 1, output: 1}", "  - {input: 2, output: 2}"),
            ),
            id="marginal by output",
        ),
        pytest.param(row_with("promotion: half"), id="a promotion without its list price"),
        pytest.param(with_schedule(OFFICE), id="a schedule that no row names"),
        pytest.param(row_with("tiers: {}"), id="no tiers"),
        pytest.param(
            rows("2024-05-21", "2024-05-22").replace(
                "            checked: 2024-05-22\n",
                "            checked: 2024-05-22\n            until: 2024-05-22\n",
                1,
            ),
            id="until the next row starts",
        ),
    ],
)
def test_what_no_rule_of_a_price_set_forbids_is_accepted(text: str) -> None:
    """The other side of these rules."""
    assert problems(text) == []


# --- what is no price file at all ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "1: the file is empty; expected `schema: 1`", id="empty"),
        pytest.param(b"\n# nothing\n", "1: the file is empty", id="comments"),
        pytest.param(b"\xef\xbb\xbf", "1: the file is empty", id="a byte order mark"),
        pytest.param(b"a: b: c", "1: not YAML: ", id="not YAML"),
        pytest.param(b"schema: 1\n\tproviders: []", "2: not YAML: ", id="tab"),
        pytest.param(b"schema: [1", ": not YAML", id="unclosed list"),
        pytest.param(b'schema: "1', ": not YAML", id="unclosed text"),
        pytest.param(b"--- 1\n--- 2", "2: not YAML", id="two documents"),
        pytest.param(b"schema: *one", "1: `*one` repeats another part", id="undefined alias"),
        pytest.param(b"a: 1\nb: \x00", "2: not text", id="a NUL on line 2"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "1: not text", id="binary"),
        pytest.param("a: 1\nb: 价格".encode("gb18030"), "2: not text", id="GB 18030 on line 2"),
        pytest.param(b"a: \xe4\xb8", "1: not text", id="half a character"),
        pytest.param(b'a: "\\ud800"', "1: not YAML", id="half a surrogate pair"),
        pytest.param(b"!!python/object/apply:os.system [ls]", "1: expected the table", id="a tag"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 9, "1: not text", id="archive"),
    ],
)
def test_what_is_no_price_file_is_told_so(content: bytes, expected: str) -> None:
    """With a line, and never with a traceback."""
    (problem, *_) = problems(content)

    assert problem.startswith("p.yaml:")
    assert expected in problem


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * 200_000, id="lists"),
        pytest.param(b"{a: " * 200_000, id="mappings"),
        pytest.param(b"- " * 200_000, id="lists in block form"),
        pytest.param(
            b"".join(b" " * n + b"a:\n" for n in range(1000)), id="mappings in block form"
        ),
        pytest.param(b"? " * 200_000, id="keys"),
    ],
)
@pytest.mark.parametrize("loader", [nodes.Loader, yaml.SafeLoader])
def test_a_file_nested_too_deeply_is_refused(
    content: bytes, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a line, by us or by the scanner itself; one without a limit of its own would overrun the
    stack and take the process with it."""
    monkeypatch.setattr(nodes, "Loader", loader)
    (problem,) = problems(content)

    assert re.match(r"p\.yaml:\d+: \w", problem)


def test_nesting_is_counted_in_levels() -> None:
    """As many as a table could need, and not one more; what was closed again does not count."""
    levels = nodes.DEEPEST
    allowed = b"[" + b"[" * (levels - 1) + b"]" * (levels - 1)

    assert "expected the table" in problems(allowed + b"]")[0]
    assert "expected the table" in problems(allowed + b", [], []]")[0]
    assert problems(b"- 1\n- " + allowed + b"]") == ["p.yaml:2: nested too deeply for a price file"]


def test_a_part_that_is_repeated_is_refused() -> None:
    """Some dozen lines of YAML aliases could stand for billions of price rows."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("ab", "bc", strict=True)
    )

    assert problems(bomb) == ["p.yaml:2: `*a` repeats another part; write it out"]
    assert problems(row_with("note: &n x", "limits: *n"))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="there is just one scanner here")
@pytest.mark.parametrize(
    "content", [WHOLE.encode(), b"", b"a: b: c", b"\tx", b"a: 1\nb: \xff", b"a: \x00", b"[" * 99]
)
def test_without_the_c_scanner_the_verdict_is_the_same(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build of PyYAML without libyaml is slower and words some messages otherwise."""
    fast = problems(content)
    monkeypatch.setattr(nodes, "Loader", yaml.SafeLoader)
    slow = problems(content)

    assert [one.split(": ")[:2] for one in slow] == [one.split(": ")[:2] for one in fast]


words = st.sampled_from(
    [*WHOLE.replace(":", " : ").split(), "[", "]", "{", "}", "-", ",", '"', "|"]
)
breaks = st.sampled_from([" ", "\n", "\n  ", "\n    ", ": ", ":\n      - "])


@given(st.lists(st.tuples(words, breaks), max_size=30))
def test_no_text_breaks_the_reader(parts: list[tuple[str, str]]) -> None:
    """Whatever the words of a price file are shuffled into, there is a table or its problems."""
    text = "".join(word + end for word, end in parts)

    for one in problems(text):
        assert one.startswith("p.yaml:")


@given(st.binary(max_size=40), st.integers(0, len(WHOLE)), st.integers(0, 9))
def test_no_bytes_break_the_reader(junk: bytes, place: int, cut: int) -> None:
    """The same for bytes put into a file that was in order."""
    content = WHOLE.encode()
    for one in problems(content[:place] + junk + content[place + cut :]):
        assert one.startswith("p.yaml:")


# --- the user's own file over ours --------------------------------------------------------------

BASE = parse(
    TABLE
    + PROVIDER.replace("    models", "    name_zh: 艾\n    page: https://acme.example\n    models")
    + small("small", "s")
    + small("large")
)
OWN = TABLE + "  - id: acme\n    models:\n"


def laid_over(text: str) -> PriceTable:
    base = Source(Path("base.yaml"), (TABLE + PROVIDER + small("small") + small("large")).encode())
    return compile_table([base, Source(Path("own.yaml"), text.encode())], TOKENIZERS)


def test_a_file_of_ones_own_need_not_repeat_the_provider() -> None:
    """Its name, currency and page are those of the table under it."""
    found = parse(OWN + small("small"), BASE)

    assert found.providers == BASE.providers


def test_a_file_of_ones_own_may_say_more_of_a_provider() -> None:
    """What it does say holds."""
    found = parse(OWN.replace("    models", "    name: ACME Inc\n    models") + small("x"), BASE)

    assert found.providers["acme"].name == "ACME Inc"
    assert found.providers["acme"].page == "https://acme.example"


def test_a_provider_bills_in_one_currency() -> None:
    """Prices in another one would be taken for the first."""
    text = OWN.replace("    models", "    currency: USD\n    models") + small("x")

    assert problems(text, BASE) == ["p.yaml:3: provider `acme` bills in CNY; expected the same"]
    assert problems(text.replace("USD", "CNY"), BASE) == []


def test_a_new_provider_is_described_in_full() -> None:
    """There is nothing under it to take a currency from."""
    found = problems(OWN.replace("acme", "mine") + small("x"), BASE)

    assert found == [
        "p.yaml:3: provider `mine` has no `currency`",
        "p.yaml:3: provider `mine` has no `name`",
    ]


def test_a_model_of_ones_own_replaces_ours_of_the_same_id() -> None:
    """In its place; a new one comes last, and all others stay."""
    dear = small("small").replace("0.8", "99")
    found = laid_over(OWN + small("mine") + dear)

    assert [one.id for one in found.models] == ["small", "large", "mine"]
    assert found.models[0].prices[0].bands[0].prices["input"] == 99


def test_a_problem_names_the_file_it_is_in() -> None:
    """Two files may be read in one run."""
    with pytest.raises(BadPriceFile, match=r"^own\.yaml:8: expected `from`") as caught:
        laid_over(OWN + small("mine").replace("2024-05-21", "soon"))

    assert "docs/prices.md" in caught.value.hint


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_price_file_that_cannot_be_read_is_an_error(name: str, tmp_path: Path) -> None:
    """Its whole path is named."""
    with pytest.raises(UnreadableInput, match="cannot read the price file") as caught:
        load(TOKENIZERS, [tmp_path / name], date(2026, 11, 22))

    assert str(tmp_path) in str(caught.value)


def test_states_are_read() -> None:
    """Every state has its word."""
    for state in (PriceState.FREE, PriceState.PLAN, PriceState.UNKNOWN):
        assert the_row(unpriced_row(f"state: {state}")).state is state


def test_exchange_rates_are_dated_and_ascend() -> None:
    """The shipped series is one that a bisection can search."""
    series = load_exchange_rates()

    lines = bundled("fx.csv").read_text().splitlines()

    days = [line.split(",")[0] for line in lines[1:]]
    assert lines[0].startswith("date,")
    assert series.codes == lines[0].split(",")[1:]
    assert set(series.codes) | {"EUR"} == CURRENCIES.keys()
    assert days == sorted(set(days))
    assert len(days) > 900
    assert {len(line.split(",")) for line in lines} == {len(series.codes) + 1}
    assert all(Decimal(one) > 0 for line in lines[1:] for one in line.split(",")[1:])


def test_dollars_in_yuan_are_as_they_were_crossed() -> None:
    """Of 979 days, in the digits in which the series of earlier versions had them."""
    series = load_exchange_rates()
    rates = [series.on(date.fromisoformat(one[:10]), "USD", "CNY") for one in series.lines]

    found = {str(one.day): one.value for one in rates if one.day}
    assert {one.pair for one in rates} == {"USD/CNY"}
    assert all(6 < one.value < 8 and one.value.as_tuple().exponent == -4 for one in rates)
    assert [str(found[day]) for day in CROSSED] == list(CROSSED.values())
    assert sum(one.value for one in rates[:979]) == Decimal("6931.3491")


CROSSED = {
    "2023-01-02": "6.8986", "2024-05-15": "7.2205", "2024-05-21": "7.2358", "2026-10-29": "6.6616",
    "2026-10-30": "6.6529",
}  # fmt: skip


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device without an end there")
def test_a_file_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmcost.price_data.loader.LARGEST", 1000)
    with pytest.raises(UnreadableInput, match="it has more than 1,000 bytes"):
        read_file(Path("/dev/zero"))
