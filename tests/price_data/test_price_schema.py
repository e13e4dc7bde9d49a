"""The JSON Schema of the price file says what the loader says, key by key, mistake by mistake."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from llmcost.commands.prices.check import schema
from llmcost.errors import BadPriceFile
from llmcost.files import bundled
from llmcost.price_data import offers, rows
from llmcost.price_data import parser as parse
from llmcost.price_data import parser as vocabularies
from llmcost.price_data import rows as pricesets
from llmcost.price_data.parser import parse_table
from llmcost.render.table import json_text
from llmcost.tokenizers.registry import TOKENIZERS as OURS
from scripts.price_schema import json_schema

TOKENIZERS = ("letters", "words")
SCHEMA = json_schema(TOKENIZERS)
VALIDATOR = Draft202012Validator(SCHEMA)
DEFINED = SCHEMA["$defs"]
Steps = tuple[str | int, ...]

EVIDENCE = {"source": "a letter", "checked": "2026-01-02"}
SET = {key: 2.5 for key in pricesets.SIMPLE} | {"cache_write": {"5m": 3, "1h": 4}}
VARIANTS = {
    "peak": {"input": 5, "output": 6},
    "batch": 0.5,
    "tiers": {"flex": 0.5, "priority": {"combined": 5}},
}
# Every key of the format, in rows that the loader takes.
FLAT = {
    **{"from": "2026-01-01", "until": "2026-02-01", "state": "priced", **SET, **VARIANTS},
    **{"schedule": "office", "regions": {"us": 1.1}, "fees": {"web_search": 10}},
    **{"audio_hour": 0.36, "characters": 15, "list": SET, "promotion": "spring", "note": "weak: x"},
    **{"image": 0.2, "video": 2, "video_second": 0.1, "evidence": "2026-01-02", **EVIDENCE},
}
BANDS = {
    "from": "2026-02-01T00:00:00+08:00",
    "bands": [
        {"input_up_to": 100, "output_up_to": 10, "combined": 1},
        {"input_up_to": 100, **SET, "tiers": VARIANTS["tiers"]},
        {"input_below": 200, "output_below": 20, "combined": 2},
        {"input_below": 200, "combined": 3},
        {"combined": 4},
    ],
    "mode": "cliff",
    **EVIDENCE,
}
FREE = {"from": "2026-03-01", "state": "free", "limits": "for a day", **EVIDENCE}
QUOTA = {
    **{"tokens": 1000, "per": "model", "days": 90, "who": "all", "from": "2026-01-01"},
    **{"until": "2026-02-01", "note": "a note", **EVIDENCE},
}
OFFER = {"from": "2026-01-01", "what": "light", "note": "a note", **EVIDENCE}
MODEL = {
    **{"id": "acme-large", "name": "Large", "tokenizer": "words", "context": 9000},
    **{"max_output": 800, "released": "2026-01-01", "retired": "2027-01-01", "note": "a note"},
    **{"aliases": ["large", {"id": "big", "from": "2026-01-01", "to": "2026-02-01"}]},
    **{"kind": "chat", "prices": [FLAT, BANDS, FREE], "corrections": ["not 3"], "discount": 0.8},
    "predecessor": "acme-voice",
    "redirect": {"id": "acme-voice", "from": "2026-06-01"},
    "fine_tuning": [{**OFFER, "training": 30, **SET}],
    "deployment": [{**OFFER, "price": 20, "per": "hour", "list": 30}],
    "packs": [{**OFFER, "price": 63, "tokens": 10000, "months": 6, "list": 70}],
}
SPEECH = {
    **{"id": "acme-voice", "tokenizer": "words", "kind": "speech", "serves": "acme/acme-large"},
    "prices": [{"from": "2026-01-01", "characters": 15, **EVIDENCE}],
}
PROVIDER = {
    **{"id": "acme", "name": "Acme", "name_zh": "艾克米", "currency": "CNY"},
    **{"page": "https://acme.example", "sources": {"page": "the page of 2026-01-02"}},
    "schedules": {
        "office": {
            **{"zone": "Asia/Shanghai", "holidays": "CN"},
            "peak": [{"days": "mon-fri, sun", "hours": ["09:00-12:00", "14:00-24:00"]}],
        }
    },
    **{"free_quota": [QUOTA], "models": [MODEL, SPEECH], "discount": 0.9},
}
# What a schema cannot see: names that mean other lines or our table, zones, the order of bands.
LOOKED_UP = {
    *(
        "predecessor",
        "redirect",
        "name",
        "currency",
        "models",
        "schedules",
        "schedule",
        "office",
        "zone",
        *rows.LIMITS,
    ),
}
NAMED = ("providers", 0, "models", 1, "id")  # a redirect of this table leads there
TABLE: dict[str, Any] = {"schema": 1, "providers": [PROVIDER]}
OWN = {"my-bpe": {"path": "tokenizer.json"}, "ranks.2": {"path": "a.tiktoken", "family": "o200k"}}


def is_refused_by_schema(table: Any) -> bool:
    """As an editor would mark it."""
    return not VALIDATOR.is_valid(table)


def is_refused_by_loader(table: Any) -> bool:
    """JSON is YAML, so both read the same."""
    text = json.dumps(table, ensure_ascii=False)
    try:
        parse_table(Path("p.yaml"), text.encode(), TOKENIZERS)
    except BadPriceFile:
        return True
    return False


def steps(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """The way to every part of a document, the whole of it left out."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for key, part in inside:
        yield (*path, key)
        yield from steps(part, (*path, key))


