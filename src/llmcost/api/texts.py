"""Texts of a caller counted in this process, or by a crew."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from llmcost.api.turn import counting
from llmcost.api.values import File, Names, listed, paths_of, whole
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.planning.estimate import Input
from llmcost.pricing.usage import Count

if TYPE_CHECKING:
    from llmcost.cli.known import Known
    from llmcost.tokens.crew import Crew


def tokenizers_of(
    tokenizers: Names | None, models: Names | None, prices: Sequence[File] | None
) -> tuple[list[str], "Known"]:
    """The names of those to count with, and what is known."""
    from llmcost.cli import clock
    from llmcost.cli.known import known_tokenizers, named_tokenizers
    from llmcost.cli.tables import chosen_models, load_table

    at = clock.now()
    table = None
    if models is not None or prices:
        table = load_table(paths_of(prices), at.date())
    given = [tokenizers] if isinstance(tokenizers, str) else tokenizers
    names, known = named_tokenizers(given or (), known_tokenizers(table))
    if table is not None and models is not None:
        wanted = listed(models, "models")
        names += [one.tokenizer for one in chosen_models(table, wanted, (), at)]
    elif given is None:
        names = list(known)
    if not names:
        raise UsageError(
            say("{what} names nothing", what="tokenizers"), hint=say("leave it out for all")
        )
    return list(dict.fromkeys(names)), known


def text_input(
    source: str | Iterable[str], names: Sequence[str], known: "Known", crew: "Crew"
) -> Input:
    """A text, or the pieces of one."""
    pieces = Pieces([source] if isinstance(source, str) else source)
    expected = len(source) if isinstance(source, str) else 0
    counts = counted(pieces, lambda: expected, names, known, crew)
    return Input("text", pieces.bytes, pieces.characters, counts)


class Pieces:
    """The texts of a caller, and how much has been taken of them. Iterate once."""

    def __init__(self, texts: Iterable[str]) -> None:
        if isinstance(texts, (bytes, bytearray, Mapping)):
            raise TypeError(f"{type(texts).__name__} is no text, path or iterable of texts")
        self._texts = iter(texts)
        self.bytes = 0
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            if not isinstance(text, str):
                raise TypeError(f"expected texts, found {type(text).__name__}")
            self.bytes += len(text.encode(errors="surrogatepass"))
            self.characters += len(text)
            yield text


def counted(
    blocks: Iterable[str],
    expected: Callable[[], int],
    names: Sequence[str],
    known: "Known",
    crew: "Crew",
) -> Mapping[str, Count]:
    """One text, by tokenizer. `expected`: its bytes, as soon as the first block is read."""
    from llmcost.tokens.splitting import pieces

    rest = iter(blocks)
    first = next(rest, "")
    with counting():
        counter = crew.counter(names, known, expected=expected())
    for piece in pieces(chain([first], rest), counter.size):
        with counting():
            counter.feed(piece)
    with counting():
        return counter.counts()


def each_of(
    texts: Iterable[str], names: Sequence[str], known: "Known"
) -> Iterator[Mapping[str, Count]]:
    from llmcost.planning.message import Ask
    from llmcost.tokens.each import Texts
    from llmcost.tokens.requests import batches

    found = Texts(names, known)
    for batch in batches(Ask("", text=text) for text in texts):
        with counting():
            texts_of = {one.text for one in batch}
            found.learn({name: texts_of for name in names})
        for one in batch:
            yield found.counts(one.text)


def crew_of(workers: int) -> "Crew":
    from llmcost.tokens.crew import Crew

    return Crew(whole(workers, "workers", 1))
