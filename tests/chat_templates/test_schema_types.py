"""Schemas with references, and as types of TypeScript."""

import json
from typing import Any

import pytest

from llmcost.chat_templates.schema_types import MOST_PARTS, inlined, members, nodes, titles, typed


def resolved(schema: object) -> Any:
    return inlined(json.dumps(schema))


A = {"type": "object", "properties": {"x": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$defs": {"A": A}, "$ref": "#/$defs/A"}, A),
        ({"definitions": {"A": A}, "items": {"$ref": "#/definitions/A"}}, {"items": A}),
        (
            {"$defs": {"A": A}, "properties": {"p": {"$ref": "#/$defs/A", "description": "d"}}},
            {"properties": {"p": {**A, "description": "d"}}},
        ),
        (
            {"$defs": {"A": A}, "anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]},
            {"anyOf": [A, {"type": "null"}]},
        ),
        ({"$ref": "#/$defs/None"}, {}),
        ({"$ref": "https://e.com/schema"}, {}),
        ({"$defs": {"a/b": A}, "$ref": "#/$defs/a~1b"}, A),
    ],
)
def test_a_reference_becomes_what_it_refers_to(schema: object, expected: object) -> None:
    assert resolved(schema) == expected


def test_a_definition_in_itself_is_any_object() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}}}
    found = resolved({"$defs": {"N": node}, "$ref": "#/$defs/N"})

    assert found["properties"]["next"] == {"type": "object"}
    assert resolved({"$ref": "#"}) == {"type": "object"}


def test_a_schema_that_states_billions_is_bounded() -> None:
    defs = {f"L{depth}": {"anyOf": [{"$ref": f"#/$defs/L{depth + 1}"}] * 10} for depth in range(20)}

    assert len(json.dumps(resolved({"$defs": defs, "$ref": "#/$defs/L0"}))) < 100 * MOST_PARTS
    assert inlined("not JSON") == "not JSON"
    deep: Any = {}
    for _ in range(200):
        deep = {"items": deep}
    assert len(json.dumps(resolved(deep))) < 1000


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"enum": ["a", 1]}, '"a" | 1'),
        ({"const": "x"}, '"x"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"type": "number"}}, "number[]"),
        ({"type": "array"}, "any[]"),
        ({"type": "object"}, "object"),
        (A, "{\nx?: number,\n}"),
        ({}, "any"),
        (5, "any"),
    ],
)
def test_types(schema: object, expected: str) -> None:
    assert typed(schema) == expected


def test_members_have_comments_and_defaults() -> None:
    schema = {
        "properties": {
            "city": {"type": "string", "description": "Which\none"},
            "unit": {"enum": ["C"], "default": "C"},
        },
        "required": ["city"],
    }

    assert list(members(schema)) == [
        "// Which\n// one",
        "city: string,",
        'unit?: "C", // default: C',
    ]


def test_properties_are_counted_at_every_depth() -> None:
    inner = {"properties": {"a": {"title": "A"}, "b": {"items": {"properties": {"c": {}}}}}}

    assert nodes(inner) == 3
    assert nodes({"anyOf": [inner, inner]}) == 6
    assert titles(inner) == 1
