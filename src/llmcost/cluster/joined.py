"""Outcomes of parts put together to those of files, in whatever order they come."""

from collections import Counter
from collections.abc import Iterator, Sequence

from llmcost.cluster.kernel import Bad, Outcome
from llmcost.cluster.pieces import File, Part, parts_of
from llmcost.tokens.requests import RequestCounter
from llmcost.tokens.tally import Tally

Whole = tuple[File, Outcome]


class Joining:
    """What has come of files that are cut; in memory are those of which a part is missing."""

    def __init__(self) -> None:
        self._open: dict[int, dict[int, Outcome]] = {}
        self._files: dict[int, File] = {}

    def add(self, part: Part, outcome: Outcome) -> Whole | None:
        """The file with all that was found in it, if this was its last part."""
        if part.is_whole:
            return part.file, outcome
        number = part.file.number
        found = self._open.setdefault(number, {})
        self._files[number] = part.file
        found[part.start] = outcome
        if len(found) < parts_of(part.file, part.step, is_cut=True):
            return None
        del self._open[number], self._files[number]
        return part.file, joined([found[start] for start in sorted(found)])

    def rest(self) -> Iterator[Whole]:
        """Of the files that are not complete, what there is."""
        for number, found in self._open.items():
            yield self._files[number], joined([found[start] for start in sorted(found)])


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Parts of a file in their order as one. If one of them could not be read, none of it was."""
    for one in outcomes:
        if one.failed is not None or one.skipped:
            return one
    first = outcomes[0]
    found = Outcome(
        bytes=sum(one.bytes for one in outcomes),
        characters=sum(one.characters for one in outcomes),
        taken=sum(one.taken for one in outcomes),
        replaced=sum(one.replaced for one in outcomes),
        encoding=next((one.encoding for one in outcomes if one.encoding), first.encoding),
        has_mark=first.has_mark,
        lines=sum(one.lines for one in outcomes),
        more_bad=sum(one.more_bad for one in outcomes),
    )
    if any(one.found is not None for one in outcomes):
        tally = Tally(RequestCounter(()))
        for one in outcomes:
            if one.found is not None:
                tally.merge(one.found)
        found.found = tally.found
        found.bad = tuple(bad_of(outcomes))
    else:
        found.tokens, found.features = Counter(), Counter()
        for one in outcomes:
            found.tokens.update(one.tokens)
            found.features.update(one.features)
    return found


def bad_of(outcomes: Sequence[Outcome]) -> Iterator[Bad]:
    """With their lines counted from the first one of the file."""
    before = 0
    for one in outcomes:
        for bad in one.bad:
            line = bad.line + before
            place = f":{line}" if bad.place == f":{bad.line}" else bad.place
            yield Bad(place, line, bad.message)
        before += one.lines
