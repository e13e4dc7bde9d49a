"""Count with vocabulary files of the user's, each by the engine that it was made for.

The content of a file says what it is, not its name:

- `tokenizer.json` of Hugging Face, by its `tokenizers` (extra `tokenizers`);
- merge ranks, one `base64 rank` a line, by tiktoken. Such a file does not say how a text is cut
  before merging, so the family of `pretokenize` has to be named; cl100k's is the most common;
- a SentencePiece model, by `sentencepiece` (extra `sentencepiece`).

Text is data: added and special tokens are not recognised in it, and none is put around it.
"""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from llmcost.errors import LlmcostError, UnreadableInput, install, reason
from llmcost.messages import say
from llmcost.pricing.usage import Count
from llmcost.tokenizers.bpe import cuts_safely
from llmcost.tokenizers.chunking import Open
from llmcost.tokenizers.pretokenize import PATTERNS, composed, pretokenize, rust_pattern
from llmcost.tokenizers.registry import Supply, Tokenizer

FORMS = say("a tokenizer.json, merge ranks (.tiktoken) or a SentencePiece model")
NEITHER = say("neither JSON nor merge ranks nor a SentencePiece model")
FAMILIES = tuple(family for family in PATTERNS if family != "gemma")
"""Ways to cut a text that a file of merge ranks can be combined with."""
COMPOSED = ("qwen", "qwen3.5")  # families whose tokenizers count the text's normal form C
_FIRST_PIECE = b"\x0a"  # the tag that a SentencePiece model, a protobuf, begins with

CountFunction = Callable[[str], int]


class Loaded(msgspec.Struct, frozen=True):
    """An engine for one file. `how` says what a reader of the figures should know of it."""

    count: CountFunction
    form: str
    family: str = ""  # that merge ranks are combined with

    @property
    def how(self) -> str:
        return f", cut like {self.family}" if self.family else ""


def refused(name: str, why: str) -> UnreadableInput:
    return UnreadableInput(
        say("cannot read `{name}` as a tokenizer: {why}", name=name, why=why),
        hint=say("name {forms}", forms=FORMS),
    )


def guarded(name: str, count: CountFunction) -> CountFunction:
    """Engines raise what they like, over a file or over a text."""

    def counted(text: str) -> int:
        try:
            return count(text)
        except BaseException as error:
            if not is_of_engine(error):
                raise
            said = say("the tokenizer `{name}` fails: {why}", name=name, why=first_line(error))
            raise UnreadableInput(said) from None

    return counted


def is_of_engine(error: BaseException) -> bool:
    """A panic of an engine in Rust is no `Exception`."""
    if isinstance(error, (LlmcostError, MemoryError, ImportError)):
        return False
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def by_hugging_face(name: str, content: bytes) -> Loaded:
    """Through Hugging Face's engine, with all that is not the text's own tokens taken out."""
    document = json_of(name, content)
    model = document.get("model")
    if not isinstance(model, dict):
        raise refused(name, say("it is JSON without a `model`"))
    from tokenizers import Tokenizer

    document |= {"added_tokens": [], "post_processor": None, "truncation": None, "padding": None}
    try:
        engine = Tokenizer.from_str(msgspec.json.encode(document).decode())
    except BaseException as error:
        if not is_of_engine(error):
            raise
        raise refused(name, first_line(error)) from None

    def count(text: str) -> int:
        return len(engine.encode_batch_fast([text], add_special_tokens=False)[0])

    return Loaded(guarded(name, count), f"tokenizer.json ({model.get('type') or 'BPE'})")


