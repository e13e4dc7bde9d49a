"""Trackers that are packages of a registry: what each form means, and what is refused."""

import io
import json
import tarfile
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from llmcost.errors import BadPriceFile
from llmcost.price_data.trackers import read_tracker
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.pricing.price_rows import Band

QWEN = """//#region src/aiModels/qwen.ts
import { shared } from "./shared.mjs";
const limits = { contextWindowTokens: 1e6, schema: shared.of("x", [1]) };
const chatModels = [{
	...limits,
	displayName: 'Nimbus', // a comment
	id: "nimbus",
	maxOutput: 8192,
	pricing: { currency: "CNY", units: [%s] },
	type: "chat"
}];
const calculated = (a) => a.map((b) => b);
const allModels = [...chatModels, ...[{ id: "picture", pricing: {}, type: "image" }]];
export { allModels };
"""
FIXED = '{ name: "textInput", rate: %s, strategy: "fixed", unit: "millionTokens" }'
BY_SIZE = """{ name: "text%s", strategy: "lookup", unit: "millionTokens",
  lookup: { pricingParams: ["textInputRange"],
    prices: { "[0, 0.032]": %s, "[0.032, infinity]": %s } } }"""
BY_ANSWER = """{ name: "textOutput", strategy: "lookup", unit: "millionTokens",
  lookup: { pricingParams: ["textInputRange", "textOutputRange"], prices: {
    "[0, 0.032]_[0, 0.0002]": 2, "[0, 0.032]_[0.0002, infinity]": 8,
    "[0.032, infinity]_[0, infinity]": 16 } } }"""
TIERED = """{ name: "textOutput", strategy: "tiered", unit: "millionTokens",
  tiers: [{ rate: 4, upTo: 256e3 }, { rate: 6, upTo: "infinity" }] }"""
TTL = """{ name: "textInput_cacheWrite", strategy: "lookup", unit: "millionTokens",
  lookup: { pricingParams: ["ttl"], prices: { "1h": 6, "5m": 3.75 } } }"""
OUTPUT = FIXED.replace("textInput", "textOutput")
CACHE = FIXED.replace("textInput", "textInput_cacheRead")


