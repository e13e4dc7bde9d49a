"""The words of a workload as arguments of a tool: `planning/fields.py` says each of them once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.planning import fields
from llmcost.planning import quantities as q
from llmcost.planning.fields import FIELDS, Choice, Field

CALLED = {"model": "models", "provider": "providers"}
"""Fields that are called as in the other tools."""
LEFT_OUT = ("system_prompt", "total_budget", "growth", "decline")
"""A file, and what only a forecast needs."""
WORDS = {CALLED.get(key, key): field for key, field in FIELDS.items() if key not in LEFT_OUT}
NUMBERS = (q.number, q.rate, q.whole, q.above_zero, q.months, q.share)
NAMED = (q.pairs, q.percentiles)


def properties() -> dict[str, Any]:
    """JSON Schema of each word."""
    return {name: property_of(field) for name, field in WORDS.items()}


def property_of(field: Field) -> dict[str, Any]:
    described = {"description": f"{field.meaning}: {field.expected}"}
    if isinstance(field.parse, Choice):
        return {"enum": list(field.parse.words), "description": field.meaning}
    if field.bare:
        return {"type": "boolean", "description": field.meaning}
    if field.parse is fields.words:
        return {"type": "array", "items": {"type": "string"}, "minItems": 1, **described}
    if field.parse in NAMED:
        numbers = {"type": "object", "additionalProperties": {"type": ["number", "string"]}}
        return {"anyOf": [{"type": "string"}, numbers], **described}
    return {"type": ["number", "string"] if field.parse in NUMBERS else "string", **described}


def options_of(given: Mapping[str, Any]) -> dict[str, str]:
    """The texts that options would have. Raises UsageError for what no option takes."""
    unknown = [name for name in given if name not in WORDS]
    if unknown:
        from llmcost.pricing.catalog import suggestion

        said = say("bad arguments: no word `{name}`", name=unknown[0])
        raise UsageError(said, hint=suggestion(unknown[0], WORDS))
    found = {name: value for name, value in given.items() if value is not None}
    return {WORDS[name].key: text_of(name, value) for name, value in found.items()}


def text_of(name: str, value: Any) -> str:
    """`30`, `a,b` or `a:1,b:2`. Raises UsageError for what nests deeper."""
    match value:
        case dict():
            return ",".join(f"{key}:{plain(name, one)}" for key, one in value.items())
        case list():
            return ",".join(plain(name, one) for one in value)
    return plain(name, value)


def plain(name: str, value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{Decimal(str(value) if isinstance(value, float) else value):f}"
        case str():
            return value
    raise UsageError(
        say("bad arguments: `{name}` takes {expected}", name=name, expected=WORDS[name].expected)
    )
