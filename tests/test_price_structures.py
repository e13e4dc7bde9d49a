"""Each structure of a price, by a real model of the shipped table, at both sides of every edge.

The amounts are written out by hand from the vendor's prices: tokens x price / 1M, added up.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from shipped import CALENDAR, TABLE, amount, bill, row_of, the_model
from tables import at

from llmcost.commands.estimate.compute import estimate
from llmcost.money import Exchange
from llmcost.pricing.catalog import is_retired, on_sale
from llmcost.pricing.cost import Conditions
from llmcost.pricing.price_rows import Mode, Model, Offer, PriceState
from llmcost.pricing.terms import Amount, Terms
from llmcost.pricing.usage import Count, Input, Usage
from llmcost.runtime.price_table import chosen_models

M = 1_000_000
DAY = "2026-11-20"  # a Friday
BATCH, THINKING = Conditions(batch=True), Conditions(thinking=True)
FLEX, PRIORITY, FAST = (Conditions(tier=tier) for tier in ("flex", "priority", "fast"))


def expected(text: str | None) -> Decimal | None:
    """`0.0192 + 0.004`, added up."""
    return None if text is None else sum((Decimal(one) for one in text.split("+")), Decimal(0))


def case(
    model: str, input: int, output: int, cost: str | None, when: str = DAY, **others: Any
) -> Any:
    marks = [f"{key} {value}" for key, value in others.items() if key != "conditions"]
    wishes = others.get("conditions")
    if wishes is not None:
        marks += [name for name in ("batch", "thinking") if getattr(wishes, name)]
        marks += [name for name in (wishes.tier, wishes.region, wishes.lifetime) if name]
    name = " ".join([model, f"{input}+{output}", *([when] if when != DAY else []), *marks])
    return pytest.param(model, input, output, when, others, cost, id=name)


FLAT = [case("doubao-pro-32k", 1000, 0, "0.0008", "2024-05-15")]
BANDS_BY_INPUT = [
    case("tencent/hy3-preview", 16_000, 1000, "0.0192 + 0.004"),  # 1.2 / 4 up to 16,000
    case("tencent/hy3-preview", 16_001, 1000, "0.0256016 + 0.0064"),  # 1.6 / 6.4 up to 32,000
    case("tencent/hy3-preview", 32_000, 1000, "0.0512 + 0.0064"),
    case("tencent/hy3-preview", 32_001, 1000, "0.064002 + 0.008"),  # 2 / 8 above
    # 2 / 6 below 200,000, which is itself in the dearer band of 4 / 12
    case("xai/grok-4.7", 199_999, 1000, "0.399998 + 0.006"),
    case("xai/grok-4.7", 200_000, 1000, "0.8 + 0.012"),
    # 2 / 10 up to 272,000, 4 / 15 above
    case("openai/gpt-6-sol", 272_000, 1000, "0.544 + 0.010"),
    case("openai/gpt-6-sol", 272_001, 1000, "1.088004 + 0.015"),
    case("alibaba/qwen3-max", 252_000, 1000, "1.764 + 0.028"),  # 7 / 28, and there it ends
    case("alibaba/qwen3-max", 252_001, 1000, None),
]
BANDS_BY_OUTPUT = [
    case("doubao-seed-1.8", 32_000, 200, "0.0256 + 0.0004"),  # 0.8 / 2
    case("doubao-seed-1.8", 32_000, 201, "0.0256 + 0.001608"),  # 0.8 / 8
    case("doubao-seed-1.8", 32_001, 200, "0.0384012 + 0.0032"),  # 1.2 / 16
    # longer output makes the input dearer too: 2 / 8, then 3 / 14, then 4 / 16
    case("zhipu/glm-4.7", 32_000, 199, "0.064 + 0.001592"),
    case("zhipu/glm-4.7", 32_000, 200, "0.064 + 0.0016"),
    case("zhipu/glm-4.7", 32_000, 201, "0.096 + 0.002814"),
    case("zhipu/glm-4.7", 32_001, 201, "0.128004 + 0.003216"),
]
CACHES = [
    # the band is that of the full context, cached tokens too: 0.1 / cached 0.01, then 0.5 / 0.05
    case("claude-haiku-5-5", 100_000, 0, "0.001 + 0.0009", cached=90_000),
    case("claude-haiku-5-5", 100_001, 0, "0.005 + 0.00450005", cached=90_001),
    # 12 fresh, 1.5 implicit, 1 explicit, 15 written
    case("alibaba/qwen3.8-max", 10_000, 0, "0.024 + 0.012", cached=8000),
    case(
        *("alibaba/qwen3.8-max", 10_000, 0, "0.024 + 0.008"),
        cached=8000,
        conditions=Conditions(explicit_cache=True),
    ),
    case("alibaba/qwen3.8-max", 10_000, 0, "0.024 + 0.12", written=8000),
    *(
        case(model, 100_000, 0, cost, written=100_000, conditions=Conditions(lifetime=lifetime))
        for model, lifetime, cost in (
            ("moonshot-intl/kimi-k3.1-pro", "5m", "0.2"),
            ("moonshot-intl/kimi-k3.1-pro", "1h", "0.4"),
            ("openai/gpt-6.1-sol", "30m", "0.25"),
            ("openai/gpt-6.1-sol", "12h", "0.5"),
            ("openai/gpt-6.1-sol", "", "0.25"),  # none asked for: the shortest
        )
    ),
    # 1M tokens kept for 24 hours at 0.017 an hour
    case("doubao-seed-2.0-pro", 0, 0, "0.408", other={"cache_storage": 24 * M}),
]
MODES = [
    # 0.8 / 2, thinking 8; above 128,000: 2.4 / 20, thinking 24
    case("alibaba/qwen-plus", 128_000, 1000, "0.1024 + 0.002"),
    case("alibaba/qwen-plus", 128_000, 1000, "0.1024 + 0.008", conditions=THINKING),
    case("alibaba/qwen-plus", 128_001, 1000, "0.3072024 + 0.02"),
    case("alibaba/qwen-plus", 128_001, 1000, "0.3072024 + 0.024", conditions=THINKING),
    case("alibaba/qwen-plus", 128_000, 1000, "0.0512 + 0.001", conditions=BATCH),  # a half
    case("xai/grok-4.7", 100_000, 1000, "0.206"),
    case("xai/grok-4.7", 100_000, 1000, "0.1648", conditions=BATCH),  # a fifth off
    # prices of a batch that say nothing of the cache leave it as it is
    case("gemini-2.5-pro", 100_000, 1000, "0.0625 + 0.00625 + 0.01", cached=50_000),
    case(
        *("gemini-2.5-pro", 100_000, 1000, "0.03125 + 0.00625 + 0.005"),
        cached=50_000,
        conditions=BATCH,
    ),
    case("openai/gpt-5.5", 100_000, 1000, "0.53"),
    case("openai/gpt-5.5", 100_000, 1000, "0.265", conditions=FLEX),
    case("openai/gpt-5.5", 100_000, 1000, "1.25 + 0.075", conditions=PRIORITY),
    case("openai/gpt-5.5", 272_001, 1000, "2.76501"),
    case("openai/gpt-5.5", 272_001, 1000, "1.382505", conditions=FLEX),
    case("claude-opus-5-5", 100_000, 10_000, "0.6"),
    case("claude-opus-5-5", 100_000, 10_000, "0.66", conditions=Conditions(region="us")),
    case("nova-2-lite", 100_000, 10_000, "0.055"),
    case("nova-2-lite", 100_000, 10_000, "0.0605", conditions=Conditions(region="us")),
]
OTHER_UNITS = [
    case("iflytek/spark-x2", 700, 300, "0.03"),  # one price for both: 1,000 x 30
    case("iflytek/spark-x2", 1000, 0, "0.03"),
    case("iflytek/spark-x2", 0, 1000, "0.03"),
    case("openai/gpt-6-sol", 0, 0, "10", other={"web_search": 1000}),
    case("openai/gpt-6-sol", 0, 0, "2.5", other={"file_search": 1000}),
    case("openai/gpt-6-sol", 0, 0, "0.03", other={"code_session": 1}),
    case("mistral-ocr-4-1", 0, 0, "4", other={"page": 1000}),
    case("mistral-ocr-4-1", 0, 0, "2", other={"batch_page": 1000}),
    case("qwen3.5-omni-plus", 1000, 0, "0.007"),
    case("qwen3.5-omni-plus", 0, 0, "0.053", other={"audio_input": 1000}),
    case("qwen3.5-omni-plus", 0, 0, "0.213", other={"audio_output": 1000}),
    case("whisper-1", 0, 0, "0.36", other={"audio_hour": 1}),
    case("whisper-1", 1, 0, None),  # no token has a price there
    case("tts-1", 0, 0, "15", other={"characters": M}),
]


def peaks(model: str, times: dict[str, str]) -> list[Any]:
    return [case(model, M, 100_000, cost, when) for when, cost in times.items()]


OFF, ON = "4.5 + 1.35", "9 + 2.7"  # yuan of deepseek-v4-pro for 1M in and 100,000 out
SCHEDULES = [
    *peaks(
        "deepseek/deepseek-v4-pro",
        {
            "2026-11-20T08:59:59+08:00": OFF,
            "2026-11-20T09:00:00+08:00": ON,
            "2026-11-20T11:59:59+08:00": ON,
            "2026-11-20T12:00:00+08:00": OFF,
            "2026-11-20T13:59:59+08:00": OFF,
            "2026-11-20T14:00:00+08:00": ON,
            "2026-11-20T17:59:59+08:00": ON,
            "2026-11-20T18:00:00+08:00": OFF,
            "2026-11-21T10:00:00+08:00": OFF,  # a Saturday
            "2026-10-01T10:00:00+08:00": OFF,  # National Day
            "2026-10-10T10:00:00+08:00": OFF,  # a Saturday of work, for others
            "2026-08-23T10:00:00+08:00": OFF,  # the first Sunday that was free
            "2026-08-22T10:00:00+08:00": ON,  # the last Saturday that was not
            "2026-08-17T09:00:00+08:00": ON,  # the first day of the rule
            "2026-08-17T08:59:59+08:00": OFF,
            "2026-08-16T23:59:59+08:00": "3 + 0.6",  # the day before
            "2026-08-16T10:00:00+08:00": "3 + 0.6",
            "2026-11-20": OFF,  # a day has no hour
        },
    ),
    *peaks(
        "deepseek-intl/deepseek-v4-pro",
        {
            "2026-11-20T08:59:59+08:00": "0.66 + 0.198",
            "2026-11-20T09:00:00+08:00": "1.716",
            "2026-11-20T01:00:00+00:00": "1.716",
            "2026-08-16T23:59:59+08:00": "0.435 + 0.087",
            "2026-08-16T15:59:59+00:00": "0.435 + 0.087",
        },
    ),
    *(
        case(f"deepseek/{model}", M, M, cost, when)
        for when, chat, reasoner in (
            ("2025-02-26T00:29:59+08:00", "10", "20"),
            ("2025-02-26T00:30:00+08:00", "5", "5"),
            ("2025-02-26T08:29:59+08:00", "5", "5"),
            ("2025-02-26T08:30:00+08:00", "10", "20"),
            ("2025-09-06T01:00:00+08:00", "16", "16"),  # no more nights
        )
        for model, cost in (("deepseek-chat", chat), ("deepseek-reasoner", reasoner))
    ),
    *(
        case("Baichuan2-53B", M, M, cost, f"2024-05-24T{clock}+08:00")
        for clock, cost in (
            ("00:00:00", "20"),
            ("07:59:59", "20"),
            ("08:00:00", "40"),
            ("23:59:59", "40"),
        )
    ),
]
DATED = [
    # promotions that ended
    case("zhipu/glm-5.3-flash", M, 100_000, "0.4 + 0.14", "2026-09-09T23:59:59+08:00"),
    case("zhipu/glm-5.3-flash", M, 100_000, "1.08", "2026-09-10T00:00:00+08:00"),
    case("deepseek/deepseek-chat", M, 100_000, "1.2", "2025-02-08T23:59:59+08:00"),
    case("deepseek/deepseek-chat", M, 100_000, "2.8", "2025-02-09T00:00:00+08:00"),
    case("mistral-large-4", M, 100_000, "0.889", "2026-10-19"),
    case("mistral-large-4", M, 100_000, "1.778", "2026-10-20"),
    case("mistral-large-4", M, 100_000, "1.778", "2026-10-28"),
    case("mistral-large-4", M, 100_000, "0.91", "2026-10-29"),
    # a row that is still to come
    case("gemini-4-argon", M, 100_000, "3", "2026-11-30"),
    case("gemini-4-argon", M, 100_000, "6", "2026-12-01"),
    # a tier that ends
    case("claude-opus-4-8", 100_000, 10_000, "1.5", "2026-11-29", conditions=FAST),
    # names that moved to another model, and took its price
    case("mistral-large-latest", M, 100_000, "2.6", "2025-12-01"),
    case("mistral-large-latest", M, 100_000, "0.65", "2025-12-02"),
    case("mistral-medium-latest", M, 100_000, "0.6", "2026-06-15"),
    case("mistral-medium-latest", M, 100_000, "2.25", "2026-06-16"),
    # a band that was there until the model retired
    case("claude-sonnet-4-5", 200_000, 0, "0.6", "2026-04-29"),
    case("claude-sonnet-4-5", 200_001, 0, "1.200006", "2026-04-29"),
    # free, from a day on
    case("baidu/ernie-speed-8k", M, M, "8", "2024-05-20"),
    case("baidu/ernie-speed-8k", M, M, "0", "2024-05-21"),
    case("zhipu/glm-4.7-flash", M, M, "0"),
]


@pytest.mark.parametrize(
    ("model", "input", "output", "when", "others", "cost"),
    [
        *(FLAT + BANDS_BY_INPUT + BANDS_BY_OUTPUT + CACHES),
        *(MODES + OTHER_UNITS + SCHEDULES + DATED),
    ],
)
def test_a_structure_is_billed_as_its_vendor_does(
    model: str, input: int, output: int, when: str, others: dict[str, Any], cost: str | None
) -> None:
    """To the last digit."""
    assert amount(model, input, output, when=when, **others) == expected(cost)


@pytest.mark.parametrize(
    ("model", "usage", "when", "wishes", "step"),
    [
        ("alibaba/qwen-plus", Usage(9), DAY, BATCH, "batch x 0.5"),
        ("gemini-2.5-pro", Usage(9), DAY, BATCH, "batch"),
        ("openai/gpt-5.5", Usage(272_000), DAY, PRIORITY, "tier priority"),
        ("openai/gpt-5.5", Usage(272_001), DAY, PRIORITY, None),
        ("claude-opus-4-8", Usage(9), "2026-11-29", FAST, "tier fast x 2"),
        ("claude-opus-4-8", Usage(9), "2026-11-30", FAST, None),
        ("claude-opus-5-5", Usage(9), DAY, Conditions(region="us"), "region us x 1.1"),
        ("claude-opus-5-5", Usage(9), DAY, Conditions(region="eu"), None),
        (
            *("deepseek/deepseek-v4-pro", Usage(9), "2026-11-20T09:00:00+08:00"),
            *(Conditions(), "peak mon-fri 09:00-12:00"),
        ),
    ],
)
def test_a_bill_says_which_condition_made_its_prices(
    model: str, usage: Usage, when: str, wishes: Conditions, step: str | None
) -> None:
    """And by its silence, which one is not sold: priority above 272,000, fast from 11-30 on."""
    found = bill(model, usage, when, wishes)

    assert found is not None
    assert {part.steps for part in found.parts} == {() if step is None else (step,)}


# --- what goes with token prices -----------------------------------------------------------------


def offers(offers: tuple[Offer, ...]) -> list[tuple[str, str, str, int | None]]:
    """(price, what it buys, list price, tokens)"""
    return [(str(one.price), one.per, str(one.list_price or ""), one.tokens) for one in offers]


def test_training_and_hosting_have_their_own_prices() -> None:
    """qwen-turbo in 2024: 30 yuan per 1M training tokens, 20,000 yuan a month."""
    model = the_model("alibaba/qwen-turbo")

    assert ("30", "1M training tokens", "", None) in offers(model.fine_tuning)
    assert ("20000", "month", "", None) in offers(model.deployment)


def test_a_tuned_model_bills_inference_at_its_own_prices() -> None:
    """gpt-4o-mini: $3 for the training, then 0.3 and 1.2."""
    (offer, *_) = the_model("openai/gpt-4o-mini").fine_tuning

    assert offer.price == 3
    assert offer.prices["input"] == Decimal("0.3")
    assert offer.prices["output"] == Decimal("1.2")


def test_packs_are_prepaid() -> None:
    """ernie-4.0-8k: 10M tokens for 63 yuan instead of 70, 1,000M for 4,900 instead of 7,000."""
    found = offers(the_model("baidu/ernie-4.0-8k").packs)

    assert ("63", "pack", "70", 10 * M) in found
    assert ("4900", "pack", "7000", 1000 * M) in found


@pytest.mark.parametrize(
    ("model", "day", "listed", "charged"),
    [
        ("zhipu/glm-5.3-flash", "2026-09-09", True, "0.4"),
        ("zhipu/glm-5.3-flash", "2026-09-10", False, "0.8"),
        ("deepseek/deepseek-chat", "2025-02-08", True, "1"),
        ("deepseek/deepseek-chat", "2025-02-09", False, "2"),
    ],
)
def test_a_promotion_tells_the_list_price(model: str, day: str, listed: bool, charged: str) -> None:
    """What is charged stands in the price set; the list price is not below it, and follows it."""
    row = row_of(model, day)

    assert bool(row.promotion) is bool(row.list_price) is listed
    assert row.bands[0].prices["input"] == Decimal(charged)
    assert all(price >= row.bands[0].prices[item] for item, price in row.list_price.items())


@pytest.mark.parametrize(
    ("name", "day", "id"),
    [
        ("mistral-large-latest", "2025-12-01", "mistral-large-2411"),
        ("mistral-large-latest", "2025-12-02", "mistral-large-2512"),
        ("mistral-medium-latest", "2026-06-15", "mistral-medium-3"),
        ("mistral-medium-latest", "2026-06-16", "mistral-medium-3-5"),
    ],
)
def test_a_dated_alias_means_another_model_from_its_day_on(name: str, day: str, id: str) -> None:
    """And takes that model's price along, which the bills above show."""
    assert the_model(name, day).id.startswith(id)


