"""The rules of a workload file: what each field gives, what each mistake is told, on which line."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llmcost import yaml_files as nodes
from llmcost.errors import BadFile, BadWorkload, UnreadableInput
from llmcost.money import Money
from llmcost.workload.fields import FIELDS, FieldEntry
from llmcost.workload.file import (
    LARGEST,
    START,
    WorkloadDocument,
    load_workload,
    read_workload,
    template,
)
from llmcost.workload.quantities import HistoryLimit, Keep, Pace, TokenMix

FILE = Path("somewhere/w.yaml")
D = Decimal

WHOLE = """\
schema: 1
mau: 5M
budget: 10000 yuan
requests_per_user: 30
model: [qwen-long, "deepseek/*"]
scenarios:
  now: {}
  pilot: {mau: 50k}
  launch:
    mau: 5M
    requests_per_user: 50
"""


def read(text: str | bytes) -> WorkloadDocument:
    return read_workload(FILE, text.encode() if isinstance(text, str) else text)


def problems(text: str | bytes) -> list[str]:
    """What is wrong with the file; nothing if it is in order."""
    try:
        read(text)
    except BadWorkload as error:
        return list(error.problems)
    return []


def value_of(line: str) -> Any:
    """Of the only field of a file."""
    (entry,) = read(f"schema: 1\n{line}\n").base.values()
    return entry.value


def test_each_field_has_its_value_and_its_place() -> None:
    """Parsed as the option would be; what the file does not say is not there."""
    found = read(WHOLE)

    assert found.base == {
        "mau": FieldEntry(5000000, "w.yaml:2"),
        "budget": FieldEntry(Money(D(10000), "CNY"), "w.yaml:3"),
        "requests_per_user": FieldEntry(D(30), "w.yaml:4"),
        "model": FieldEntry(("qwen-long", "deepseek/*"), "w.yaml:5"),
    }
    assert found.scenarios == {
        "now": {},
        "pilot": {"mau": FieldEntry(50000, "w.yaml:8")},
        "launch": {
            "mau": FieldEntry(5000000, "w.yaml:10"),
            "requests_per_user": FieldEntry(D(50), "w.yaml:11"),
        },
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("mau: 5,000,000", 5000000),
        ("mau: 0500", 500),  # not octal, as YAML has it
        ('mau: "500万"', 5000000),
        ("mix: 3:1", TokenMix(D(3), D(1))),  # not 181 seconds
        ("batch_share: 40%", D("0.4")),
        ("history: window:3", HistoryLimit(Keep.WINDOW, 3)),
        ("growth: 5%/month", Pace(D("1.05"), 1)),
        ("packs: true", True),
        ("packs: false", False),
        ("holidays: NO", "NO"),  # Norway
        ("region: true", "true"),
        ("fees: {web_search: 0.2, code: 1}", {"web_search": D("0.2"), "code": D(1)}),
        ("fees: web_search:0.2, code:1", {"web_search": D("0.2"), "code": D(1)}),
        ("fees: [web_search:0.2, code:1]", {"web_search": D("0.2"), "code": D(1)}),
        ("percentiles: {50: 10, 90: 60}", {50: 10, 90: 60}),
        ("percentiles: 50:10, 90:60", {50: 10, 90: 60}),
        ("model: qwen-long", ("qwen-long",)),
        ("model: qwen-long, 4.1", ("qwen-long", "4.1")),
        ("model: [4.1]", ("4.1",)),
        ("model:\n  - a\n  - b/*", ("a", "b/*")),
        ("traffic: office", "office"),
    ],
)
def test_a_value_is_read_from_its_text(line: str, value: Any) -> None:
    """Never through YAML's own guesses; fields of many take a text, a list or a mapping."""
    assert value_of(line) == value


ZEROS = ", ".join(["0"] * 24)
OFFICE = ", ".join(["0"] * 9 + ["1"] * 8 + ["0.5"] * 7)
WEEK = f"traffic:\n  mon-fri: [{OFFICE}]\n  sat, sun: [{ZEROS}]"


