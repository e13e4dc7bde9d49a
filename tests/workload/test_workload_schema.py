"""The JSON Schema of the workload file takes what the loader takes, and refuses what it refuses."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from llmcost.errors import BadWorkload
from llmcost.files import bundled
from llmcost.money import MOST
from llmcost.pricing.schedule import WEEKDAYS
from llmcost.render.table import json_text
from llmcost.workload import fields as words
from llmcost.workload import quantities as q
from llmcost.workload.fields import FIELDS, LIFETIMES, PROFILES, TOOL_HISTORY
from llmcost.workload.file import GENERATE, KEYS, read_workload, template
from scripts.workload_schema import json_schema

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def is_refused_by_schema(workload: Any) -> bool:
    """As an editor would mark it."""
    return not VALIDATOR.is_valid(workload)


def is_refused_by_loader(workload: Any) -> bool:
    """JSON is YAML, so both read the same."""
    try:
        read_workload(Path("w.yaml"), json.dumps(workload, ensure_ascii=False).encode())
    except BadWorkload:
        return True
    return False


class Core(yaml.SafeLoader):
    """YAML 1.2 as editors read it: days are text, and so is `3:1`."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", "true|false", "tf"),
    ("int", "-?[0-9]+", "-0123456789"),
    ("float", r"-?[0-9]*\.[0-9]+", "-.0123456789"),
    ("null", "~|null|", ["~", "n", ""]),
):
    Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first)
    )


def test_the_schema_is_one() -> None:
    """By the dialect that it names."""
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_has_the_keys_of_the_loader() -> None:
    """And says of each what it means, with an example."""
    assert tuple(SCHEMA["properties"]) == KEYS
    assert SCHEMA["$defs"]["scenario"]["properties"].keys() == {*FIELDS, GENERATE}
    for key, field in FIELDS.items():
        found = SCHEMA["$defs"][key]
        assert found["description"] == f"{field.meaning}: {field.expected}"
        assert found["examples"] == [field.example]


def test_the_shipped_schema_is_the_one_of_this_version() -> None:
    """After a change of the fields: python -m scripts.build_schemas"""
    assert bundled("workload.schema.json").read_text(encoding="utf-8") == json_text(SCHEMA)


def test_the_template_fits_its_schema() -> None:
    """As it is, and with each field of it."""
    fields, _ = template().split("#traffic:\n")

    for text in (template(), re.sub(r"(?m)^#(\w+:)", r"\1", fields)):
        assert list(VALIDATOR.iter_errors(yaml.load(text, Loader=Core))) == []


# --- what is right is right for both -------------------------------------------------------------

LONGEST = 20  # characters of a number: 18 decimals
DIGITS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.integers(0, 10**6).map("{:,}".format),
    st.decimals(0, 1000, places=3).map("{:f}".format),
)
UNITS = st.sampled_from(["", "k", "K", " M", "b", "千", "万", "百万", "千万", "亿"])
quantities = st.one_of(
    st.integers(0, MOST),
    st.floats(0, 10**6).filter(lambda one: "e" not in repr(one) and len(repr(one)) <= LONGEST),
    st.builds("{}{}".format, DIGITS, UNITS),
)
shares = st.one_of(
    st.floats(0.0001, 1).filter(lambda one: len(repr(one)) <= LONGEST),
    st.decimals(0, 1, places=4).map("{:f}".format),
    st.decimals(0, 100, places=4).map("{:f}%".format),
)
money = st.one_of(
    st.builds("{} {}".format, DIGITS, st.sampled_from(["yuan", "CNY", "元", "usd", "Dollars"])),
    st.builds("{}{}".format, st.sampled_from(["$", "¥", "￥", "US$", "RMB "]), DIGITS),
)
paces = st.one_of(
    st.builds("{}x/{}".format, DIGITS, st.sampled_from(["month", "quarter", "year"])),
    st.builds(
        "{}{}%{}".format,
        st.sampled_from(["", "+", "-"]),
        DIGITS,
        st.sampled_from(["", "/month", "/quarter", " / year"]),
    ),
)
RANKS = ("5", "p50", "75.5", "P99.9")
names = st.text("abc XYZ-_/*.09艾", min_size=1, max_size=8)
plain = st.one_of(names, st.booleans(), st.integers(0, 99))
several = st.one_of(plain, st.lists(plain, max_size=3), st.lists(names).map(",".join))
named = st.dictionaries(names, quantities, max_size=3)
ranks = st.builds(
    lambda keys, values: dict(zip(sorted(keys, key=RANKS.index), sorted(values), strict=False)),
    st.sets(st.sampled_from(RANKS), min_size=1),
    st.sets(st.integers(0, 99), min_size=1),
)


