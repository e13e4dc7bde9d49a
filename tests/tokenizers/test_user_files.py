"""Vocabulary files of the user's: each counts as the engine that it was made for counts it."""

import json
import sys
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from hard_texts import texts
from hypothesis import given, settings
from tokenizers import Tokenizer as HuggingFace
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers

from llmcost.errors import LlmcostError, UnreadableInput, install
from llmcost.pricing.usage import Count
from llmcost.tokenizers import user_files as foreign
from llmcost.tokenizers import user_files as supplied
from llmcost.tokenizers.counter import Counter, count
from llmcost.tokenizers.registry import TOKENIZERS, Supply
from llmcost.tokenizers.user_files import FAMILIES, LARGEST, load, loaded
from llmcost.tokenizers.vocabulary import open_vocabulary

WORDS = ["The quick brown fox jumps over the lazy dog.", "今天天气很好，我们去公园。"] * 20
TEXTS = ["", " ", "The lazy 公园 <s>fox</s>", "a\n\n  b\n", "<|end|> is text", "e\u0301 \0 \ufffd"]


def byte_level() -> HuggingFace:
    """A small tokenizer with everything that is not to be counted: a frame, special tokens."""
    engine = HuggingFace(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|end|>"], initial_alphabet=alphabet, show_progress=False
    )
    engine.train_from_iterator(WORDS, trainer)
    engine.post_processor = processors.TemplateProcessing("<|end|> $A", None, [("<|end|>", 0)])
    engine.enable_truncation(3)
    return engine


def unigram() -> HuggingFace:
    """The other kind of tokenizer.json: pieces with weights, a blank put before the text."""
    engine = HuggingFace(models.Unigram())
    engine.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    engine.train_from_iterator(WORDS, trainer)
    return engine


def plain(engine: HuggingFace, text: str) -> int:
    """What the engine makes of the text alone, were its special tokens not there."""
    document = json.loads(engine.to_str())
    bare = HuggingFace.from_str(json.dumps({**document, "added_tokens": [], "truncation": None}))
    return len(bare.encode(text, add_special_tokens=False).ids)


def counted(path: Path | str, text: str, family: str = "") -> Count:
    known = {**TOKENIZERS, "mine": supplied.supplied("mine", Supply(str(path), family))}
    return count(text, ["mine"], known)["mine"]


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@cache
def ranks_of(pack: str) -> bytes:
    """A vocabulary of ours as the file that it once was."""
    entries = sorted(open_vocabulary(pack).entries().items(), key=lambda one: one[1])
    return b"".join(b64encode(entry) + b" %d\n" % rank for entry, rank in entries)


@cache
def by_ranks(pack: str, family: str) -> foreign.CountFunction:
    return load(pack, ranks_of(pack), family).count


@cache
def sentences() -> bytes:
    """A small SentencePiece model that puts a blank before every text, as is the default."""
    import io

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(WORDS),
        model_writer=model,
        vocab_size=90,
        model_type="bpe",
        minloglevel=2,
    )
    return model.getvalue()


@pytest.mark.parametrize("made", [byte_level, unigram])
@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_a_tokenizer_json_counts_as_its_own_engine(made: Any, text: str, tmp_path: Path) -> None:
    """All of the text and nothing else: no frame, no special token, no cut after three."""
    engine = made()
    path = written(tmp_path / "tokenizer.json", engine.to_str())

    found = counted(path, text)

    assert found.tokens == plain(engine, text) == found.low == found.high
    assert found.exact
    assert found.method == f"supplied: {path}"


def test_special_tokens_in_a_text_are_text(tmp_path: Path) -> None:
    engine = byte_level()
    path = written(tmp_path / "tokenizer.json", engine.to_str())

    assert len(engine.encode("<|end|>", add_special_tokens=False).ids) == 1
    assert counted(path, "<|end|>").tokens > 1


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_a_sentencepiece_model_counts_as_sentencepiece(text: str, tmp_path: Path) -> None:
    engine = sentencepiece.SentencePieceProcessor(model_proto=sentences())
    path = written(tmp_path / "spm.model", sentences())

    assert counted(path, text).tokens == len(engine.encode(text))