# --- retired models ------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["claude-sonnet-4-5", "gpt-4-32k", "gemini-1.5-pro"])
def test_a_retired_model_is_shown_for_the_days_of_its_sale(id: str) -> None:
    """A glob or no name at all passes over it; its id finds it, and `retired` all of them."""
    (model,) = [one for one in TABLE.models if one.id == id]
    assert model.retired is not None
    after, before = at(str(model.retired)), at(str(model.retired - timedelta(1)))
    glob = [f"{model.provider}/*"]

    assert model in on_sale(TABLE.models, before)
    assert model not in on_sale(TABLE.models, after)
    assert model in chosen_models(TABLE, [f"{model.provider}/{id}"], (), after).models
    assert model in chosen_models(TABLE, glob, (), before).models
    assert model not in chosen_models(TABLE, glob, (), after).models
    assert model in chosen_models(TABLE, glob, (), after, retired=True).models


def asked(model: Model, day: str, tokens: int = 100) -> str:
    """`ranked`, or the reason why a model is left out of an estimate."""
    one = Input("x", 1, 1, {model.tokenizer: Count(tokens, tokens, tokens, "", exact=True)})
    terms = Terms(at=at(day), hours=at(day), output=Amount(10))
    currency = TABLE.providers[model.provider].currency
    found = estimate(TABLE, [model], [one], terms, Exchange(currency), CALENDAR)
    return found.excluded[0].reason if found.excluded else "ranked"


