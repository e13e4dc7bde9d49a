"""Exact counts equal those of the vendors' own tokenizers, whichever way they are made."""

import json
from collections import Counter as Multiset
from functools import cache

import pytest
import reference_tokenizers as originals
import tiktoken
from hard_texts import ascii_text, broken_text, texts
from hypothesis import given, settings
from paths import TESTS

from llmcost.tokenizers.engine import Engine
from llmcost.tokenizers.pretokenize import (
    ASCII_PATTERNS,
    PATTERNS,
    CutText,
    composed,
    mended,
    pretokenize,
)
from llmcost.tokenizers.registry import TOKENIZERS, Tokenizer
from llmcost.tokenizers.vocabulary import TAGS, open_vocabulary

EXACT = [tokenizer for tokenizer in TOKENIZERS.values() if tokenizer.exact]
BY_BYTES = [tokenizer for tokenizer in EXACT if tokenizer.family != "gemma"]
WITH_PATTERN = [tokenizer for tokenizer in BY_BYTES if tokenizer.family in originals.PATTERNS]
REFERENCE = json.loads((TESTS / "reference" / "counts.json").read_text(encoding="utf-8"))

each_exact = pytest.mark.parametrize("tokenizer", EXACT, ids=lambda one: one.name)


@cache
def fresh_engine(name: str) -> Engine:
    return Engine(TOKENIZERS[name].pack, TOKENIZERS[name].family)


@cache
def reference_encoding(name: str) -> tiktoken.Encoding:
    return originals.encoding(TOKENIZERS[name])


def looked_up(text: str, tokenizer: Tokenizer) -> int:
    """The count made by looking pieces up, whatever would be faster."""
    engine = fresh_engine(tokenizer.name)
    tags, rest = cut_of(text, tokenizer)
    return tags + engine.by_lookup(rest.pieces(tokenizer.family, nfc=tokenizer.nfc))


def in_bulk(text: str, tokenizer: Tokenizer) -> int:
    """The count made by tiktoken, whatever would be faster."""
    engine = fresh_engine(tokenizer.name)
    tags, rest = cut_of(text, tokenizer)
    return tags + engine.by_table(rest.texts(nfc=tokenizer.nfc))


def cut_of(text: str, tokenizer: Tokenizer) -> tuple[int, CutText]:
    text = mended(text)
    cut = CutText([text], ascii_only=text.isascii())
    return cut.without_tags() if tokenizer.tags else (0, cut)


@pytest.mark.parametrize("way", [looked_up, in_bulk])
@pytest.mark.parametrize("name", REFERENCE["counts"])
def test_counts_are_those_of_the_vendors_own_tokenizers(name: str, way: object) -> None:
    """Every reference string counts as the original file in its original engine counts it."""
    assert callable(way)
    wrong = []
    for string, tokens in zip(REFERENCE["strings"], REFERENCE["counts"][name], strict=True):
        text = string if isinstance(string, str) else string["repeat"] * string["times"]
        found = way(text, TOKENIZERS[name])
        if found != tokens:
            wrong.append((text[:40], found, tokens))

    assert wrong == []


def test_the_reference_covers_every_exact_tokenizer_but_gemma3() -> None:
    assert set(REFERENCE["counts"]) == {one.name for one in EXACT} - {"gemma3"}


@pytest.mark.parametrize("tokenizer", WITH_PATTERN, ids=lambda one: one.name)
@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_both_ways_equal_tiktoken_with_the_published_pattern(
    tokenizer: Tokenizer, text: str
) -> None:
    """Looking up and our tables give what tiktoken gives with the pattern as published."""
    prepared = composed(text) if tokenizer.nfc else text
    expected = len(reference_encoding(tokenizer.name).encode_ordinary(prepared))

    assert looked_up(text, tokenizer) == expected
    assert in_bulk(text, tokenizer) == expected


@pytest.mark.parametrize("family", ["deepseek", "glm", "o200k", "qwen", "qwen3.5", "tekken"])
@settings(max_examples=300, deadline=None)
@given(text=texts)
def test_pieces_are_those_of_hugging_face(family: str, text: str) -> None:
    """Our pattern, three stages in one for DeepSeek, cuts as the published ones do."""
    expected = [piece for piece, _ in originals.split(family).pre_tokenize_str(text)]

    assert pretokenize(family, False)(text) == expected


@pytest.mark.parametrize("family", ASCII_PATTERNS)
@settings(max_examples=300, deadline=None)
@given(text=ascii_text)
def test_ascii_patterns_cut_as_the_full_ones(family: str, text: str) -> None:
    """The short pattern for ASCII is the same rule."""
    assert pretokenize(family, True)(text) == pretokenize(family, False)(text)


@pytest.mark.parametrize("family", PATTERNS)
@settings(max_examples=100, deadline=None)
@given(text=texts)
def test_pieces_are_the_text(family: str, text: str) -> None:
    """Nothing is lost or added by cutting."""
    assert "".join(pretokenize(family, text.isascii())(text)) == text


@settings(max_examples=400, deadline=None)
@given(text=texts)
def test_gemma_counts_as_merging_the_whole_text_by_the_book(text: str) -> None:
    """Cutting first and merging bytes instead of characters changes no count."""
    rank = open_vocabulary("gemma4").rank
    expected = originals.merged_by_the_book(text, rank)

    assert looked_up(text, TOKENIZERS["gemma4"]) == expected
    assert in_bulk(text, TOKENIZERS["gemma4"]) == expected


def test_gemma3_takes_html_tags_as_one_token_each() -> None:
    """A tag is cut out before merging; everything else counts as with Gemma 4."""
    text = "<table><tr><td>one</td> <td> two </td></tr></table>\n<tdx>"
    between = ["one", " ", " two ", "\n<tdx>"]
    gemma3, gemma4 = TOKENIZERS["gemma3"], TOKENIZERS["gemma4"]

    assert "<td>" in TAGS
    assert looked_up(text, gemma3) == 8 + sum(looked_up(part, gemma4) for part in between)
    assert in_bulk(text, gemma3) == looked_up(text, gemma3)


@each_exact
@settings(max_examples=50, deadline=None)
@given(text=broken_text)
def test_broken_surrogates_count_as_replacement_characters(tokenizer: Tokenizer, text: str) -> None:
    """Halves of a pair that stand together are the character; a half alone is U+FFFD."""
    repaired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    assert mended(text) == repaired
    assert looked_up(text, tokenizer) == looked_up(repaired, tokenizer)


@each_exact
@pytest.mark.parametrize("special", ["<|endoftext|>", "<|im_start|>", "<think>", "<bos>", "[INST]"])
def test_special_strings_are_text(tokenizer: Tokenizer, special: str) -> None:
    """What would be a control token to a model is ordinary text in a text."""
    assert looked_up(special, tokenizer) > 1
    assert in_bulk(special, tokenizer) == looked_up(special, tokenizer)


@each_exact
def test_every_entry_is_one_token(tokenizer: Tokenizer) -> None:
    """An entry that is a piece by itself is not merged but found, and tiktoken agrees."""
    entries = open_vocabulary(tokenizer.pack).entries()
    words = [
        text
        for entry in sorted(entries)[:: len(entries) // 300]
        if (text := entry.decode("utf-8", "replace")).isalpha() and composed(text) == text
    ]
    cut = pretokenize(tokenizer.family, False)
    whole = [word for word in words if cut(word) == [word]]

    assert len(whole) > 50
    assert fresh_engine(tokenizer.name).by_lookup(Multiset(whole)) == len(whole)
    assert fresh_engine(tokenizer.name).by_table(whole) == len(whole)
