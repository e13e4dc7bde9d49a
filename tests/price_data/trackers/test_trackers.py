"""What each tracker's format means: per token or per million, tiers, placeholders, broken files."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from paths import TRACKERS

from llmcost.errors import BadPriceFile
from llmcost.price_data.trackers import read_tracker
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.pricing.price_rows import Band

FORMATS = {
    "genai-prices": "genai.json",
    "litellm": "litellm.json",
    "models.dev": "modelsdev.json",
    "openrouter": "openrouter.json",
}


def entries(root: Any, tracker: str | None = None) -> dict[str, TrackerEntry]:
    listing = read_tracker(json.dumps(root).encode(), "list.json", tracker)
    return {one.id: one for one in listing.entries}


def told(bands: tuple[Band, ...]) -> list[dict[str, str]]:
    """Bands as text: the limit, and every price in plain digits."""
    return [
        {
            **({"up_to": str(band.input.most)} if band.input else {}),
            **{item: f"{price:f}" for item, price in band.prices.items()},
        }
        for band in bands
    ]


def litellm(**fields: Any) -> Any:
    return {"m": {"litellm_provider": "openai", "mode": "chat", **fields}}


def genai(prices: Any, provider: str = "openai") -> Any:
    return [{"id": provider, "models": [{"id": "m", "prices": prices}]}]


def modelsdev(**cost: Any) -> Any:
    return {"openai": {"id": "openai", "models": {"m": {"id": "m", "cost": cost}}}}


def openrouter(**pricing: Any) -> Any:
    return {"data": [{"id": "openai/m", "pricing": pricing}]}


TOKEN = {"input_cost_per_token": 4e-07, "output_cost_per_token": 1.2e-06}
MEANINGS: list[tuple[str, Any, list[dict[str, str]]]] = [
    ("litellm per token", litellm(**TOKEN), [{"input": "0.4", "output": "1.2"}]),
    (
        "litellm binary dust",
        litellm(**TOKEN, cache_read_input_token_cost=1.0999999999999999e-07),
        [{"input": "0.4", "output": "1.2", "cache_read": "0.11"}],
    ),
    (
        "litellm numbers as text",
        litellm(input_cost_per_token="4e-07", output_cost_per_token="0.0000012"),
        [{"input": "0.4", "output": "1.2"}],
    ),
    (
        "litellm above 200k, only the input",
        litellm(**TOKEN, input_cost_per_token_above_200k_tokens=8e-07),
        [{"up_to": "200000", "input": "0.4", "output": "1.2"}, {"input": "0.8", "output": "1.2"}],
    ),
    (
        "litellm tiered",
        litellm(
            tiered_pricing=[
                {"range": [0, 32000.0], **TOKEN},
                {
                    "range": [32000.0, 1e6],
                    "input_cost_per_token": 1e-06,
                    "output_cost_per_token": 2e-06,
                },
            ]
        ),
        [{"up_to": "32000", "input": "0.4", "output": "1.2"}, {"input": "1", "output": "2"}],
    ),
    (
        "litellm cache writes by lifetime",
        litellm(
            **TOKEN,
            cache_creation_input_token_cost=5e-07,
            cache_creation_input_token_cost_above_1hr=8e-07,
        ),
        [{"input": "0.4", "output": "1.2", "cache_write.any": "0.5", "cache_write.1h": "0.8"}],
    ),
    (
        "litellm a zero of the cache is a placeholder",
        litellm(**TOKEN, cache_creation_input_token_cost=0.0, cache_read_input_token_cost=0.0),
        [{"input": "0.4", "output": "1.2"}],
    ),
    ("litellm no output price", litellm(input_cost_per_token=4e-07), []),
    ("litellm null", litellm(input_cost_per_token=None, output_cost_per_token=1e-6), []),
    (
        "genai per million",
        genai({"input_mtok": 3, "output_mtok": 15}),
        [{"input": "3", "output": "15"}],
    ),
    (
        "genai tiers of one item",
        genai(
            {"input_mtok": {"base": 3, "tiers": [{"start": 1000, "price": 6}]}, "output_mtok": 15}
        ),
        [{"up_to": "1000", "input": "3", "output": "15"}, {"input": "6", "output": "15"}],
    ),
    ("genai by the request", genai({"requests_kcount": 5}), []),
    ("models.dev", modelsdev(input=0.27, output=1.1), [{"input": "0.27", "output": "1.1"}]),
    (
        "models.dev the older long context",
        modelsdev(input=1, output=2, context_over_200k={"input": 2, "output": 3}),
        [{"up_to": "200000", "input": "1", "output": "2"}, {"input": "2", "output": "3"}],
    ),
    (
        "models.dev a tier without a type is one of context",
        modelsdev(input=1, output=2, tiers=[{"input": 2, "output": 3, "tier": {"size": 272000}}]),
        [{"up_to": "272000", "input": "1", "output": "2"}, {"input": "2", "output": "3"}],
    ),
    (
        "models.dev tiers go before it",
        modelsdev(
            input=1,
            output=2,
            tiers=[{"input": 2, "output": 3, "tier": {"type": "context", "size": 272000}}],
            context_over_200k={"input": 2, "output": 3},
        ),
        [{"up_to": "272000", "input": "1", "output": "2"}, {"input": "2", "output": "3"}],
    ),
    (
        "openrouter text per token",
        openrouter(prompt="0.0000004", completion="0.0000012", input_cache_write="0.0000005"),
        [{"input": "0.4", "output": "1.2", "cache_write.any": "0.5"}],
    ),
    ("openrouter a price that varies", openrouter(prompt="-1", completion="-1"), []),
    (
        "a real zero is kept for a look",
        modelsdev(input=0, output=0),
        [{"input": "0", "output": "0"}],
    ),
]


@pytest.mark.parametrize(
    ("root", "bands"), [one[1:] for one in MEANINGS], ids=[m[0] for m in MEANINGS]
)
def test_prices_become_dollars_per_million(root: Any, bands: list[dict[str, str]]) -> None:
    """Whole sets by size, exact to the digit that the tracker wrote."""
    assert told(entries(root)["m"].bands) == bands


@pytest.mark.parametrize(("tracker", "file"), FORMATS.items())
def test_the_content_tells_the_format(tracker: str, file: str) -> None:
    listing = read_tracker((TRACKERS / file).read_bytes(), file)

    assert listing.tracker == tracker
    nimbus = next(one for one in listing.entries if one.id == "nimbus-1")
    assert (nimbus.provider, nimbus.context) == ("openai", 128000)
    assert all(not one.provider for one in listing.entries if "reseller" in one.id or ":" in one.id)


def test_prices_of_several_days_are_entries_of_their_own() -> None:
    """Prices of some hours only are nobody's plain price."""
    listing = read_tracker((TRACKERS / "genai.json").read_bytes(), "genai.json")
    found = [
        (one.start, one.bands[0].prices["input"]) for one in listing.entries if one.id == "nimbus-1"
    ]

    assert found == [(None, Decimal(1)), (date(2026, 11, 15), Decimal("0.8"))]


