"""The shipped price table is checked for sense, not for amounts.

A vendor's new price breaks nothing here. A figure per 1,000 tokens, a slip of a digit, two columns
swapped, a forgotten source or a name that cannot be typed does.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest
from shipped import TABLE
from tables import at

from llmcost.price_data.rows import MEDIA
from llmcost.pricing.catalog import on_sale, row_at
from llmcost.pricing.cost import Conditions, cost_of
from llmcost.pricing.freshness import lacks_evidence
from llmcost.pricing.price_rows import KINDS, Band, Model, Offer, PriceRow, Prices, PriceState
from llmcost.pricing.usage import Usage, base_name
from llmcost.runtime.price_table import chosen_models
from llmcost.tokenizers.registry import TOKENIZERS, tokenizer

RELEASE = at("2026-11-22")
DEAREST = {"CNY": 7000, "USD": 1000}  # per 1M tokens; a price per 1,000 or per token is far below
CHEAPEST = Decimal("0.001")
TYPED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
AT_A_HOST = re.compile(rf"{TYPED.pattern}(/{TYPED.pattern})*")
SOLD = on_sale(TABLE.models, RELEASE)


def rows() -> Iterator[tuple[str, Model, PriceRow]]:
    return ((f"{one.key} from {row.start}", one, row) for one in TABLE.models for row in one.prices)


def bands() -> Iterator[tuple[str, Model, Band]]:
    return ((where, model, band) for where, model, row in rows() for band in row.bands)


def price_sets() -> Iterator[tuple[str, str, Prices]]:
    """(where, currency, prices) of every band, variant, promotion and tuned model."""
    for where, model, row in rows():
        currency = TABLE.providers[model.provider].currency
        for band in row.bands:
            yield where, currency, band.prices
            for name, variant in band.variants.items():
                yield f"{where}, {name}", currency, variant.prices
        yield f"{where}, list", currency, row.list_price
    for model in TABLE.models:
        for offer in model.fine_tuning:
            yield f"{model.key}, tuned", TABLE.providers[model.provider].currency, offer.prices


def offers() -> Iterator[tuple[str, Offer]]:
    return (
        (one.key, offer)
        for one in TABLE.models
        for offer in (*one.fine_tuning, *one.deployment, *one.packs)
    )


def text_of(prices: Prices) -> dict[str, Decimal]:
    return {item: price for item, price in prices.items() if item not in MEDIA}


def test_prices_are_of_the_size_of_prices() -> None:
    """Per 1M tokens in the provider's currency, and never nothing."""
    assert [
        (where, item)
        for where, currency, one in price_sets()
        for item, price in text_of(one).items()
        if not CHEAPEST <= price <= DEAREST[currency]
    ] == []


@pytest.mark.parametrize(
    ("item", "least"),
    [
        pytest.param("output", "input", id="a row where it is has its columns swapped"),
        pytest.param("output_thinking", "output", id="thinking"),
        pytest.param("input", "cache_read", id="a cache read is a discount"),
        pytest.param("cache_read", "cache_read_explicit", id="an explicit one even more so"),
        pytest.param("audio_output", "audio_input", id="sound"),
        pytest.param("audio_input", "audio_cache_read", id="cached sound"),
        pytest.param("cache_write.1h", "cache_write.5m", id="an hour of caching"),
        pytest.param("cache_write.12h", "cache_write.30m", id="half a day of caching"),
        pytest.param("input", "cache_storage", id="an hour of storage"),
    ],
)
def test_one_price_is_not_below_another(item: str, least: str) -> None:
    """None of the vendors bills so; a slip of the columns would."""
    both = [(where, one) for where, _, one in price_sets() if item in one and least in one]

    assert both
    assert [where for where, one in both if one[item] < one[least]] == []


def test_a_cache_write_costs_about_what_input_costs() -> None:
    """From equal to three times as much; less only on the one list that has it so."""
    outside = [
        model.key.split("/")[1]
        for _, model, band in bands()
        for item, price in band.prices.items()
        if item.startswith("cache_write.")
        and not band.prices["input"] <= price <= 3 * band.prices["input"]
    ]

    assert outside
    assert [id for id in outside if not re.fullmatch(r"MiniMax-M2\.\d-highspeed", id)] == []