@pytest.mark.parametrize(
    ("pack", "family", "name"),
    [
        ("cl100k", "", "cl100k_base"),
        ("cl100k", "cl100k", "cl100k_base"),
        ("o200k", "o200k", "o200k_base"),
        ("qwen", "qwen", "qwen"),
    ],
)
@settings(max_examples=60)
@given(text=texts)
def test_merge_ranks_count_as_the_vocabulary_that_they_are(
    pack: str, family: str, name: str, text: str
) -> None:
    """With the family's way to cut a text, and its normal form where it has one."""
    assert by_ranks(pack, family)(text) == count(text, [name])[name].tokens


def test_merge_ranks_say_how_a_text_was_cut(tmp_path: Path) -> None:
    """The file does not: it is the user's to know."""
    path = written(tmp_path / "my.tiktoken", ranks_of("cl100k"))

    assert counted(path, "12345").method == f"supplied: {path}, cut like cl100k"
    assert counted(path, "12345", "qwen").method == f"supplied: {path}, cut like qwen"
    assert counted(path, "12345").tokens == 2
    assert counted(path, "12345", "qwen").tokens == 5


def test_merge_ranks_take_a_run_of_blanks_that_tiktoken_cannot() -> None:
    assert by_ranks("cl100k", "")(" " * 1_100_000) > 0


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    """Llama 3 calls its merge ranks tokenizer.model."""
    path = written(tmp_path / "tokenizer.model", ranks_of("cl100k"))

    assert loaded(str(path)).form == "merge ranks"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ('{"model": {"type": "BPE", "vocab"', "not JSON"),
        ("[1]", "it is JSON, but no object"),
        ('{"tokenizer_class": "Fast"}', "it is JSON without a `model`"),
        ('{"model": 5}', "it is JSON without a `model`"),
        ('{"model": {"type": "BPE"}}', ": "),  # and what the engine says
        ('{"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 9}}', ": "),
        ('{"model": {"type": "BPE", "vocab": {}, "merges": []}}', "it makes no tokens"),
        ("[" * 100_000, "not JSON"),
        ('{"a":' * 100_000, "not JSON"),
        (b'{"model": "\xff\xfe"}', "not JSON"),
        ("YQ== 1\n", "255 of the 256 single bytes are no entries"),
        ("YQ== 1\nYg==\n", "line 2 is not `base64 rank`"),
        ("YQ== 1\nY 2\n", "line 2 is not `base64 rank`"),
        (b"\x0a\x0b\x01\x02", "neither JSON nor merge ranks nor a SentencePiece model"),
        ("plain words, no tokenizer", "neither JSON nor merge ranks"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "neither JSON nor merge ranks"),
    ],
    ids=lambda one: repr(one)[:40],
)
def test_what_is_no_tokenizer_is_refused(content: Any, problem: str, tmp_path: Path) -> None:
    """With what was found, and what there should be."""
    path = written(tmp_path / "file", content)

    with pytest.raises(UnreadableInput, match="as a tokenizer") as caught:
        counted(path, "a")
    assert problem in str(caught.value)
    assert "SentencePiece" in caught.value.hint


@pytest.mark.parametrize("rank", [5, 1 << 32, 255])
def test_ranks_that_are_not_one_number_for_each_entry_are_refused(rank: int) -> None:
    lines = [b64encode(bytes([byte])) + b" %d" % byte for byte in range(256)]

    with pytest.raises(UnreadableInput, match="not one number for each entry"):
        load("x", b"\n".join([*lines, b"YWI= %d" % rank]))


