"""Vocabulary files of the user's, each counted by the engine that it was made for.

What a file is, its content says, not its name:

- `tokenizer.json` of Hugging Face, by its `tokenizers` (extra `tokenizers`);
- merge ranks, one `base64 rank` a line, by tiktoken. Such a file does not say how a text is cut
  before merging, so the family of `pretokenizers` has to be named; cl100k's is the most common;
- a SentencePiece model, by `sentencepiece` (extra `sentencepiece`).
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from llmcost.errors import LlmcostError, UnreadableInput, install, reason
from llmcost.messages import say
from llmcost.tokens.foreign import (
    FAMILIES,
    FORMS,
    Loaded,
    by_hugging_face,
    by_ranks,
    by_sentencepiece,
    refused,
)

LARGEST = 100_000_000
DEFAULT_FAMILY = "cl100k"
_RANKS = rb"\s*[A-Za-z0-9+/]+={0,2} \d+\s*[\r\n]"


def content_of(path: Path) -> bytes:
    """The bytes of a vocabulary file. Raises UnreadableInput for what cannot be one."""
    name = str(path)
    try:
        if path.is_dir():
            said = say("`{name}` is a folder", name=name)
            raise UnreadableInput(said, hint=say("name the file in it: {forms}", forms=FORMS))
        if not path.exists():
            raise unreadable(name, say("there is no such file"))
        if not path.is_file():
            said = say("`{name}` is no file", name=name)
            raise UnreadableInput(said, hint=say("name {forms}", forms=FORMS))
        if path.stat().st_size > LARGEST:
            raise refused(name, say("it is larger than {most} MB", most=LARGEST // 1_000_000))
        return path.read_bytes()
    except OSError as error:
        raise unreadable(name, reason(error)) from None


def unreadable(name: str, why: str) -> UnreadableInput:
    return UnreadableInput(say("cannot read the tokenizer `{name}`: {why}", name=name, why=why))


@cache
def loaded(path: str, family: str = "", digest: str = "") -> Loaded:
    """The engine of a file, the same one for a whole run. `digest`: the SHA-256 that it must have.

    Raises UnreadableInput.
    """
    content = content_of(Path(path))
    if digest and sha256(content).hexdigest() != digest:
        raise UnreadableInput(
            say("the tokenizer `{path}` has changed since it was added", path=path),
            hint=say("add it again: llmcost tokenizers add NAME PATH"),
        )
    return load(path, content, family)


def load(name: str, content: bytes, family: str = "") -> Loaded:
    """The engine for this content, which `name` is called. Raises UnreadableInput."""
    if family and family not in FAMILIES:
        raise UnreadableInput(
            say("no family of tokenizers is called `{family}`", family=family),
            hint=say("one of {names}", names=", ".join(FAMILIES)),
        )
    if not content.strip():
        raise refused(name, say("it is empty"))
    if re.match(_RANKS, content[:4096] + b"\n"):
        return by_ranks(name, content, family or DEFAULT_FAMILY)
    if family:
        raise UnreadableInput(
            say("`{name}` says itself how a text is cut", name=name),
            hint=say("leave the family out"),
        )
    found = by_hugging_face if content.lstrip()[:1] in (b"{", b"[") else by_sentencepiece
    try:
        engine = found(name, content)
        empty = not engine.count("a text of some words")
    except ImportError:
        package = "tokenizers" if found is by_hugging_face else "sentencepiece"
        raise missing(name, package) from None
    if empty:
        raise refused(name, say("it makes no tokens of a text"))
    return engine


def missing(name: str, package: str) -> LlmcostError:
    return LlmcostError(
        say(
            "cannot read the tokenizer `{name}` without the package `{package}`",
            name=name,
            package=package,
        ),
        hint=install(package),
    )
