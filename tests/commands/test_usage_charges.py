"""What a log costs is the sum of its requests, each billed by itself at its own time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import PROVIDERS, FakeCalendar, band, rates, row, terms, variant
from tables import model as made

from llmcost.commands.usage.alternatives import edges_of, elsewhere
from llmcost.commands.usage.charges import Biller, UsageTime
from llmcost.commands.usage.summary import Account, Grouping, account
from llmcost.logs.aggregation import Edges, LoggedRequest, LogTally, Moments, Sizes, clocks_of
from llmcost.logs.model_names import LoggedNames
from llmcost.money import DailyExchange, Rate
from llmcost.pricing.catalog import row_at
from llmcost.pricing.cost import Conditions, cost_of
from llmcost.pricing.price_rows import Alias, Mode, Model, PriceRow, PriceTable
from llmcost.pricing.terms import Hours, tariff_for
from llmcost.pricing.usage import SAME, CharacterRatio, TokenRange, Usage, between

ZONE = "Asia/Shanghai"


def model(id: str, *rows: PriceRow, tokenizer: str = "qwen", **others: Any) -> Model:
    return replace(made(id, *rows, **others), tokenizer=tokenizer)


CALENDAR = FakeCalendar("2026-10-01")
TABLE = PriceTable(
    PROVIDERS,
    (
        model(
            "long",
            row(
                band(rates("1", "4", "0.1"), input=1000, batch=variant("0.5")),
                band(rates("2", "8", "0.2"), batch=variant("0.5")),
            ),
            row(band(rates("3", "9")), start="2026-10-02T12:30:00+08:00"),
        ),
        model("office", row(band(rates("2", "6"), peak=variant("2")), schedule="office")),
        model(
            "writes",
            row(band(rates("3", "15", "0.3", cache_write_5m="3.75", cache_write_1h="6"))),
            provider="globex",
        ),
        model("steps", row(band("1", input=500), band("2"), mode=Mode.MARGINAL)),
    ),
)
NAMES = ("long", "office", "writes", "steps")
FIRST = int(datetime(2026, 9, 30, tzinfo=UTC).timestamp())
SECONDS = st.integers(FIRST, FIRST + 4 * 86400)


@st.composite
def requests(draw: st.DrawFn) -> LoggedRequest:
    input = draw(st.integers(0, 2500) | st.sampled_from([500, 999, 1000, 1001]))
    read = draw(st.integers(0, input))
    written = draw(st.integers(0, input - read))
    hour = draw(st.integers(0, written))
    sizes = Sizes(
        *("openai", input, draw(st.integers(0, 900)), read),
        *(written, (("cache_write.1h", hour),) if hour else ()),
    )
    return LoggedRequest(
        draw(st.sampled_from(NAMES)), draw(SECONDS), sizes, batch=draw(st.booleans())
    )


LOGS = st.lists(requests(), min_size=1, max_size=12)


def ratio_of(name: str) -> CharacterRatio:
    """Of invented tokenizers: `words` has fewer and larger tokens, about."""
    exact = TokenRange(Decimal("1.6"), Decimal("1.6"), Decimal("1.6"))
    rough = TokenRange(Decimal(2), Decimal("1.8"), Decimal("2.4"))
    return CharacterRatio(exact, exact) if name != "words" else CharacterRatio(rough, rough)


def biller(table: PriceTable = TABLE, at: str = "2026-10-03T12:00:00+08:00") -> Biller:
    undated = UsageTime(datetime.fromisoformat(at), Hours.OFF_PEAK)
    return Biller(table, CALENDAR, ZONE, undated)


def tallied(
    log: Sequence[LoggedRequest], table: PriceTable = TABLE, edges: Edges | None = None
) -> LogTally:
    known = edges_of(table, table.models, ratio_of, ("qwen", "words"))
    tally = LogTally(Moments(clocks_of(table, ZONE), CALENDAR), edges or known)
    for one in log:
        tally.add(one)
    return tally


def billed(
    tally: LogTally,
    table: PriceTable = TABLE,
    by: Sequence[Grouping] = (Grouping.MODEL,),
    targets: Sequence[Model] = (),
    rows: datetime | None = None,
    **names: Any,
) -> Account:
    found = biller(table)
    known = LoggedNames(table, names.get("meant", {}), names.get("sellers", ()))
    charges = list(found.charges(tally.cells(), known))
    priced = [one for one in charges if one.amount is not None]
    others = [
        elsewhere(priced, one, table.providers[one.provider].currency, found, ratio_of, rows)
        for one in targets
    ]
    rate = Rate(Decimal(7), date(2026, 10, 1))
    return account(charges, others, by, DailyExchange("CNY", lambda *_: rate))


def alone(one: LoggedRequest, table: PriceTable = TABLE) -> Decimal:
    """One request by the way of `estimate`, in yuan."""
    found = next(each for each in table.models if each.id == one.model)
    when = datetime.fromtimestamp(one.second or 0, ZoneInfo(ZONE))
    held = row_at(found, when)
    assert held is not None
    provider, sizes = table.providers[found.provider], one.sizes
    asked = Conditions(batch=one.batch, lifetime="5m")
    tariff = tariff_for(
        provider,
        found,
        held,
        terms(when.isoformat(), hours=when, conditions=asked),
        CALENDAR,
    )
    usage = Usage(sizes.input, sizes.output, sizes.cache_read, sizes.cache_write)
    cost = cost_of(usage, held, tariff.conditions)
    assert cost is not None
    hour = Decimal(0)
    if found.id == "writes":
        hour = dict(sizes.others).get("cache_write.1h", 0) * Decimal("2.25") / 10**6
    return (cost.amount + hour) * (7 if provider.currency == "USD" else 1)


@given(LOGS)
def test_a_log_costs_what_its_requests_do(log: list[LoggedRequest]) -> None:
    """At the prices of its hour, its size, its cache and its batch."""
    assert billed(tallied(log)).total.cost == sum(map(alone, log))


@given(LOGS, st.data())
def test_it_may_be_cut_and_shuffled(log: list[LoggedRequest], data: st.DataObject) -> None:
    """At any lines; as several processes do."""
    mixed = data.draw(st.permutations(log))
    at = data.draw(st.integers(0, len(log)))
    merged = tallied(mixed[:at])
    merged.merge(tallied(mixed[at:]).found)

    whole = billed(tallied(log), by=(Grouping.DAY, Grouping.MODEL), targets=TABLE.models)
    parts = billed(merged, by=(Grouping.DAY, Grouping.MODEL), targets=TABLE.models)

    assert (parts.lines, parts.total, parts.gaps) == (whole.lines, whole.total, whole.gaps)
    assert [one.cost for one in parts.compared] == [one.cost for one in whole.compared]


@given(
    LOGS, st.sampled_from([(Grouping.MODEL,), (Grouping.DAY,), (Grouping.PROVIDER, Grouping.MONTH)])
)
def test_groups_add_up_to_the_whole(log: list[LoggedRequest], by: tuple[Grouping, ...]) -> None:
    found = billed(tallied(log), by=by)

    assert sum(one.cost or 0 for one in found.lines) == found.total.cost
    assert sum(one.sums.requests for one in found.lines) == len(log)


FLAT = PriceTable(
    PROVIDERS,
    (
        *TABLE.models[:-1],
        model(
            "other",
            row(
                band(rates("1", "2", "0.5"), input=700, output=300),
                band(rates("2", "3"), input=700),
                band(rates("4", "5")),
            ),
            tokenizer="words",
            context=2500,
            max_output=700,
        ),
    ),
)
TARGETS = [one for one in FLAT.models if one.id != "office"]


INPUTS = (1, 690, 710, 780, 800, 870, 880, 990, 1040, 1060, 2380, 2400)
OUTPUTS = (0, 290, 310, 340, 370, 380, 440, 460, 690, 720, 740, 870, 880)


@given(
    st.lists(st.tuples(st.sampled_from(INPUTS), st.sampled_from(OUTPUTS)), min_size=2, max_size=30)
)
def test_elsewhere_each_request_is_billed_by_itself(log: list[tuple[int, int]]) -> None:
    """However many are added up: their bands, and whether a model holds them, are those of each."""
    known = [request("office", input=input, output=output) for input, output in log]
    single = tallied(known, FLAT, Edges(each=True))
    summed = tallied(known, FLAT, edges_of(FLAT, TARGETS, ratio_of, ("qwen", "words")))

    def shown(tally: LogTally) -> list[Any]:
        found = billed(tally, FLAT, targets=TARGETS)
        return [
            *((one.other.model.id, one.requests, one.cost, one.logged) for one in found.compared),
            *(
                sorted((gap.reason, gap.sums.requests) for gap in one.gaps)
                for one in found.compared
            ),
        ]

    assert shown(single) == shown(summed)


@given(requests())
def test_elsewhere_it_costs_what_more_or_fewer_tokens_do(one: LoggedRequest) -> None:
    """Of a price without bands, just so much more or less."""
    flat = TABLE.models[2]
    span = between(TABLE.models[1], replace(flat, tokenizer="words"), ratio_of)
    target = replace(flat, tokenizer="words")
    (found,) = billed(tallied([replace(one, model="office")]), targets=[target]).compared

    whole = alone(replace(one, model="writes"))
    assert found.cost.amount == whole * span.value
    assert (found.cost.low, found.cost.high) == (whole * span.low, whole * span.high)


def test_a_table_with_steps_keeps_sizes_apart() -> None:
    assert edges_of(TABLE, (), ratio_of, ()).each


def test_the_same_vocabulary_counts_alike_and_another_within_a_range() -> None:
    qwen, words = model("a", tokenizer="qwen"), model("b", tokenizer="words")

    assert between(qwen, replace(qwen, id="c"), ratio_of) == SAME
    assert between(words, replace(words, id="c"), ratio_of) == SAME
    assert between(qwen, words, ratio_of) == TokenRange(
        Decimal("0.8"), Decimal("0.6666"), Decimal("0.8889")
    )
    foreign = replace(words, id="c", provider="globex")
    assert between(words, foreign, ratio_of) == TokenRange(
        Decimal(1), Decimal("0.75"), Decimal("1.3334")
    )


def request(
    name: str = "long", at: str | None = "2026-10-01T10:00:00+08:00", **others: Any
) -> LoggedRequest:
    second = None if at is None else int(datetime.fromisoformat(at).timestamp())
    sizes = Sizes("openai", others.pop("input", 100), others.pop("output", 10))
    return LoggedRequest(name, second, sizes, **others)


def test_unknown_is_never_nothing() -> None:
    """A name that the table lacks, and a time before its first price, have no cost and are told."""
    early = request(at="2020-01-01T00:00:00+08:00")
    found = billed(tallied([request("gpt-99"), early, early, request("office")]))

    assert [(one.name, one.reason, one.sums.requests) for one in found.gaps] == [
        ("acme/long", "price", 2),
        ("gpt-99", "model", 1),
    ]
    assert found.total.cost == alone(request("office"))
    assert [one.cost for one in found.lines][1:] == [None, None]
    assert found.total.unpriced.requests == 3


def test_without_a_time_it_is_billed_on_the_day_named() -> None:
    """Off-peak, at the rows of then."""
    dated = request(at="2026-10-03T12:00:00+08:00")

    assert billed(tallied([request(at=None)])).total.cost == alone(dated)


def test_at_an_instant_for_all() -> None:
    """With it, other models have their prices of then, and the requests their own hours."""
    later = datetime.fromisoformat("2026-10-03T00:00:00+08:00")
    found = billed(tallied([request("office")]), targets=[TABLE.models[0]], rows=later)

    assert found.compared[0].cost.amount == Decimal("0.00039")
    assert found.compared[0].logged == alone(request("office"))


SOLD = PriceTable(
    PROVIDERS,
    (
        model("hosted-1", row(band("1")), provider="globex"),
        model("hosted-1", row(band("2")), provider="acme"),
        model("hosted-2", row(band("2")), provider="acme"),
        model("now", row(band("1")), aliases=(Alias("latest", date(2026, 1, 1)),)),
        model("then", row(band("1")), aliases=(Alias("latest", None, date(2026, 1, 1)),)),
    ),
)
MEANT: list[tuple[str, str, str, str]] = [
    ("HOSTED-2", "", "2026-10-01", "acme/hosted-2"),
    ("acme/hosted-1", "", "2026-10-01", "acme/hosted-1"),
    ("models/hosted-2", "", "2026-10-01", "acme/hosted-2"),
    ("hosted-1", "", "2026-10-01", "acme/hosted-1"),  # who sells more of that family
    ("hosted-1", "globex", "2026-10-01", "globex/hosted-1"),
    ("hosted-1", "openai", "2026-10-01", "acme/hosted-1"),  # a client that speaks its protocol
    ("litellm_proxy/hosted-2", "", "2026-10-01", "acme/hosted-2"),
    ("latest", "", "2026-10-01", "acme/now"),
    ("latest", "", "2025-10-01", "acme/then"),
    ("mine", "", "2026-10-01", "acme/hosted-2"),
    ("hosted-2", "azure", "2026-10-01", ""),
    ("azure/hosted-2", "", "2026-10-01", ""),
    ("somebody/hosted-2", "", "2026-10-01", ""),
    ("hosted-2", "globex", "2026-10-01", ""),
    ("hosted-2-2026-05-01", "", "2026-10-01", ""),
    ("hosted", "", "2026-10-01", ""),
    ("", "", "2026-10-01", ""),
]


@pytest.mark.parametrize(("name", "provider", "day", "key"), MEANT)
def test_names(name: str, provider: str, day: str, key: str) -> None:
    """Never by similarity, and never at the price of somebody else."""
    found = LoggedNames(SOLD, {"mine": "hosted-2"}).find(
        name, provider, datetime.fromisoformat(f"{day}T12:00:00+08:00")
    )

    assert (found.model.key if found.model else "") == key
    assert bool(found.reason) != bool(key)


def test_who_else_sells_it_is_told_unless_it_is_said() -> None:
    at = datetime.fromisoformat("2026-10-01T12:00:00+08:00")

    assert LoggedNames(SOLD, {}).find("hosted-1", "", at).others == ("globex",)
    assert LoggedNames(SOLD, {}).find("hosted-1", "acme", at).others == ()
    chosen = LoggedNames(SOLD, {}, ["Globex"]).find("hosted-1", "", at)
    assert (chosen.model and chosen.model.key, chosen.others) == ("globex/hosted-1", ())


@pytest.mark.parametrize(
    ("name", "provider", "key"),
    [
        ("now", "", "acme/now"),
        ("latest", "", "acme/now"),
        ("latest", "globex", "globex/latest"),
        ("globex/now", "", "globex/now"),
        ("open", "", "globex/open"),
    ],
)
def test_a_host_is_meant_where_the_log_names_it(name: str, provider: str, key: str) -> None:
    """Else the maker, also by an alias; a model that no maker sells is the host's."""
    hosts = [
        msgspec.structs.replace(model(id, row(band("3")), provider="globex"), serves=serves)
        for id, serves in (("now", "acme/now"), ("latest", "acme/now"), ("open", "acme/open"))
    ]
    table = PriceTable(PROVIDERS, (*hosts, *SOLD.models))
    at = datetime.fromisoformat("2026-10-01T12:00:00+08:00")
    found = LoggedNames(table, {}).find(name, provider, at)

    assert (found.model and found.model.key, found.others) == (key, ())


