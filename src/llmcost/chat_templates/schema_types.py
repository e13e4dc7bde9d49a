"""JSON schemas of tools and answers: references resolved, and written as types of TypeScript."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from llmcost.chat_templates.writer import dumped, parsed, text_at

MOST_PARTS = 2000
"""Objects of a schema with its references resolved: a few lines can state billions."""
DEEPEST = 24
DEFINITIONS = ("$defs", "definitions")


@lru_cache(maxsize=4096)
def inlined(text: str) -> Any:
    """The value of a schema, each `$ref` replaced with what it refers to.

    A definition that refers to itself is written out once, and is any object inside of itself.
    """
    return Inliner(parsed(text)).root()


class Inliner:
    """Resolves the references of one schema, in a bounded number of steps."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.left = MOST_PARTS

    def root(self) -> Any:
        return self.resolved(self.schema, (), 0)

    def resolved(self, value: Any, open_refs: tuple[str, ...], depth: int) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            return {}
        if isinstance(value, list):
            return [self.resolved(one, open_refs, depth + 1) for one in value]
        found = {
            key: self.resolved(one, open_refs, depth + 1)
            for key, one in value.items()
            if key not in DEFINITIONS and not (key == "$ref" and isinstance(one, str))
        }
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return found
        if reference in open_refs:
            return {"type": "object", **found}
        target = self.resolved(self.target(reference), (*open_refs, reference), depth + 1)
        return {**target, **found} if isinstance(target, dict) else found

    def target(self, reference: str) -> Any:
        """What `#/$defs/Name` refers to; None for what is not in the schema."""
        if not reference.startswith("#"):
            return None
        value = self.schema
        for step in reference.removeprefix("#").split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            value = value.get(step) if isinstance(value, dict) else None
        return value


def typed(schema: Any, indent: int = 0) -> str:
    """A schema as a type of TypeScript, as OpenAI's models get the arguments of functions."""
    if not isinstance(schema, dict):
        return "any"
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return " | ".join(typed(one, indent) for one in schema[key])
    if isinstance(schema.get("allOf"), list) and "type" not in schema:
        return " & ".join(typed(one, indent) for one in schema["allOf"])
    if isinstance(schema.get("enum"), list):
        return " | ".join(dumped(one) for one in schema["enum"])
    if "const" in schema:
        return dumped(schema["const"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(typed({**schema, "type": one}, indent) for one in kind)
    if kind == "array":
        return f"{typed(schema['items'], indent)}[]" if "items" in schema else "any[]"
    if kind == "object" or "properties" in schema:
        inner = "\n".join(members(schema, indent))
        return f"{{\n{inner}\n{' ' * indent}}}" if inner else "object"
    return {"integer": "number"}.get(kind, kind) if isinstance(kind, str) else "any"


def members(schema: Any, indent: int = 0) -> Iterator[str]:
    """The lines of an object's properties, a comment before each that has a description."""
    found = schema.get("properties") if isinstance(schema, dict) else None
    required = schema.get("required") if isinstance(schema, dict) else None
    for name, inner in found.items() if isinstance(found, dict) else ():
        start = " " * indent
        if isinstance(inner, dict):
            described = text_at(inner, "description")
            if described:
                yield "\n".join(f"{start}// {line}" for line in described.split("\n"))
            mark = "" if isinstance(required, list) and name in required else "?"
            default = f", // default: {plain(inner['default'])}" if has_default(inner) else ","
            yield f"{start}{name}{mark}: {typed(inner, indent + 2)}{default}"


def has_default(schema: dict[str, Any]) -> bool:
    return schema.get("default") is not None


def plain(value: Any) -> str:
    return value if isinstance(value, str) else dumped(value)


def titles(schema: Any) -> int:
    """How many properties have a title."""
    return sum(1 for _, inner in properties(schema) if "title" in inner)


def nodes(schema: Any) -> int:
    """How many properties there are, at any depth."""
    return sum(1 for _ in properties(schema))


def properties(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The properties of a schema, and those of the objects, lists and choices in it."""
    if not isinstance(schema, dict):
        return
    found = schema.get("properties")
    for name, inner in found.items() if isinstance(found, dict) else ():
        if isinstance(inner, dict):
            yield name, inner
            yield from properties(inner)
    yield from properties(schema.get("items"))
    for key in ("anyOf", "oneOf", "allOf", "any_of"):
        for one in schema[key] if isinstance(schema.get(key), list) else ():
            yield from properties(one)