def as_text(pairs: dict[str, Any]) -> str:
    return ", ".join(f"{key}:{value}" for key, value in pairs.items())


def as_list(pairs: dict[str, Any]) -> list[str]:
    return [f"{key}:{value}" for key, value in pairs.items()]


PARSED: dict[Any, st.SearchStrategy[Any]] = {
    **dict.fromkeys((q.number, q.whole, q.above_zero, q.rates), quantities),
    q.months: st.integers(0, 130),
    q.hours: st.integers(0, 800),
    q.share: shares,
    q.amount: money,
    q.mix: st.builds("{}:{}".format, DIGITS, DIGITS),
    q.history: st.one_of(
        st.just("full"), st.builds("{}:{}".format, st.sampled_from(["window", "summary"]), DIGITS)
    ),
    **dict.fromkeys((q.growth, q.decline), paces),
    q.pairs: st.one_of(named, named.map(as_text), named.map(as_list)),
    q.percentiles: st.one_of(ranks, ranks.map(as_text), ranks.map(as_list)),
    words.word: plain,
    words.words: several,
    words.truth: st.sampled_from([True, False, "true", "False"]),
    words.month: st.dates(date(2000, 1, 1)).map("{:%Y-%m}".format),
    words.country: st.sampled_from(["CN", "US", "none"]),
    words.currency: st.sampled_from(["CNY", "yuan", "$", "Usd"]),
}
DAYS = st.sampled_from(
    [
        ("mon-sun",),
        ("mon-fri", "sat,sun"),
        ("sat , sun", "mon-fri"),
        (*WEEKDAYS,),
        ("mon,wed", "tue", "thu - fri", "sat-sun"),
    ]
)
weights = DAYS.flatmap(
    lambda days: st.fixed_dictionaries(
        {day: st.lists(quantities, min_size=24, max_size=24) for day in days}
    )
)
values = {
    **{key: PARSED.get(field.parse, st.nothing()) for key, field in FIELDS.items()},
    "cache_lifetime": st.sampled_from(LIFETIMES),
    "tool_history": st.sampled_from(TOOL_HISTORY),
    "traffic": st.one_of(st.sampled_from(PROFILES), weights),
}
fields = st.lists(st.sampled_from(list(FIELDS)), unique=True, max_size=6).flatmap(
    lambda keys: st.fixed_dictionaries({key: values[key] for key in keys})
)
scenarios = st.dictionaries(st.one_of(names, st.text(min_size=1, max_size=41)), fields, max_size=2)
workloads = st.builds(
    lambda base, scenarios: {"schema": 1, **base, **scenarios},
    fields,
    st.one_of(st.just({}), st.fixed_dictionaries({"scenarios": scenarios})),
)


@given(workloads)
def test_what_the_loader_takes_the_schema_takes(workload: Any) -> None:
    """It may know less, but an editor must not mark what is right."""
    if not is_refused_by_loader(workload):
        assert list(VALIDATOR.iter_errors(workload)) == []


@pytest.mark.parametrize("key", FIELDS)
def test_values_of_every_field_are_taken_by_both(key: str) -> None:
    """The strategy above has right ones for each; here is the example, as text and as a number."""
    example = FIELDS[key].example
    forms: list[Any] = [example]
    if re.fullmatch(r"\d+", example):
        forms.append(int(example))
    if example == "true":
        forms.append(True)
    for form in forms:
        for workload in ({"schema": 1, key: form}, {"schema": 1, "scenarios": {"a": {key: form}}}):
            assert not is_refused_by_loader(workload)
            assert list(VALIDATOR.iter_errors(workload)) == []