def test_larger_requests_are_not_cheaper() -> None:
    """Where bands are in the wrong order, or one of them lost a digit, they are."""
    assert [
        (where, item)
        for where, _, row in rows()
        for smaller, larger in zip(row.bands, row.bands[1:], strict=False)
        for item in smaller.prices.keys() & larger.prices.keys()
        if larger.prices[item] < smaller.prices[item]
    ] == []


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        pytest.param("batch", "0.2", "1", id="a batch is a discount"),
        pytest.param("flex", "0.2", "1", id="so is the slow tier"),
        pytest.param("priority", "1", "4", id="priority costs more"),
        pytest.param("fast", "1", "10", id="and so does speed"),
        pytest.param("peak", "1", "5", id="and peak hours"),
    ],
)
def test_a_variant_lies_on_its_side_of_the_plain_price(name: str, low: str, high: str) -> None:
    """Item by item, within bounds that a slip of a digit would leave."""
    found = [(where, band) for where, _, band in bands() if name in band.variants]

    assert found
    assert [
        (where, item)
        for where, band in found
        for item, price in band.variants[name].applied(band.prices).items()
        if not Decimal(low) * band.prices[item] <= price <= Decimal(high) * band.prices[item]
    ] == []


def test_a_variant_prices_what_the_plain_price_does() -> None:
    """And nothing besides; a multiplier would miss it."""
    assert [
        (where, name, item)
        for where, _, band in bands()
        for name, variant in band.variants.items()
        for item in variant.prices
        if item not in band.prices
    ] == []


