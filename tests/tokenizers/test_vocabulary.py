"""The packs hold what NOTICE says they hold, and looking up is the same as listing."""

import hashlib
import pickle
import re
import shutil
from binascii import b2a_base64
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest

from llmcost.errors import LlmcostError
from llmcost.tokenizers import vocabulary
from llmcost.tokenizers.vocabulary import ALPHABET, PACKS, open_vocabulary, verified

NOTICE = (PACKS / "NOTICE").read_text(encoding="utf-8")
SECTIONS = {
    name: dict(re.findall(r"^  (\S.*?)  +(\S.*)$", rows, re.MULTILINE))
    for name, rows in re.findall(r"^(\S+)\n((?:  .*\n)+)", NOTICE, re.MULTILINE)
}
NAMES = sorted(path.stem for path in PACKS.glob("*.trie"))


@cache
def entries_of(name: str) -> dict[bytes, int]:
    return open_vocabulary(name).entries()


def as_tiktoken(entries: dict[bytes, int]) -> bytes:
    """The entries as a `.tiktoken` file, in the order of rank and bytes."""
    ranked = sorted(sorted(entries), key=entries.__getitem__)
    return b"".join([b"%b %d\n" % (b2a_base64(e, newline=False), entries[e]) for e in ranked])


def test_every_pack_is_in_the_notice_and_has_ranks() -> None:
    assert NAMES
    assert sorted(SECTIONS) == NAMES
    assert sorted(path.stem for path in PACKS.glob("*.ranks")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_holds_the_entries_that_the_notice_states(name: str) -> None:
    entries = entries_of(name)
    assert len(entries) == int(SECTIONS[name]["entries"])
    digest = f"sha256:{hashlib.sha256(as_tiktoken(entries)).hexdigest()}"
    assert digest == SECTIONS[name]["entries digest"]


@pytest.mark.parametrize(
    ("name", "sha256"),
    [  # tiktoken_ext/openai_public.py
        ("o200k", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
        ("cl100k", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
    ],
)
def test_openai_packs_hold_the_files_that_tiktoken_expects(name: str, sha256: str) -> None:
    assert SECTIONS[name]["entries digest"] == f"sha256:{sha256}"


@pytest.mark.parametrize("name", NAMES)
def test_every_pack_names_its_licence_and_the_grounds_for_it(name: str) -> None:
    section = SECTIONS[name]
    assert re.match(r"(Modified MIT|MIT|Apache-2\.0), Copyright ", section["licence"])
    assert section["grounds"]
    assert re.search(r" sha256:[0-9a-f]{64}$", section["artefact"])


def test_the_licences_are_printed_in_full() -> None:
    assert "Permission is hereby granted, free of charge" in NOTICE
    assert 'shall prominently display "Kimi K2"' in " ".join(NOTICE.split())
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in NOTICE


def test_glm4_is_the_beginning_of_glm() -> None:
    glm, glm4 = open_vocabulary("glm"), open_vocabulary("glm4")
    beginning = {entry: rank for entry, rank in entries_of("glm").items() if rank < 151_329}
    assert entries_of("glm4") == beginning
    assert len(beginning) == 151_329
    later = next(entry for entry, rank in entries_of("glm").items() if rank == 151_329)
    assert glm.rank(later) == 151_329
    assert glm4.rank(later) is None


@pytest.mark.parametrize("name", ["o200k", "glm4", "gemma4"])
def test_rank_finds_what_entries_lists_and_nothing_else(name: str) -> None:
    vocabulary = open_vocabulary(name)
    entries = entries_of(name)
    for entry in list(entries)[::97]:
        assert vocabulary.rank(entry) == entries[entry]
        assert vocabulary.rank(entry + b"\xff") is None
    assert vocabulary.rank(b"") is None


@pytest.mark.parametrize("name", [name for name in NAMES if name != "gemma4"])
def test_every_byte_is_an_entry(name: str) -> None:
    vocabulary = open_vocabulary(name)
    assert all(vocabulary.rank(bytes([byte])) is not None for byte in range(256))


def test_gemma_merges_characters_and_has_no_byte_tokens() -> None:
    gemma = open_vocabulary("gemma4")
    assert gemma.rank(b"a") == gemma.rank("中".encode()) == gemma.rank("▁".encode()) == ALPHABET
    assert gemma.rank("▁the".encode()) != ALPHABET
    absent = [b" ", b"\xe4", b"<0xE4>", b"<table>", b"<unused0>", b"<bos>", b"<|turn>"]
    assert [gemma.rank(entry) for entry in absent] == [None] * len(absent)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "gemma4"])
def test_control_tokens_are_not_entries(name: str) -> None:
    vocabulary = open_vocabulary(name)
    for text in ("<|endoftext|>", "<|im_start|>", "<think>", "<｜User｜>", "[gMASK]"):
        assert vocabulary.rank(text.encode()) is None


def test_a_vocabulary_is_opened_once_and_pickled_by_name() -> None:
    glm4 = open_vocabulary("glm4")
    assert open_vocabulary("glm4") is glm4
    assert pickle.loads(pickle.dumps(glm4)) is glm4


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nope"):
        open_vocabulary("nope")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of vocabularies that may be damaged, on a machine that has seen none."""
    for name in ("cl100k.trie", "cl100k.ranks", "checksums"):
        shutil.copyfile(PACKS / name, tmp_path / name)
    monkeypatch.setattr(vocabulary, "PACKS", tmp_path)
    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(tmp_path / "cache"))
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """As a new process would."""
    verified.cache_clear()
    open_vocabulary.cache_clear()


@pytest.mark.parametrize("ending", ["trie", "ranks"])
@pytest.mark.parametrize("is_known", [False, True], ids=["first use", "verified before"])
def test_a_damaged_vocabulary_is_an_error(copied: Path, ending: str, is_known: bool) -> None:
    """Flipped bits, missing ends and what is missing altogether: never another count."""
    path = copied / f"cl100k.{ending}"
    content, chance = path.read_bytes(), Random(ending)
    if is_known:
        open_vocabulary("cl100k")
    damaged = [content[:size] for size in (0, 1, len(content) // 2, len(content) - 1)]
    for _ in range(60):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(flipped))
    for one in damaged:
        path.write_bytes(one)
        forget()
        with pytest.raises(LlmcostError, match=f"cl100k.{ending}. is damaged") as caught:
            open_vocabulary("cl100k")
        assert "install" in caught.value.hint

    path.write_bytes(content)
    forget()
    assert open_vocabulary("cl100k").rank(b"hello") is not None


def test_a_vocabulary_is_verified_once_on_a_machine(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by later processes, while nobody writes to it; without a cache folder, each time."""
    open_vocabulary("cl100k")
    computed = list[str]()
    monkeypatch.setattr(vocabulary, "checksum", lambda path: computed.append(path.name))

    forget()
    open_vocabulary("cl100k")
    assert computed == []

    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(copied / "checksums" / "no folder"))
    forget()
    with pytest.raises(LlmcostError):
        open_vocabulary("cl100k")
    assert computed == ["cl100k.trie"]