def part_of(table: Any, path: Steps) -> Any:
    for key in path:
        table = table[key]
    return table


def replaced(path: Steps, value: Any) -> Any:
    table = copy.deepcopy(TABLE)
    part_of(table, path[:-1])[path[-1]] = value
    return table


def without(path: Steps) -> Any:
    table = copy.deepcopy(TABLE)
    del part_of(table, path[:-1])[path[-1]]
    return table


def with_key(path: Steps) -> Any:
    table = copy.deepcopy(TABLE)
    part_of(table, path)["colour"] = "red"
    return table


def disagreements(tables: Iterator[tuple[Steps, Any]]) -> list[tuple[Steps, str]]:
    """Where only one refuses, and which; not where the loader has looked something up."""
    found = []
    for path, table in tables:
        by_schema, by_loader = is_refused_by_schema(table), is_refused_by_loader(table)
        if by_schema and not by_loader:
            found.append((path, "only the schema refuses it"))
        if by_loader and not by_schema and LOOKED_UP.isdisjoint(path[-2:]) and path != NAMED:
            found.append((path, "only the loader refuses it"))
    return found


class Core(yaml.SafeLoader):
    """YAML as editors read it: days are text."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if "timestamp" not in tag]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_schema_is_one() -> None:
    """By the dialect that it names."""
    Draft202012Validator.check_schema(SCHEMA)


def test_both_take_the_table_that_has_every_key() -> None:
    """So each mistake below is the only one."""
    assert list(VALIDATOR.iter_errors(TABLE)) == []
    assert not is_refused_by_loader(TABLE)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("vocabulary", vocabularies.VOCABULARY),
        ("provider", parse.PROVIDER),
        ("model", parse.MODEL),
        ("row", rows.ROW),
        ("band", (*rows.LIMITS, *pricesets.PRICES)),
        ("prices", pricesets.SET),
        ("quota", offers.QUOTA),
        ("fine_tuning", (*offers.COMMON, *offers.FINE_TUNING.keys)),
        ("deployment", (*offers.COMMON, *offers.DEPLOYMENT.keys)),
        ("pack", (*offers.COMMON, *offers.PACK.keys)),
    ],
)
def test_the_schema_has_the_keys_of_the_loader(name: str, keys: tuple[str, ...]) -> None:
    """And says of each what it means."""
    properties = DEFINED[name]["properties"]

    assert set(properties) == set(keys)
    assert all(one["description"] for one in properties.values())


def test_no_key_is_described_that_the_loader_does_not_know() -> None:
    """A key that the loader loses must not stay behind in a dictionary of meanings."""
    from scripts import price_schema as said

    kinds = (offers.FINE_TUNING, offers.DEPLOYMENT, offers.PACK)
    described = [said.ROW_KEYS, said.SET_KEYS, said.LIMIT_KEYS, said.QUOTA_KEYS]
    described += [said.PROVIDER_KEYS, said.MODEL_KEYS, said.ALIAS_KEYS, said.OFFER_KEYS]
    described.insert(0, said.VOCABULARY_KEYS)
    known = [
        set(vocabularies.VOCABULARY),
        set(rows.ROW),
        set(pricesets.SET),
        set(rows.LIMITS),
        set(offers.QUOTA),
    ]
    known += [set(parse.PROVIDER), set(parse.MODEL), set(parse.ALIAS)]
    known.append({*offers.COMMON, *(key for kind in kinds for key in kind.keys)} - {"per"})

    assert [set(one) for one in described] == known


def test_an_unknown_key_is_refused_by_both() -> None:
    """In every mapping whose keys the format names."""
    named = ("sources", "schedules", "tiers", "regions", "fees")
    places = [
        path
        for path in steps(TABLE)
        if isinstance(part_of(TABLE, path), dict) and path[-1] not in named
    ]

    assert len(places) > 20
    assert [path for path in places if not is_refused_by_schema(with_key(path))] == []
    assert [path for path in places if not is_refused_by_loader(with_key(path))] == []


def test_both_miss_the_same_keys() -> None:
    """One key after the other is taken away."""
    keys = [path for path in steps(TABLE) if isinstance(path[-1], str)]

    assert disagreements((path, without(path)) for path in keys) == []


@pytest.mark.parametrize("wrong", [None, -1, "", [], {}, [[]]], ids=json.dumps)
def test_both_refuse_the_same_values(wrong: Any) -> None:
    """One value after the other is made a wrong one."""
    assert disagreements((path, replaced(path, wrong)) for path in steps(TABLE)) == []


@pytest.mark.parametrize("odd", [0, 1.5, "0.5", "words", "2026-01-01", True])
def test_the_schema_refuses_nothing_that_the_loader_takes(odd: Any) -> None:
    """It knows less, but an editor must not mark what is right."""
    found = disagreements((path, replaced(path, odd)) for path in steps(TABLE))

    assert [path for path, which in found if "schema" in which] == []


@pytest.mark.parametrize(
    "change",
    [
        {"bands": [{"input": 1, "output": 2}]},  # beside plain prices
        {"combined": 1},
        {"state": "free"},
        {"state": "cheap"},
        {"from": "2026-01-01T00:00:00"},  # no zone
        {"from": "spring"},
        {"checked": "2026-1-2"},
        {"input": "0,8"},
        {"batch": 0},
        {"tiers": {"batch": 0.5}},
        {"cache_write": {"2h": 3}},
        {"mode": "steep"},
    ],
    ids=json.dumps,
)
def test_a_row_that_says_something_wrong_is_refused_by_both(change: dict[str, Any]) -> None:
    """Rules about the keys of a row, and about what they hold."""
    table = replaced(("providers", 0, "models", 0, "prices", 0), {**FLAT, **change})

    assert is_refused_by_loader(table)
    assert is_refused_by_schema(table)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2),
        (("providers", 0, "currency"), "XAU"),
        (("providers", 0, "models", 0, "tokenizer"), "sentences"),
        (("providers", 0, "models", 0, "kind"), "poem"),
        (("providers", 0, "schedules", "office", "holidays"), "XX"),
        (("providers", 0, "schedules", "office", "peak", 0, "days"), "mon-friday"),
        (("providers", 0, "schedules", "office", "peak", 0, "hours"), ["9-12"]),
        (("providers", 0, "models", 0, "deployment", 0, "per"), "week"),
        (("providers", 0, "models", 0, "prices", 1, "bands", 0, "input_below"), 100),
    ],
    ids=str,
)
def test_a_wrong_word_is_refused_by_both(path: Steps, value: Any) -> None:
    """Where only certain words have a meaning."""
    assert is_refused_by_loader(replaced(path, value))
    assert is_refused_by_schema(replaced(path, value))


@pytest.mark.parametrize(
    "own",
    [
        "tokenizer.json",
        {"my-bpe": "tokenizer.json"},
        {"my-bpe": {}},
        {"my-bpe": {"family": "o200k"}},
        {"my-bpe": {"path": "a", "colour": "red"}},
        {"my-bpe": {"path": ["a"]}},
        {"My BPE": {"path": "a"}},
        {"../up": {"path": "a"}},
    ],
    ids=json.dumps,
)
def test_a_wrong_tokenizer_of_ones_own_is_refused_by_both(own: Any) -> None:
    assert is_refused_by_loader({**TABLE, "tokenizers": own})
    assert is_refused_by_schema({**TABLE, "tokenizers": own})


def test_a_model_may_name_a_tokenizer_of_its_file() -> None:
    """Where there are any, the schema takes every name; the loader looks it up."""
    named = replaced(("providers", 0, "models", 0, "tokenizer"), "my-bpe")

    assert list(VALIDATOR.iter_errors({**named, "tokenizers": OWN})) == []
    assert not is_refused_by_loader({**named, "tokenizers": OWN})
    assert is_refused_by_schema(named)
    assert is_refused_by_loader({**named, "tokenizers": {"another": {"path": "a"}}})


def test_a_provider_or_model_of_ours_may_get_just_a_discount() -> None:
    """A file that is laid over ours; the loader knows whether there is such a one."""
    discounts = [{"id": "acme", "discount": 0.8}]
    discounts += [{"id": "acme", "models": [{"id": "acme-large", "discount": 0.8}]}]

    assert VALIDATOR.is_valid({"schema": 1, "providers": discounts})


def test_the_shipped_table_fits_its_schema() -> None:
    """As an editor reads both."""
    shipped = json.loads(bundled("prices.schema.json").read_text(encoding="utf-8"))
    table = yaml.load(bundled("prices.yaml").read_text(encoding="utf-8"), Loader=Core)

    assert list(Draft202012Validator(shipped).iter_errors(table)) == []


def test_the_shipped_schema_is_that_of_this_version_and_what_the_command_prints() -> None:
    """After a change of the format: python -m scripts.build_schemas"""
    assert schema().text == json_text(json_schema(OURS))


def test_the_shipped_table_names_its_schema() -> None:
    """In the line that editors look for, a file beside it."""
    first = bundled("prices.yaml").read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)

    assert named is not None
    assert bundled("prices.yaml").with_name(named[1]).is_file()