def packed(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def ours(content: bytes, name: str = "package") -> list[TrackerEntry]:
    return [one for one in read_tracker(content, name).entries if one.provider]


def text_of(bands: tuple[Band, ...]) -> list[str]:
    """`32000/200: input 1, output 2`: the limits of input and output, and the prices."""
    found = []
    for band in bands:
        limits = "/".join(str(one.most) for one in (band.input, band.output) if one)
        prices = ", ".join(f"{item} {price:f}" for item, price in band.prices.items())
        found.append(f"{limits}: {prices}" if limits else prices)
    return found


UNITS: list[tuple[tuple[str, ...], list[str]]] = [
    ((FIXED % "1.2 * .2", OUTPUT % 8), ["input 0.24, output 8"]),
    ((FIXED % 1, OUTPUT % 2, CACHE % 0), ["input 1, output 2"]),
    (
        (BY_SIZE % ("Input", 1, 3), BY_SIZE % ("Output", 10, 30), CACHE % ".5"),
        ["32000: input 1, output 10, cache_read 0.5", "input 3, output 30, cache_read 0.5"],
    ),
    (
        (BY_SIZE % ("Input", 1, 3), BY_ANSWER),
        ["32000/200: input 1, output 2", "32000: input 1, output 8", "input 3, output 16"],
    ),
    ((FIXED % 2, TIERED), ["256000: input 2, output 4", "input 2, output 6"]),
    (
        (FIXED % 3, OUTPUT % 15, TTL),
        ["input 3, output 15, cache_write.1h 6, cache_write.5m 3.75"],
    ),
    ((FIXED % 3,), []),
]


@pytest.mark.parametrize(("units", "bands"), UNITS)
def test_model_bank_is_literals_in_yuan(units: tuple[str, ...], bands: list[str]) -> None:
    """Products are multiplied, other lists spread; what is called or a function has no value."""
    content = packed({"package/dist/aiModels/qwen.mjs": QWEN % ", ".join(units)})
    (found,) = ours(content)

    assert (found.provider, found.id, found.currency) == ("alibaba", "nimbus", "CNY")
    assert (found.context, found.max_output) == (1_000_000, 8192)
    assert text_of(found.bands) == bands


def test_a_file_of_model_bank_is_read_by_itself() -> None:
    (found,) = ours((QWEN % f"{FIXED % 1}, {OUTPUT % 2}").encode(), "qwen.mjs")

    assert text_of(found.bands) == ["input 1, output 2"]


SNAPSHOT: dict[str, Any] = {
    "models_dev": {},
    "status": {"openai": {"gone": "removed"}},
    "prices": {
        "openai": {
            "gone": {"standard": [{"rates": {"input": 1, "output": 2}, "start": None}]},
            "m": {
                "batch": [{"rates": {"input": 0.5, "output": 1}, "start": None}],
                "standard": [
                    {"rates": {"input": 2, "output": 4}, "start": None},
                    {
                        "rates": {
                            "input": 1,
                            "output": 2,
                            "tiers": [{"above": 1000, "input": 3, "output": 4}],
                        },
                        "start": "2026-05-01T12:00:00Z",
                    },
                ],
            },
        }
    },
}
CATALOG = """
models:
  - canonical_id: openai/m
    rules: &rules
      long_context: {threshold: 1000, input_multiplier: 2, output_multiplier: 1.5}
    prices:
      - {channel: openai-api, region: global, effective_from: "2026-01-01",
         effective_to: "2026-05-01", input_per_mtok: 2.00, output_per_mtok: 4.00}
      - {channel: openai-api, region: global, effective_from: "2026-05-01", input_per_mtok: 1.00,
         output_per_mtok: 2.00, cache_read_per_mtok: 0.10, rules: *rules}
      - {channel: vercel-ai-gateway, region: global, effective_from: "2026-05-01",
         input_per_mtok: 9, output_per_mtok: 9}
"""
LONG = ["1000: input 1, output 2, cache_read 0.10", "input 2.00, output 3.00, cache_read 0.20"]
DATED: list[tuple[bytes, list[tuple[date | None, date | None, list[str]]]]] = [
    (
        zipped({"model_prices/snapshot.json": json.dumps(SNAPSHOT)}),
        [
            (None, None, ["input 2, output 4"]),
            (date(2026, 5, 1), None, ["1000: input 1, output 2", "input 3, output 4"]),
        ],
    ),
    (
        zipped({"metergraph_core/data/prices.yaml": CATALOG}),
        [
            (date(2026, 1, 1), date(2026, 5, 1), ["input 2, output 4"]),
            (date(2026, 5, 1), None, [one.replace("0.10", "0.1") for one in LONG]),
        ],
    ),
]


@pytest.mark.parametrize(("content", "prices"), DATED, ids=range(len(DATED)))
def test_dated_trackers_have_a_price_for_each_time(
    content: bytes, prices: list[tuple[date | None, date | None, list[str]]]
) -> None:
    """Batch prices, gateways and models that were removed are not the vendor's plain price."""
    found = [(one.start, one.end, text_of(one.bands)) for one in ours(content)]

    assert [(one, two, [text_of_numbers(text) for text in texts]) for one, two, texts in found] == [
        (one, two, [text_of_numbers(text) for text in texts]) for one, two, texts in prices
    ]


def text_of_numbers(text: str) -> list[Any]:
    """Words, and numbers whatever their zeros at the end."""
    words = text.replace(",", "").split()
    return [Decimal(one) if one.replace(".", "").isdigit() else one for one in words]


def test_pi_ai_has_a_file_for_each_provider() -> None:
    model = {"id": "m", "type": "chat", "provider": "openai", "contextWindow": 9, "maxTokens": 3}
    cost = {"input": 1, "output": 2, "cacheRead": 0, "cacheWrite": 1.25}
    tier = {"inputTokensAbove": 5, "input": 2, "output": 3, "cacheRead": 0, "cacheWrite": 0}
    judge = {**model, "type": "classifier", "cost": cost}
    files = {
        name: json.dumps({"openai-responses": {"m": {**model, "provider": name, "cost": of}}})
        for name, of in (("openai", {**cost, "tiers": [tier]}), ("xai", cost), ("elsewhere", cost))
    }
    files["meta"] = json.dumps({"openai-decisions": {"judge": judge}})
    content = packed({f"package/dist/providers/data/{key}.json": one for key, one in files.items()})
    found = {one.provider: one for one in ours(content)}

    assert found.keys() == {"openai", "xai"}
    assert text_of(found["xai"].bands) == ["input 1, output 2, cache_write.any 1.25"]
    assert len(found["openai"].bands) == 2
    assert (found["openai"].context, found["openai"].max_output) == (9, 3)


REFUSED: list[tuple[bytes, str]] = [
    (zipped({"other/data.json": "{}"}), "package without a price list"),
    (b"PK\x03\x04 no archive", "a damaged archive"),
    (b"\x1f\x8b no archive", "a damaged archive"),
    (packed({"package/dist/aiModels/qwen.mjs": "\xff"})[:60], "a damaged archive"),
]


# ids without the bytes: a packed archive has the second in which it was made
@pytest.mark.parametrize(("content", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_other_archives_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(BadPriceFile, match=message):
        read_tracker(content, "package.tgz")