def test_traffic_may_be_weights_of_each_hour_of_the_week() -> None:
    """From Monday on, whatever the order in the file."""
    office = (*(D(0),) * 9, *(D(1),) * 8, *(D("0.5"),) * 7)
    backwards = f"traffic: {{'sun,sat': [{ZEROS}], tue-fri: [{OFFICE}], mon: [{OFFICE}]}}"

    assert value_of(WEEK) == (*(office,) * 5, *((D(0),) * 24,) * 2)
    assert value_of(backwards) == value_of(WEEK)


def test_a_scenario_may_have_its_own_weights() -> None:
    """As any field."""
    week = WEEK.replace("\n", "\n    ")
    found = read(f"schema: 1\nscenarios:\n  a:\n    {week}")

    assert found.scenarios["a"]["traffic"].value == value_of(WEEK)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + WHOLE.encode(), id="a byte order mark"),
        pytest.param(WHOLE.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode(), id="both"),
        pytest.param(b"---\n" + WHOLE.encode() + b"...\n", id="marks of a document"),
    ],
)
def test_what_editors_write_is_read(content: bytes) -> None:
    """The same fields, on the same lines but for the mark."""
    found = read(content)

    assert {key: entry.value for key, entry in found.base.items()} == {
        key: entry.value for key, entry in read(WHOLE).base.items()
    }
    assert found.scenarios.keys() == read(WHOLE).scenarios.keys()


ABOVE_ZERO = "a whole number above zero like 500, 5M or 500万"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mau: -3", f"2: expected `mau` as {ABOVE_ZERO}, got `-3`"),
        ("mau: 0", f"2: expected `mau` as {ABOVE_ZERO}, got `0`"),
        ("mau: 1e6", f"2: expected `mau` as {ABOVE_ZERO}, got `1e6`"),
        ("mau: .inf", f"2: expected `mau` as {ABOVE_ZERO}, got `.inf`"),
        ("mau:", f"2: expected `mau` as {ABOVE_ZERO}, got nothing"),
        ("mau: ~", f"2: expected `mau` as {ABOVE_ZERO}, got `~`"),
        ("mau: [5]", f"2: expected `mau` as {ABOVE_ZERO}, got a list"),
        ("mau: {a: 5}", f"2: expected `mau` as {ABOVE_ZERO}, got a mapping"),
        ('mau: "\\e[2J"', "got `?[2J`"),
        (f"mau: {'9' * 500}", f"got `{'9' * 60}`"),
        ("budget: 10000", "2: expected `budget` as money like 10000 yuan, $1.5k or 1万元, got `1"),
        ("batch_share: 40", "2: expected `batch_share` as a share like 40% or 0.4, got `40`"),
        ("packs: yes", "2: expected `packs` as true or false, got `yes`"),
        ("cache_lifetime: 2h", "2: expected `cache_lifetime` as one of 5m, 30m, 1h, 12h, 24h"),
        ("months: 1000", "2: expected `months` as a number of months from 1 to 120, got `1000`"),
        ("currency: XAU", "2: expected `currency` as a currency like CNY, USD or EUR, got `XAU`"),
        ("fx: 0", "2: expected `fx` as a number like 7.1, or pairs like EUR/USD:1.12, got `0`"),
        ("model:", "2: expected `model` as names like qwen-long,deepseek/*, got nothing"),
        ("model: []", "2: expected `model` as names like qwen-long,deepseek/*, got nothing"),
        ("model: [a, '']", "2: expected `model` as names like qwen-long,deepseek/*, got `a, `"),
        ("model:\n  - a\n  -", "4: expected `model` as names like"),
        ("model:\n  - a\n  - [b]", "4: expected `model` as names like qwen-long,deepseek/*, got a"),
        ("model: {a: b}", "2: expected `model` as names like qwen-long,deepseek/*, got a mapping"),
        ("fees: {}", "2: expected `fees` as names and numbers like web_search:0.2, got nothing"),
        ("fees: web_search", "2: expected `fees` as names and numbers like web_search:0.2"),
        ("fees: {web_search: -1}", "got `web_search:-1`"),
        ("fees: {web_search: '1,000'}", "got `web_search:1,000`"),
        ("fees:\n  a: 1\n  b: [1]", "4: expected `fees` as names and numbers like"),
        ("fees:\n  a: 1\n  a: 2", "4: duplicate key `a` in `fees`"),
        ("percentiles: {50: 10}", "2: expected `percentiles` as ranks and numbers like"),
        ("traffic: noon", "2: expected `traffic` as one of flat, office, evening, peak, off-peak"),
        ("traffic: [1, 2]", "2: expected `traffic` as one of flat, office, evening, peak"),
        ("input-tokens: 5", "2: unknown key `input-tokens` in the workload; did you mean `input_t"),
        ("Mau: 5", "2: unknown key `Mau` in the workload; did you mean `mau`?"),
        ("colour: red", "2: unknown key `colour` in the workload"),
        ('"\\e[2J": red', "2: unknown key `?[2J` in the workload"),
        ("<<: {mau: 5}", "2: unknown key `<<` in the workload"),
        ("? [a]\n: 5", "2: unknown key `` in the workload"),
        ("mau: 5\nmau: 6", "3: duplicate key `mau` in the workload"),
    ],
)
def test_a_mistake_is_told_with_its_line(line: str, expected: str) -> None:
    """And with what was expected; nothing of the file acts on the terminal."""
    (problem,) = problems(f"schema: 1\n{line}\n")

    assert problem.startswith("w.yaml:")
    assert expected in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mau: 5", "w.yaml:1: the workload has no `schema`"),
        ("schema: 2", "w.yaml:1: expected `schema: 1`, got `2`"),
        ("schema:", "w.yaml:1: expected `schema: 1`, got nothing"),
        ("[]", "w.yaml:1: expected the workload as `key: value` lines, got a list"),
        ("words", "w.yaml:1: expected the workload as `key: value` lines, got `words`"),
    ],
)
def test_a_file_says_its_schema(text: str, expected: str) -> None:
    """So that a later format can be told from this one."""
    assert expected in problems(text)


