"""A text counted with a vocabulary file that the user brought."""

from llmcost.messages import say
from llmcost.pricing.usage import Count
from llmcost.tokens.files import loaded
from llmcost.tokens.splitting import Open
from llmcost.tokens.tokenizers import Supply, Tokenizer

_HELD = 2_000_000  # characters that are counted at once, in up to 150 bytes of memory each


def supplied(name: str, supply: Supply) -> Tokenizer:
    """The tokenizer of this name, counted with a file."""
    source = supply.source or supply.path
    source = source if source.isprintable() else ascii(source)
    said = say("supplied: {source}", source=source)
    if supply.family:
        said = say("supplied: {source}, cut like {family}", source=source, family=supply.family)
    return Tokenizer(name, str(said), supply=supply, said=said)


class Supplied:
    """Counts one text. Nothing is known of where such a tokenizer could be cut without a trace:
    some put a blank before every text. So a text is counted whole, and only a very long one in
    parts, whose sum may be a token or two off for each cut. Merge ranks are cut by our own rules,
    piece by piece, which a stretch without a place for a cut does not allow."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        supply = tokenizer.supply
        if supply is None:
            raise ValueError(f"{tokenizer.name} has no file")
        self._engine = loaded(supply.path, supply.family, supply.sha256)
        self._method = tokenizer.method + ("" if supply.family else self._engine.how)
        self._held: list[str] = []
        self._length = 0
        self._tokens = 0
        self._cuts = -1

    def feed(self, text: str) -> None:
        if self._engine.family:
            self._tokens += self._engine.count(text)
            if isinstance(text, Open):
                self._cuts = max(0, self._cuts) + 1
            return
        if self._length and self._length + len(text) > _HELD:
            self._count()
        self._held.append(text)
        self._length += len(text)

    def result(self) -> Count:
        self._count()
        off = 2 * max(0, self._cuts)
        return Count(
            tokens=self._tokens,
            low=max(0, self._tokens - off),
            high=self._tokens + off,
            method=self._method,
            exact=not off,
        )

    def _count(self) -> None:
        if self._held:
            self._tokens += self._engine.count("".join(self._held))
            self._cuts += 1
        self._held, self._length = [], 0
