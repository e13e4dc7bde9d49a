"""What changed files do to the cost of each model, file by file and together."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import CALENDAR, band, exact, exchange, model, rates, row, table, terms, unpriced

from llmcost.commands.diff.command import no_change, risen
from llmcost.commands.diff.command import rise_over as over
from llmcost.commands.diff.compute import (
    Diff,
    FileLine,
    FileStatus,
    ModelLine,
    Pair,
    Priced,
    VersionChange,
    VersionSums,
    diff,
    percent_of,
)
from llmcost.commands.diff.diff_options import rise_of
from llmcost.commands.diff.view import (
    LONGEST,
    MARK,
    AmountStyle,
    comment,
    document,
    machine,
    moved,
    notes,
)
from llmcost.commands.estimate.compute import estimate
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.money import Money
from llmcost.pricing.price_rows import Model, PriceState
from llmcost.pricing.terms import Amount, Terms
from llmcost.pricing.usage import Count, Input

M = 1_000_000
YUAN = model("yuan", row(rates("1", "10")))
DOLLARS = model("dollars", row(rates("1", "10")), provider="globex")
SMALL = model("small", row(rates("2", "2")), context=100)
FREE = model("free", unpriced(PriceState.FREE))
SECRET = model("secret", unpriced(PriceState.UNKNOWN))
OWN = AmountStyle(own=True)


def text(tokens: int, low: int | None = None, high: int | None = None) -> Input:
    count = exact(tokens)
    if low is not None and high is not None:
        count = Count(tokens, low, high, "words, roughly", exact=False)
    return Input("text", tokens, tokens, {"words": count})


def changed(before: Input | None, after: Input | None, name: str = "a.md") -> Pair:
    status = FileStatus.CHANGED
    if before is None or after is None:
        status = FileStatus.ADDED if before is None else FileStatus.REMOVED
    elif before is after:
        status = FileStatus.UNCHANGED
    return Pair(status, name, before, after)


def compared(
    pairs: Sequence[Pair], *models: Model, asked: Terms | None = None, rate: str | None = "7"
) -> Diff:
    prices, asked, to = table(*models), asked or terms(), exchange(rate=rate)

    def priced(one: Input) -> Priced:
        found = estimate(prices, models, [one], asked, to, CALENDAR)
        lines: Priced = {line.model.key: line for line in found.lines}
        return {**lines, **{left.model.key: left for left in found.excluded}}

    return diff(pairs, models, priced, lambda one: prices.providers[one.provider].currency, to)


def one_line(found: Diff) -> ModelLine:
    (line,) = found.lines
    return line


def costs(line: ModelLine) -> list[tuple[str, ...]]:
    """By file, then all: before, after, change."""
    each: list[FileLine | ModelLine] = [*line.files, line]
    return [tuple(map(cost, (one.before, one.after, one.change))) for one in each]


def cost(one: VersionSums | VersionChange | None) -> str:
    return "?" if one is None else f"{one.native.amount.normalize():f}"


def test_a_change_by_hand() -> None:
    """1,000 calls, input at 1 and 100 output tokens at 10 per million: an output costs 1."""
    same = text(5_000)
    pairs = [
        changed(text(1_000), text(3_000), "changed"),
        changed(None, text(2_000), "added"),
        changed(text(4_000), None, "removed"),
        changed(same, same, "unchanged"),
    ]
    found = compared(pairs, YUAN, asked=terms(calls=1_000, output=Amount(100)))

    assert costs(one_line(found)) == [
        ("2", "4", "2"),
        ("0", "3", "3"),
        ("5", "0", "-5"),
        ("6", "6", "0"),
        ("13", "13", "0"),
    ]
    assert [one.change and one.change.percent for one in one_line(found).files] == [
        *(D(100), None, D(-100), D(0)),
    ]


PERCENTS = [
    ("10", "5", "50"),
    ("10", "-10", "-100"),
    ("10", "0", "0"),
    ("0", "0", "0"),
    ("0", "1", None),
]


@pytest.mark.parametrize(("before", "change", "percent"), PERCENTS)
def test_percentages_are_of_what_there_was(before: str, change: str, percent: str | None) -> None:
    """Of nothing there is none."""
    assert percent_of(D(before), D(change)) == (None if percent is None else D(percent))


def test_bounds_are_those_of_both_counts() -> None:
    found = compared([changed(text(10 * M, 9 * M, 12 * M), text(20 * M, 19 * M, 23 * M))], YUAN)
    change = one_line(found).change
    assert change is not None

    assert (change.native.low, change.native.amount, change.native.high) == (D(7), D(10), D(14))


def test_what_has_not_changed_adds_no_doubt() -> None:
    rough = text(M, M // 2, 2 * M)
    found = compared([changed(rough, rough), changed(text(M), text(2 * M), "b.md")], YUAN)
    line = one_line(found)
    assert line.change is not None
    assert line.after is not None

    assert (line.change.native.low, line.change.native.high) == (D(1), D(1))
    assert (line.after.native.low, line.after.native.high) == (D("2.5"), D(4))


def test_what_is_not_known_is_not_zero() -> None:
    """A prompt that has become too long: there is a price before and none after."""
    pairs = [changed(text(50), text(150)), changed(text(10), text(20), "b.md")]
    found = compared(pairs, SMALL)

    assert [row[1:] for row in costs(one_line(found))] == [
        ("?", "?"),
        ("0.00004", "0.00002"),
        ("?", "?"),
    ]
    assert one_line(found).before is not None
    assert one_line(found).rank == 0
    assert [str(one.detail) for one in found.excluded] == ["needs 150, the context has 100: a.md"]


def test_models_without_a_price_are_left_out() -> None:
    found = compared([changed(text(1), text(2)), changed(text(1), text(2), "b.md")], SECRET, YUAN)

    assert [line.model.id for line in found.lines] == ["yuan"]
    assert [(one.model.id, one.reason) for one in found.excluded] == [("secret", "state")]


def test_models_rank_by_what_they_cost_afterwards() -> None:
    """In one currency; what is not known has no rank."""
    found = compared([changed(text(10), text(1_000))], DOLLARS, SMALL, YUAN, FREE)

    assert [(line.model.id, line.rank) for line in found.lines] == [
        *(("free", 1), ("yuan", 2), ("dollars", 3), ("small", 0)),
    ]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=5))
def test_the_whole_is_the_sum_of_the_files(sizes: Sequence[tuple[int, int]]) -> None:
    """And as one estimate of each version has it."""
    pairs = [changed(text(before), text(after)) for before, after in sizes]
    line = one_line(compared(pairs, YUAN))
    assert line.before is not None
    assert line.after is not None
    assert line.change is not None
    sides = [[one.before for one in pairs], [one.after for one in pairs]]
    whole = [
        estimate(table(YUAN), [YUAN], [one for one in side if one], terms(), exchange(), CALENDAR)
        for side in sides
    ]

    assert line.change.native.amount == line.after.native.amount - line.before.native.amount
    assert [line.before.native, line.after.native] == [one.lines[0].native for one in whole]
    assert sum(one.change.native.amount for one in line.files if one.change) == (
        line.change.native.amount
    )


# limits

TWICE = [changed(text(10 * M), text(20 * M))]
NEW = [changed(None, text(10 * M))]
LESS = [changed(text(20 * M), text(10 * M))]
LIMITS = [
    (TWICE, "100%", True),
    (TWICE, "99.9%", False),
    (TWICE, "99.9 %", False),
    (TWICE, "10 yuan", True),
    (TWICE, "9.99 yuan", False),
    (TWICE, "$1.42", False),
    (TWICE, "$1.43", True),
    (NEW, "1000000%", False),
    (NEW, "10 yuan", True),
    (LESS, "0%", True),
    (LESS, "0 yuan", True),
]


@pytest.mark.parametrize(("pairs", "limit", "holds"), LIMITS)
def test_a_limit_of_the_increase(pairs: Sequence[Pair], limit: str, holds: bool) -> None:
    """From nothing, any increase is over any percentage."""
    failure = risen(compared(pairs, YUAN), rise_of(limit), exchange())

    assert failure is None if holds else isinstance(failure, GateFailed)


def test_free_models_do_not_rise() -> None:
    assert risen(compared(NEW, FREE), rise_of("0%"), exchange()) is None


@pytest.mark.parametrize("text", ["5", "", " ", "%", "-5%", "five", "5%%", "5 pesos"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-increase must be a percentage or money"):
        rise_of(text)


UNKNOWN: Mapping[str, Sequence[Pair]] = {
    "after": [changed(text(50), text(150))],
    "before": [changed(text(150), text(50))],
    "both": [changed(text(150), text(160)), changed(text(5), text(5), "b.md")],
    "neither": [changed(text(50), text(50))],
}
FIVE = Money(D(5), "CNY")


@pytest.mark.parametrize(
    ("side", "rise", "most", "fails"),
    [
        *(("after", "5%", None, True), ("after", "5 yuan", None, True)),
        *(("after", None, FIVE, True), ("before", None, FIVE, False)),
        *(("before", "5%", None, True), ("before", "5 yuan", None, True)),
        *(("both", "5%", None, True), ("both", None, FIVE, True)),
        *(("neither", "5%", None, False), ("neither", None, FIVE, False)),
        ("both", None, None, False),
    ],
)
def test_no_limit_holds_where_the_cost_is_not_known(
    side: str, rise: str | None, most: Money | None, fails: bool
) -> None:
    """That is an error, and no gate that failed."""
    found = compared(UNKNOWN[side], SMALL)
    failure = risen(found, rise_of(rise), exchange()) or over(found, most, exchange())

    assert (failure is not None) == fails
    assert not isinstance(failure, GateFailed)
    assert failure is None or isinstance(failure, LlmcostError)


def test_a_model_of_which_nothing_was_known_does_not_stop_the_others() -> None:
    """A pattern of names may mean one that is too small for any prompt, or has no price."""
    found = compared(UNKNOWN["both"], SMALL, YUAN, SECRET)

    assert risen(found, rise_of("50%"), exchange()) is None
    assert over(found, FIVE, exchange()) is None


def test_one_number_that_is_not_known_is_an_error() -> None:
    failure = no_change(compared(UNKNOWN["before"], SMALL))

    assert str(failure) == "the change is not known: acme/small"
    assert failure is not None
    assert failure.hint == "needs 150, the context has 100: a.md, before the change"
    assert no_change(compared(UNKNOWN["neither"], SMALL)) is None


# reports


def test_programs_get_every_file_and_every_digit() -> None:
    found = compared([changed(text(10), text(150)), changed(None, text(1), "b.md")], SMALL)
    rows = [dict(zip((one.title for one in machine(found).columns), row, strict=True))
            for row in machine(found).rows]  # fmt: skip
    keys = (
        "status",
        "file",
        "tokens_before",
        "tokens_after",
        "cost_before",
        "cost_after",
        "change",
    )

    assert [[row[key] for key in keys] for row in rows] == [
        ["total", "", "10", "", "0.00002", "", ""],
        ["changed", "a.md", "10", "", "0.00002", "", ""],
        ["added", "b.md", "0", "1", "0", "0.000002", "0.000002"],
    ]


def test_a_document_has_null_for_what_is_not_known() -> None:
    found = compared([changed(text(10), text(150))], SMALL)
    line = one_line(found)
    result = estimate(table(SMALL), [SMALL], [text(10)], terms(), exchange(), CALENDAR)
    told = document(found, result, ("one", None), [])
    (one,) = told["results"]

    assert (one["rank"], one["tokens"]["after"], one["cost"]["change"]) == (None, None, None)
    assert one["cost"]["before"]["amount"] == "0.00002"
    assert (told["before"], told["after"], told["files"]["changed"]) == ("one", None, 1)
    assert line.change is None


HOSTILE = [
    "|| --- |\\x0a# heading",
    "<!-- llmcost:diff --><script>alert(1)</script>",
    "[click](https://evil.example)![x](y)",
    "@everyone `code` **bold** ~~no~~",
    "</details></summary>",
]


def written(names: Sequence[str]) -> str:
    found = compared([changed(text(1), text(2), name) for name in names], YUAN)
    result = estimate(table(YUAN), [YUAN], [text(1)], terms(), exchange(), CALENDAR)
    tables = [(line, moved(line)) for line in found.lines]
    return comment(found, tables, 1, [*notes(found, result, OWN), *names], OWN)


def test_a_comment_has_its_mark_first_and_once_whatever_files_are_called() -> None:
    page = written(HOSTILE)

    assert page.startswith(f"{MARK}\n")
    acts = re.sub(r"\\.", "", page)  # what is escaped does not
    assert acts.count("<!--") == acts.count("<details>") == acts.count("</details>") == 1
    for one in ("<script", "](", "://", "@everyone", "`", "**", "~~"):
        assert one not in acts


@pytest.mark.parametrize("names", [["x" * 4_000] * 50, [f"prompt {n}" for n in range(1_500)]])
def test_a_comment_is_short_enough_to_be_posted(names: Sequence[str]) -> None:
    """What is left out is told."""
    page = written(names)

    assert len(page) <= LONGEST
    assert " more\n" in page
    assert page.count("<details>") == page.count("</details>") == 1


def test_bands_and_models_differ_by_file() -> None:
    """A longer prompt may reach a dearer band: the percentage is of money, not of tokens."""
    banded = model("banded", row(band("1", input=1_000), band("2")))
    found = compared([changed(text(1_000), text(1_500))], banded)

    assert one_line(found).change is not None
    assert one_line(found).files[0].change == one_line(found).change
    assert costs(one_line(found))[0] == ("0.001", "0.003", "0.002")
