"""Words cut on, for several tokenizers at once: there are far fewer atoms than words.

Besides the places of `words`, every family's pattern and every vocabulary that we carry parts

- an ASCII letter or digit from the ASCII mark behind it, but for an apostrophe and for `>`, which
  ends a tag of Gemma 3;
- a Han character from the full-width mark behind it;
- two Han characters that no entry has side by side: no merge can reach across. Which ones are,
  `vocabularies/han.pairs` says, written by `scripts/build_han_pairs.py`.
"""

import re
from functools import cache
from itertools import chain, compress, pairwise
from operator import add, not_

from llmcost.tokens.vocabulary import verified
from llmcost.tokens.words import BLANK, START

_HAN = "一-龥"
_FULL = "，。！？；：、"
_OTHER = "x"


def atoms(text: str) -> list[str]:
    """The atoms of words in marks, each with the blank or `START` before it; they are the text."""
    return _of_ascii().findall(text) if text.isascii() else _of_han(text)


@cache
def _of_ascii() -> re.Pattern[str]:
    inside = rf"[^ {START}A-Za-z0-9]*+[A-Za-z0-9]*+"
    cut = rf" {START}!-&(-/:-=?@\[-`{{-~"
    return re.compile(rf"(?!\Z)[ {START}]?+{inside}(?:(?=[^{cut}]){inside})*+")


def _of_han(text: str) -> list[str]:
    # Some entries of GLM hold only where they are a whole piece; all that have Han characters have
    # them behind a blank.
    shape = re.sub(rf"(?<=[ {BLANK}])[{_HAN}]+", lambda found: _OTHER * len(found[0]), text)
    shape = re.sub(rf"[^{_HAN}{_FULL} {START}]", _OTHER, shape)
    for mark in _FULL[1:]:
        shape = shape.replace(mark, _FULL[0])
    is_whole = map(_whole().__contains__, map(add, shape, shape[1:]))
    ends = compress(range(1, len(text)), map(not_, is_whole))
    return [text[start:end] for start, end in pairwise(chain((0,), ends, (len(text),)))]


@cache
def _whole() -> frozenset[str]:
    """Every two neighbours in a shape that are not cut apart; 40 ms and 40 MB."""
    lines = verified("han.pairs").read_bytes().decode().splitlines()
    joined = {line[0] + second for line in lines for second in line[1:]}
    han = [chr(code) for code in range(ord(_HAN[0]), ord(_HAN[-1]) + 1)]
    mark = _FULL[0]
    for one in (*han, _OTHER, mark):
        joined.update((one + _OTHER, _OTHER + one, mark + one, f" {one}", START + one))
    return frozenset(joined)


def han_in(text: str) -> int:
    """How many Han characters are in a text."""
    return sum(map(len, re.findall(f"[{_HAN}]+", text)))


def is_han(character: str) -> bool:
    return _HAN[0] <= character <= _HAN[-1]