@pytest.mark.parametrize(
    ("id", "day", "tokens", "answer"),
    [
        ("claude-sonnet-4-5", "2026-04-29", 100, "ranked"),
        ("alibaba/qwen3-max", DAY, 252_000 - 10, "ranked"),
        ("huawei/pangu", "2026-11-22", 100, "state"),
        ("whisper-1", DAY, 100, "unit"),
        ("text-embedding-3-large", DAY, 100, "unit"),  # writes nothing
        ("gpt-6-sol", "2020-01-01", 100, "date"),
        ("zhipu/glm-4.7-flash", DAY, 100, "ranked"),
        ("zhipu/glm-4.7-flash", DAY, 10**9, "context"),
    ],
)
def test_what_has_no_price_for_a_request_is_left_out(
    id: str, day: str, tokens: int, answer: str
) -> None:
    """Never ranked, never zero."""
    (model,) = chosen_models(TABLE, [id], (), at(day)).models

    assert asked(model, day, tokens) == answer


def test_every_retired_model_is_left_out_on_its_day() -> None:
    """Whatever rows it has: some go on, as requests are sent to another model."""
    retired = [(one, one.retired) for one in TABLE.models if one.retired is not None]

    assert len(retired) > 50
    for model, day in retired:
        assert asked(model, str(day)) == "date"
        assert not is_retired(model, at(str(day - timedelta(1))))