def test_a_part_of_a_file_is_refused(tmp_path: Path) -> None:
    """A download that broke off."""
    for name, whole in (("json", byte_level().to_str().encode()), ("model", sentences())):
        with pytest.raises(UnreadableInput):
            load(name, whole[: len(whole) // 2])


@pytest.mark.parametrize("name", ["missing.json", "folder", "pipe", "huge.json"])
def test_what_is_no_file_to_read_is_refused(name: str, tmp_path: Path) -> None:
    """Before anything of it is read: a pipe would never end, a huge file fill the memory."""
    import os

    (tmp_path / "folder").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(LARGEST + 1)

    with pytest.raises(UnreadableInput):
        counted(tmp_path / name, "a")


def test_a_file_that_changed_since_it_was_added_is_not_counted_with(tmp_path: Path) -> None:
    path = written(tmp_path / "tokenizer.json", byte_level().to_str())

    with pytest.raises(UnreadableInput, match="is not the file that was expected"):
        loaded(str(path), "", "0" * 64)


def test_a_family_is_named_only_for_merge_ranks() -> None:
    with pytest.raises(UnreadableInput, match="says itself how a text is cut"):
        load("x", byte_level().to_str().encode(), "o200k")
    with pytest.raises(UnreadableInput, match="no family") as caught:
        load("x", ranks_of("cl100k"), "klingon")
    assert all(family in caught.value.hint for family in FAMILIES)


@pytest.mark.parametrize(
    ("package", "content"), [("tokenizers", b'{"model": {}}'), ("sentencepiece", b"\x0a\x0b\x00")]
)
def test_a_missing_extra_is_named(
    package: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(LlmcostError, match=f"without the package `{package}`") as caught:
        load("x", content)
    assert caught.value.hint == install(package)


class PanicException(BaseException):
    """What engines in Rust raise: no `Exception`."""


@pytest.mark.parametrize("error", [RuntimeError("odd\nvery odd"), PanicException("odd")])
def test_an_engine_that_fails_over_a_text_is_an_error_and_no_traceback(error: Any) -> None:
    def fails(text: str) -> int:
        raise error

    with pytest.raises(UnreadableInput, match=r"the tokenizer `x` fails: odd$"):
        foreign.guarded("x", fails)("a")


def test_an_interruption_is_none_of_the_engine() -> None:
    def interrupted(text: str) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        foreign.guarded("x", interrupted)("a")


def test_a_text_is_counted_whole_however_it_is_fed(tmp_path: Path) -> None:
    """A blank put before each piece would count again and again."""
    path = written(tmp_path / "spm.model", sentences())
    known = {**TOKENIZERS, "mine": supplied.supplied("mine", Supply(str(path)))}
    counter = Counter(["mine"], known)
    for piece in WORDS:
        counter.feed(piece + "\n")

    whole = "".join(piece + "\n" for piece in WORDS)
    assert counter.counts()["mine"] == counted(path, whole)
    assert counter.counts()["mine"].exact


def test_a_very_long_text_is_counted_in_parts_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cut may be off by a token or two: no longer exact, and the bounds hold the truth."""
    path = written(tmp_path / "spm.model", sentences())
    whole = "".join(piece + "\n" for piece in WORDS)
    truth = counted(path, whole).tokens
    monkeypatch.setattr(supplied, "_HELD", 200)
    known = {**TOKENIZERS, "mine": supplied.supplied("mine", Supply(str(path)))}
    counter = Counter(["mine"], known)
    for piece in WORDS:
        counter.feed(piece + "\n")
    found = counter.counts()["mine"]

    assert not found.exact
    assert found.low <= truth <= found.high
    assert found.low < found.high


def test_merge_ranks_are_exact_however_long_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "my.tiktoken", ranks_of("cl100k"))
    monkeypatch.setattr(supplied, "_HELD", 200)
    whole = "".join(piece + "\n" for piece in WORDS)
    known = {**TOKENIZERS, "mine": supplied.supplied("mine", Supply(str(path)))}
    counter = Counter(["mine"], known)
    for piece in WORDS:
        counter.feed(piece + "\n")
    found = counter.counts()["mine"]

    assert found.exact
    assert found.tokens == count(whole, ["cl100k_base"])["cl100k_base"].tokens


def test_a_tokenizer_of_the_users_goes_before_an_estimate_of_its_name(tmp_path: Path) -> None:
    """What is estimated from others is so still."""
    path = written(tmp_path / "tokenizer.json", byte_level().to_str())
    known = {**TOKENIZERS, "llama3": supplied.supplied("llama3", Supply(str(path)))}

    found = count("the lazy dog", ["llama3", "grok", "cl100k_base"], known)

    assert found["llama3"] == counted(path, "the lazy dog")
    assert {name: found[name] for name in ("grok", "cl100k_base")} == count(
        "the lazy dog", ["grok", "cl100k_base"]
    )


def test_a_replaced_vocabulary_of_ours_is_still_what_estimates_rest_on(tmp_path: Path) -> None:
    path = written(tmp_path / "tokenizer.json", byte_level().to_str())
    known = {**TOKENIZERS, "o200k_base": supplied.supplied("o200k_base", Supply(str(path)))}

    found = count("the lazy dog", ["o200k_base", "grok"], known)

    assert found["o200k_base"] == counted(path, "the lazy dog")
    assert found["grok"] == count("the lazy dog", ["grok"])["grok"]


def test_a_name_in_the_method_cannot_act_on_a_terminal() -> None:
    assert supplied.supplied("x", Supply("\x1b[31mred")).method == r"supplied: '\x1b[31mred'"