MODULE = b'''"""Data of a wheel."""
providers: list[Provider] = [
    Provider(
        id='openai',
        models=[
            ModelInfo(
                id='m',
                match=ClauseOr(or_=[ClauseEquals(equals='m')]),
                prices=[
                    ConditionalPrice(
                        prices=ModelPrice(input_mtok=Decimal('1.5'), output_mtok=Decimal('6')),
                    ),
                    ConditionalPrice(
                        constraint=StartDateConstraint(start_date=datetime.date(2026, 5, 1)),
                        prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('6')),
                    ),
                ],
            )
        ],
    )
]
'''


def test_the_data_of_the_wheel_is_read_and_not_run() -> None:
    found = read_tracker(MODULE, "data.py").entries

    assert [(one.start, told(one.bands)) for one in found] == [
        (None, [{"input": "1.5", "output": "6"}]),
        (date(2026, 5, 1), [{"input": "1", "output": "6"}]),
    ]


def test_code_in_the_data_is_refused() -> None:
    """Only constants, lists and calls with names are data."""
    with pytest.raises(BadPriceFile, match=r"data\.py:4: not the data of genai-prices"):
        read_tracker(MODULE.replace(b"'openai'", b"open('x').read"), "data.py")


BROKEN: list[tuple[bytes, str]] = [
    (b'{\n"a": }', r"list\.json:2: not JSON"),
    (b"", r"list\.json:1: not JSON"),
    (b"\xff\xfe\x00", r"list\.json"),
    (b"[" * 100_000, r"list\.json: nested too deeply"),
    (b"[]", r"one of model-prices, genai-prices, litellm, models\.dev, openrouter"),
    (b'"text"', "expected a file of one of"),
    (
        json.dumps(litellm(input_cost_per_token="cheap")).encode(),
        r"list\.json: `m`: expected `input_cost_per_token` as a number, got `cheap`",
    ),
    (
        b'{"m": {"litellm_provider": "openai", "input_cost_per_token": NaN}}',
        r"`m`: expected `input_cost_per_token` as a number, got `NaN`",
    ),
    (
        b'{"m": {"litellm_provider": "openai", "input_cost_per_token": 1e999}}',
        r"`m`: expected `input_cost_per_token` as a number",
    ),
    (
        json.dumps(genai({"input_mtok": True})).encode(),
        r"`openai/m`: expected `input_mtok` as a number",
    ),
    (json.dumps(genai("free")).encode(), r"`openai/m`: expected `prices` as an object, got `free`"),
    (
        json.dumps(modelsdev(input=1, output=1, tiers=[{"tier": {"type": "hour"}}])).encode(),
        r"`openai/m`: expected `tier` as a size of context",
    ),
    (json.dumps(openrouter(prompt=[1])).encode(), r"`openai/m`: expected `prompt` as a number"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_a_broken_file_says_where(content: bytes, message: str) -> None:
    with pytest.raises(BadPriceFile, match=message):
        read_tracker(content, "list.json")


def test_all_problems_come_in_one_run() -> None:
    root = {**litellm(input_cost_per_token="a"), "n": litellm(output_cost_per_token="b")["m"]}
    with pytest.raises(BadPriceFile) as caught:
        entries(root)

    assert len(caught.value.problems) == 2


def test_the_format_named_must_be_the_files() -> None:
    with pytest.raises(BadPriceFile, match=r"expected a file of openrouter"):
        entries(litellm(**TOKEN), "openrouter")