@given(st.data())
def test_a_file_of_valid_fields_is_taken_by_both(data: st.DataObject) -> None:
    """Chosen so that each is right."""
    chosen = {
        "mau": st.integers(1, MOST),
        "budget": money,
        "requests_per_user": quantities.filter(
            lambda one: not isinstance(one, str) or q.number(one) is not None
        ),
        "batch_share": shares.filter(lambda one: "e" not in str(one)),
        "mix": st.builds("{}:{}".format, st.integers(1, 9), DIGITS),
        "growth": st.builds("{}%/{}".format, st.integers(-99, 99), st.sampled_from(["month"])),
        "fees": st.dictionaries(st.text("ab_", min_size=1), st.integers(0, 9), min_size=1),
        "model": st.lists(st.text("abc/*-", min_size=1), min_size=1, max_size=3),
        "packs": st.booleans(),
        "traffic": st.sampled_from(PROFILES),
    }
    some = st.fixed_dictionaries({}, optional=chosen)
    workload = {"schema": 1, **data.draw(some), "scenarios": {"a": data.draw(some)}}

    assert not is_refused_by_loader(workload)
    assert list(VALIDATOR.iter_errors(workload)) == []


# --- the obvious mistakes are wrong for both -----------------------------------------------------

DAY = [1] * 24


# Whole numbers, numbers, money and so on; what is not said of one field is not said of its like.
WRONG: dict[str, tuple[Any, ...]] = {
    "schema": (2, None, "one"),
    "colour": ("red",),
    "mau": (0, -3, 1.5, "0", "-3", "1e6", "5 users", "1,00", True, [5], {}, "", MOST + 1),
    "input_tokens": (-1, 0.5, "many", "nan"),
    "requests_per_user": (-0.5, "thirty", "inf", [], "-1"),
    "budget": (10000, "10000", "10000 XAU", "-5 yuan", "yuan", "1e5 yuan"),
    "batch_share": (40, 1.5, -0.1, "101%", "40%%", "150.5%", "a third"),
    "mix": (3, "3", "3:", "a:b", "3/1"),
    "history": ("all", "window", "window:all", 3),
    "turns": (0, 0.5, "0.0"),
    "cache_lifetime": ("2h", 5),
    "months": (0, 121, 1.5, -1),
    "deployment_hours": (-1, 745, "all"),
    "month": ("2026-13", "2026-00", "december", "2026-12-01", 2026),
    "holidays": ("cn", "China", True),
    "packs": ("yes", 1, ""),
    "growth": (5, "5", "5%/day", "2x", "fast"),
    "decline": (0.1, "10x", "10/year"),
    "currency": ("XAU", 7),
    "fx": (0, "0.0", -7),
    "tier": ("", " ", [], {"a": 1}),
    "model": ([], {}, "a,,b", ",a", ["a", ""], [["a"]], {"a": "b"}, [None]),
    "fees": ({}, [], "web_search", {"a": -1}, {"a": [1]}, {"a": None}, "a:b", "a:1,", 5, ["a"]),
    "percentiles": ({"50": 1}, "50:1", "a:1,b:2", {"50": 1, "90": 0}, {"half": 1, "90": 2}, ["5"]),
    "traffic": (
        *("noon", [1] * 24, {}, {"mon-sun": [1]}, True, {"mon-sun": [*DAY, 1]}),
        *({"mon-sun": [-1, *DAY[1:]]}, {"mon-sun": ["a", *DAY[1:]]}),
        *({days: DAY} for days in ("monday", "mon-", "", "mon;tue")),
    ),
    "scenarios": (
        *([], None, "now", {"": {}}, {" ": {}}, {"a\nb": {}}, {"a": None}, {"a": 5}, {"a": []}),
        *({"a": {"colour": 1}}, {"a": {"mau": 0}}, {"a": {"schema": 1}}, {"a": {"scenarios": {}}}),
        *({"a" * 41: {}}, {f"s{n}": {} for n in range(51)}),
    ),
}


@pytest.mark.parametrize(
    ("key", "wrong"),
    [(key, wrong) for key, several in WRONG.items() for wrong in several]
    + [(key, None) for key in FIELDS],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_mistake_is_refused_by_both(key: str, wrong: Any) -> None:
    """Where an editor can see it."""
    workload = {"schema": 1, key: wrong}

    assert is_refused_by_loader(workload)
    assert is_refused_by_schema(workload)


@pytest.mark.parametrize("workload", [{}, {"mau": 5}, [], None, "schema: 1"], ids=json.dumps)
def test_a_file_without_its_schema_is_refused_by_both(workload: Any) -> None:
    """Whatever else it is."""
    assert is_refused_by_loader(workload)
    assert is_refused_by_schema(workload)
