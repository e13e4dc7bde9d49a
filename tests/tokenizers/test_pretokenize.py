"""What is done to a text before it is cut: as the reference tokenizers do it."""

import unicodedata
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers.normalizers import NFC

from llmcost.tokenizers import pretokenize as text_module
from llmcost.tokenizers.pretokenize import (
    beyond_ascii,
    composed,
    has_young_characters,
    stands_alone,
)

REFERENCE = NFC()
AROUND = ("a{}\u0327", "a\u0301{}", "{}\u0327\u0301", "a\u0345{}\u0327", "a\u0e38{}", "a{}\u05b0")
MARKS = st.characters(categories=["Mn", "Mc"])


COMPOSING = [
    one
    for one in map(chr, range(0x80, 0x110000))
    if unicodedata.category(one)[0] == "M" or unicodedata.decomposition(one)
]


def test_every_mark_meets_others_as_in_the_reference() -> None:
    """Those that this Python knows; the younger ones are plain characters to the tokenizers."""
    different = [
        ascii(one)
        for one in COMPOSING
        for around in AROUND
        if composed(text := around.format(one)) != REFERENCE.normalize_str(text)
    ]

    assert different == []


def test_every_pair_joins_as_in_the_reference() -> None:
    for one in COMPOSING:
        apart = unicodedata.normalize("NFD", one)
        assert composed(apart) == REFERENCE.normalize_str(apart), ascii(one)


@given(st.text(st.one_of(MARKS, st.sampled_from("aoе한ำ")), max_size=30))
def test_runs_of_marks_are_composed_as_in_the_reference(text: str) -> None:
    assert composed(text) == REFERENCE.normalize_str(text)


@pytest.mark.parametrize("text", ["plain", "caf\u00e9", "\ud55c", "a\u0898\u0301"])
def test_what_is_composed_stays_the_same_object(text: str) -> None:
    assert composed(text) is text


def test_plain_characters_compose_with_none() -> None:
    """They are composed as they are, and no character has one of them as the second of its two."""
    every = [*range(0xD800), *range(0xE000, 0x110000)]
    plain = {one for one in map(chr, every) if stands_alone(one)}
    pairs = (unicodedata.decomposition(chr(code)).split() for code in range(0x110000))
    second = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and "<" not in pair[0]}

    assert plain
    assert not plain & second
    assert all(unicodedata.normalize("NFC", one) == one for one in plain)
    assert not any(unicodedata.combining(one) for one in plain)


@pytest.mark.parametrize("text", ["plain — text，é ", "e\u0301 and text", "text \u212b" * 9])
def test_a_quick_look_hides_nothing(text: str) -> None:
    """What is mostly ASCII is composed all the same."""
    assert composed(text * 9) == unicodedata.normalize("NFC", text * 9)


@given(
    st.lists(
        st.one_of(
            MARKS,
            st.sampled_from(["a", "é", "K", "\u212a", "\u1100", "\u1161", "\u11a8", "가", "한"]),
            st.sampled_from(["क", "\u09c7", "\u09be", "\u0cc6", "\u0cc2", "\U00011935\U00011930"]),
        ),
        max_size=9,
    ),
    st.integers(0, 400),
)
def test_a_long_text_is_composed_in_parts(parts: list[str], size: int) -> None:
    """Wherever they end; or not at all, where all characters beyond ASCII stand alone."""
    gap = "plain text, 中文 — and more of it. " * 2
    text = gap.join(["", *parts, "".join(parts), ""])[: len(gap) + size + 100]
    with patch.object(text_module, "_PART", 16):
        assert composed(text) == REFERENCE.normalize_str(text)
        assert composed(text, beyond_ascii(text.encode())) == composed(text)


@given(
    st.text(
        st.one_of(
            st.characters(categories=["Cn", "Lo", "Zs", "Cf"]), st.sampled_from("中文，。\n ")
        )
    ),
    st.text(st.sampled_from("中文字，。\u3000éa")),
)
def test_young_characters_are_found_wherever_they_are(text: str, known: str) -> None:
    """Among others that Python cannot print, too."""
    is_young = any(unicodedata.category(one) == "Cn" for one in text)
    with patch.object(text_module, "_PART", 4):
        assert has_young_characters(beyond_ascii((known + text).encode())) is is_young
