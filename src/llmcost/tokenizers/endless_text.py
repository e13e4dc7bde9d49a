"""Count stretches without a place for a cut as they come, in bounded memory.

Each tokenizer does what it does with any text, in steps: it composes, cuts out tags, cuts into
pieces, merges.

Composing: up to a character that no composition reaches across. Of combining marks in a row, more
than `_PART` are composed in parts: they are sorted within a part, so that their number is right
only if they were in order.

Cutting: a piece is final once nothing that could have begun where it begins reaches the end of what
has come. Not final may be, besides the last piece, a run of blanks and, where the pattern tells
letters by their case, capitals with small letters behind them; contractions look three characters
ahead. What is not final waits. When that is too much,

- a long piece is merged on as a `Giant`, and the pattern goes on from a short piece which it
  continues in the same way (`_like`);
- a run of blanks is merged both as a whole and from its last newline on, for all patterns take it
  up to a newline that may still come (`Blanks`);
- letters without case are parted from the capitals behind them, whether or not small letters follow
  those. Five entries of the vocabularies in question reach across such a place, as `亚洲AV`: there,
  if more than `_WAITING` capitals follow, the count may be a token off.

Merging: a piece that is too long to be merged at once is merged window by window, and yet exactly.
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

import re
import unicodedata
from collections import Counter, deque
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from llmcost.tokenizers.bpe import in_bytes, table
from llmcost.tokenizers.chunking import OTHER_BLANKS
from llmcost.tokenizers.estimator import Features, features
from llmcost.tokenizers.pretokenize import composed, pretokenize
from llmcost.tokenizers.registry import Tokenizer
from llmcost.tokenizers.vocabulary import TAG, TAGS

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
        self._windows: dict[bytes, MergedWindow] = {}

    def encoded(self, text: str) -> bytes:
        """What is merged of a text."""
        return (in_bytes(text, self._pack) if self._gemma else text).encode()

    def count(self, piece: str) -> int:
        """The tokens of a piece that is held whole."""
        return len(self._tokens(self.encoded(piece)))

    def window(self, content: bytes, left: int) -> "MergedWindow":
        """Merge this, but for `left` bytes at its end or some more."""
        found = self._windows.get(content) if left else None
        if found is None:
            found = self._merged(content, left)
            if left:
                if len(self._windows) >= _REMEMBERED:
                    self._windows.clear()
                self._windows[content] = found
        return found

    def _merged(self, content: bytes, left: int) -> "MergedWindow":
        tokens = self._tokens(content)
        end, number = len(content), len(tokens)
        while number > 1 and len(content) - end < left:
            number -= 1
            end -= len(self._bytes_of(tokens[number]))
        return MergedWindow(content[:end], number, tokens[0], tokens[number - 1])

    def stays(self, first: int, second: int) -> bool:
        """Whether two tokens side by side are what their bytes merge to."""
        pair = (first, second)
        if pair not in self._stays:
            if len(self._stays) > 100_000:
                self._stays.clear()
            merged = self._tokens(self._bytes_of(first) + self._bytes_of(second))
            self._stays[pair] = merged == [first, second]
        return self._stays[pair]


class MergedWindow(NamedTuple):
    """Bytes, how many tokens they are, and the first and the last of these."""

    content: bytes
    number: int
    first: int
    last: int


class Giant:
    """Adds up the tokens of one piece, which comes in parts."""

    def __init__(self, merger: Merger) -> None:
        self._merger = merger
        self._windows: deque[MergedWindow] = deque(maxlen=_HELD)
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

    def _take(self, window: MergedWindow) -> None:
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


_WAITING = 1 << 16
"""Characters that wait for what follows them."""
_AHEAD = 4  # one more than the characters that a pattern looks ahead
_TAIL = 16  # characters of a giant piece that the pattern sees: more than those
_CASED = ("o200k", "tekken", "kimi")
_BLANKS = "\t\n\v\f\r " + OTHER_BLANKS
_SMALL, _CAPITAL = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class StretchCutter:
    """Cuts a stretch as a family does, and adds up the tokens of its pieces."""

    def __init__(self, family: str, merger: Merger) -> None:
        self._family = family
        self._merger = merger
        self._tokens = 0
        self._text = ""  # what waits
        self._giant: Giant | None = None  # the piece that this begins with, if it is one
        self._head = ""  # a piece like what that has taken in
        self._blanks: Blanks | None = None

    def feed(self, text: str) -> None:
        """The next part."""
        self._text += text
        if self._blanks is not None:
            self._text = self._blanks.feed(self._text)
            if len(self._text.lstrip(_BLANKS)):
                self._leave_blanks()
        if len(self._text) > _WAITING:
            self._cut()

    def take(self) -> int:
        """The tokens of all that was fed since the last time, which ends here."""
        if self._blanks is not None:
            if self._family == "cl100k":  # takes blanks at the very end as one piece
                self._tokens += self._blanks.tokens(self._text)
                self._blanks, self._text = None, ""
            else:
                self._leave_blanks()
        self._close(self._pieces())
        tokens, self._tokens, self._text = self._tokens, 0, ""
        return tokens

    def _pieces(self) -> list[str]:
        text = self._head + self._text
        return pretokenize(self._family, text.isascii())(text)

    def _cut(self) -> None:
        """Count what is final, and of the rest what is too long to wait."""
        pieces = self._pieces()
        final = _final(pieces, self._family)
        self._close(pieces[:final])
        waiting = pieces[final:]
        while len(self._text) > _WAITING // 2:
            if self._family != "gemma" and not (self._head + self._text).strip(_BLANKS):
                self._blanks = Blanks(self._merger)
                self._text = self._blanks.feed(self._text)
            elif len(waiting[0]) > len(self._head) + 2 * _TAIL:
                waiting[0] = self._swallow(waiting[0])
            else:
                self._close([waiting.pop(0)])

    def _close(self, pieces: list[str]) -> None:
        """Take off pieces that end here, and add up their tokens."""
        if not pieces:
            return
        self._text = self._text[sum(map(len, pieces)) - len(self._head) :]
        if self._giant is not None:
            self._giant.feed(pieces[0][len(self._head) :])
            self._tokens += self._giant.tokens()
            self._giant, self._head, pieces = None, "", pieces[1:]
        for piece, times in Counter(pieces).items():
            self._tokens += times * self._merger.count(piece)

    def _swallow(self, piece: str) -> str:
        """Merge the first piece but for its tail. What the pattern sees of it from now on."""
        if self._giant is None:
            self._giant = Giant(self._merger)
        self._giant.feed(piece[len(self._head) : -_TAIL])
        self._text = self._text[len(piece) - len(self._head) - _TAIL :]
        self._head = _like(piece[:-_TAIL], self._family)
        return self._head + piece[-_TAIL:]

    def _leave_blanks(self) -> None:
        """The run has ended: what is behind its last newline may be a giant piece."""
        blanks, self._blanks = self._blanks, None
        if blanks is not None:
            tokens, self._giant, self._head, self._text = blanks.leave(self._text)
            self._tokens += tokens


class Blanks:
    """A run of blanks, longer than can be held."""

    def __init__(self, merger: Merger) -> None:
        self._merger = merger
        self._all = Giant(merger)
        self._line: Giant | None = None  # since the last newline, if there was one
        self._closed = 0  # the tokens up to there
        self._head = ""  # what begins there, or the run

    def feed(self, text: str) -> str:
        """Take in the blanks that a text begins with, but for the last ones; the rest of it."""
        end = len(text) - len(text.lstrip(_BLANKS)) - _TAIL
        if end <= 0:
            return text
        behind = _behind_newline(text, end)
        self._all.feed(text[:behind])
        if behind:
            self._closed, self._line, self._head = self._all.tokens(), Giant(self._merger), ""
        self._all.feed(text[behind:end])
        if self._line is not None:
            self._line.feed(text[behind:end])
        self._head = (self._head + text[behind:end])[:2]
        return text[end:]

    def tokens(self, blanks: str) -> int:
        """Those of the whole run, which ends with these."""
        self._all.feed(blanks)
        return self._all.tokens()

    def leave(self, text: str) -> tuple[int, Giant | None, str, str]:
        """The rest of the run and what follows it: the tokens of the pieces that end in the run,
        the piece that does not, the head of it, and the text from there on."""
        behind = _behind_newline(text, len(text) - len(text.lstrip(_BLANKS)))
        if behind:
            return self.tokens(text[:behind]), None, "", text[behind:]
        if not self._head:
            return self._closed, None, "", text
        return self._closed, self._line or self._all, self._head, text


def _behind_newline(text: str, end: int) -> int:
    """Where the last line before `end` begins; 0 if there is one line only."""
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1


def _final(pieces: list[str], family: str) -> int:
    """How many of these pieces of a text are pieces of it whatever follows."""
    text = "".join(pieces)
    last = len(text) - _AHEAD
    blanks = len(text)
    if family != "gemma":
        blanks = len(text.rstrip(_BLANKS))
    if family in _CASED:
        last = min(last, _before_word(text))
    number, end = len(pieces), len(text)
    while number:
        start = end - len(pieces[number - 1])
        if end <= last and start < blanks:
            break
        number, end = number - 1, start
    return number


def _before_word(text: str) -> int:
    """Where the capitals begin that a text ends with, or has before the small letters at its end;
    letters without case are both."""
    if text.isascii():
        return len(text.rstrip(_SMALL).rstrip(_CAPITAL))
    import regex

    word = regex.compile(
        r"(?r)[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]*", regex.V1
    ).search(text)
    assert word is not None  # it may be empty
    return int(word.start())


def _like(piece: str, family: str) -> str:
    """The beginning of a piece, and what else a pattern could know of it when it comes to its end:
    that there was a small letter, after which no capital follows, or a newline, after which no
    other mark than `/` does."""
    if family == "gemma":  # cuts where no entry is, between any two characters alike
        return piece[-1:]
    like = piece[:3]  # as long as a contraction, so that it becomes none
    if family in _CASED:
        if _has_small(piece[3:]):
            like += "a"
        if _behind_newline(piece, len(piece)) > 3:
            like += "\n"
    return like


def _has_small(text: str) -> bool:
    if text.isascii():
        return re.search("[a-z]", text) is not None
    import regex

    return regex.search(r"\p{Ll}", text) is not None


_PART = 1 << 17
"""Characters that are looked at together, at most twice as many."""
_LONGEST_TAG = max(map(len, TAGS))


class TextStretch:
    """Counts one stretch with several exact tokenizers and, if `rough`, its features. `before`: the
    character that it follows."""

    def __init__(self, exact: Sequence[Tokenizer], *, rough: bool, before: str = "") -> None:
        self._endless = {one.name: Endless(one) for one in exact}
        self._rough = rough
        self._features = Features()
        # The end of what was fed, where a run may go on; before the stretch, one of blanks only.
        self._seen = before if before in "\n\r\t" else ""

    def feed(self, text: str) -> None:
        """The next part of the stretch."""
        for start in range(0, len(text), _PART):
            part = text[start : start + _PART]
            for one in self._endless.values():
                one.feed(part)
            if self._rough:
                self._add_features(part)

    def take(self) -> tuple[dict[str, int], Features]:
        """The tokens by tokenizer, and the features, of the stretch, which ends here."""
        return {name: one.take() for name, one in self._endless.items()}, self._features

    def _add_features(self, part: str) -> None:
        self._features.update(features(self._seen + part))
        self._features.subtract(features(self._seen))
        self._seen = _overlap(self._seen + part)


def _overlap(text: str) -> str:
    """The end of a text, which is to be told again before what follows it: no run of features looks
    farther, if digits are told from where a group of three begins."""
    ahead = text[:-2]
    digits = len(ahead) - len(ahead.rstrip("0123456789"))
    return text[-2 - digits % 3 :]


class Endless:
    """Counts one stretch with one exact tokenizer."""

    def __init__(self, one: Tokenizer) -> None:
        self._one = one
        self._merger = merger(one.pack, one.family)
        self._raw = ""  # what is not composed yet
        self._untagged = ""  # what may hold the beginning of a tag
        self._cutter = StretchCutter(one.family, self._merger)
        self._tokens = 0

    def feed(self, text: str) -> None:
        """The next part."""
        if self._one.nfc:
            text = self._raw + text
            end = _composable(text)
            text, self._raw = composed(text[:end]), text[end:]
        self._pass_on(text)

    def take(self) -> int:
        """The tokens of all that was fed, which ends here."""
        self._pass_on(composed(self._raw))
        self._cutter.feed(self._untagged)
        tokens, self._tokens, self._raw, self._untagged = self._tokens, 0, "", ""
        return tokens + self._cutter.take()

    def _pass_on(self, text: str) -> None:
        if self._one.tags:
            *tagged, text = re.split(TAG, self._untagged + text)
            for part in tagged:
                self._cutter.feed(part)
                self._tokens += self._cutter.take() + 1
            start = text.find("<", max(0, len(text) - _LONGEST_TAG))
            end = start if start >= 0 else len(text)
            text, self._untagged = text[:end], text[end:]
        self._cutter.feed(text)


def _composable(text: str) -> int:
    """Up to where a text can be composed before the rest of it is known."""
    if text.isascii():
        return len(text) - 1
    for at in range(len(text) - 1, max(0, len(text) - _PART) - 1, -1):
        if _starts_composition(text[at]):
            return at
    return len(text) if len(text) > _PART else 0  # marks that begin a text wait for more of them


def _starts_composition(character: str) -> bool:
    """Whether nothing before this character ever composes with it."""
    return (
        unicodedata.category(character)[0] not in "MC"
        and not "\u1160" <= character <= "\u11ff"  # Hangul vowels and final consonants
        and not "\U00016d40" <= character <= "\U00016d7f"  # Kirat Rai vowels
        and unicodedata.is_normalized("NFC", character)
    )
