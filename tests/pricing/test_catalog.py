"""Finding models by what people call them, and the price row of an instant."""

from datetime import date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import at, exchange, model, rates, row, table, unpriced

from llmcost.errors import UnknownModel
from llmcost.pricing.catalog import (
    OWN,
    Outside,
    lineup,
    matching,
    on_sale,
    outside,
    row_at,
    sold_by,
    successor,
)
from llmcost.pricing.price_rows import (
    Alias,
    Model,
    PriceRow,
    PriceState,
    PriceTable,
    Provider,
    Redirect,
    VendorZone,
)
from llmcost.runtime.price_table import chosen_models

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
        chosen = chosen_models(sold, [name], providers, at("2024-06-01")).models
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
    assert matching([old], "cut", at("2025-01-01")) == [old]


def test_a_day_is_the_calendar_day_that_the_instant_names() -> None:
    """Eleven at night in New York is still the day before, though it is morning in Beijing."""
    assert row_at(CUT, at("2024-05-20T23:00:00-04:00")) == CUT.prices[0]
    assert row_at(CUT, at("2024-05-21T11:00:00+08:00")) == CUT.prices[1]


@pytest.mark.parametrize(
    ("day", "index"), [("2024-05-20", 0), ("2024-05-21", 2), ("2024-05-22", 2)]
)
def test_a_day_without_a_zone_ends_where_the_vendor_is(day: str, index: int) -> None:
    """18:00 in Beijing has come by the end of the day, midnight of the next day has not."""
    end = datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=VendorZone())
    sold = model("a", row(PRICE), row(PRICE, start="2024-05-21T00:00:00+08:00"))

    assert row_at(CUT, end) == CUT.prices[index]
    assert row_at(sold, end) == sold.prices[min(index, 1)]
    assert datetime.fromisoformat(f"{day}T23:59:59+00:00") == end  # for all but prices


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
    ("pattern", "expected"),
    [
        ("Zeta-Small-1.5", [SMALL]),
        ("zeta-small-1.5", [SMALL]),
        ("ACME/ZETA-SMALL-1.5", [SMALL]),
        ("zeta", [LARGE]),
        ("acme/zeta", [LARGE]),
        ("zeta-large", [LARGE, RESOLD]),
        ("globex/zeta-large", [RESOLD]),
        ("big", [NAMESAKE]),
        ("acme/big", [LARGE]),
        ("zeta-old", [OLD]),
        ("zeta-new", [UNPRICED]),
        ("zeta-*", [SMALL, LARGE, RESOLD]),
        ("acme/*", [SMALL, LARGE]),
        ("*old", [OLD]),
        ("ZETA-SMALL-?.[0-9]", [SMALL]),
        ("zeta small 1.5", []),
        ("[", []),
    ],
    ids=str,
)
def test_a_pattern_names_models(pattern: str, expected: list[Model]) -> None:
    """Ids before aliases of the same spelling.

    A glob passes over what is not on sale, unless that is all there is.
    """
    assert matching(ALL.models, pattern, NOW) == expected


def test_a_glob_finds_retired_models_when_asked() -> None:
    """`retired=True` lifts the restriction to what is on sale."""
    assert matching(ALL.models, "zeta-*", NOW, retired=True) == [
        *(SMALL, LARGE, OLD, UNPRICED, RESOLD)
    ]


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
    assert [one.id for one in matching(MOVED.models, LATEST, at(day))] == [id]


def test_an_alias_outside_its_days_means_nothing() -> None:
    """Neither as it is written, nor in capitals."""
    assert matching(MOVED.models, LATEST.upper(), at("2024-06-01")) == []


@pytest.mark.parametrize("name", ["acme", "ACME", "acme models", "艾克米"])
def test_a_provider_has_an_id_and_names(name: str) -> None:
    """All in upper or lower case."""
    assert sold_by(ALL, [name]) == [SMALL, LARGE, OLD, UNPRICED]


def test_no_provider_means_all_of_them() -> None:
    """An empty wish restricts nothing."""
    assert sold_by(ALL, []) == list(ALL.models)


