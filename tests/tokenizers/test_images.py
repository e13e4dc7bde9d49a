"""Images cost what each vendor's formula says, and what its API was seen to bill."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost.chat import Image
from llmcost.tokenizers.images import FORMULAS, formula_of, image_tokens

MODELS = (
    *("gpt-4o", "gpt-4o-mini", "gpt-4.1-nano", "o3", "o4-mini", "gpt-5", "gpt-5.2", "gpt-5.5"),
    *("gpt-6-sol", "claude-sonnet-4-6", "claude-opus-5", "gemini-1.5-pro", "gemini-2.5-pro"),
    *("gemini-3.1-pro-preview", "qwen3-vl-plus", "qwen-vl-max"),
)
MOST = {
    "gpt-4o": 85 + 170 * 8,
    "gpt-4o-mini": 2833 + 5667 * 8,
    "o3": 75 + 150 * 8,
    "gpt-5": 70 + 140 * 8,
    "o4-mini": 2642,  # 1,536 patches x 1.72
    "gpt-4.1-nano": 3779,
    "gpt-5.2": 3000,
    "gpt-5.5": 12_000,
    "claude-sonnet-4-6": 1568,
    "claude-opus-5": 4784,
    "gemini-3.1-pro-preview": 1120,
    "gemini-1.5-pro": 258,
    "qwen3-vl-plus": 16_386,
    "qwen-vl-max": 16_386,
}

sides = st.integers(1, 30_000)


def tokens(model: str, width: int | None, height: int | None, detail: str = "auto") -> int | None:
    found = image_tokens(Image(width, height, detail), model)
    return None if found is None else found.tokens


@pytest.mark.parametrize(
    ("model", "width", "height", "expected"),
    [
        ("gpt-5.5", 1024, 1024, 1229),  # measured: dataset card JOHNISKING/image-token-cost
        ("gpt-5.5", 1920, 1080, 2448),
        ("gpt-5.5", 3840, 2160, 9792),
        ("claude-sonnet-4-6", 1920, 1080, 1560),
        ("claude-opus-4-7", 1920, 1080, 2691),
        ("claude-opus-4-5", 256, 256, 100),
        ("gpt-4o", 1024, 1024, 765),  # OpenAI's page
        ("gpt-4o", 2048, 4096, 1105),
        ("gpt-4.1-mini", 1024, 1024, 1659),  # 1,024 patches x 1.62
        ("gpt-4.1-mini", 1800, 2400, 2353),  # shrunk to 1,452 patches, by OpenAI's page
        ("gpt-4o", 512, 512, 255),
        ("gpt-4o-mini", 512, 512, 8500),
        ("gpt-5.1", 512, 512, 210),
        ("o1", 512, 512, 225),
        ("gpt-5-mini", 32, 33, 3),  # 2 x 1.2, rounded up
        ("gpt-5-nano", 32, 32, 2),
        ("gpt-5.2", 2048, 1025, 2535),  # 64 x 33 patches, within 2,500
        ("gemini-2.5-flash", 384, 384, 258),
        ("gemini-2.5-flash", 960, 540, 258),  # every recorded one
        ("gemini-2.0-flash", 960, 540, 6 * 258),  # Google's page: crops of 360
        ("gemini-2.0-flash", 4000, 3000, 24 * 258),  # crops of 768 at most
        ("qwen3-vl-plus", 1024, 1024, 1026),  # 32 x 32 cells, and one before and after
        ("qwen-vl-max", 280, 560, 202),
        ("qwen-vl-max", 10, 10, 6),  # at least 4 cells
    ],
)
def test_images_cost_what_the_formula_says(
    model: str, width: int, height: int, expected: int
) -> None:
    assert tokens(model, width, height) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [("gpt-4o", 85), ("gpt-4o-mini", 2833), ("gpt-5", 70), ("o3", 75)],
)
@pytest.mark.parametrize("width", [None, 5000])
def test_low_detail_costs_the_same_for_every_size(
    model: str, expected: int, width: int | None
) -> None:
    assert tokens(model, width, width, "low") == expected


def test_low_detail_of_patches_is_an_estimate() -> None:
    """OpenAI does not publish it: from 70 tokens to those of the whole image."""
    found = image_tokens(Image(2000, 2000, "low"), "gpt-5.2")

    assert found is not None
    assert (found.low, found.tokens, found.high, found.exact) == (70, 308, 3000, False)


def test_high_detail_has_lower_limits_than_none() -> None:
    """Since GPT-5.5 an image without a detail is taken as it is."""
    assert tokens("gpt-5.5", 3840, 2160, "high") == 2765  # 2,048 px long: 64 x 36 patches
    assert tokens("gpt-5.2", 3840, 2160, "auto") == 2765


def test_gemini_3_costs_about_the_same_for_every_size() -> None:
    found = image_tokens(Image(None, None), "gemini-3-flash-preview")

    assert found is not None
    assert (found.low, found.high, found.exact) == (1065, 1120, False)
    assert found == image_tokens(Image(1, 9999), "gemini-3-flash-preview")


def test_a_large_image_for_qwen_may_be_asked_for_whole() -> None:
    found = image_tokens(Image(4000, 3000), "qwen3-vl-plus")

    assert found is not None
    assert found.tokens == found.low <= 2562
    assert found.high == 2 + 125 * 94


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [(None, None), (None, 5), (5, None), (0, 0), (0, 5)])
def test_an_unknown_size_is_not_zero(model: str, size: tuple[int | None, int | None]) -> None:
    assert (tokens(model, *size) is None) == (
        not model.startswith(("gemini-1", "gemini-2.5", "gemini-3"))
    )


@pytest.mark.parametrize(
    "model", ["deepseek-v4", "glm-4.6v", "kimi-k2.5", "claude-2", "o3-mini", ""]
)
def test_an_unknown_formula_is_not_zero(model: str) -> None:
    assert image_tokens(Image(100, 100), model) is None


def test_qwen_refuses_very_long_images() -> None:
    assert tokens("qwen3-vl-plus", 201 * 50, 50) is None
    assert tokens("qwen3-vl-plus", 200 * 50, 50) is not None


def test_every_formula_is_reached_by_a_model() -> None:
    """No pattern stands behind a wider one."""
    models = (
        *MODELS, "gpt-4.1-mini", "gpt-5-mini", "gpt-5-nano", "claude-opus-4-20250514", "qvq-max",
        "gemini-2.0-flash",
    )  # fmt: skip
    assert {formula_of(model) for model in models} == {formula for _, formula in FORMULAS}


@given(model=st.sampled_from(MODELS), width=sides, height=sides)
def test_the_most_that_a_vendor_bills_holds(model: str, width: int, height: int) -> None:
    found = image_tokens(Image(width, height), model)

    if found is not None:
        assert 1 <= found.low <= found.tokens <= found.high
        assert found.tokens <= MOST.get(model, 10**9)


@given(
    model=st.sampled_from([model for model in MODELS if not model.startswith("qwen")]),
    width=sides,
    height=sides,
)
def test_a_turned_image_costs_the_same(model: str, width: int, height: int) -> None:
    assert tokens(model, width, height) == tokens(model, height, width)


@given(
    model=st.sampled_from(["gpt-5.2", "gpt-5.5", "o4-mini", "claude-opus-5", "claude-sonnet-4-6"]),
    side=st.integers(1, 400),
    more=st.integers(0, 400),
)
def test_a_larger_image_costs_no_less_within_the_limits(model: str, side: int, more: int) -> None:
    smaller, larger = tokens(model, side, side), tokens(model, side + more, side + more)

    assert smaller is not None
    assert larger is not None
    assert smaller <= larger
