"""One piece that is too long to be merged at once: merged window by window, and yet exactly.

Each window is merged by itself, its last tokens are left to the next window, and the place between
two windows is checked: merged alone, the token before it and the token behind it have to stay the
two that they are. If so, merging all of it would give these very tokens: the first merge across
some place would also be the first when the two tokens beside it are merged alone, for the lowest
rank of all is the lowest around that place too. If not, the window before is taken back and merged
together with what follows it.

Merges influence those to their left along pairs of ever lower rank only, so that this comes about
rarely, and a second time in a row hardly ever; in real text and in random letters it never did with
these sizes. `_HELD` windows can be taken back.
"""

from collections import deque
from functools import cache
from typing import NamedTuple

from llmcost.tokens.bulk import table
from llmcost.tokens.gemma import in_bytes

WINDOW = 4096
"""Bytes merged at once. More are not faster: a merge takes the longer, the more it is one of."""
OPEN = 256
"""Bytes at the end of a window, at least, whose tokens are left to the next one."""
_HELD = 64
_REMEMBERED = 64  # windows, for runs that repeat


class Merger:
    """Merges bytes with one vocabulary."""

    def __init__(self, pack: str, family: str) -> None:
        encoding = table(pack, family)
        self._pack = pack
        self._gemma = family == "gemma"
        self._tokens = encoding._encode_single_piece
        self._bytes_of = encoding.decode_single_token_bytes
        self._stays: dict[tuple[int, int], bool] = {}
        self._windows: dict[bytes, Window] = {}

    def encoded(self, text: str) -> bytes:
        """What is merged of a text."""
        return (in_bytes(text, self._pack) if self._gemma else text).encode()

    def count(self, piece: str) -> int:
        """The tokens of a piece that is held whole."""
        return len(self._tokens(self.encoded(piece)))

    def window(self, content: bytes, left: int) -> "Window":
        """Merge this, but for `left` bytes at its end or some more."""
        found = self._windows.get(content) if left else None
        if found is None:
            found = self._merged(content, left)
            if left:
                if len(self._windows) >= _REMEMBERED:
                    self._windows.clear()
                self._windows[content] = found
        return found

    def _merged(self, content: bytes, left: int) -> "Window":
        tokens = self._tokens(content)
        end, number = len(content), len(tokens)
        while number > 1 and len(content) - end < left:
            number -= 1
            end -= len(self._bytes_of(tokens[number]))
        return Window(content[:end], number, tokens[0], tokens[number - 1])

    def stays(self, first: int, second: int) -> bool:
        """Whether two tokens side by side are what their bytes merge to."""
        pair = (first, second)
        if pair not in self._stays:
            if len(self._stays) > 100_000:
                self._stays.clear()
            merged = self._tokens(self._bytes_of(first) + self._bytes_of(second))
            self._stays[pair] = merged == [first, second]
        return self._stays[pair]


class Window(NamedTuple):
    """Bytes, how many tokens they are, and the first and the last of these."""

    content: bytes
    number: int
    first: int
    last: int


class Giant:
    """Adds up the tokens of one piece, which comes in parts."""

    def __init__(self, merger: Merger) -> None:
        self._merger = merger
        self._windows: deque[Window] = deque(maxlen=_HELD)
        self._tokens = 0  # of these windows and all before
        self._length = 0  # in bytes
        self._rest = b""
        self._size = WINDOW
        self._hard = 0  # how far it is to where a window had to be taken back

    def feed(self, text: str) -> None:
        """The next part of the piece."""
        content = self._rest + self._merger.encoded(text)
        start = 0
        while len(content) - start >= self._size:
            window = self._merger.window(content[start : start + self._size], OPEN)
            if not self._windows or self._merger.stays(self._windows[-1].last, window.first):
                self._take(window)
                start += len(window.content)
            else:
                self._hard = max(self._hard, self._length + self._size)
                self._size *= 2
                content, start = self._take_back() + content[start:], 0
        self._rest = content[start:]

    def tokens(self) -> int:
        """Those of what has been fed, if the piece ends here."""
        tokens, rest = self._tokens, self._rest
        windows = list(self._windows)
        while rest:
            last = self._merger.window(rest, 0)
            tokens += last.number
            if not windows or self._merger.stays(windows[-1].last, last.first):
                break
            before = windows.pop()
            tokens -= last.number + before.number
            rest = before.content + rest
        return tokens

    def _take(self, window: Window) -> None:
        self._windows.append(window)
        self._tokens += window.number
        self._length += len(window.content)
        if self._length >= self._hard:
            self._size = WINDOW

    def _take_back(self) -> bytes:
        before = self._windows.pop()
        self._tokens -= before.number
        self._length -= len(before.content)
        return before.content


@cache
def merger(pack: str, family: str) -> Merger:
    """The process's one merger for these."""
    return Merger(pack, family)