def json_of(name: str, content: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise refused(name, say("not JSON: {problem}", problem=first_line(error))) from None
    if not isinstance(document, dict):
        raise refused(name, say("it is JSON, but no object"))
    return document


def by_sentencepiece(name: str, content: bytes) -> Loaded:
    """Through SentencePiece itself."""
    if content[:1] != _FIRST_PIECE:
        raise refused(name, NEITHER)
    from sentencepiece import SentencePieceProcessor

    try:
        engine = SentencePieceProcessor(model_proto=content)
    except (RuntimeError, OSError, ValueError, TypeError):
        raise refused(name, NEITHER) from None

    def count(text: str) -> int:
        return len(engine.encode(text, out_type=int, add_bos=False, add_eos=False))

    return Loaded(guarded(name, count), "SentencePiece model")


def by_ranks(name: str, content: bytes, family: str) -> Loaded:
    """Through tiktoken, the text cut as `family` does."""
    from tiktoken import Encoding

    ranks = ranks_of(name, content)
    engine = Encoding(name, pat_str=rust_pattern(family), mergeable_ranks=ranks, special_tokens={})
    normal = composed if family in COMPOSED else str

    @cache
    def whole() -> Encoding:
        return Encoding(name, pat_str=r"[\s\S]+", mergeable_ranks=ranks, special_tokens={})

    def count(text: str) -> int:
        text = normal(text)
        if cuts_safely(text):
            return len(engine.encode_ordinary(text))
        pieces = Counter(pretokenize(family, text.isascii())(text))
        return sum(len(whole().encode_ordinary(one)) * times for one, times in pieces.items())

    return Loaded(guarded(name, count), "merge ranks", family)


def ranks_of(name: str, content: bytes) -> dict[bytes, int]:
    """Entries with their ranks; every single byte must be one, and no rank be there twice."""
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(content.splitlines(), 1):
        try:
            if line:
                entry, rank = line.split()
                if not rank.isdigit():  # `int` takes more
                    raise ValueError
                ranks[b64decode(entry, validate=True)] = int(rank)
        except ValueError:
            raise refused(name, say("line {line} is not `base64 rank`", line=number)) from None
    lacking = sum(bytes([byte]) not in ranks for byte in range(256))
    if lacking:
        raise refused(
            name, say("{lacking} of the 256 single bytes are no entries of it", lacking=lacking)
        )
    if len(set(ranks.values())) < len(ranks) or max(ranks.values()) >= 1 << 32:
        raise refused(name, say("its ranks are not one number for each entry"))
    return ranks


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
            said = say("`{name}` is not a file", name=name)
            raise UnreadableInput(said, hint=say("name {forms}", forms=FORMS))
        if path.stat().st_size > LARGEST:
            raise refused(name, say("it is larger than {most} MB", most=LARGEST // 1_000_000))
        return path.read_bytes()
    except OSError as error:
        raise unreadable(name, reason(error)) from None


def unreadable(name: str, why: str) -> UnreadableInput:
    return UnreadableInput(say("cannot read the tokenizer `{name}`: {why}", name=name, why=why))


@cache
def loaded(path: str, family: str = "", digest: str = "", again: str = "") -> Loaded:
    """The engine of a file, the same one for a whole run. `digest`: the SHA-256 that it must have;
    `again`: the command that brings such a file, for another one than `tokenizers add`.

    Raises UnreadableInput.
    """
    content = content_of(Path(path))
    if digest and sha256(content).hexdigest() != digest:
        raise UnreadableInput(
            say("the tokenizer `{path}` is not the file that was expected", path=path),
            hint=again or say("add it again: llmcost tokenizers add NAME PATH"),
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


_HELD = 2_000_000  # characters that are counted at once, in up to 150 bytes of memory each


def supplied(name: str, supply: Supply) -> Tokenizer:
    """The tokenizer of this name, counted with a file."""
    source = supply.source or supply.path
    source = source if source.isprintable() else ascii(source)
    said = say("supplied: {source}", source=source)
    if supply.family:
        said = say("supplied: {source}, cut like {family}", source=source, family=supply.family)
    return Tokenizer(name, str(said), supply=supply, said=said)


class Supplied:
    """Counts one text. Nothing is known of where such a tokenizer could be cut without a trace:
    some put a blank before every text. So a text is counted whole, and only a very long one in
    parts, whose sum may be a token or two off for each cut. Merge ranks are cut by our own rules,
    piece by piece, which a stretch without a place for a cut does not allow."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        supply = tokenizer.supply
        if supply is None:
            raise ValueError(f"{tokenizer.name} has no file")
        self._engine = loaded(supply.path, supply.family, supply.sha256, supply.again)
        self._method = tokenizer.method + ("" if supply.family else self._engine.how)
        self._held: list[str] = []
        self._length = 0
        self._tokens = 0
        self._cuts = -1

    def feed(self, text: str) -> None:
        if self._engine.family:
            self._tokens += self._engine.count(text)
            if isinstance(text, Open):
                self._cuts = max(0, self._cuts) + 1
            return
        if self._length and self._length + len(text) > _HELD:
            self._count()
        self._held.append(text)
        self._length += len(text)

    def result(self) -> Count:
        self._count()
        off = 2 * max(0, self._cuts)
        return Count(
            tokens=self._tokens,
            low=max(0, self._tokens - off),
            high=self._tokens + off,
            method=self._method,
            exact=not off,
        )

    def _count(self) -> None:
        if self._held:
            self._tokens += self._engine.count("".join(self._held))
            self._cuts += 1
        self._held, self._length = [], 0
