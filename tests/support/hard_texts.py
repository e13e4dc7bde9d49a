"""Texts that try a tokenizer: every script, and mixes of what patterns treat apart."""

import unicodedata

from hypothesis import strategies as st

# Characters that Unicode 3.2 knew: on younger ones the tables of regex, tiktoken and Hugging Face
# differ. U+0295 changed its category since.
KNOWN = [
    character
    for character in map(chr, range(0x110000))
    if unicodedata.ucd_3_2_0.category(character) not in ("Cn", "Cs") and character != "\u0295"
]

_MIXES = (
    "ab AB'sStTlLdDrReEvVmM",
    " \n\r\t\v\f\x00\x1c\x1f\x7f",
    "01234567a. /",
    "'\u017fs\u017ftS ",
    "中文，。的 \nab12",
    "ァアの゛゜・ー々〇⺀\u3000、あ３゙",
    "e\u0301\u0300\u0323n\u0303A\u0301 b",
    "!?/.\n\r/ -",
    "\u200d🎉👨\ufe0f \u00a0\u2028\u0085\ufeff",
    "a> </b▁ \t",
    "اَلْعَرَبِيَّة ไทย हिन्दी 한국어 русский",
)
_PIECES = (
    "hello", " world", "HTTPServer", "don't", "DON'T", "中文分词", "。", "，", "\n", "\r\n", "\n\n",
    "  ", "    ", "\t", " 12345", "3.14", "naïve", "한국", "हिन्दी", "🎉", "=>", "/", "://", "'ll",
    "<|endoftext|>", "<think>", "<td>", "</td>", "> </", "\u3000", "\u0301",
)  # fmt: skip

characters = st.sampled_from(KNOWN)
any_text = st.text(characters, max_size=40)
mixed_text = st.sampled_from(_MIXES).flatmap(lambda mix: st.text(st.sampled_from(mix), max_size=40))
pieced_text = st.lists(st.sampled_from(_PIECES), max_size=20).map("".join)
ascii_text = st.text(st.characters(max_codepoint=127), max_size=40)
texts = st.one_of(mixed_text, pieced_text, ascii_text, any_text)

surrogates = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"])
broken_text = st.text(st.one_of(surrogates, st.sampled_from("a中 \n"), characters), max_size=20)