WEIGHTS = f"schema: 1\n{WEEK}\n"
HOURLY = "expected a list of 24 weights, one an hour"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("mon-fri", "monday", "3: expected days like mon-fri or sat,sun, got `monday`"),
        ("mon-fri", "fri-mon", "3: expected days like mon-fri or sat,sun, got `fri-mon`"),
        ("mon-fri", "mon-thu", "3: `traffic` has no weights for fri"),
        ("mon-fri", "mon", "3: `traffic` has no weights for tue-fri"),
        ("mon-fri", "mon-sat", "4: the weights of sat are there twice"),
        ("sat, sun", "mon-fri", "4: the weights of mon-fri are there twice"),
        ("sat, sun", "[sat, sun]", "4: expected days like mon-fri or sat,sun, got a list"),
        (ZEROS, "0, 0", f"4: {HOURLY}, got a list of 2"),
        (ZEROS, f"{ZEROS}, 0", f"4: {HOURLY}, got a list of 25"),
        (f"[{ZEROS}]", "0", f"4: {HOURLY}, got `0`"),
        (f"[{ZEROS}]", "", f"4: {HOURLY}, got nothing"),
        (ZEROS, f"-1{ZEROS[1:]}", "4: expected a weight of zero or more, got `-1`"),
        (ZEROS, f"~{ZEROS[1:]}", "4: expected a weight of zero or more, got `~`"),
        (ZEROS, f"[]{ZEROS[1:]}", "4: expected a weight of zero or more, got a list"),
        (OFFICE, ZEROS, "3: expected a weight above zero in `traffic`"),
    ],
)
def test_weights_cover_the_week_once(old: str, new: str, expected: str) -> None:
    """Each weekday has 24, of zero or more, and some hour has traffic."""
    assert problems(WEIGHTS) == []
    assert f"w.yaml:{expected}" in problems(WEIGHTS.replace(old, new))


def test_weights_that_are_missing_are_not_said_to_be_zero() -> None:
    """One mistake, one problem."""
    found = problems("schema: 1\ntraffic: {mon-sun: [1]}\n")

    assert found == [f"w.yaml:2: {HOURLY}, got a list of 1"]


