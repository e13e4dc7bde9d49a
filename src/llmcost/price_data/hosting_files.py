"""`data/hosting/*.yaml` as checked values, compiled like the price table."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from llmcost.price_data.bundled_files import compiled
from llmcost.pricing.hosting_facts import (
    HostingFacts,
    MeasuredFile,
    RentFile,
    ReservedFile,
    ThroughputFile,
    TrainingFile,
    check_numbers,
)

FILES: Mapping[str, Any] = {
    "throughput": ThroughputFile,
    "measured": MeasuredFile,
    "rents": RentFile,
    "reserved": ReservedFile,
    "training": TrainingFile,
}
"""The files, by the field of `HostingFacts`, and what each holds."""


def load_hosting() -> HostingFacts:
    """Return what is known of hosting, of this build."""
    from llmcost.files import bundled
    from llmcost.price_data.loader import read_file

    contents = {name: read_file(bundled(f"hosting/{name}.yaml")) for name in FILES}
    return compiled("hosting", [*contents.values()], lambda: parse_hosting(contents), HostingFacts)


def parse_hosting(contents: Mapping[str, bytes]) -> HostingFacts:
    """Return the facts in these files, by the names of FILES. Raise ValueError, with the file, for
    a key or a value that there is not, or for what does not fit together."""
    parts = {name: parse_file(name, contents[name]) for name in FILES}
    found = HostingFacts(**parts)
    problem = next(problems(found), None)
    if problem is not None:
        raise ValueError(problem)
    return found


def parse_file(name: str, content: bytes) -> Any:
    """Numbers are read as they are written: a price never becomes a float."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        found = msgspec.convert(yaml.load(content, Loader=loader), FILES[name], strict=False)
        check_numbers(found)
    except (msgspec.ValidationError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"hosting/{name}.yaml: {error}") from None
    return found


def problems(facts: HostingFacts) -> Iterator[str]:
    """What the files have that does not fit together."""
    machines = [one.id for one in facts.rents.machines]
    ids = [one.id for one in facts.throughput.models]
    for names in (machines, ids):
        yield from (f"`{one}` is there twice" for one in set(names) if names.count(one) > 1)
    yield from (
        f"{rent.where}: no source is called `{rent.source}`"
        for rent in facts.rents.rents
        if rent.source not in facts.rents.sources
    )
    yield from (
        f"{one.what}: no source is called `{one.source}`"
        for one in facts.measured.measurements
        if one.source not in facts.measured.sources
    )
    named = [one.machine for one in facts.rents.rents if one.machine]
    named += [one.machine for one in facts.rents.purchases if one.machine]
    named += [one.machine for one in facts.measured.measurements]
    for model in facts.throughput.models:
        for weights in model.weights:
            named += [one.machine for one in weights.forecasts]
            for forecast in weights.forecasts:
                sizes = [(one.input, one.output) for one in forecast.points]
                if len(set(sizes)) < len(sizes):
                    yield f"{weights.name} on {forecast.machine}: a point is there twice"
    yield from (f"no machine is called `{one}`" for one in sorted(set(named) - {*machines}))
