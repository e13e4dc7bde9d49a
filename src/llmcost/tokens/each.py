"""Many texts, each counted by itself: the short texts of many requests.

Counting them one by one costs each of them a cut and a bill of its own. Together, a word that many
of them share is cut once for each family, and merged once for each vocabulary.
"""

from collections.abc import Iterable, Mapping, Sequence

from llmcost.pricing.usage import Count
from llmcost.tokens.counting import apart, count
from llmcost.tokens.estimates import Estimator, Mix, mix_of, rule_of
from llmcost.tokens.features import features
from llmcost.tokens.pool import Pool
from llmcost.tokens.text import mended
from llmcost.tokens.tokenizers import TOKENIZERS, Tokenizer, needed_for, tokenizer
from llmcost.tokens.words import has_marks

Known = Mapping[str, Tokenizer]
SHORT = 20_000
"""Characters of a text that is counted with others; a longer one is counted alone."""
_REMEMBERED = 40_000_000  # characters whose counts are kept, once for each tokenizer


class Texts:
    """The counts of texts by tokenizer, each learnt once: `low <= tokens <= high`, all three by the
    tokenizer's name and then by the text. `rough` are the tokenizers whose counts are not exact."""

    def __init__(self, names: Iterable[str], known: Known = TOKENIZERS) -> None:
        self._known = known
        self._pool = Pool()
        self._held = 0  # characters of texts, once for each tokenizer
        self.tokens: dict[str, dict[str, int]] = {name: {} for name in names}
        self._apart = {one.name for one in map(self._tokenizer, self.tokens) if apart(one)}
        self._methods = {name: self._tokenizer(name).method for name in self.tokens}
        self.rough = {name for name in self.tokens if not self._tokenizer(name).exact}
        bounded = self.rough | self._apart
        self.low = {name: {} if name in bounded else own for name, own in self.tokens.items()}
        self.high = {name: {} if name in bounded else own for name, own in self.tokens.items()}

    def learn(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Count what is new, by the name of the tokenizer that it is wanted for."""
        if self._held > _REMEMBERED:
            self._forget()
        texts: dict[tuple[str, ...], list[str]] = {}
        for text, names in self._new(wanted).items():
            texts.setdefault(tuple(names), []).append(text)
        together: list[tuple[list[str], list[str]]] = []
        for group, found in texts.items():
            self._held += sum(map(len, found)) * len(group)
            short = {text for text in found if len(text) <= SHORT and not has_marks(text)}
            pooled = [name for name in group if name not in self._apart]
            if short and pooled:
                together.append((list(short), pooled))
            for text in found:
                alone = text not in short
                self._alone(text, [name for name in group if alone or name in self._apart])
        if together:
            self._together(together)

    def counts(self, text: str) -> dict[str, Count]:
        """What is known of a text that was learnt for all."""
        return {
            name: Count(
                own[text],
                self.low[name][text],
                self.high[name][text],
                self._methods[name],
                name not in self.rough,
            )
            for name, own in self.tokens.items()
        }

    def _forget(self) -> None:
        self._held = 0
        for counts in (self.tokens, self.low, self.high):
            for own in counts.values():
                own.clear()

    def _tokenizer(self, name: str) -> Tokenizer:
        return tokenizer(name, self._known)

    def _new(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """The tokenizers that have not counted a text, by the text."""
        found: dict[str, list[str]] = {}
        for name, texts in wanted.items():
            for text in set(texts).difference(self.tokens[name]):
                found.setdefault(text, []).append(name)
        return found

    def _together(self, groups: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Texts, and the names of those that count them: the words that they share are learnt once
        for all groups."""
        mends = [[mended(text) for text in texts] for texts, _ in groups]
        exact = [needed_for(names, self._known) for _, names in groups]
        every = self._pool.count(list(zip(mends, exact, strict=True)))
        for (texts, names), mended_texts, own in zip(groups, mends, every, strict=True):
            for name in names:
                if name not in self.rough:
                    self.tokens[name].update(zip(texts, own[name], strict=True))
            rough = [name for name in names if name in self.rough]
            mixes = [mix_of(features(text)) for text in mended_texts] if rough else []
            for name in rough:
                self._estimate(name, texts, mixes, own)

    def _estimate(
        self,
        name: str,
        texts: Sequence[str],
        mixes: Sequence[Mix | None],
        own: Mapping[str, Sequence[int]],
    ) -> None:
        rule = rule_of(self._tokenizer(name))
        proxies = list(zip(*(own[proxy] for proxy in rule.proxies), strict=True))
        found = map(Estimator(rule).bounded, proxies or [()] * len(texts), mixes)
        columns = zip(*found, strict=True)
        for counts, column in zip((self.tokens, self.low, self.high), columns, strict=True):
            counts[name].update(zip(texts, column, strict=True))

    def _alone(self, text: str, names: Sequence[str]) -> None:
        if names:
            for name, found in count(text, names, self._known).items():
                self._note(text, name, found)

    def _note(self, text: str, name: str, found: Count) -> None:
        self.tokens[name][text] = found.tokens
        self._methods[name] = found.method  # of a reconstruction, whether it is installed
        if not found.exact:
            self.rough.add(name)
        if self.low[name] is not self.tokens[name]:
            self.low[name][text], self.high[name][text] = found.low, found.high