NAME = "the name of a scenario in 1 to 40 printable characters"


@pytest.mark.parametrize(
    ("scenarios", "expected"),
    [
        ("[now]", "2: expected `scenarios` as names with fields, got a list"),
        ("", "2: expected `scenarios` as names with fields, got nothing"),
        ("{now: }", "2: expected scenario `now` as `key: value` lines, got nothing"),
        ("{now: 5M}", "2: expected scenario `now` as `key: value` lines, got `5M`"),
        ("{now: {mau: 0}}", f"2: expected `mau` as {ABOVE_ZERO}, got `0`"),
        ("{now: {mua: 1}}", "2: unknown key `mua` in scenario `now`; did you mean `mau`?"),
        ("{now: {schema: 1}}", "2: unknown key `schema` in scenario `now`"),
        ("{now: {scenarios: {}}}", "2: unknown key `scenarios` in scenario `now`"),
        ("\n  a: {}\n  a: {mau: 5}", "4: scenario `a` is there twice"),
        ('{"": {}}', f"2: expected {NAME}, got nothing"),
        ('{" ": {}}', f"2: expected {NAME}, got ` `"),
        ("{~: {}}", f"2: expected {NAME}, got `~`"),
        ('{"a\\nb": {}}', f"2: expected {NAME}, got `a"),
        ('{"a\\tb": {}}', f"2: expected {NAME}, got `a"),
        ('{"\\e[2J": {}}', f"2: expected {NAME}, got `?[2J`"),
        ('{"\\u202e": {}}', f"2: expected {NAME}, got `?`"),
        (f"{{{'a' * 41}: {{}}}}", f"2: expected {NAME}, got `{'a' * 41}`"),
        ("{? [a] : {}}", f"2: expected {NAME}, got a list"),
        (f"{{{', '.join(f's{n}: {{}}' for n in range(51))}}}", "2: expected at most 50 scenarios"),
    ],
)
def test_scenarios_are_names_with_fields(scenarios: str, expected: str) -> None:
    """Each name once; a scenario has no scenarios."""
    (problem,) = problems(f"schema: 1\nscenarios: {scenarios}\n")

    assert expected in problem


@pytest.mark.parametrize(
    "scenarios",
    [
        *(
            "{}",
            "{a: {}}",
            "{上线: {mau: 5}}",
            "{2027: {}}",
            f"{{{'a' * 40}: {{}}}}",
            "{'a b': {}}",
        ),
        f"{{{', '.join(f's{n}: {{}}' for n in range(50))}}}",
    ],
)
def test_scenarios_may_be_few_or_many(scenarios: str) -> None:
    """In any script."""
    assert problems(f"schema: 1\nscenarios: {scenarios}\n") == []


def test_one_run_shows_all_problems() -> None:
    """In the order of the file, with a hint."""
    with pytest.raises(BadWorkload) as caught:
        read("mau: 0\nturn: 5\nfees: {a: b}\nscenarios:\n  a: {mau: 0}\n  b: {mix: 3}\n")

    lines = [int(one.split(":")[1]) for one in caught.value.problems]
    assert lines == [1, 1, 2, 3, 5, 6]
    assert "llmcost budget --init" in caught.value.hint
    assert isinstance(caught.value, BadFile)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "1: the file is empty; expected `schema: 1`", id="empty"),
        pytest.param(b"\n# nothing\n", "1: the file is empty", id="comments"),
        pytest.param(b"\xef\xbb\xbf", "1: the file is empty", id="a byte order mark"),
        pytest.param(b"a: b: c", "1: not YAML: ", id="not YAML"),
        pytest.param(b"schema: 1\n\tmau: 5", "2: not YAML: ", id="tab"),
        pytest.param(b"--- 1\n--- 2", "2: not YAML", id="two documents"),
        pytest.param(b"mau: &a 5\nturns: *a", "2: `*a` repeats another part", id="an alias"),
        pytest.param(b"[" * 99, "1: nested too deeply for a workload file", id="deep"),
        pytest.param(b"[" * 200_000, "1: ", id="deeper than a scanner may go"),
        pytest.param(b"a: 1\nb: \x00", "2: not text", id="a NUL on line 2"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "1: not text", id="binary"),
        pytest.param("a: 1\nb: 用户".encode("gb18030"), "2: not text", id="GB 18030"),
        pytest.param(b"#" * LARGEST + b"\n", "1: larger than 1 MB", id="large"),
    ],
)
def test_what_is_no_workload_file_is_told_so(content: bytes, expected: str) -> None:
    """With a line, and never with a traceback."""
    (problem,) = problems(content)

    assert problem.startswith(f"w.yaml:{expected}")


