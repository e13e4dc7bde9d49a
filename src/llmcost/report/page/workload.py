"""A workload as what was asked: each field that was said, by its meaning."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from llmcost.language import _, told
from llmcost.money import Money
from llmcost.planning.fields import FIELDS
from llmcost.planning.quantities import Pace, share
from llmcost.planning.workload import Profile, Workload
from llmcost.pricing.usage import Count
from llmcost.report.figures import figure, figure_places, plain
from llmcost.report.outlook import pace_text
from llmcost.report.words import word

NOT_SAID = Workload()


def facts(workload: Workload) -> Iterator[tuple[str, str]]:
    """What differs from saying nothing, in the order of the workload file."""
    for name, field in FIELDS.items():
        value = getattr(workload, name, None)
        if value is None or value == getattr(NOT_SAID, name):
            continue
        is_share = field.parse is share and isinstance(value, Decimal)
        yield told(field.meaning), f"{plain(100 * value)}%" if is_share else text_of(value)


def text_of(value: object) -> str:
    match value:
        case bool():
            return _("yes")
        case int() | Decimal():
            return figure(value, figure_places([value]))
        case Money():
            return f"{figure(value.amount, figure_places([value.amount]))} {value.currency}"
        case Pace():
            return told(pace_text(value))
        case Profile():
            return _("{name}, in {zone}", name=word(value.name), zone=value.zone)
        case Mapping():
            return mapping_text(value)
    return str(value)


def mapping_text(found: Mapping[object, object]) -> str:
    """`web_search: 0.2`; of a system prompt how many tokens it has."""
    counts = [one for one in found.values() if isinstance(one, Count)]
    if not counts:
        return ", ".join(f"{name}: {text_of(one)}" for name, one in found.items())
    least, most = min(one.low for one in counts), max(one.high for one in counts)
    return _("{least} to {most} tokens, by tokenizer", least=f"{least:,}", most=f"{most:,}")
