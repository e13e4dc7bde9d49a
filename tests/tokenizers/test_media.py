"""Tokens of documents, audio and video in requests, by rates of recorded calls."""

import pytest

from llmcost.chat import Media
from llmcost.tokenizers.media import media_tokens


@pytest.mark.parametrize(
    ("model", "part", "tokens"),
    [
        ("gemini-2.5-flash", Media("pdf", 9999, 2), 2 * 258),
        ("gemini-2.5-flash", Media("audio", 9999, 10), 320),
        ("gemini-2.5-flash", Media("video", 9999, 10), 2900),
        ("gemini-3-flash", Media("pdf", 9999, 1), 532),
        ("gemini-3-flash", Media("audio", 9999, 4), 100),
        ("claude-sonnet-4-5", Media("pdf", 9999, 1), 1580),
        ("gpt-4o", Media("pdf", 9999, 1), 215),
        ("gpt-4o", Media("pdf", 100_000), 430),  # as many pages as such a file usually has
        ("gpt-5", Media("hidden", 1000), 0),
        ("gpt-4.1", Media("summary", 2000), 210),
        ("claude-sonnet-4-5", Media("note"), 30),
    ],
)
def test_a_file_has_tokens_and_bounds(model: str, part: Media, tokens: int) -> None:
    found = media_tokens(part, model)

    assert found is not None
    assert found.tokens == tokens
    assert found.low <= tokens <= found.high
    assert not found.exact


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ("deepseek-chat", Media("pdf", 9999, 1)),
        ("claude-sonnet-4-5", Media("audio", 9999, 1)),
        ("gemini-2.5-flash", Media("video", 9999)),
        ("gemini-2.5-flash", Media("pdf")),
        ("gpt-4o", Media("file", 10)),
    ],
)
def test_what_is_not_known_is_not_zero(model: str, part: Media) -> None:
    assert media_tokens(part, model) is None
