"""Finding models by what people call them, and the price row of an instant."""

from datetime import date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import at, model, rates, row, table, unpriced

from llmcost.errors import UnknownModel
from llmcost.pricing.catalog import find, on_sale, row_at, sold_by
from llmcost.pricing.price_rows import (
    Alias,
    Model,
    PriceRow,
    PriceState,
    PriceTable,
    Provider,
    Redirect,
)

PRICE = rates("1", "2")
CUT = model(
    "cut",
    row(PRICE, start="2024-05-20"),
    row(PRICE, start="2024-05-21"),
    row(PRICE, start="2024-05-21T18:00:00+08:00"),
    row(PRICE, start="2024-06-01", until="2024-07-01"),
    row(PRICE, start="2025-01-01"),
)


@pytest.mark.parametrize(
    ("instant", "index"),
    [
        ("2024-05-19T23:59:59+08:00", None),
        ("2024-05-20T00:00:00+08:00", 0),
        ("2024-05-20T23:59:59+08:00", 0),
        ("2024-05-21T00:00:00+08:00", 1),
        ("2024-05-21T17:59:59+08:00", 1),
        ("2024-05-21T18:00:00+08:00", 2),
        ("2024-05-21T09:59:59+00:00", 1),  # the same two instants, seen from Greenwich
        ("2024-05-21T10:00:00+00:00", 2),
        ("2024-05-31T23:59:59+08:00", 2),
        ("2024-06-01T00:00:00+08:00", 3),
        ("2024-06-30T23:59:59+08:00", 3),
        ("2024-07-01T00:00:00+08:00", None),
        ("2024-12-31T23:59:59+08:00", None),
        ("2025-01-01T00:00:00+08:00", 4),
        ("2099-01-01T00:00:00+08:00", 4),
    ],
)
def test_a_row_holds_from_its_start_until_the_next(instant: str, index: int | None) -> None:
    """Starts are inclusive, ends exclusive; a row that ended leaves no price behind it."""
    assert row_at(CUT, at(instant)) == (None if index is None else CUT.prices[index])


def test_a_maker_goes_before_the_hosts_of_its_model() -> None:
    """Unless a host is named; a model that only hosts sell is found by either name."""
    makers = model("own", row(PRICE))
    hosts = [
        msgspec.structs.replace(model(id, row(PRICE), provider="globex"), serves=serves)
        for id, serves in (("own", "acme/own"), ("their/open-1b", "acme/open"))
    ]
    hosts += [msgspec.structs.replace(hosts[0], id="own-2024")]
    sold = table(makers, *hosts)

    def keys(name: str, *providers: str) -> list[str]:
        chosen = find(sold, sold_by(sold, providers), [name], at("2024-06-01"))
        return [one.key for one in chosen]

    assert sold_by(sold, []) == [makers]
    assert keys("own") == ["acme/own"]
    assert keys("globex/own") == keys("own", "globex") == ["globex/own"]
    assert keys("open") == keys("their/open-1b") == ["globex/their/open-1b"]
    assert keys("o*") == ["acme/own"]


def test_a_model_that_another_one_serves_is_found_and_not_offered() -> None:
    """It has a price when it is named."""
    old = msgspec.structs.replace(CUT, redirect=Redirect("new", date(2025, 1, 1)))

    assert on_sale([old], at("2024-12-31")) == on_sale([CUT], at("2024-12-31"))
    assert on_sale([old], at("2025-01-01")) == []
    assert find(table(old), [old], ["cut"], at("2025-01-01")) == [old]


def test_a_day_is_the_calendar_day_that_the_instant_names() -> None:
    """Eleven at night in New York is still the day before, though it is morning in Beijing."""
    assert row_at(CUT, at("2024-05-20T23:00:00-04:00")) == CUT.prices[0]
    assert row_at(CUT, at("2024-05-21T11:00:00+08:00")) == CUT.prices[1]


def test_an_hour_that_has_come_beats_a_day_that_has_not() -> None:
    """Far west of the vendor its hour may come before its calendar day does."""
    early = model(
        "early",
        row(PRICE, start="2024-05-20"),
        row(PRICE, start="2024-05-21"),
        row(PRICE, start="2024-05-21T06:00:00+08:00"),
    )

    assert row_at(early, at("2024-05-20T23:00:00-10:00")) == early.prices[2]


zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.datetimes(datetime(2024, 5, 18), datetime(2024, 5, 26), timezones=zones)


@st.composite
def histories(draw: st.DrawFn) -> list[PriceRow]:
    """Rows of days and of instants, in the order in which a price file must have them."""
    days = sorted(draw(st.sets(st.dates(date(2024, 5, 19), date(2024, 5, 25)))))
    rows = []
    for day in days:
        hours = sorted(draw(st.sets(st.integers(0, 23), max_size=2)))
        if not hours or draw(st.booleans()):
            rows.append(row(PRICE, start=day.isoformat()))
        rows += [row(PRICE, start=f"{day}T{hour:02}:00:00+08:00") for hour in hours]
    return rows


@given(histories(), instants)
def test_the_row_in_force_is_the_last_that_began(rows: list[PriceRow], when: datetime) -> None:
    """Checked against the rule written as a loop over all rows."""
    last = None
    for one in rows:
        if one.start_at is None and one.start <= when.date():
            last = one
        if one.start_at is not None and one.start_at <= when:
            last = one

    assert row_at(model("m", *rows), when) is last


NOW = at("2026-11-22")
SMALL = model("Zeta-Small-1.5", row(PRICE))
LARGE = model(
    "zeta-large",
    row(PRICE),
    aliases=(
        Alias("big"),
        Alias("zeta"),
    ),
)
OLD = model("zeta-old", row(PRICE), retired="2025-01-01")
UNPRICED = model("zeta-new", row(PRICE, start="2027-01-01"))
RESOLD = model("zeta-large", row(PRICE), provider="globex")
NAMESAKE = model("big", row(PRICE), provider="globex")
ALL = table(SMALL, LARGE, OLD, UNPRICED, RESOLD, NAMESAKE)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["Zeta-Small-1.5"], [SMALL]),
        (["zeta-small-1.5"], [SMALL]),
        (["ACME/ZETA-SMALL-1.5"], [SMALL]),
        (["zeta"], [LARGE]),
        (["acme/zeta"], [LARGE]),
        (["zeta-large"], [LARGE, RESOLD]),
        (["globex/zeta-large"], [RESOLD]),
        (["big"], [NAMESAKE]),
        (["acme/big"], [LARGE]),
        (["zeta-old"], [OLD]),
        (["zeta-new"], [UNPRICED]),
        (["zeta-*"], [SMALL, LARGE, RESOLD]),
        (["acme/*"], [SMALL, LARGE]),
        (["*old"], [OLD]),
        (["ZETA-SMALL-?.[0-9]"], [SMALL]),
        (["big", "zeta-large", "zeta-l*"], [NAMESAKE, LARGE, RESOLD]),
        ([], []),
    ],
    ids=str,
)
def test_a_pattern_names_models(patterns: list[str], expected: list[Model]) -> None:
    """Ids before aliases of the same spelling, each model once, in the order asked for.

    A glob passes over what is not on sale, unless that is all there is.
    """
    assert find(ALL, ALL.models, patterns, NOW) == expected


def test_a_glob_finds_retired_models_when_asked() -> None:
    """`retired=True` lifts the restriction to what is on sale."""
    assert find(ALL, ALL.models, ["zeta-*"], NOW, retired=True) == [
        *(SMALL, LARGE, OLD, UNPRICED, RESOLD)
    ]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("zeta-smal-1.5", "did you mean `Zeta-Small-1.5`?"),
        ("ZETA-LARG", "did you mean `zeta-large`"),
        ("qqqqqq", "`llmcost models` lists them all"),
        ("qqq*", "`llmcost models` lists them all"),
        ("globex/zeta-small-1.5", "did you mean"),
        ("[", "lists them all"),
    ],
)
def test_a_name_that_matches_nothing_is_an_error(pattern: str, hint: str) -> None:
    """It suggests what is close, and never guesses."""
    with pytest.raises(UnknownModel) as caught:
        find(ALL, ALL.models, ["zeta-large", pattern], NOW)

    assert f"`{pattern}`" in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize("pattern", ["zeta-small-1.5", "ZETA", "acme/zeta"])
