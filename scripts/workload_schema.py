"""JSON Schema of workload files, by which editors complete and check.

The keys, their meanings and patterns are those of the options. The loader knows a little more: the
days of a week, names that are there twice, `1e6`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from llmcost import money
from llmcost.workload import fields, quantities
from llmcost.workload.fields import FIELDS, Field, WordParser
from llmcost.workload.file import (
    GENERATE,
    HOURS,
    LONGEST_NAME,
    MOST_SCENARIOS,
    SCHEMA,
    STEPS,
    WEIGHTED,
)
from scripts.schema_parts import DAYS, DIALECT, TEXT, Schema, list_of, named, one_of, ref


def text(pattern: str) -> Schema:
    return {"type": "string", "pattern": rf"^\s*({pattern})\s*$"}


def number(kind: str, pattern: str = quantities.NUMBER, **bounds: Any) -> Schema:
    """A number of this kind, or a text like `5M`."""
    return {**text(pattern), "type": [kind, "string"], **bounds}


def in_any_case(words: Iterable[str]) -> str:
    """A pattern of the words; a flag for this is not known to editors."""
    cases = (
        "".join(
            f"[{char.upper()}{char.lower()}]" if char.isalpha() else re.escape(char)
            for char in word
        )
        for word in words
    )
    return "|".join(cases)


def several(item: Schema, entries: Schema | None = None) -> Schema:
    """A text with commas, a list, or names with values."""
    mappings = [{"type": "object", **entries}] if entries else []
    return {"anyOf": [item, list_of(item), *mappings]}


MOST: Schema = {"maximum": money.MOST}
ABOVE_ZERO: Schema = {"exclusiveMinimum": 0, **MOST}
NONZERO = rf"(?=.*[1-9])({quantities.NUMBER})"
QUANTITY = number("number", minimum=0, **MOST)
CODES = in_any_case(money.NAMES)
AMOUNT = rf"({CODES})\s*({quantities.NUMBER})|({quantities.NUMBER})\s*({CODES})"
TOO_MUCH = r"^\s*(?!100\b)0*[1-9]\d{2,}(\.\d+)?\s*%"
HISTORY = rf"full|(window|summary):\s*({quantities.NUMBER})"
PACE = rf"{quantities.PACE}|{quantities.PACE_PERCENT}"
PAIR = rf"\s*[^\s,:][^,:]*:\s*({quantities.NUMBER})\s*"
RANK = rf"\s*[pP]?({quantities.DIGITS})\s*:\s*({quantities.NUMBER})\s*"
RATE = rf"\s*({quantities.PAIR})\s*"
TIERS = rf"({quantities.DISCOUNT})(/({quantities.DISCOUNT}))*"
OFF = rf"\s*([^\s,:][^,:]*:)?\s*{TIERS}\s*"
SHARE_BELOW_ONE: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
NO_PART = {"type": "string", "pattern": r"^\s*,|,\s*,|,\s*$"}

PARSED: Mapping[Callable[[str], Any], Schema] = {
    quantities.number: QUANTITY,
    quantities.rates: number("number", f"{NONZERO}|{RATE}(,{RATE})*", **ABOVE_ZERO),
    quantities.whole: number("integer", minimum=0, **MOST),
    quantities.above_zero: number("integer", NONZERO, **ABOVE_ZERO),
    quantities.months: number("integer", NONZERO, minimum=1, maximum=quantities.LONGEST),
    quantities.hours: number("number", minimum=0, maximum=quantities.MOST_HOURS),
    quantities.share: {
        **number("number", quantities.SHARE, minimum=0, maximum=1),
        "not": {"type": "string", "pattern": TOO_MUCH},
    },
    quantities.amount: text(AMOUNT),
    quantities.budgets: text(rf"({AMOUNT})(\s*,\s*({AMOUNT}))*"),
    quantities.copies: TEXT,
    quantities.mix: text(quantities.MIX),
    quantities.history: text(HISTORY),
    quantities.growth: text(PACE),
    quantities.decline: text(PACE),
    quantities.pairs: several(text(f"{PAIR}(,{PAIR})*"), {**named(QUANTITY), "minProperties": 1}),
    quantities.discounts: several(
        text(f"{OFF}(,{OFF})*"),
        {**named({"anyOf": [text(TIERS), SHARE_BELOW_ONE]}), "minProperties": 1},
    ),
    quantities.percentiles: {
        "anyOf": [
            text(f"{RANK}(,{RANK})+"),
            list_of(text(f"{RANK}(,{RANK})*")),
            {
                **named(number("number", NONZERO, **ABOVE_ZERO)),
                "propertyNames": text(rf"[pP]?({quantities.DIGITS})"),
                "minProperties": 2,
            },
        ]
    },
    fields.word: TEXT,
    fields.words: several({**TEXT, "not": NO_PART}),
    fields.truth: {
        "type": ["boolean", "string"],
        "pattern": f"^({in_any_case(('true', 'false'))})$",
    },
    fields.month: text(r"\d{4}-(0[1-9]|1[0-2])"),
    fields.country: text("[A-Z]{2}|none"),
    fields.currency: text(CODES),
}
WEIGHTS: Schema = {
    **named({"type": "array", "items": QUANTITY, "minItems": HOURS, "maxItems": HOURS}),
    "propertyNames": DAYS,
    "minProperties": 1,
}


def json_schema() -> Schema:
    """The schema of a whole workload file."""
    keys = {key: ref(key) for key in (*FIELDS, GENERATE)}
    scenarios = {
        **named(ref("scenario")),
        "description": "the same workload with other values: {pilot: {mau: 50k}}",
        "maxProperties": MOST_SCENARIOS,
        "propertyNames": {
            "maxLength": LONGEST_NAME,
            "pattern": r"\S",
            "not": {"pattern": r"[\n\t]"},
        },
    }
    version = {"enum": [int(SCHEMA), SCHEMA], "description": "the version of this format"}
    return {
        "$schema": DIALECT,
        "title": "llmcost workload file",
        "description": "Who sends how many requests a month, of what size: llmcost budget -f FILE",
        "type": "object",
        "properties": {"schema": version, **keys, "scenarios": scenarios},
        "required": ["schema"],
        "additionalProperties": False,
        "$defs": {
            "scenario": {"type": "object", "properties": keys, "additionalProperties": False},
            **{key: field_schema(field) for key, field in FIELDS.items()},
            GENERATE: {
                **step_schema(GENERATE),
                "description": "the step of retrieval that answers, as keys of the workload",
            },
        },
    }


def step_schema(step: str) -> Schema:
    """The keys that a step of retrieval has together."""
    own = {"model": TEXT} if step != GENERATE else {}
    keys = {key: own.get(key) or ref(field) for key, field in STEPS[step].items()}
    return {"type": "object", "properties": keys, "additionalProperties": False}


def field_schema(field: Field) -> Schema:
    """What its parser takes, with what it means."""
    parse = field.parse
    taken = one_of(parse.words) if isinstance(parse, WordParser) else PARSED[parse]
    if field.key == WEIGHTED:
        taken = {"anyOf": [taken, WEIGHTS]}
    if field.key in STEPS:
        taken = {"anyOf": [taken, step_schema(field.key)]}
    meaning = f"{field.meaning}: {field.expected}"
    return {**taken, "description": meaning, "examples": [field.example]}