def test_the_model_that_was_asked_for_if_nobody_knows_the_one_that_answered() -> None:
    found = billed(tallied([request("long-2026-05-01", asked="long")]))

    assert [one.labels for one in found.lines] == [("acme/long",)]


def test_what_the_log_states_stands_beside() -> None:
    """In dollars, of just the requests that have both."""
    log = [
        request("writes", stated=Decimal("0.5")),
        request("writes"),
        request("gpt-99", stated=Decimal(9)),
    ]
    stated = billed(tallied(log)).stated

    assert stated is not None
    assert (stated.requests, stated.amount) == (1, Decimal("0.5"))
    assert stated.ours == alone(request("writes")) / 7


PAINTER = PriceTable(
    PROVIDERS,
    (
        model("vectors", row(band(rates("2", None)))),
        model(
            "painter",
            row(
                band(
                    {
                        **rates("1", "4", "0.5"),
                        **{"image_input": Decimal(8), "image_output": Decimal(30)},
                        **{"audio_input": Decimal(3), "audio_cache_read": Decimal(2)},
                    },
                    batch=variant("0.5"),
                    fast=variant("2"),
                ),
                fees={"web_search": "10"},
                regions={"us": "1.1"},
            ),
        ),
        model("mute", row(band({"input": Decimal(1), "image_output": Decimal(30)}))),
    ),
)
MILLION = 1_000_000