def test_a_file_of_the_largest_size_is_read() -> None:
    """Not one byte more."""
    content = b"schema: 1\n#"

    assert problems(content.ljust(LARGEST, b"#")) == []
    assert problems(content.ljust(LARGEST + 1, b"#"))


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    """Its places have its name, not the folders it is in."""
    path = tmp_path / "mine.yaml"
    path.write_text(WHOLE, encoding="utf-8")

    assert load_workload(path).base["mau"] == FieldEntry(5000000, "mine.yaml:2")

    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(BadWorkload, match=r"^mine\.yaml:1: larger than 1 MB"):
        load_workload(path)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_is_an_error(name: str, tmp_path: Path) -> None:
    """Its whole path is named."""
    with pytest.raises(UnreadableInput, match="cannot read the workload file") as caught:
        load_workload(tmp_path / name)

    assert str(tmp_path) in str(caught.value)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="there is just one scanner here")
def test_without_the_c_scanner_the_values_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of PyYAML without libyaml is slower."""
    fast = read(WHOLE), read(WEIGHTS)
    monkeypatch.setattr(nodes, "Loader", yaml.SafeLoader)

    assert (read(WHOLE), read(WEIGHTS)) == fast


words = st.sampled_from(
    [*f"{WHOLE} {WEIGHTS}".replace(":", " : ").split(), "[", "]", "{", "}", "-", ",", '"', "|", "~"]
)
breaks = st.sampled_from([" ", "\n", "\n  ", "\n    ", ": ", ": {"])


@given(st.lists(st.tuples(words, breaks), max_size=30))
def test_no_text_breaks_the_reader(parts: list[tuple[str, str]]) -> None:
    """Whatever the words of a file are shuffled into, there is a workload or its problems."""
    for one in problems("".join(word + end for word, end in parts)):
        assert re.match(r"w\.yaml:\d+: ", one)


@given(st.binary(max_size=40), st.integers(0, len(WHOLE)), st.integers(0, 9))
def test_no_bytes_break_the_reader(junk: bytes, place: int, cut: int) -> None:
    """The same for bytes put into a file that was in order."""
    content = WHOLE.encode()
    for one in problems(content[:place] + junk + content[place + cut :]):
        assert re.match(r"w\.yaml:\d+: ", one)


# --- the file that one starts from ---------------------------------------------------------------


def test_the_template_is_a_whole_workload() -> None:
    """As it is written."""
    found = read(template())

    assert {key: entry.value for key, entry in found.base.items()} == {
        key: FIELDS[key].parse(text) for key, text in START.items()
    }
    assert found.scenarios == {}
    assert "llmcost budget -f workload.yaml" in template()
    assert max(map(len, template().splitlines())) <= 120


def test_the_template_has_every_field_with_its_meaning() -> None:
    """A line without its `#` is in order; the weights are another way to say `traffic`."""
    fields, weights = template().split("#traffic:\n")
    found = read(re.sub(r"(?m)^#(\w+:)", r"\1", fields))

    assert found.base.keys() == FIELDS.keys()
    assert all(f"# {field.meaning}\n" in fields for field in FIELDS.values())
    assert all(f"# --- {field.group} ---\n" in fields for field in FIELDS.values())

    examples = read("schema: 1\n" + re.sub(r"(?m)^#(?! )|^#(?=  )", "", f"#traffic:\n{weights}"))
    assert len(examples.base["traffic"].value) == 7
    assert examples.scenarios["launch"].keys() == {"mau", "requests_per_user"}
