"""Workloads of a kind, by name: what a request of it is, and what is known of that."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from llmcost.messages import joined, say, visible
from llmcost.pricing.output_lengths import Length, OutputLengths, named_sources, whole_tokens
from llmcost.render.quality_scores import score_in
from llmcost.render.text import few
from llmcost.runtime.answer_lengths import answer_lengths, scale_of
from llmcost.workload.fields import EFFORTS, FIELDS, FieldEntry, Given, parsed

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import Model
    from llmcost.render.quality_scores import Scores
    from llmcost.runtime.scenario import Planned

MOST_NAMED = 4


class PresetEntry(FieldEntry, frozen=True):
    """A value that the preset fills in."""


class PresetAnswers:
    """The answers of a preset's task without thinking, and with it at an effort; empty: none."""

    def __init__(self, name: str, effort: str = "") -> None:
        from llmcost.price_data.bundled_files import load_output_lengths

        self.lengths: OutputLengths = load_output_lengths()
        self.preset = self.lengths.presets[name]
        self.plain = answer_lengths(self.preset.task)
        self.whole = answer_lengths(self.preset.task, effort) if effort else self.plain
        self.input = self.lengths.sources[self.preset.input].input["mean"]

    def tokens(self, plain: Length, whole: Length, most: int | None = None) -> tuple[int, int]:
        """The mean tokens of the answer, and of the thinking before it: of both at most `most`."""
        factor = self.input if plain.is_ratio else 1
        answer, both = (whole_tokens(one.mean * factor) for one in (plain, whole))
        both = both if most is None else min(both, most)
        return min(answer, both), max(0, both - answer)

    def usual(self) -> tuple[int, int]:
        """Those of all models."""
        return self.tokens(self.plain.of_class, self.whole.of_class)

    def of(self, model: "Model", day: date) -> tuple[int, int]:
        """Those of a model: as measured, else as of all, in the tokens of its tokenizer."""
        scale = scale_of(model.tokenizer)
        plain, whole = (one.of(model, day, scale) for one in (self.plain, self.whole))
        return self.tokens(plain, whole, model.max_output)


def answers_of(given: Given) -> PresetAnswers:
    effort = given.get("effort")
    return PresetAnswers(given["preset"].value, "" if effort is None else effort.value)


def preset_entries(given: Given) -> Given:
    """Return the fields that the preset fills in: a request of the mean size, and an example of how
    many a user sends; none without one."""
    entry = given.get("preset")
    if entry is None:
        return {}
    found = answers_of(given)
    output, thinking = found.usual()
    values = {
        "requests_per_user": found.lengths.requests_per_user,
        "input_tokens": whole_tokens(found.input),
        "output_tokens": output,
        **({"thinking_tokens": thinking} if thinking else {}),
    }
    place = f"{entry.place} {entry.value}" if entry.place.startswith("--") else entry.place
    return {
        key: PresetEntry(parsed(FIELDS[key], str(value)), place) for key, value in values.items()
    }


def preset_answers(
    given: Given, models: Sequence["Model"], day: date
) -> dict[str, tuple[int, int]]:
    """Return the tokens of answer and thinking by key of each model, where the preset fills them
    in; none without one."""
    if "preset" not in given:
        return {}
    output, thinking = (own_value(given, key) for key in ("output_tokens", "thinking_tokens"))
    if output is not None and thinking is not None:
        return {}
    found = answers_of(given)
    each = {one.key: found.of(one, day) for one in models}
    return {
        key: (tokens[0] if output is None else output, tokens[1] if thinking is None else thinking)
        for key, tokens in each.items()
    }


def own_value(given: Given, key: str) -> int | None:
    """The value of a field that is not the preset's."""
    entry = given.get(key)
    return None if entry is None or isinstance(entry, PresetEntry) else int(entry.value)


def effort_questions(
    question: "Planned", models: Sequence["Model"], scores: "Scores | None"
) -> Iterator[tuple[str, "Planned", dict[str, Decimal]]]:
    """Return the question at each effort at which a public set has scores of these models, the
    least first, with those that have one, and their scores by key; nothing where the length of
    answers is not looked up."""
    of, query = None if scores is None else scores.set, question.query
    if of is None or not query.workload.answers:
        return
    day, said = query.at.date(), question.scenario.said
    for effort in EFFORTS:
        found = {one.key: score_in(of, one, effort, day) for one in models}
        values = {key: score.value for key, score in found.items() if score is not None}
        scored = [one for one in models if one.key in values]
        answers = preset_answers({**said, "effort": FieldEntry(effort, "")}, scored, day)
        workload = replace(query.workload, effort=effort, answers=answers)
        asked = replace(query, workload=workload)
        chosen = replace(question.selection, models=scored)
        if scored:
            yield effort, replace(question, query=asked, selection=chosen), values


def preset_notes(given: Given, models: Sequence["Model"], day: date) -> Iterator[str]:
    """Say what a preset fills in, and from where."""
    entry = given.get("preset")
    if entry is None:
        return
    found = answers_of(given)
    output, thinking = found.usual()
    yield say(
        "preset {name}: {input:,} tokens in ({input_from}), {output:,} out, more or fewer by "
        "tokenizer ({output_from}); how many requests a user sends is in no source: {requests} is "
        "an example",
        name=entry.value,
        input=whole_tokens(found.input),
        input_from=joined(named_sources(found.lengths, [found.preset.input], day)),
        output=output,
        output_from=joined(named_sources(found.lengths, found.plain.of_class.sources, day)),
        requests=found.lengths.requests_per_user,
    )
    if thinking:
        measured = [visible(one.id) for one in models if found.whole.of(one, day).is_measured]
        yield say(
            "thinking at effort {effort}: {tokens:,} tokens as of all models ({source}); measured "
            "by LiveBench for {models}",
            effort=found.whole.effort,
            tokens=thinking,
            source=joined(named_sources(found.lengths, found.whole.of_class.sources, day)),
            models=few(measured, MOST_NAMED) if measured else say("none of these"),
        )


def preset_legend(given: Given) -> Iterator[str]:
    """Say it in a part of a line, as far as it is not overridden."""
    entry = given.get("preset")
    requests = given.get("requests_per_user")
    if entry is not None and isinstance(requests, PresetEntry):
        yield say("{number} requests are an example: --requests-per-user", number=requests.value)
