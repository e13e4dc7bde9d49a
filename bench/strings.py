"""Random strings that try a tokenizer: twenty alphabets over all of Unicode, mixed lengths."""

import random
import sys
from collections.abc import Iterator
from functools import cache
from itertools import cycle, islice
from unicodedata import category

SEED = 20240521
LENGTHS = (1, 2, 3, 4, 5, 8, 8, 12, 12, 20, 20, 35, 60, 90)

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<tool_call>", "<bos>",
    "<｜User｜>", "<｜begin▁of▁sentence｜>", "<|user|>", "[gMASK]", "<sop>", "<pad>", "<unk>",
    "<start_of_turn>", "<unused0>", "[multimodal]", "<table>", "</td>", "<h1>", "<0x0A>", "<s>",
    "[INST]", "[/INST]", "[IMG]", "]<]minimax[>[", "[e~[", "<|media_begin|>", "[BOS]", "&nbsp;",
)  # fmt: skip
TAGS = (
    "<h1>",
    "</h6>",
    "<h1",
    "h2>",
    "<td>",
    "</td>",
    "<t1>",
    "</t1>",
    "<b",
    "</",
    "h",
    "3",
    "<i>x",
)
RUNS = (*" \n\t\r\u3000\xa0\0-!aA1中", "\r\n", " \n", "\u0301", "ab", "\U0003d41b")
WORDS = (
    "the", "The", "HTTPServer", "x1", "1x", "foo.bar(", "it's", "价格", "，价格。", "新加坡",
    "参考文献", "<t1>", "</t1>", "don't", "naïve", "ラー", "한국", "हिन्दी", "🎉", "AV", "亚洲",
    "//", "/*", "=",
)  # fmt: skip
CONTRACTIONS = ("'", "'s", "'T", "'ll", "'RE", "'ve", "'M", "'D", "'ſ", "’s", "a", "B", "ſ", " ")


def strings(wanted: int, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """So many strings, each with the name of its alphabet; the same ones every time."""
    chance = random.Random(seed)
    for name, alphabet in islice(cycle(alphabets().items()), wanted):
        yield name, "".join(chance.choices(alphabet, k=chance.choice(LENGTHS)))


def mixes(wanted: int, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """So many texts of a few strings each, in which words and whole strings come again."""
    chance = random.Random(seed)
    found = strings(sys.maxsize, seed)
    for _ in range(wanted):
        parts = list(islice(found, chance.choice((1, 1, 2, 3, 5))))
        between = chance.choice(("", "", " ", "\n", "\n\n", "\t", " a"))
        order = chance.choices(parts, k=len(parts) * chance.choice((1, 1, 2, 4)))
        yield parts[0][0], between.join(text for _, text in order)


@cache
def alphabets() -> dict[str, list[str]]:
    """What strings are drawn from; some members are longer than a character."""
    latin = [*map(chr, range(97, 123)), *map(chr, range(65, 91))]
    han, kana = between(0x4E00, 0x9FFF), between(0x3041, 0x30FF)
    return {
        "every code point": of(""),
        "assigned": [c for c in of("L M N P S Z C") if category(c) not in ("Cn", "Co")],
        "emoji": [*between(0x1F300, 0x1FAFF), *"\u200d\ufe0f\u20e3\U0001f3fb\U0001f3ff" * 20],
        "combining marks": [*of("M"), *"aeioun" * 40, *"кши" * 40],
        "Hebrew": [*between(0x591, 0x5F4), " ", "."],
        "Thai": [*between(0xE01, 0xE5B), " "],
        "Hindi": [*between(0x900, 0x97F), " ", "\u200d"],
        "Arabic": [*between(0x600, 0x6FF), *between(0xFB50, 0xFDFF), *" ،" * 30],
        "blanks": [*(c for c in of("Z C") if c.isspace()), *"ab1."],
        "line ends": ["\r\n", "\n", "\r", " ", "\t", "x", ".", "/"],
        "numbers": [*of("N"), *"0123456789" * 60, *" .,-" * 30],
        "capitals and modifiers": [*of("Lu Lt Lm"), *latin * 20, *"' " * 60],
        "letters": of("Ll Lo"),
        "contractions": [*CONTRACTIONS, "1", "é"],
        "special strings": [*SPECIAL, " ", "a", "\n"],
        "controls": [*map(chr, range(32)), "\x7f", "\x85", "\u200b", "\ufeff", "\x00", "a", " "],
        "Han": [*han, *between(0x3400, 0x4DBF)[::8], *between(0x20000, 0x2A6DF)[::64]],
        "Chinese, Japanese, Korean": [
            *han[::7], *kana, *between(0xAC00, 0xD7A3)[::9], *between(0x1100, 0x11FF),
            *between(0xFF01, 0xFFEE), *"。，！？「」 a1" * 30,
        ],
        "marks and symbols": of("P S"),
        "tags": [
            *TAGS, *"<>/ \n", *"<>/ \n", "  ", "▁", "> </", "价格", "，", "text", "7", "'",
        ],
        "markup": [" <t>", " </t>", "<b>", " </b1>", " 价格", " text", *"> \n7a价/{"],
        "runs": [
            *(one * length for one in RUNS for length in (1, 2, 3, 9, 25, 70, 200)),
            *"ab1.中é'", *"ab1.中é'", "'L", "\U0003d41b", "\u0301",
        ],
        "words that come again": [*WORDS, *WORDS, *" \n", *" \n", " ", " ", "  ", "."],
        "ASCII": [*map(chr, range(32, 127)), *latin, *" \n" * 9, *"    ▁▁"],
    }  # fmt: skip


def of(categories: str) -> list[str]:
    """The characters of these general categories, or all; no surrogates, they are no text."""
    wanted = tuple(categories.split())
    return [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if not "\ud800" <= character <= "\udfff"
        and (not wanted or category(character).startswith(wanted))
    ]


def between(first: int, last: int) -> list[str]:
    return [*map(chr, range(first, last + 1))]