@pytest.mark.parametrize(
    ("name", "hint"), [("acmee", "`acme`"), ("initech", "known: acme, globex"), ("", "known")]
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
    both = (early, late)

    assert matching(both, "twin", at("2024-06-01")) == [early]
    assert matching(both, "twin", at("2025-06-01")) == [early, late]
    assert matching(both, "globex/twin", at("2024-06-01")) == [late]
    assert matching(both, "twin", at("2024-06-01"), retired=True) == [early, late]


MAIN = replace(model("main", row(PRICE)), lineup="flagship")
MINI = replace(model("mini", row(PRICE)), lineup="small")
OTHER = model("other", row(PRICE))
MINE = replace(model("mine", row(PRICE), provider="globex"), lineup=OWN)
VOICE = model("voice", row(PRICE), kind="speech")


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        pytest.param([MAIN, OTHER, MINI, VOICE], [MAIN, MINI], id="those that are marked"),
        pytest.param([OTHER, SMALL, VOICE], [OTHER, SMALL], id="no mark: all that chat"),
        pytest.param([OTHER, MINE], [OTHER, MINE], id="a model of one's own is no line-up"),
        pytest.param([MAIN, OTHER, MINE], [MAIN, MINE], id="but is compared with it"),
        pytest.param(
            [MAIN, replace(OLD, lineup="small"), OTHER], [MAIN], id="what is retired is not"
        ),
    ],
)
def test_the_line_up_is_what_the_table_marks(models: list[Model], expected: list[Model]) -> None:
    """On sale, of course."""
    assert lineup(models, NOW) == expected


def test_a_day_before_the_line_up_has_all_models() -> None:
    """Of the main models of today most were not there yet."""
    then = model("then", row(PRICE, start="2023-01-01"))
    marked = [
        replace(model(f"m{number}", row(PRICE, start=f"2024-0{number}-01")), lineup="small")
        for number in (1, 2, 3)
    ]

    assert lineup([then, *marked], at("2024-01-15")) == [then, marked[0]]
    assert lineup([then, *marked], at("2024-02-15")) == marked[:2]


def test_a_newer_model_counts_while_it_is_sold() -> None:
    """By the same provider, from its first day on."""
    old = replace(model("v1", row(PRICE)), superseded_by="v2")
    new = model("v2", row(PRICE, start="2026-01-01"), retired="2026-11-01")
    resold = model("v2", row(PRICE), provider="globex")

    assert successor(old, [old, new, resold], at("2026-06-01")) is new
    assert successor(old, [old, new, resold], at("2025-06-01")) is None
    assert successor(old, [old, new, resold], at("2026-11-01")) is None
    assert successor(new, [old, new, resold], at("2026-06-01")) is None


def test_what_was_not_compared_is_counted_and_the_cheapest_named() -> None:
    """For the tokens of the request: its band, its output and the room that it needs."""
    cheap_input = model("cheap-input", row(rates("1", "9")))
    cheap_output = model("cheap-output", row(rates("3", "1")))
    narrow = model("narrow", row(rates("0.1", "0.1")), context=100)
    dollars = model("dollars", row(rates("0.2", "0.2")), provider="globex")
    free = model("free", unpriced(PriceState.FREE))
    unknown = model("unknown", unpriced(PriceState.UNKNOWN))
    models = [MAIN, cheap_input, cheap_output, narrow, free, unknown, VOICE, OLD]

    def found(usage: tuple[int, int], *more: Model, rate: str | None = "7") -> Outside:
        all_ = [*models, *more]
        return outside(table(*all_), all_, [MAIN], NOW, exchange(rate=rate), usage)

    assert found((1000, 0)) == (5, 1, cheap_input)
    assert found((1000, 1000)) == (5, 1, cheap_output)
    assert found((50, 50)) == (5, 1, narrow)
    assert found((1000, 1000), dollars) == (6, 1, dollars)
    assert found((1000, 1000), dollars, rate=None) == (6, 1, cheap_output)
    assert outside(table(MAIN), [MAIN], [MAIN], NOW, exchange(), (1, 1)) == (0, 0, None)
