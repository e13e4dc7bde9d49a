"""Small objects: one request each, a few at a time, and kept within a bound."""

import time
from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import Any

import pytest

from llmcost.inputs import discovery
from llmcost.inputs.object_storage import AT_ONCE, ListedAddress, ReadAhead, open_address

memory = pytest.importorskip("fsspec.implementations.memory")
NUMBER = 40


class Store:
    """Counts requests for objects, each of which takes a few milliseconds."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.now = self.most = 0
        self.lock = Lock()

    def wrapped(self, inner: Any) -> Any:
        def cat_file(fs: Any, path: str, start: int | None = None, end: int | None = None) -> bytes:
            with self.lock:
                self.requests[path] += 1
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.003)
            with self.lock:
                self.now -= 1
            content: bytes = inner(fs, path, start=start, end=end)
            return content

        return cat_file


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    fs = memory.MemoryFileSystem()
    for number in range(NUMBER):
        fs.pipe(f"/store/a/{number:02}.txt", f"text {number}\n".encode())
    fs.pipe("/store/b/image.txt", b"\x00\x01\x02" * 9)
    found = Store()
    original = memory.MemoryFileSystem.cat_file
    monkeypatch.setattr(memory.MemoryFileSystem, "cat_file", found.wrapped(original))
    yield found
    fs.rm("/store", recursive=True)


def read_all(store: Store) -> tuple[list[bytes], discovery.DiscoveredFiles]:
    found = discovery.expand(["memory://store"])
    with ReadAhead(found.files):
        texts = [open_address(one, one.size).read() for one in map(listed, found.files)]
    return texts, found


def listed(name: str) -> ListedAddress:
    assert isinstance(name, ListedAddress)
    return name


def test_a_small_object_is_fetched_once(store: Store) -> None:
    texts, found = read_all(store)
    assert texts == [f"text {number}\n".encode() for number in range(NUMBER)]
    assert [one.path for one in found.skipped] == ["memory:///store/b/image.txt"]
    assert set(store.requests.values()) == {1}
    assert 1 < store.most <= AT_ONCE


def test_what_there_is_no_room_to_keep_is_fetched_ahead(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "KEPT", 20)
    texts, found = read_all(store)
    assert len(texts) == NUMBER
    assert sum(one.content is not None for one in map(listed, found.files)) == 0  # given away
    assert sum(store.requests.values()) == 2 * NUMBER - 2 + 1  # two of 7 bytes were kept
    assert 1 < store.most <= AT_ONCE


def test_a_turn_may_be_passed_over(store: Store) -> None:
    found = [ListedAddress(f"memory://store/a/{number:02}.txt", 7, "") for number in range(9)]
    with ReadAhead(found):
        for number in (0, 5, 8):
            assert open_address(found[number], 7).read() == f"text {number}\n".encode()
    assert max(store.requests.values()) == 1