# --- coverage ------------------------------------------------------------------------------------

ROWS = [(model, row) for model in TABLE.models for row in model.prices]
BANDS = [band for _, row in ROWS for band in row.bands]


ITEMS = (
    *("cache_read", "cache_read_explicit", "output_thinking", "cache_storage"),
    *("cache_write.5m", "cache_write.30m", "cache_write.1h", "cache_write.12h"),
    *("audio_input", "audio_output", "image_input", "image_output"),
)
VARIANTS = [
    (name, variant.factor is not None) for one in BANDS for name, variant in one.variants.items()
]
USED = {
    "bands by input": [one for one in BANDS if one.input],
    "bands by output": [one for one in BANDS if one.output],
    "inclusive edges": [one for one in BANDS if one.input and one.input.inclusive],
    "exclusive edges": [one for one in BANDS if one.input and not one.input.inclusive],
    **{item: [one for one in BANDS if item in one.prices] for item in ITEMS},
    **{
        f"{name} as {'a factor' if is_factor else 'prices'}": [
            one for one in VARIANTS if one == (name, is_factor)
        ]
        for name in ("batch", "flex", "priority")
        for is_factor in (True, False)
    },
    "peak prices": [one for one in VARIANTS if one[0] == "peak"],
    "schedules": [row for _, row in ROWS if row.schedule],
    "promotions": [row for _, row in ROWS if row.list_price],
    "regions": [row for _, row in ROWS if row.regions],
    "fees": [row for _, row in ROWS if row.fees],
    "free": [row for _, row in ROWS if row.state is PriceState.FREE],
    "unknown": [row for _, row in ROWS if row.state is PriceState.UNKNOWN],
    "instants": [row for _, row in ROWS if row.start_at],
    "future rows": [row for _, row in ROWS if row.start > date(2026, 11, 22)],
    "retired": [model for model, _ in ROWS if model.retired],
    "dated aliases": [one for model, _ in ROWS for one in model.aliases if one.start],
    "corrections": [model for model, _ in ROWS if model.corrections],
    "quotas": [one for one in TABLE.providers.values() if one.free_quota],
}


@pytest.mark.parametrize("structure", USED)
def test_each_structure_has_a_real_model(structure: str) -> None:
    """Nothing is built that no vendor does; marginal bands alone have no model yet."""
    assert USED[structure]
    assert all(row.mode is Mode.CLIFF for _, row in ROWS)