def cost_of_one(name: str, sizes: Sizes, **others: Any) -> tuple[Any, list[tuple[str, ...]]]:
    found = billed(tallied([LoggedRequest(name, FIRST, sizes, **others)], PAINTER), PAINTER)
    return found.total.cost, [one.items for one in found.charges]


PARTS: list[tuple[str, Sizes, str]] = [
    ("output of images", Sizes("", 0, MILLION, others=(("image_output", MILLION),)), "30"),
    ("input of both", Sizes("", MILLION, 0, others=(("image_input", 600_000),)), "5.2"),
    (
        "cached sound",  # 400,000 of text, 100,000 and 500,000 of sound
        Sizes(
            *("", MILLION, 0, 500_000, 0),
            (("audio_input", 100_000), ("audio_cache_read", 500_000)),
        ),
        "1.7",
    ),
    ("searches", Sizes("", 0, 0, others=(("web_search", 3),)), "0.03"),
    ("sound without a price of its own", Sizes("", 0, MILLION, others=(("audio_output", 9),)), "4"),
]


@pytest.mark.parametrize(("what", "sizes", "cost"), PARTS, ids=[one[0] for one in PARTS])
def test_every_kind_of_token_has_its_price(what: str, sizes: Sizes, cost: str) -> None:
    """Or is billed as text, which the charge names."""
    found, items = cost_of_one("painter", sizes)

    assert found == Decimal(cost)
    assert items == [("audio_output",) if "without" in what else ()]


