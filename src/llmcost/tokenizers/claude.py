"""Count Claude's tokens by a reconstruction: the package `ctok` (extra `claude`, Python 3.12).

It gave every one of 773 recorded answers of Anthropic's API per generation, so its figures get a
bar of 1 %, which no measurement asks for. It takes a second for 300 KB: of a long text, only the
first 200,000 characters are all counted. After them some of the blocks are, and the next ones are
taken to have as many tokens for each of o200k's as the last that was counted.
"""

from functools import cache
from importlib.util import find_spec
from math import ceil, floor

from llmcost.messages import say
from llmcost.pricing.usage import Count
from llmcost.tokenizers.chunking import pieces
from llmcost.tokenizers.registry import TOKENIZERS, Tokenizer

METHOD = say("reconstructed by ctok")
BAR = 0.01
BAR_OF_SAMPLES = 0.05  # of what was not counted; see docs/accuracy.md
YARDSTICK = "o200k_base"
_BLOCK = 4096
_WHOLE = 200_000
_DENSE, _SPARSE = 8, 32  # one block of so many is counted
_ENOUGH = 50  # blocks counted one in `_DENSE`


@cache
def is_installed() -> bool:
    return find_spec("ctok") is not None


@cache
def frame(generation: str) -> int:
    """Tokens of the request around a text. `a` is one token in each generation."""
    from ctok import token_count

    return int(token_count("a", version=generation)) - 1


class Reconstruction:
    """Counts one text as a generation of Claude does."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._generation = tokenizer.generation
        self._held: list[str] = []
        self._length = 0
        self._seen = 0  # characters, without those
        self._counted = 0
        self._guessed = 0.0
        self._ratio = 1.0  # of tokens to those of o200k, in the last block counted
        self._samples = 0
        self._since = 0  # blocks since then

    def feed(self, text: str) -> None:
        self._held.append(text)
        self._length += len(text)
        if self._length >= _BLOCK:
            self._pass_on()

    def _pass_on(self) -> None:
        held, self._held, self._length = self._held, [], 0
        for block in pieces(held, _BLOCK):
            if self._seen < _WHOLE or self._is_next():
                self._count(block)
            else:
                self._guessed += self._ratio * yardstick(block)
            self._seen += len(block)

    def result(self) -> Count:
        self._pass_on()
        tokens = self._counted + self._guessed
        bar = BAR * self._counted + BAR_OF_SAMPLES * self._guessed
        return Count(
            tokens=round(tokens),
            low=max(0, floor(tokens - bar)),
            high=ceil(tokens + bar),
            method=f"{METHOD}, in samples" if self._guessed else str(METHOD),
            exact=False,
        )

    def _is_next(self) -> bool:
        self._since += 1
        return self._since >= (_DENSE if self._samples < _ENOUGH else _SPARSE)

    def _count(self, block: str) -> None:
        from ctok import token_count

        from llmcost.tokenizers.pretokenize import composed

        tokens = int(token_count(composed(block), version=self._generation))
        tokens -= frame(self._generation)
        tokens += self._seen > 0  # a word joins with the frame before it, and not with a line
        self._counted += tokens
        if self._seen >= _WHOLE:
            self._samples += 1
        self._since = 0
        self._ratio = tokens / yardstick(block)


def yardstick(block: str) -> int:
    """The block in tokens that are quickly counted."""
    from llmcost.tokenizers.engine import tokens_of
    from llmcost.tokenizers.pretokenize import CutText

    one = TOKENIZERS[YARDSTICK]
    return tokens_of(CutText([block], ascii_only=block.isascii()), [one])[one.name]
