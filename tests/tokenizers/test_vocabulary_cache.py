"""What an engine reads of a vocabulary is written once, and never trusted unseen."""

from pathlib import Path
from random import Random

import pytest

from llmcost.tokenizers.vocabulary import kept

PACK = "qwen"


class Maker:
    """Counts how often it is asked."""

    def __init__(self, content: bytes = b"AA== 0\n") -> None:
        self.content = content
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return self.content


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "vocabularies"


def read(make: Maker, form: str = "tiktoken", pack: str = PACK) -> bytes:
    with kept(pack, form, make) as path:
        return path.read_bytes()


def test_it_is_made_once(folder: Path) -> None:
    make = Maker()

    assert [read(make) for _ in range(3)] == [make.content] * 3
    assert make.times == 1
    assert len(list(folder.iterdir())) == 1


def test_forms_and_packs_are_kept_apart(folder: Path) -> None:
    makers = [Maker(b"a"), Maker(b"b"), Maker(b"c")]
    names = [("tiktoken", "qwen"), ("json", "qwen"), ("tiktoken", "kimi")]

    for _ in range(2):
        found = [read(make, *name) for make, name in zip(makers, names, strict=True)]
        assert found == [b"a", b"b", b"c"]
    assert [make.times for make in makers] == [1, 1, 1]


@pytest.mark.parametrize("damage", [b"", b"AA== 1\n", b"AA== 0", Random(99).randbytes(99)])
def test_what_was_damaged_is_made_again(folder: Path, damage: bytes) -> None:
    make = Maker()
    read(make)
    (path,) = folder.iterdir()
    path.write_bytes(damage)

    assert read(make) == make.content
    assert path.read_bytes() == make.content
    assert make.times == 2


def test_a_folder_that_cannot_be_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(tmp_path / "file" / "cache"))
    (tmp_path / "file").write_text("no folder")
    make = Maker()

    assert [read(make), read(make)] == [make.content] * 2
    assert make.times == 2