def test_images_alone_need_no_price_of_text() -> None:
    pictures = Sizes("", 0, MILLION, others=(("image_output", MILLION),))

    assert cost_of_one("mute", pictures)[0] == 30
    assert cost_of_one("mute", Sizes("", 0, MILLION, others=(("image_output", 1),)))[0] is None


def test_conditions_of_the_answer_are_billed() -> None:
    sizes = Sizes("", MILLION, 0)

    assert cost_of_one("painter", sizes, tier="fast")[0] == 2
    assert cost_of_one("painter", sizes, batch=True)[0] == Decimal("0.5")
    assert cost_of_one("painter", replace(sizes, region="us"))[0] == Decimal("1.1")


def test_what_a_request_costs_does_not_depend_on_its_neighbours() -> None:
    """A model that sells no output has a price for those that have none, in any order."""
    log = [request("vectors", output=output) for output in (1, 0, 0)]

    for some in (log, log[::-1]):
        found = billed(tallied(some, PAINTER, Edges()), PAINTER)
        assert (found.total.cost, found.total.unpriced.requests) == (Decimal("0.0004"), 1)


def test_no_tokens_cost_nothing_on_any_model() -> None:
    found = billed(tallied([request("<synthetic>", input=0, output=0)]))

    assert found.total.cost == 0
    assert not found.gaps