def test_a_batch_of_any_request_costs_at_most_its_list_price() -> None:
    """Billed, not compared: plain, cached, written and thinking, in each band of each row."""
    checked = 0
    for where, model, row in rows():
        for band in row.bands:
            input = band.input.most if band.input else 10**6
            output = min(band.output.most if band.output else 10**4, model.max_output or 10**4)
            usage = Usage(input, output if "output" in band.prices else 0, input // 2, input // 4)
            for thinking in (False, True):
                plain, batch = (
                    cost_of(usage, row, Conditions(thinking=thinking, batch=wanted))
                    for wanted in (False, True)
                )
                assert (plain is None) is (batch is None)
                assert plain is None or batch is None or 0 < batch.amount <= plain.amount, where
                checked += plain is not None
    assert checked > 1500


def test_tiers_regions_and_kinds_are_known() -> None:
    """A slip of a name would be a tier of its own."""
    tiers = {name for _, _, band in bands() for name in band.variants} - {"peak", "batch"}
    regions = {name for _, _, row in rows() for name in row.regions}

    assert tiers == {"flex", "priority", "fast", "sound"}
    assert regions == {"us", "eu", "jp", "au", "regional"}
    assert {one.kind for one in TABLE.models} == set(KINDS)


def test_what_writes_text_is_sold_by_the_token() -> None:
    """A model of the kind `chat` that is sold by the call alone is of another kind."""
    assert [
        where
        for where, model, row in rows()
        if model.kind == "chat" and row.state is PriceState.PRICED and not row.bands
    ] == []


def test_every_schedule_is_of_the_provider() -> None:
    """And its rows have peak prices in each band."""
    on_schedule = [(model, row) for _, model, row in rows() if row.schedule]

    assert on_schedule
    assert all(row.schedule in TABLE.providers[one.provider].schedules for one, row in on_schedule)
    assert all("peak" in band.variants for _, row in on_schedule for band in row.bands)


def test_a_promotion_is_below_the_list_price() -> None:
    """On at least one item, on none above; and it says what it is."""
    found = [(where, row) for where, _, row in rows() if row.list_price]

    assert found
    assert [where for where, row in found if not row.promotion] == []
    assert [
        where
        for where, row in found
        if any(price < row.bands[0].prices[item] for item, price in row.list_price.items())
        or all(price == row.bands[0].prices[item] for item, price in row.list_price.items())
    ] == []


def test_a_promotion_has_an_end() -> None:
    """It is `until` a day or until the next row; or the vendor named none, and the row says so."""
    endless = [
        where
        for where, model, row in rows()
        if row.promotion and row.until is None and row is model.prices[-1]
        if "no end is named" not in row.promotion
    ]

    assert endless == []


def test_a_price_was_checked_on_a_day_that_has_been() -> None:
    """Not in the future, and not before there were such prices."""
    first, today = date(2023, 1, 1), date.today()

    assert [where for where, _, row in rows() if not first <= row.checked <= today] == []


def test_a_row_that_starts_after_its_check_was_announced() -> None:
    """It then follows a row that tells until when that one holds, or the model says its day."""
    announced = [(where, model, row) for where, model, row in rows() if row.start > row.checked]

    assert announced
    assert [where for where, model, row in announced if row is model.prices[0]] == []


def test_a_row_that_begins_before_its_evidence_says_so() -> None:
    """By `evidence`, or in its note."""
    assert [where for where, _, row in rows() if lacks_evidence(row)] == []


def test_a_host_names_the_maker_of_what_it_serves() -> None:
    """`provider/id`, mostly of a model of the table."""
    keys = {one.key for one in TABLE.models}
    served = [one.serves for one in TABLE.models if one.serves]

    assert [one for one in served if not re.fullmatch(r"[a-z0-9-]+/\S+", one)] == []
    assert sum(one in keys for one in served) > len(served) / 2


def test_every_row_has_a_source_that_can_be_looked_up() -> None:
    """A title with a date, or an address; a single word is a short name that nobody defined."""
    quotas = ((one.id, quota) for one in TABLE.providers.values() for quota in one.free_quota)
    sources = [(where, row.source) for where, _, row in rows()]
    sources += [(where, offer.source) for where, offer in offers()]
    sources += [(where, quota.source) for where, quota in quotas]

    assert [where for where, one in sources if " " not in one and "://" not in one] == []


def test_a_free_offer_says_what_limits_it() -> None:
    """Or that the sources do not say."""
    assert [
        where for where, _, row in rows() if row.state is PriceState.FREE and not row.limits
    ] == []


def test_prices_lie_within_the_life_of_a_model() -> None:
    """From its release on; after its retirement only where requests go to another model."""
    assert [
        where
        for where, model, row in rows()
        if (model.released is not None and row.start < model.released)
        or (model.retired is not None and row.start > model.retired)
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
    """No blank, comma or glob in what the command line and addresses are given, and no slash but in
    the ids of hosts."""
    makers = [one for one in TABLE.models if not one.serves]
    names = [*TABLE.providers, *(one.id for one in makers)]
    names += [alias.id for one in TABLE.models for alias in one.aliases]
    hosted = [one.id for one in TABLE.models if one.serves]

    assert [name for name in names if not TYPED.fullmatch(name)] == []
    assert [name for name in hosted if not AT_A_HOST.fullmatch(name)] == []


def test_every_tokenizer_is_known() -> None:
    """No silent fallback: a model without one could not be counted."""
    assert {base_name(one.tokenizer) for one in TABLE.models} <= TOKENIZERS.keys()


def test_pages_are_addresses() -> None:
    """Of those providers that have one."""
    pages = [provider.page for provider in TABLE.providers.values() if provider.page]

    assert [page for page in pages if not page.startswith("https://")] == []


def test_names_are_safe_in_addresses() -> None:
    """No name needs an escape in a path, and none is a path of its own."""
    names = [one.id for one in TABLE.models]

    assert [name for name in names if name.strip(".") == "" or quote(name, safe=":/") != name] == []


def test_every_model_on_sale_can_be_named_by_its_id() -> None:
    """With its provider before it, an id means one model, whatever aliases others have."""
    for model in SOLD:
        assert chosen_models(TABLE, [model.key], (), RELEASE).models == [model]


def test_an_unknown_price_says_why() -> None:
    """In its note, or in the place of its source."""
    unknown = [(where, row) for where, _, row in rows() if row.state is PriceState.UNKNOWN]

    assert unknown
    assert [where for where, row in unknown if not (row.note or row.source.startswith("no "))] == []


# --- how much there is ---------------------------------------------------------------------------


def sold(currency: str, *states: PriceState) -> list[Model]:
    return [
        one
        for one in SOLD
        if TABLE.providers[one.provider].currency == currency
        and (row := row_at(one, RELEASE)) is not None
        and row.state in states
    ]


def test_the_table_is_worth_asking() -> None:
    """What was on sale on 2026-11-22: 285 models of 20 vendors in yuan, 180 in dollars."""
    yuan, dollars = (sold(one, PriceState.PRICED, PriceState.FREE) for one in ("CNY", "USD"))

    assert len(yuan) >= 200
    assert len({one.provider for one in yuan}) >= 18
    assert len(dollars) >= 150
    assert len(sold("CNY", PriceState.FREE)) >= 10


def test_global_vendors_have_their_history() -> None:
    """Of the 8 large ones, and of those who sell models of their own beside what they host."""
    ours = {"alibaba", "moonshot", "deepseek", "zai", "minimax", "xiaomi", "meituan"}
    vendors = {
        one.provider
        for one in TABLE.models
        if TABLE.providers[one.provider].currency == "USD"
        if one.provider.removesuffix("-intl") not in ours and not one.serves
    }

    assert vendors == {
        *("openai", "anthropic", "google", "xai", "mistral", "amazon", "cohere", "meta"),
        *("voyage", "jina", "perplexity", "amazon-bedrock"),
    }
    assert sum(one.provider in vendors for one in TABLE.models) >= 150
    assert sum(one.provider in vendors for one in SOLD) >= 100


def test_prices_have_a_history() -> None:
    """Nearly a hundred models with more than one row, and some with rows still to come."""
    assert sum(len(one.prices) > 1 for one in TABLE.models) >= 90
    assert any(row.start > RELEASE.date() for _, _, row in rows())


def test_an_assumed_tokenizer_is_never_exact() -> None:
    """What is only assumed ends in a question mark, or is an estimate anyway."""
    assumed = [one for one in TABLE.models if "tokenizer assumed" in one.note]

    assert assumed
    assert [one.key for one in assumed if tokenizer(one.tokenizer).exact] == []
