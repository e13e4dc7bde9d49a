"""Tokens of an image, by each vendor's published formula.

Formulas shrink an image in the vendor's way and cut it into squares. Sources, where a formula names
no other: litellm 1.109.1 (token_counter.py), and the measurements in the dataset card
JOHNISKING/image-token-cost.
"""

import re
from functools import lru_cache
from math import ceil, floor, sqrt

import msgspec

from llmcost.chat import Image
from llmcost.pricing.usage import Count

Size = tuple[float, float]


def tiled(size: Size, side: int) -> int:
    """The squares that cover an image, with a hair of tolerance for what shrinking rounds."""
    return max(1, ceil(size[0] / side - 1e-9)) * max(1, ceil(size[1] / side - 1e-9))


def within(size: Size, edge: int | None) -> Size:
    """The size, shrunk until no side is longer."""
    shrink = min(1.0, edge / max(size)) if edge else 1.0
    return size[0] * shrink, size[1] * shrink


def shortened(size: Size, edge: int) -> Size:
    """The size, shrunk until the short side is no longer."""
    shrink = min(1.0, edge / min(size))
    return size[0] * shrink, size[1] * shrink


def patched(size: Size, side: int, most: int) -> int:
    """OpenAI's patches: shrunk to `most` of them, to whole patches along one side."""
    if tiled(size, side) <= most:
        return tiled(size, side)
    shrink = sqrt(side * side * most / (size[0] * size[1]))
    across, down = size[0] * shrink / side, size[1] * shrink / side
    whole = min(max(floor(length), 1) / length for length in (across, down))
    return min(most, tiled((across * whole, down * whole), 1))


def gridded(size: tuple[int, int], side: int, edge: int, most: int) -> int:
    """Claude's patches: the largest of the same shape within both limits, searched as Anthropic
    does: by the long side, halving."""
    long, short = max(size), min(size)

    def fits(length: int) -> bool:
        return ceil(length / side) * side <= edge and tiled(shape(length), side) <= most

    def shape(length: int) -> Size:
        return length, max(round(length * short / long), 1)

    if fits(long):
        return tiled((long, short), side)
    good, bad = 1, long
    while good + 1 < bad:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    return tiled(shape(good), side)


def resized(size: tuple[int, int], side: int, least: int, most: int) -> int:
    """Qwen's smart_resize: sides rounded to whole cells, `least` to `most` cells in all."""
    across, down = (max(1, round(length / side)) for length in size)
    area = size[0] * size[1] / side**2
    if across * down > most:
        shrink = sqrt(area / most)
        across, down = (max(1, floor(length / shrink / side)) for length in size)
    elif across * down < least:
        grow = sqrt(least / area)
        across, down = (ceil(length * grow / side) for length in size)
    return across * down


class Tiles(msgspec.Struct, frozen=True):
    """OpenAI to GPT-5.1: into 2048 x 2048, short side to 768, then tiles of 512; never enlarged."""

    base: int
    tile: int


class PatchLimits(msgspec.Struct, frozen=True):
    """The most patches, and the longest side in pixels; None for any."""

    patches: int
    edge: int | None = None


class Patches(msgspec.Struct, frozen=True):
    """OpenAI since GPT-4.1 mini: patches of 32 x 32, times a factor.

    `auto` holds where no detail is asked for. `sure`: the factor was measured on this model.
    """

    factor: float
    high: PatchLimits
    auto: PatchLimits
    sure: bool = True


class PatchGrid(msgspec.Struct, frozen=True):
    """Claude: patches of 28 x 28; `edge` pixels and `most` tokens at most."""

    edge: int
    most: int


class Crops(msgspec.Struct, frozen=True):
    """Gemini 2: 258 tokens a crop."""


class Flat(msgspec.Struct, frozen=True):
    """The same for every image, whatever its size."""

    tokens: int
    low: int
    high: int


class Resized(msgspec.Struct, frozen=True):
    """Qwen-VL: sides rounded to `side`, 4 to 16,384 tokens, and one before and after.

    `usual` is the most that Model Studio makes of an image unless the request asks for more (no
    stored page says it: not checked).
    """

    side: int
    usual: int


Formula = Tiles | Patches | PatchGrid | Crops | Flat | Resized

SMALL, HIGH, ORIGINAL = PatchLimits(1536), PatchLimits(2500, 2048), PatchLimits(10_000, 6000)

