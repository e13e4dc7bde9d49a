"""Workloads of a kind, by name: what a request of it is, and what is known of that."""

from collections.abc import Iterator
from typing import NamedTuple

from llmcost.messages import joined, say
from llmcost.pricing.output_lengths import (
    AnswerLengths,
    OutputLengths,
    named_sources,
    whole_tokens,
)
from llmcost.workload.fields import FIELDS, FieldEntry, Given, parsed


class PresetValues(NamedTuple):
    """The values of a preset by field, and where they are from: the input, and the answer."""

    values: dict[str, int]
    input_sources: list[str]
    output_sources: list[str]


def preset_values(name: str) -> PresetValues:
    """Return a request of the mean size, and an example of how many a user sends."""
    from llmcost.price_data.measured_files import load_output_lengths

    lengths: OutputLengths = load_output_lengths()
    preset = lengths.presets[name]
    answer = AnswerLengths(lengths, preset.task).of_class
    input = lengths.sources[preset.input].input["mean"]
    output = answer.mean * input if answer.is_ratio else answer.mean
    values = {
        "requests_per_user": lengths.requests_per_user,
        "input_tokens": whole_tokens(input),
        "output_tokens": whole_tokens(output),
    }
    return PresetValues(
        values,
        list(named_sources(lengths, [preset.input])),
        list(named_sources(lengths, answer.sources)),
    )


def preset_entries(given: Given) -> Given:
    """Return the fields that the preset fills in; none without one."""
    entry = given.get("preset")
    if entry is None:
        return {}
    place = f"{entry.place} {entry.value}" if entry.place.startswith("--") else entry.place
    return {
        key: FieldEntry(parsed(FIELDS[key], str(value)), place)
        for key, value in preset_values(entry.value).values.items()
    }


def preset_notes(given: Given) -> Iterator[str]:
    """Say what a preset fills in, and from where."""
    entry = given.get("preset")
    if entry is None:
        return
    found = preset_values(entry.value)
    yield say(
        "preset {name}: {input:,} tokens in ({input_from}), {output:,} out ({output_from}); how "
        "many requests a user sends is in no source: {requests} is an example",
        name=entry.value,
        input=found.values["input_tokens"],
        input_from=joined(found.input_sources),
        output=found.values["output_tokens"],
        output_from=joined(found.output_sources),
        requests=found.values["requests_per_user"],
    )


def preset_legend(given: Given) -> Iterator[str]:
    """Say it in a part of a line, as far as it is not overridden."""
    entry = given.get("preset")
    requests = given.get("requests_per_user")
    if entry is not None and requests is not None and entry.value in requests.place:
        yield say("{number} requests are an example: --requests-per-user", number=requests.value)
