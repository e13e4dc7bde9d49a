"""A text cut into pieces as it comes, while its end is not known.

A piece is final once nothing that could have begun where it begins reaches the end of what has
come. That can be, besides the last piece, a run of blanks and, where the pattern tells letters by
their case, capitals with small letters behind them; contractions look three characters ahead. What
is not final waits. When that is too much,

- a long piece is merged on as a `Giant`, and the pattern goes on from a short piece which it
  continues in the same way (`_like`);
- a run of blanks is merged both as a whole and from its last newline on, for all patterns take it
  up to a newline that may still come (`Blanks`);
- letters without case are parted from the capitals behind them, whether or not small letters follow
  those. Five entries of the vocabularies in question reach across such a place, as `亚洲AV`: there,
  if more than `_WAITING` capitals follow, the count may be a token off.
"""

import re
from collections import Counter

from llmcost.tokens.giant import Giant, Merger
from llmcost.tokens.pretokenizers import pretokenize
from llmcost.tokens.words import OTHER_BLANKS

_WAITING = 1 << 16
"""Characters that wait for what follows them."""
_AHEAD = 4  # one more than the characters that a pattern looks ahead
_TAIL = 16  # characters of a giant piece that the pattern sees: more than those
_CASED = ("o200k", "tekken", "kimi")
_BLANKS = "\t\n\v\f\r " + OTHER_BLANKS
_SMALL, _CAPITAL = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Cutter:
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
