"""What the JSON Schemas of our YAML files are put together of."""

from collections.abc import Collection, Mapping
from typing import Any

from llmcost.pricing.schedule import WEEKDAYS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SPAN = rf"({'|'.join(WEEKDAYS)})( *- *({'|'.join(WEEKDAYS)}))?"
DAYS: Schema = {"type": "string", "pattern": f"^ *{SPAN}( *, *{SPAN})* *$"}

# A loader reads each scalar from its text, so an id may look like a number.
TEXT: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def one_of(words: Collection[str]) -> Schema:
    return {"enum": list(words)}


def list_of(items: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": items}


def named(values: Schema) -> Schema:
    """A mapping whose keys are names that the file itself chooses."""
    return {"type": "object", "additionalProperties": values}


def mapping(
    keys: Collection[str],
    meanings: Mapping[str, tuple[Schema, str]],
    required: Collection[str] = (),
    **rules: Any,
) -> Schema:
    """The keys that the loader knows, in its order, with their meanings; no others."""
    found = {key: {**schema, "description": text} for key, (schema, text) in meanings.items()}
    return {
        "type": "object",
        "properties": {key: found[key] for key in keys},
        "required": list(required),
        "additionalProperties": False,
        **rules,
    }
