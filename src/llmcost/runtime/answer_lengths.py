"""The output of each request where it is not named: a typical length by task, effort and model."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import sqrt

from msgspec.structs import replace

from llmcost.errors import UsageError
from llmcost.messages import joined, say, visible
from llmcost.pricing.learned_lengths import LearnedLengths
from llmcost.pricing.output_lengths import (
    EFFORTS,
    MEASURED_AS,
    AnswerLengths,
    Length,
    Verbosity,
    decimal_of,
    named_sources,
    whole_tokens,
)
from llmcost.pricing.price_rows import Model
from llmcost.pricing.terms import Amount, Terms

AUTO = "auto"
CLASS = "class"
"""The mark of a length that was not measured for the model itself."""
CHAT = "chat"
REFERENCE = "o200k_base"
"""The tokenizer whose tokens the sources are taken to count."""


def answer_lengths(
    task: str | None = None, effort: str | None = None, *, thinks: bool = False
) -> AnswerLengths:
    """Return the lengths of answers to a task. Raise UsageError for a name that is none."""
    from llmcost.price_data.bundled_files import load_output_lengths, load_quality_set

    lengths = load_output_lengths()
    check("--task", task, list(lengths.tasks))
    check_effort(effort)
    found = AnswerLengths(lengths, task or CHAT, effort or "", thinks=thinks)
    if found.always_thinks and not found.thinks:
        raise UsageError(
            say("no source has {task} without thinking", task=found.name),
            hint=say("leave out --effort, or name the output with -o"),
        )
    name = "livebench" if found.thinks else found.task.words
    found.measured = load_quality_set(name) if name else None
    return found


def verbosity(task: str, day: date) -> Verbosity:
    """Return how much models write on a task, as LiveBench measured it."""
    from llmcost.price_data.bundled_files import load_output_lengths, load_quality_set

    return Verbosity(load_output_lengths(), load_quality_set("livebench"), task, day)


def check_effort(effort: str | None) -> None:
    """Raise UsageError for a level that there is not."""
    check("--effort", effort, EFFORTS)


def check(option: str, word: str | None, known: Sequence[str]) -> None:
    if word is not None and word not in known:
        said = say("{option} does not know `{word}`", option=option, word=visible(word))
        raise UsageError(said, hint=say("one of {names}", names=", ".join(known)))


def with_lengths(
    terms: Terms,
    models: Sequence[Model],
    lengths: AnswerLengths,
    learned: LearnedLengths | None = None,
) -> Terms:
    """Return the terms with the expected output of each model, and the bounds of it; `learned`:
    what the user's own traffic says of some."""
    day = terms.at.date()

    def length_of(model: Model) -> Length:
        keys = (model.key, model.serves) if model.serves else (model.key,)
        own = learned.of(keys, lengths.name) if learned is not None else None
        return own.length if own else lengths.of(model, day, scale_of(model.tokenizer))

    by_model = {one.key: amount_of(length_of(one), one.max_output) for one in models}
    conditions = replace(terms.conditions, thinking=terms.conditions.thinking or lengths.thinks)
    return replace(
        terms, output=amount_of(lengths.of_class), outputs=by_model, conditions=conditions
    )


def usual_terms(terms: Terms, models: Sequence[Model]) -> Terms:
    """Return the terms with a usual answer: that of a chat, by model."""
    lengths = answer_lengths(thinks=terms.conditions.thinking)
    found = with_lengths(terms, models, lengths)
    outputs = {key: replace(one, low=None, high=None) for key, one in found.outputs.items()}
    return replace(found, output=Amount(whole_tokens(lengths.of_class.mean)), outputs=outputs)


def amount_of(length: Length, most: int | None = None) -> Amount:
    """Return the mean, which is what many requests cost, between the bounds of a single one; no
    more than `most`, which a model writes."""
    if length.is_ratio:
        return Amount(
            share=decimal_of(length.mean),
            low=Amount(share=decimal_of(min(length.low, length.mean))),
            high=Amount(share=decimal_of(max(length.high, length.mean))),
            sources=(*length.sources, CLASS),
        )
    low, mean, high = (
        one if most is None else min(one, most)
        for one in map(whole_tokens, (length.low, length.mean, length.high))
    )
    sources = length.sources if length.is_measured else (*length.sources, CLASS)
    return Amount(mean, low=Amount(min(mean, low)), high=Amount(max(mean, high)), sources=sources)


def scale_of(tokenizer: str) -> float:
    """Return how many tokens of a tokenizer a text has for one of the sources', half of it English
    and half Chinese."""
    from llmcost.tokenizers.estimator import RATIOS

    ours, theirs = RATIOS[tokenizer], RATIOS[REFERENCE]
    words: Decimal = theirs.words.value / ours.words.value
    characters: Decimal = theirs.characters.value / ours.characters.value
    return sqrt(words * characters)


def length_trail(terms: Terms, model: Model) -> list[str]:
    """Return where the length of a model's answer is from; nothing if it is named."""
    amount = terms.outputs.get(model.key)
    if amount is None:
        return []
    from llmcost.price_data.bundled_files import load_output_lengths

    lengths = load_output_lengths()
    names = [one for one in amount.sources if one != CLASS]
    sources = joined(named_sources(lengths, names, terms.at.date()), "; ")
    if CLASS in amount.sources and any(one.startswith(MEASURED_AS) for one in names):
        return [say("length of answers: {sources}; measured at another effort", sources=sources)]
    if CLASS in amount.sources:
        return [say("length of answers: {sources}; not measured for this model", sources=sources)]
    return [say("length of answers: {sources}", sources=sources)]