def test_a_model_of_another_provider_is_said_to_be_one(pattern: str) -> None:
    """The name is right and the provider is not, so no other name is suggested."""
    with pytest.raises(UnknownModel) as caught:
        find(ALL, sold_by(ALL, ["globex"]), [pattern], NOW)

    assert "another provider" in caught.value.hint


LATEST = "zeta-latest"
MOVED = table(
    model("zeta-1", row(PRICE), aliases=(Alias(LATEST, end=date(2024, 5, 21)),)),
    model(
        "zeta-2",
        row(PRICE),
        aliases=(Alias(LATEST, date(2024, 5, 21), date(2024, 6, 1)),),
    ),
)


@pytest.mark.parametrize(
    ("day", "id"),
    [
        ("2024-01-01", "zeta-1"),
        ("2024-05-20", "zeta-1"),
        ("2024-05-21", "zeta-2"),
        ("2024-05-31", "zeta-2"),
    ],
)
def test_an_alias_moves_on_its_day(day: str, id: str) -> None:
    """`from` is inclusive and `to` exclusive, so that on each day it means one model."""
    assert [one.id for one in find(MOVED, MOVED.models, [LATEST], at(day))] == [id]


def test_an_alias_outside_its_days_is_not_suggested_as_itself() -> None:
    """The hint says that the day is what is wrong."""
    with pytest.raises(UnknownModel) as caught:
        find(MOVED, MOVED.models, [LATEST.upper()], at("2024-06-01"))

    assert "not on 2024-06-01" in caught.value.hint


@pytest.mark.parametrize("name", ["acme", "ACME", "acme models", "艾克米"])
def test_a_provider_has_an_id_and_names(name: str) -> None:
    """All in upper or lower case."""
    assert sold_by(ALL, [name]) == [SMALL, LARGE, OLD, UNPRICED]


def test_no_provider_means_all_of_them() -> None:
    """An empty wish restricts nothing."""
    assert sold_by(ALL, []) == list(ALL.models)


@pytest.mark.parametrize(
    ("name", "hint"), [("acmee", "`acme`"), ("initech", "known are acme, globex"), ("", "known")]
)
def test_an_unknown_provider_is_an_error(name: str, hint: str) -> None:
    """A provider without a Chinese name is not found by an empty one."""
    with pytest.raises(UnknownModel) as caught:
        sold_by(ALL, [name])

    assert hint in caught.value.hint


def test_a_chinese_name_may_have_latin_letters() -> None:
    """They fold as all others do."""
    mixed = PriceTable({"acme": Provider("acme", "Acme", "CNY", "ACME 云")}, (SMALL,))

    assert sold_by(mixed, ["acme 云"]) == [SMALL]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(SMALL, True, id="priced"),
        pytest.param(OLD, False, id="retired"),
        pytest.param(UNPRICED, False, id="not yet"),
        pytest.param(model("m", unpriced(PriceState.FREE)), True, id="free"),
        pytest.param(model("m", unpriced(PriceState.UNKNOWN)), True, id="price unknown"),
        pytest.param(model("m", row(PRICE, until="2026-11-22")), False, id="ended today"),
        pytest.param(model("m", row(PRICE, until="2026-11-23")), True, id="ends tomorrow"),
        pytest.param(model("m", row(PRICE), retired="2026-11-22"), False, id="retired today"),
        pytest.param(model("m", row(PRICE), retired="2026-11-23"), True, id="retires tomorrow"),
    ],
)
def test_on_sale_is_what_has_a_row_and_is_not_retired(one: Model, expected: bool) -> None:
    """`retired` and `until` name the first day that is too late."""
    assert on_sale([one], NOW) == ([one] if expected else [])


def test_an_id_means_those_who_sell_it_on_the_day() -> None:
    """A provider who did not sell the model yet does not make its id ambiguous."""
    early = model("twin", row(PRICE, start="2024-01-01"))
    late = model("twin", row(PRICE, start="2025-01-01"), provider="globex")
    both = table(early, late)

    assert find(both, both.models, ["twin"], at("2024-06-01")) == [early]
    assert find(both, both.models, ["twin"], at("2025-06-01")) == [early, late]
    assert find(both, both.models, ["globex/twin"], at("2024-06-01")) == [late]
    assert find(both, both.models, ["twin"], at("2024-06-01"), retired=True) == [early, late]