# The first pattern that matches from the start of a model's id. What is not here is not known.
FORMULAS: tuple[tuple[str, Formula], ...] = (
    # platform.openai.com/docs/guides/images-vision; factors of GPT-5 mini and nano as the API
    # bills them (community.openai.com 1344040 and 1377015), not as the page has them
    (r"gpt-4\.1-mini", Patches(1.62, SMALL, SMALL)),
    (r"gpt-4\.1-nano", Patches(2.46, SMALL, SMALL)),
    (r"gpt-4o-mini", Tiles(2833, 5667)),
    (r"gpt-4o|gpt-4\.1|gpt-4\.5|gpt-4-turbo|gpt-4-vision", Tiles(85, 170)),
    (r"o4-mini", Patches(1.72, SMALL, SMALL)),
    (r"o[13](-pro|-20|$)", Tiles(75, 150)),
    (r"gpt-5-mini", Patches(1.2, SMALL, SMALL)),
    (r"gpt-5-nano", Patches(1.5, SMALL, SMALL)),
    (r"gpt-5(\.1)?(-|$)", Tiles(70, 140)),
    (r"gpt-5\.[24]", Patches(1.2, HIGH, HIGH)),
    (r"gpt-5\.[56]|gpt-6-astra", Patches(1.2, HIGH, ORIGINAL)),
    (r"gpt-5\.|gpt-6", Patches(1.2, HIGH, ORIGINAL, sure=False)),
    # platform.claude.com/docs/en/build-with-claude/vision
    (r"claude-3|claude-(opus|sonnet|haiku)-4(-[0-6])?(-20\d{6})?$", PatchGrid(1568, 1568)),
    (r"claude-(opus|sonnet|haiku|fable|mythos)-", PatchGrid(2576, 4784)),
    # ai.google.dev/gemini-api/docs/tokens; Gemini 3 from measurements, at most 1,120 by its page
    (r"gemini-(1\.5|2\.5)", Flat(258, 258, 258)),  # 2.5: every recorded picture
    (r"gemini-2", Crops()),
    (r"gemini-3(?!.*(embedding|tts|live))", Flat(1083, 1065, 1120)),
    # smart_resize of QwenLM/Qwen2.5-VL and Qwen3-VL
    (r"qwen3-vl|qwen3\.[5-9]", Resized(32, 2560)),
    (r"qwen-vl|qwen2(\.5)?-vl|qvq", Resized(28, 1280)),
)


@lru_cache(maxsize=4096)
def formula_of(model: str) -> Formula | None:
    """The formula for a model, by its id; None if none is known."""
    return next((found for start, found in FORMULAS if re.match(start, model.lower())), None)


def image_tokens(image: Image, model: str) -> Count | None:
    """What one image adds to a request; None if the model's formula or the size is not known."""
    formula = formula_of(model)
    if isinstance(formula, Flat):
        return counted("a flat count", formula.tokens, formula.low, formula.high)
    if isinstance(formula, Tiles) and image.detail == "low":
        return counted("low detail", formula.base)
    if formula is None or not image.width or not image.height:
        return None
    return sized(formula, (image.width, image.height), image.detail)


def sized(formula: Formula, size: tuple[int, int], detail: str) -> Count | None:
    match formula:
        case Tiles(base, tile):
            tiles = tiled(shortened(within(size, 2048), 768), 512)
            return counted("tiles of 512 px", base + tile * tiles)
        case Patches():
            return by_patches(formula, size, detail)
        case PatchGrid(edge, most):
            return counted("patches of 28 px", gridded(size, 28, edge, most))
        case Crops():
            tokens = 258 * crops(size)  # two of two recorded pictures had one crop more
            return counted("crops of 256 to 768 px", tokens, tokens, tokens + 258)
        case Resized(side, usual):
            return by_resizing(size, side, usual)
    return None


def by_patches(formula: Patches, size: tuple[int, int], detail: str) -> Count:
    """What low detail costs is not published: the image within 512 x 512, 70 at the least."""
    limits = formula.high if detail == "high" else formula.auto
    plain = patched(within(size, limits.edge), 32, limits.patches)
    tokens = ceil(plain * formula.factor)
    if detail == "low":
        small = ceil(tiled(within(size, 512), 32) * formula.factor)
        return counted("patches of 32 px, low detail", small, min(small, 70), max(tokens, small))
    if formula.sure:
        return counted("patches of 32 px", tokens)
    return counted("patches of 32 px, factor assumed", tokens, plain, ceil(plain * 1.72))


def by_resizing(size: tuple[int, int], side: int, usual: int) -> Count | None:
    """None for shapes that Qwen refuses: more than 200 times as long as wide."""
    if max(size) > 200 * min(size):
        return None
    tokens, most = (2 + resized(size, side, 4, limit) for limit in (usual, 16_384))
    return counted(f"smart_resize to {side} px", tokens, tokens, most)


def crops(size: tuple[int, int]) -> int:
    """One of a small image; else squares of 2/3 of its short side, 256 to 768 pixels."""
    return 1 if max(size) <= 384 else tiled(size, min(max(min(size) * 2 // 3, 256), 768))


def counted(method: str, tokens: int, low: int | None = None, high: int | None = None) -> Count:
    low, high = tokens if low is None else low, tokens if high is None else high
    return Count(tokens, low, high, f"image: {method}", exact=low == high)
