"""Texts of any size from what is on every machine, without a download.

English is the language reference and the docstrings of Python's standard library, and the README
texts and licences of the installed packages; code is the standard library's own. There is hardly
any Chinese on most machines, so it is composed: `chinese.txt` holds 18 short texts of many kinds,
written for this purpose, its words set apart by blanks. A sampler with a fixed seed walks from each
word to one that followed it there: few clauses come twice, and words and neighbours are real.
"""

import ast
import random
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import distributions
from itertools import pairwise
from pathlib import Path

SEED = 20240521  # the day of the price war
KB, MB = 1000, 1_000_000
LONGEST_PARAGRAPH = 12  # sentences


def code() -> Iterator[str]:
    return sources({"site-packages"})


def sources(without: set[str]) -> Iterator[str]:
    """The modules of the standard library, but for those in folders of these names."""
    folder = Path(sysconfig.get_path("stdlib"))
    for path in sorted(folder.rglob("*.py")):
        if without.isdisjoint(path.parts):
            yield path.read_bytes().decode(errors="ignore")


def english() -> Iterator[str]:
    yield from reference()
    for distribution in sorted(distributions(), key=lambda one: str(one.metadata["Name"])):
        for file in distribution.files or ():
            if file.name == "METADATA" or "LICENSE" in file.name.upper():
                path = Path(str(distribution.locate_file(file)))
                if path.is_file():
                    yield path.read_bytes().decode(errors="ignore")
    for source in sources({"site-packages", "test", "tests", "idlelib"}):
        yield from docstrings(source)


def reference() -> Iterator[str]:
    from pydoc_data.topics import topics

    yield from topics.values()


def docstrings(source: str) -> Iterator[str]:
    """Those worth reading: of one paragraph or more."""
    documented = ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef | ast.Module
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):  # some files hold bad code on purpose
        return
    for node in nodes:
        if isinstance(node, documented):
            text = ast.get_docstring(node)
            if text and "\n" in text and ">>>" not in text:
                yield text + "\n\n"


def chinese() -> Iterator[str]:
    """Paragraphs without end."""
    words = (Path(__file__).parent / "chinese.txt").read_bytes().decode().split()
    after: dict[str, list[str]] = {}
    for word, follower in pairwise(words):
        after.setdefault(word, []).append(follower)
    chance = random.Random(SEED)
    word = "。"
    while True:
        paragraph = []
        for _ in range(chance.randint(2, LONGEST_PARAGRAPH)):
            ended = False
            while not ended:
                word = chance.choice(after.get(word, words))
                paragraph.append(word)
                ended = word in "。？！"
        yield "".join([*paragraph, "\n\n"])


CORPORA: dict[str, Callable[[], Iterator[str]]] = {
    "English": english,
    "Chinese": chinese,
    "code": code,
}


class Corpus:
    """A source read as far as it was needed so far."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts = parts
        self._read = bytearray()

    def read(self, size: int) -> memoryview:
        """At least `size` bytes, unless the source holds less."""
        while len(self._read) < size and (part := next(self._parts, "")):
            self._read += part.encode()
        return memoryview(bytes(self._read))


@cache
def corpus(name: str) -> Corpus:
    return Corpus(filter(None, CORPORA[name]()))


def sample(name: str, size: int, skip: int = 0) -> bytes:
    """`size` bytes of the corpus after the first `skip`; repeated from its start where it ends."""
    whole = corpus(name).read(size + skip)
    found: list[bytes] = []
    missing, start = size, skip % len(whole)
    while missing > 0:
        found.append(bytes(whole[start : start + missing]))
        missing, start = missing - len(found[-1]), 0
    return b"".join(found).decode(errors="ignore").encode()


def held(name: str, size: int) -> int:
    """How many of `size` bytes the machine has before they repeat."""
    return min(size, len(corpus(name).read(size)))


def repeats(name: str, size: int) -> str:
    """Says so of a corpus of which so many bytes are used."""
    own = held(name, size) / MB
    again = f", repeated up to {size // MB} MB" if own * MB < size else ""
    return f"{name}: {own:.1f} MB without repetition{again}"
