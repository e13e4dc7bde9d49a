"""Engines of others, each for the vocabulary files that it was made for.

Text is data: added and special tokens are not recognised in it, and none is put around it.
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from llmcost.errors import LlmcostError, UnreadableInput
from llmcost.messages import say
from llmcost.tokens.bulk import cuts_safely
from llmcost.tokens.pretokenizers import PATTERNS, pretokenize, rust_pattern
from llmcost.tokens.text import composed

FORMS = say("a tokenizer.json, merge ranks (.tiktoken) or a SentencePiece model")
NEITHER = say("neither JSON nor merge ranks nor a SentencePiece model")
FAMILIES = tuple(family for family in PATTERNS if family != "gemma")
"""Ways to cut a text that a file of merge ranks can be combined with."""
COMPOSED = ("qwen", "qwen3.5")  # families whose tokenizers count the text's normal form C
_FIRST_PIECE = b"\x0a"  # the tag that a SentencePiece model, a protobuf, begins with

Count = Callable[[str], int]


class Loaded(msgspec.Struct, frozen=True):
    """An engine for one file. `how` says what a reader of the figures should know of it."""

    count: Count
    form: str
    family: str = ""  # that merge ranks are combined with

    @property
    def how(self) -> str:
        return f", cut like {self.family}" if self.family else ""


def refused(name: str, why: str) -> UnreadableInput:
    return UnreadableInput(
        say("`{name}` is no tokenizer that can be read: {why}", name=name, why=why),
        hint=say("name {forms}", forms=FORMS),
    )


def guarded(name: str, count: Count) -> Count:
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
