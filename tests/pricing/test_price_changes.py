"""What counts as a change of price, over tiny invented tables."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import at, band, model, rates, row, table, unpriced, variant

from llmcost.pricing import price_changes as changes
from llmcost.pricing import price_changes as differences
from llmcost.pricing.price_changes import (
    Difference,
    PriceChange,
    PriceChangeKind,
    follows,
    price_changes,
    telling,
)
from llmcost.pricing.price_history import PriceHistory, move, of_alias, of_model
from llmcost.pricing.price_rows import Alias, Model, PriceRow, PriceState

amounts = st.decimals("0.001", 1000, places=3)


def told(found: list[PriceChange] | tuple[PriceChange, ...]) -> list[tuple[str, str, str]]:
    """(item, condition, before -> after) of each change."""
    return [
        (
            one.quote.item,
            one.quote.condition,
            f"{one.before.price if one.before else '-'} -> {one.after.price if one.after else '-'}",
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        ("20", "0.5", "-97.5"),
        ("8", "6", "-25"),
        ("120", "120", "0"),
        ("2", "4", "100"),
        ("8", "0", "-100"),
        ("0", "0", "0"),
        ("0", "8", None),
    ],
)
def test_a_change_in_percent_is_exact(before: str, after: str, percent: str | None) -> None:
    found = changes.percent(Decimal(before), Decimal(after))

    assert found == (None if percent is None else Decimal(percent))


@given(amounts, amounts)
def test_a_percentage_has_the_sign_of_the_change(before: Decimal, after: Decimal) -> None:
    found = changes.percent(before, after)

    assert found is not None
    assert (found > 0, found < 0) == (after > before, after < before)
    assert found > -100


def test_prices_are_compared_item_by_item() -> None:
    """An item that is new or gone has one side; the others have both."""
    found = price_changes(row(rates("2", "8", "1")), row(rates("1", "8", image_input="3")))

    assert told(found) == [
        ("input", "", "2 -> 1"),
        ("output", "", "8 -> 8"),
        ("image_input", "", "- -> 3"),
        ("cache_read", "", "1 -> -"),
    ]


def test_an_unmoved_output_is_told_beside_an_input_that_moved() -> None:
    found = telling(price_changes(row(rates("2", "8", "1")), row(rates("1", "8", "1"))))

    assert told(found) == [("input", "", "2 -> 1"), ("output", "", "8 -> 8")]


def test_nothing_is_told_of_prices_that_stayed() -> None:
    assert telling(price_changes(row(rates("2", "8")), row(rates("2", "8")))) == ()


@given(amounts, amounts)
def test_a_row_does_not_differ_from_itself(input: Decimal, output: Decimal) -> None:
    one = row(band({"input": input, "output": output}, batch=variant("0.5")))

    assert telling(price_changes(one, one)) == ()


def test_a_batch_price_that_is_a_factor_follows() -> None:
    """Half of a price that halves is half as well: nothing to tell twice."""
    before, after = (row(band(rates(one, "8"), batch=variant("0.5"))) for one in ("2", "1"))
    found = telling(price_changes(before, after))

    assert [(one.quote.item, one.quote.condition) for one in found if follows(one, found)] == [
        ("input", "batch")
    ]


def test_another_factor_does_not_follow() -> None:
    before, after = (row(band(rates("2", "8"), batch=variant(one))) for one in ("0.5", "0.4"))
    found = telling(price_changes(before, after))

    assert told(tuple(one for one in found if not follows(one, found) and one.moved)) == [
        ("input", "batch", "1.0 -> 0.8"),
        ("output", "batch", "4.0 -> 3.2"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "compared"),
    [
        pytest.param([(None, "2")], [(None, "1")], ["2 -> 1"], id="flat"),
        pytest.param(
            [(32, "2"), (None, "4")],
            [(32, "1"), (None, "4")],
            ["2 -> 1", "4 -> 4"],
            id="same bands",
        ),
        pytest.param(
            [(None, "2")], [(32, "1"), (None, "4")], ["2 -> 1", "2 -> 4"], id="a flat price splits"
        ),
        pytest.param(
            [(32, "1"), (None, "4")], [(None, "2")], ["1 -> 2", "4 -> 2"], id="bands become one"
        ),
        pytest.param(
            [(32, "1"), (None, "4")],
            [(16, "1"), (None, "4")],
            ["1 -> 1", "1 -> 4", "4 -> 4"],
            id="an edge moves",
        ),
        pytest.param(
            [(32, "1")], [(32, "1"), (None, "4")], ["1 -> 1"], id="larger requests had no price"
        ),
    ],
)
def test_bands_are_compared_where_they_bill_the_same_requests(
    before: list[tuple[int | None, str]], after: list[tuple[int | None, str]], compared: list[str]
) -> None:
    old, new = (row(*(band(price, input=edge) for edge, price in one)) for one in (before, after))

    found = [one for one in price_changes(old, new) if one.quote.item == "input"]
    assert [text for _, _, text in told(found)] == compared


def test_free_is_a_real_zero() -> None:
    found = price_changes(row(rates("8", "8")), unpriced(PriceState.FREE))

    assert [one.quote.item for one in found] == ["input", "output"]
    assert [one.percent for one in found] == [Decimal(-100), Decimal(-100)]


def test_a_price_after_free_has_no_percentage() -> None:
    found = price_changes(unpriced(PriceState.FREE), row(rates("8", "8")))

    assert [one.percent for one in found] == [None, None]


@pytest.mark.parametrize("state", [PriceState.UNKNOWN, PriceState.PLAN])
def test_unknown_is_no_zero(state: PriceState) -> None:
    """Neither a cut to nothing nor a rise from it."""
    assert price_changes(row(rates("8", "8")), unpriced(state)) == []
    assert price_changes(unpriced(state), row(rates("8", "8"))) == []


def between(one: Model, first: str, last: str) -> Difference | None:
    return differences.between_instants(table(one), one, at(first), at(last))


CUT = model("cut", row(rates("2", "8")), row(rates("1", "8"), start="2024-05-21"))


@pytest.mark.parametrize(
    ("one", "first", "last", "kind"),
    [
        (CUT, "2024-05-20", "2024-05-21", PriceChangeKind.PRICE),
        (CUT, "2024-05-21", "2024-05-22", None),
        (CUT, "2023-12-31", "2024-01-01", PriceChangeKind.NEW),
        (CUT, "2022-01-01", "2023-01-01", None),
        (
            model("a", row(rates("2"), until="2024-06-01")),
            "2024-05-31",
            "2024-06-01",
            PriceChangeKind.ENDED,
        ),
        (
            model("a", row(rates("2")), retired="2024-06-01"),
            "2024-05-31",
            "2024-06-01",
            PriceChangeKind.RETIRED,
        ),
        (
            model("a", row(rates("2")), unpriced(PriceState.FREE, start="2024-06-01")),
            "2024-05-31",
            "2024-06-01",
            PriceChangeKind.STATE,
        ),
        (
            model("a", unpriced(PriceState.PLAN), unpriced(PriceState.UNKNOWN, start="2024-06-01")),
            "2024-05-31",
            "2024-06-01",
            PriceChangeKind.STATE,
        ),
    ],
)
def test_what_happened_to_a_model(
    one: Model, first: str, last: str, kind: PriceChangeKind | None
) -> None:
    found = between(one, first, last)

    assert (found.kind if found else None) == kind


def test_a_model_that_only_got_bands_changed_too() -> None:
    """The prices are those of before, but the next cut may concern one band."""
    split = row(band("2", input=32), band("2"), start="2024-06-01")
    found = between(model("a", row(band("2")), split), "2024-05-31", "2024-06-01")

    assert found is not None
    assert found.bands_changed
    assert found.changes == ()


FIRST = row(rates("2", "8"), start="2024-01-01")
SECOND = row(rates("1", "8"), start="2024-05-21")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        pytest.param([FIRST], [FIRST], [], id="nothing"),
        pytest.param([FIRST], [FIRST, SECOND], [PriceChangeKind.ROW_ADDED], id="appended"),
        pytest.param([SECOND], [FIRST, SECOND], [PriceChangeKind.ROW_INSERTED], id="inserted"),
        pytest.param([FIRST, SECOND], [SECOND], [PriceChangeKind.ROW_REMOVED], id="removed"),
        pytest.param(
            [FIRST],
            [replace(FIRST, checked=date(2024, 2, 2))],
            [PriceChangeKind.ROW_CHECKED],
            id="checked",
        ),
        pytest.param(
            [FIRST], [replace(FIRST, note="!")], [PriceChangeKind.ROW_EDITED], id="a note"
        ),
        pytest.param([FIRST], [row(rates("3", "8"))], [PriceChangeKind.ROW_EDITED], id="a price"),
        pytest.param(
            [FIRST], [unpriced(PriceState.FREE)], [PriceChangeKind.ROW_EDITED], id="a state"
        ),
        pytest.param(
            [row(rates("1"), start="2024-05-21T08:00:00+08:00")],
            [
                row(rates("1"), start="2024-05-21T08:00:00+08:00"),
                row(rates("2"), start="2024-05-22"),
            ],
            [PriceChangeKind.ROW_ADDED],
            id="after an instant",
        ),
    ],
)
def test_what_happened_to_the_rows_of_a_file(
    before: list[PriceRow], after: list[PriceRow], kinds: list[PriceChangeKind]
) -> None:
    tables = [table(model("a", *rows)) for rows in (before, after)]

    assert [one.kind for one in differences.between_tables(*tables)] == kinds


def test_models_and_facts_of_a_file() -> None:
    before = table(model("gone", FIRST), model("known", FIRST, context=8000))
    after = table(model("known", FIRST, context=32000), model("new", FIRST))
    found = [(one.kind, one.model) for one in differences.between_tables(before, after)]

    assert sorted(found, key=lambda one: one[1]) == [
        (PriceChangeKind.REMOVED, "gone"),
        (PriceChangeKind.METADATA, "known"),
        (PriceChangeKind.ADDED, "new"),
    ]


def test_facts_of_a_provider() -> None:
    """They belong to no model."""
    before = table(model("a", FIRST))
    acme = replace(before.providers["acme"], page="https://acme.example")
    after = replace(before, providers={**before.providers, "acme": acme})

    (found,) = differences.between_tables(before, after)
    assert (found.provider, found.model, [one.name for one in found.fields]) == (
        "acme",
        "",
        ["page"],
    )


def steps(history: PriceHistory) -> list[tuple[str, str]]:
    """(first day, the model's price or what happened) of each step."""
    return [
        (
            str(step.start),
            f"{step.model.id} {step.row.bands[0].prices['input']}" if step.row else step.end,
        )
        for step in history.steps
    ]


def test_a_history_ends_with_the_model() -> None:
    one = model("a", FIRST, replace(SECOND, until=date(2024, 7, 1)), retired="2024-08-01")

    assert steps(of_model(one, "CNY")) == [
        ("2024-01-01", "a 2"),
        ("2024-05-21", "a 1"),
        ("2024-07-01", "ended"),
        ("2024-08-01", "retired"),
    ]


def test_an_alias_takes_the_prices_of_what_it_means() -> None:
    """From the day it moves; the price that a model had then begins that day."""
    old = model("old", FIRST, SECOND, aliases=(Alias("latest", end=date(2024, 3, 1)),))
    new = model(
        "new",
        row(rates("9"), start="2024-02-01"),
        row(rates("7"), start="2024-06-01"),
        aliases=(Alias("latest", start=date(2024, 3, 1)),),
    )

    assert steps(of_alias("Latest", [new, old], "CNY")) == [
        ("2024-01-01", "old 2"),
        ("2024-03-01", "new 9"),
        ("2024-06-01", "new 7"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "percents"),
    [
        pytest.param(FIRST, SECOND, (Decimal(-50),), id="one band"),
        pytest.param(
            row(band("2", input=32), band("4")),
            row(band("1", input=32), band("1")),
            (Decimal(-50), Decimal(-75)),
            id="band by band",
        ),
        pytest.param(
            row(band("2")), row(band("1", input=32), band("8")), (Decimal(-50),), id="other bands"
        ),
        pytest.param(FIRST, unpriced(PriceState.FREE), (Decimal(-100),), id="to free"),
        pytest.param(unpriced(PriceState.FREE), FIRST, (None,), id="from free"),
        pytest.param(unpriced(PriceState.UNKNOWN), FIRST, None, id="from unknown"),
        pytest.param(None, FIRST, None, id="the first row"),
        pytest.param(FIRST, None, None, id="the end"),
    ],
)
def test_how_an_input_price_moved(
    before: PriceRow | None, after: PriceRow | None, percents: tuple[Decimal | None, ...] | None
) -> None:
    found = move(before, after, "input")

    assert (found.percents if found else None) == percents


def test_fees_are_compared_beside_the_bands() -> None:
    before, after = (row(rates("2"), fees={"web_search": one}) for one in ("10", "5"))

    assert told(telling(price_changes(before, after)))[-1] == ("web_search", "", "10 -> 5")


def test_a_region_that_is_gone_takes_its_prices_along() -> None:
    found = price_changes(row(rates("2"), regions={"eu": "1.1"}), row(rates("2")))

    assert told(telling(found))[-1] == ("input", "region eu", "2.2 -> -")


@pytest.mark.parametrize(
    ("released", "until", "kind"),
    [
        pytest.param(None, "2024-06-01", PriceChangeKind.STATE, id="known from its cut"),
        pytest.param("2024-05-20", "2024-06-01", PriceChangeKind.NEW, id="launched that day"),
        pytest.param(None, "2024-05-21", PriceChangeKind.NEW, id="before the cut"),
    ],
)
def test_a_cut_shows_what_it_replaced(
    released: str | None, until: str, kind: PriceChangeKind
) -> None:
    """Also where nobody knows when the price before began: its row starts just before the cut."""
    rows = (row(band("8"), start="2024-05-20"), unpriced(PriceState.FREE, start="2024-05-22"))
    one = model("lite", *rows, released=released)
    found = differences.between_instants(table(one), one, at("2024-05-01"), at(until))

    assert found is not None
    assert found.kind is kind
    cut = [("input", "", "8 -> 0"), ("output", "", "8 -> 0")]
    assert told(found.changes) == (cut if kind is PriceChangeKind.STATE else [])
