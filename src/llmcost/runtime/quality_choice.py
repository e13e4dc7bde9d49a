"""The quality scores of a run, and the models that are good enough."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from llmcost.errors import UnknownModel, UsageError
from llmcost.messages import joined, say, say_plural, visible
from llmcost.pricing.quality import OLD, UNSTATED
from llmcost.render.quality_scores import Ratings, Scores, public_scores, ratings_of
from llmcost.render.text import few, plain
from llmcost.runtime.option_values import decimal
from llmcost.runtime.price_table import ModelSelection

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import Model

NONE = "none"
MEASURES = {
    "arena": say("human preference between two chat answers, on the Elo scale"),
    "livebench": say("questions with known answers, mean of seven categories in percent"),
    "vectara": say(
        "summaries with unsupported statements (hallucinations), in percent; less is better"
    ),
    "bfcl": say("function calling, in percent"),
}
"""What the public sets measure."""
MOST_NAMED = 3


def chosen_scores(name: str | None, effort: str = "") -> Scores | None:
    """Return the scores of --quality: a public set by name, or those of a file; None for `none`.

    Raise UsageError for a name that is neither, UnreadableInput, BadScores.
    """
    from llmcost.price_data.bundled_files import SETS, load_quality_set

    if name == NONE:
        return None
    if name is None or name in SETS:
        return public_scores(load_quality_set(name or SETS[0]), effort)
    path = Path(name)
    if not path.suffix and not path.exists():
        raise no_set(name)
    from llmcost.render.score_files import load_scores

    return load_scores(path)


def no_set(name: str) -> UsageError:
    """Return the refusal of a name that is neither a set of scores nor a file."""
    from llmcost.price_data.bundled_files import SETS

    said = say("no set of scores is called `{name}`", name=visible(name))
    names = ", ".join((*SETS, NONE))
    return UsageError(said, hint=say("one of {names}, or a YAML or CSV file", names=names))


class QualityChoice(msgspec.Struct, frozen=True):
    """The scores of a run; `least`: models with a worse one, or with none, are left out."""

    scores: Scores | None = None
    least: Decimal | None = None

    def good_enough(
        self, models: Sequence["Model"], day: date
    ) -> tuple[Sequence["Model"], list[str]]:
        """Return the models that are as good as the least, and a note on the others. Raise
        UnknownModel if there is none."""
        scores, least = self.scores, self.least
        if least is None or scores is None:
            return models, []
        found = [(one, scores.of(one, day)) for one in models]
        kept = [
            one
            for one, score in found
            if score is not None and scores.goodness(score.value) >= scores.goodness(least)
        ]
        without = sum(score is None for _one, score in found)
        if not kept:
            raise UnknownModel(
                say("no model has a score as good as {least}", least=plain(least)),
                hint=say(
                    "{number} have none; --effort, --quality and --all choose others",
                    number=without,
                ),
            )
        worse = len(models) - len(kept) - without
        if not worse and not without:
            return kept, []
        return kept, [
            say(
                "left out by --min-quality: {worse} with a worse score, {without} without one",
                worse=worse,
                without=without,
            )
        ]

    def good_selection(self, selection: ModelSelection, day: date) -> ModelSelection:
        """Return the selection with the models that are good enough. Raise UnknownModel."""
        if self.least is None:
            return selection
        models, left = self.good_enough(selection.models, day)
        return replace(selection, models=models, notes=[*selection.notes, *left])

    def at(self, effort: str) -> "QualityChoice":
        """Return the same of another effort."""
        scores = self.scores
        if scores is None or scores.set is None or scores.effort == effort:
            return self
        return replace(self, scores=replace(scores, effort=effort))

    def ratings(self, costs: Iterable[tuple["Model", Decimal]], day: date) -> Ratings:
        """Return the scores beside these costs, of which less is better; without free models."""
        return ratings_of(self.scores, costs, day)


def quality_choice(
    name: str | None, least: str | None, effort: str = "", *, is_bare: bool = False
) -> QualityChoice:
    """Return what --quality and --min-quality choose; `is_bare`: no score is printed. Raise
    UsageError, UnreadableInput, BadScores."""
    if is_bare and name is None and least is None:
        return QualityChoice()
    scores = chosen_scores(name, effort)
    if least is None:
        return QualityChoice(scores)
    if scores is None:
        said = say("--min-quality needs scores")
        raise UsageError(said, hint=say("leave out --quality none"))
    example = say("for example 1450")
    return QualityChoice(scores, decimal(least, "--min-quality", zero=True, example=example))


def quality_legend(scores: Scores | None, models: Collection["Model"], day: date) -> Iterator[str]:
    """Say what the column is, in parts of a line, where a model has a score."""
    if scores is None or scores.set is None:
        return
    efforts = {one.effort for model in models if (one := scores.of(model, day)) is not None}
    if efforts:
        yield say("quality: {title} ({day})", title=scores.measure, day=scores.set.published)
        if UNSTATED in efforts:
            yield say("? effort not stated")
        if scores.age(day) > OLD:
            yield say("scores {days} days old", days=scores.age(day))


def effort_hint(scores: Scores | None, models: Iterable["Model"], day: date) -> Iterator[str]:
    """Name the effort at which most of the models without a score have one, where none is set."""
    if scores is None or scores.effort:
        return
    found = Counter(effort for one in models for effort in scores.other_efforts(one, day))
    for effort, number in found.most_common(1):
        yield say_plural(
            "{option}: score of {number} other",
            "{option}: scores of {number} others",
            number,
            option="--thinking" if effort == "thinking" else f"--effort {effort}",
        )


def quality_notes(scores: Scores | None, models: Sequence["Model"], day: date) -> Iterator[str]:
    """Say what is measured, by whom and when, and who has a score at another effort alone; nothing
    where no model has any."""
    if scores is None or scores.set is None:
        return
    one = scores.set
    others = [(model, scores.other_efforts(model, day)) for model in models]
    named = [
        say("{model} ({efforts})", model=visible(model.id), efforts=joined(efforts))
        for model, efforts in others
        if efforts
    ]
    if not named and all(scores.of(model, day) is None for model in models):
        return
    yield say(
        "quality is {title} of {day}: {measures}; {attribution}; {effort}; \u2605 marks "
        "models that no other beats in cost and score",
        title=one.title,
        day=one.published,
        measures=MEASURES.get(one.name, one.measures),
        attribution=one.attribution,
        effort=effort_text(scores.effort),
    )
    if scores.age(day) > OLD:
        yield say("the scores are {days} days old: newer models have none", days=scores.age(day))
    if named:
        yield say("scored at another effort alone: {models}", models=few(named, MOST_NAMED))


def effort_text(effort: str) -> str:
    if not effort:
        return say("scores of models without thinking, or at no stated effort (?)")
    if effort == "thinking":
        return say("scores of models with thinking, or at no stated effort (?)")
    return say("scores at effort {effort} alone", effort=effort)
