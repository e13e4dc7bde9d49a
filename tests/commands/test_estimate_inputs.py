"""Inputs of every kind, as `llmcost estimate` prices them."""

import io
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from paths import SAMPLES

from llmcost.cli.app import main
from llmcost.errors import install
from llmcost.inputs import discovery

TABLE = """\
schema: 1
providers:
  - id: tiny
    name: Tiny
    currency: CNY
    models:
      - id: banded
        tokenizer: qwen
        prices:
          - from: 2024-01-01
            bands: [{input_up_to: 40, input: 1, output: 2}, {input: 10, output: 20}]
            source: invented
            checked: 2024-01-01
      - id: small
        tokenizer: qwen
        context: 60
        prices: [{from: 2024-01-01, input: 1, output: 1, source: invented, checked: 2024-01-01}]
"""


class Estimate:
    """Runs `llmcost estimate` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        code = main(["estimate", *map(str, words)])
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def json(self, *words: object) -> Any:
        code, out, err = self(*words, "--format", "json")
        assert code == 0, err
        return json.loads(out)

    def one(self, *words: object) -> Any:
        """The result of one model."""
        (found,) = self.json(*words)["results"]
        return found


@pytest.fixture
def estimate(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Estimate:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(TABLE, "utf-8")
    return Estimate(capsys)


def chat(text: str, **others: object) -> str:
    return json.dumps({"messages": [{"role": "user", "content": text}], **others})


def lines(path: str, requests: Sequence[str]) -> str:
    Path(path).write_text("".join(f"{one}\n" for one in requests), "utf-8")
    return path


REQUESTS = {
    "anthropic-batch.json",
    "anthropic-batch.jsonl",
    "anthropic-messages.json",
    "chats.json",
    "conversation.json",
    "gemini-batch.jsonl",
    "gemini.jsonl",
    "openai-batch.jsonl",
    "openai-embeddings-batch.jsonl",
    "openai-responses-batch.jsonl",
    "prompts.jsonl",
    "responses.json",
    "sharegpt.json",
    "strings.jsonl",
    "volcengine-batch.jsonl",
}


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_a_file_of_requests_is_so_many_requests(estimate: Estimate, name: str) -> None:
    """Each is billed by itself; what each costs adds up to the whole."""
    words = (SAMPLES / name, "-m", "gpt-4o", "--skip-bad", "--at", "off-peak")
    whole = estimate.json(*words, "--per-request")
    (line,) = whole["results"]

    assert whole["inputs"][0]["requests"] == len(whole["breakdown"]) > 0
    assert line["tokens"]["count"] > 0
    costs = [Decimal(one["cost"]["amount"]) for one in whole["breakdown"]]
    assert sum(costs) == Decimal(line["cost"]["amount"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("reviews.csv", ("--column", "text")),
        ("reviews.tsv", ("--column", "text")),
        ("reviews.parquet", ("--column", "text")),
        ("reviews.jsonl", ("--field", "text")),
        ("notice.docx", ()),
        ("notice.pdf", ()),
        ("notice.html", ()),
    ],
)
def test_tables_and_documents_are_read(estimate: Estimate, name: str, words: Sequence[str]) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    if name.startswith("notice"):
        pytest.importorskip("pypdf")
    found = estimate.one(SAMPLES / name, "-m", "gpt-4o", *words)

    assert found["tokens"]["count"] > 5


def test_each_request_is_billed_in_its_own_band(estimate: Estimate) -> None:
    """Two short ones at 1 and a long one at 10: not all at the price of the sum."""
    path = lines("three.jsonl", [chat("one"), chat("two"), chat("long " * 60)])
    found = estimate.one(path, "-m", "tiny/banded", "--prices", "tiny.yaml", "--per-request")
    short, other, long = (
        estimate.one(lines("one.jsonl", [chat(text)]), "-m", "tiny/banded", "--prices", "tiny.yaml")
        for text in ("one", "two", "long " * 60)
    )

    rates = {part["rate"]: part["quantity"] for part in found["parts"]}
    assert rates == {
        "1": short["usage"]["input"] + other["usage"]["input"],
        "10": long["usage"]["input"],
    }


def test_a_request_that_does_not_fit_leaves_the_model_out(estimate: Estimate) -> None:
    """The longest one counts, with the output that it asks for."""
    words = ("-m", "tiny/small,gpt-4o", "--prices", "tiny.yaml")
    fits = estimate.json(lines("a.jsonl", [chat("hello", max_tokens=20)] * 9), *words)
    does_not = estimate.json(lines("b.jsonl", [chat("hello", max_tokens=60)]), *words)

    assert {one["model"] for one in fits["results"]} == {"small", "gpt-4o"}
    assert [(one["model"], one["reason"]) for one in does_not["excluded"]] == [("small", "context")]


def test_max_tokens_is_the_most_that_output_can_be(estimate: Estimate) -> None:
    """Without -o it is billed, with its bounds; -o is bounded by it."""
    path = lines("a.jsonl", [chat("hello", max_tokens=100), chat("hello", max_tokens=300)])
    words = (path, "-m", "gpt-4o")
    allowed, asked, long = (
        estimate.one(*words, *more) for more in ((), ("-o", "50"), ("-o", "200"))
    )

    assert allowed["usage"]["output"] == 400
    assert Decimal(allowed["cost"]["low"]) < Decimal(allowed["cost"]["amount"])
    assert allowed["cost"]["amount"] == allowed["cost"]["high"]
    assert asked["usage"]["output"] == 100
    assert long["usage"]["output"] == 300
    assert asked["cost"]["low"] == asked["cost"]["amount"]


def test_a_chat_costs_more_than_its_text(estimate: Estimate) -> None:
    """OpenAI: three tokens a message, and three for the answer."""
    Path("a.txt").write_text("hello there", "utf-8")
    text = estimate.one("a.txt", "-m", "gpt-4o")["tokens"]
    framed = estimate.one(lines("a.jsonl", [chat("hello there")]), "-m", "gpt-4o")["tokens"]

    assert framed["count"] > text["count"]
    assert "OpenAI" in framed["method"]


def test_texts_and_requests_may_be_mixed(estimate: Estimate) -> None:
    Path("a.txt").write_text("hello there", "utf-8")
    path = lines("a.jsonl", [chat("hello there")])
    both, text, requests = (
        estimate.one(*paths, "-m", "deepseek/deepseek-v4-flash", "--at", "off-peak")["tokens"][
            "count"
        ]
        for paths in (("a.txt", path), ("a.txt",), (path,))
    )

    assert both == text + requests


def test_a_broken_line_is_told_and_the_others_are_counted(estimate: Estimate) -> None:
    """Exit 1 unless --skip-bad."""
    path = lines("a.jsonl", [chat("one"), '{"messages": [', chat("two")])
    code, out, err = estimate(path, "-m", "gpt-4o", "-q")
    skipped = estimate(path, "-m", "gpt-4o", "-q", "--skip-bad")

    assert code == 1
    assert "error: 1 request could not be read: a.jsonl:2: " in err
    assert "hint: " in err
    assert skipped[:2] == (0, out)
    assert Decimal(out) > 0


def test_strict_takes_no_estimate(estimate: Estimate) -> None:
    """Nothing is printed that a script could take for a figure."""
    Path("a.txt").write_text("hello there", "utf-8")
    code, out, err = estimate("a.txt", "-m", "gpt-4o,claude-sonnet-5", "--strict")

    assert (code, out) == (1, "")
    assert "anthropic/claude-sonnet-5" in err
    assert estimate("a.txt", "-m", "gpt-4o", "--strict")[0] == 0


def test_a_folder_is_its_files(estimate: Estimate) -> None:
    """But for what git ignores, what is hidden and what is binary; each is told."""
    folder = Path("docs")
    (folder / "deep").mkdir(parents=True)
    (folder / "a.md").write_text("one two three", "utf-8")
    (folder / "deep" / "b.md").write_text("four", "utf-8")
    (folder / "c.bin").write_bytes(b"\x00\x01\x02")
    (folder / "d.log").write_text("ignored", "utf-8")
    (folder / ".gitignore").write_text("*.log\n", "utf-8")
    code, out, err = estimate("docs", "-m", "gpt-4o", "--per-file", "--format", "json", "--notes")
    found = json.loads(out)

    assert code == 0
    assert [one["name"] for one in found["inputs"]] == ["docs/a.md", "docs/deep/b.md"]
    assert [one["name"] for one in found["breakdown"]] == ["docs/a.md", "docs/deep/b.md"]
    assert "binary" in err
    assert "docs/c.bin" in err
    assert "docs/d.log" in err


def test_a_pattern_is_the_files_that_it_fits(estimate: Estimate) -> None:
    for name in ("a.md", "b.md", "c.txt"):
        Path(name).write_text("hello", "utf-8")

    assert len(estimate.json("*.md", "-m", "gpt-4o")["inputs"]) == 2
    code, _, err = estimate("*.rst", "-m", "gpt-4o")
    assert code == 1
    assert "*.rst" in err


def test_an_image_of_unknown_size_has_no_price(estimate: Estimate) -> None:
    """Addresses are not fetched."""
    code, _, err = estimate(SAMPLES / "openai-chat.jsonl", "-m", "gpt-4o")

    assert code == 1
    assert "1 request with images or files whose tokens are not known" in err


IMAGE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAB/HSuDAAAA"
"""The first bytes of one of 1,024 x 1,024 pixels."""


def test_images_are_priced_by_the_vendors_formula(estimate: Estimate) -> None:
    """Where it is published and the size is known; else the model is left out, never at zero."""
    parts = [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": IMAGE}}]
    request = json.dumps({"messages": [{"role": "user", "content": parts}]})
    found = estimate.json(
        lines("a.jsonl", [request]), "-m", "gpt-4o,deepseek/deepseek-v4-flash", "--at", "off-peak"
    )
    (line,), (left_out,) = found["results"], found["excluded"]

    # two tiles by two of 170, and 85
    assert (line["model"], line["tokens"]["count"]) == ("gpt-4o", 8 + 765)
    assert (left_out["model"], left_out["reason"]) == ("deepseek-v4-flash", "image")


def test_names_of_requests_act_on_no_terminal(estimate: Estimate) -> None:
    line = json.dumps({"custom_id": "\x1b[31mred", "body": json.loads(chat("hi"))})
    _, out, _ = estimate(lines("a.jsonl", [line]), "-m", "gpt-4o", "--per-request")

    assert "\x1b" not in out
    assert "\\x1b[31mred" in out


# --- requests that no model takes ---


def sized(*outputs: int) -> list[str]:
    return [chat("one", max_tokens=output) for output in outputs]


HUGE = 10**30


@pytest.mark.parametrize(
    ("outputs", "words", "models", "left_out"),
    [
        ((10, 20), (), {"gpt-4o", "gpt-5.4"}, 0),
        ((10, HUGE, 20), (), {"gpt-4o", "gpt-5.4"}, 1),
        ((10, HUGE, 20, HUGE, HUGE), (), {"gpt-4o", "gpt-5.4"}, 3),
        ((10, 100_000, 20), (), {"gpt-5.4"}, 0),  # which one takes
        ((10, 100_000, HUGE), (), {"gpt-5.4"}, 1),
        ((10, 100_000), ("-m", "gpt-4o"), {"gpt-4o"}, 1),
        ((HUGE,), (), set(), 0),
        ((HUGE, HUGE), (), set(), 0),
        ((10, HUGE), ("-o", "5"), {"gpt-4o", "gpt-5.4"}, 0),  # which asks for less
    ],
)
def test_a_request_that_no_model_takes_is_left_out_for_all(
    estimate: Estimate,
    outputs: tuple[int, ...],
    words: tuple[str, ...],
    models: set[str],
    left_out: int,
) -> None:
    """And the figures are those of the others."""
    path = lines("a.jsonl", sized(*outputs))
    asked = (*(() if "-m" in words else ("-m", "gpt-4o,gpt-5.4")), *words, "--format", "json")
    code, out, err = estimate(path, *asked)
    found = json.loads(out)

    assert {one["model"] for one in found["results"]} == models
    assert code == (1 if left_out or not models else 0)
    assert ("left_out" in found) is bool(left_out)
    assert ("since no model takes" in err) is bool(left_out)
    assert estimate(path, *asked, "--skip-bad")[0] == (0 if models else 1)
    if left_out:
        assert (found["left_out"]["requests"], found["left_out"]["all"]) == (left_out, len(outputs))
        assert found["left_out"]["reason"] in ("context", "max_output")
        limit = HUGE if "gpt-5.4" in models else 100_000
        rest = lines("b.jsonl", sized(*(one for one in outputs if one < limit)))
        alone = json.loads(estimate(rest, *asked)[1])
        assert found["results"] == alone["results"]


def test_the_bare_number_is_that_of_the_others(estimate: Estimate) -> None:
    path, rest = lines("a.jsonl", sized(10, HUGE)), lines("b.jsonl", sized(10))
    code, out, err = estimate(path, "-m", "gpt-4o", "-q")

    assert code == 1
    assert out == estimate(rest, "-m", "gpt-4o", "-q")[1]
    assert "error: 1 of 2 requests is left out" in err
    code, again, err = estimate(path, "-m", "gpt-4o", "-q", "--skip-bad")
    assert (code, again) == (0, out)
    assert "warning: 1 of 2 requests is left out" in err


def test_by_request_it_has_no_row(estimate: Estimate) -> None:
    path = lines("a.jsonl", sized(10, HUGE, 20))
    code, out, _ = estimate(path, "-m", "gpt-4o", "--per-request", "--format", "json")

    assert code == 1
    assert [one["name"] for one in json.loads(out)["breakdown"]] == ["a.jsonl:1", "a.jsonl:3"]


def test_a_text_that_no_model_takes_is_named(estimate: Estimate) -> None:
    Path("long.txt").write_text("hello " * 200_000)
    Path("short.txt").write_text("hello")
    code, out, err = estimate("long.txt", "short.txt", "-m", "gpt-4o", "-q")

    assert (code, out) == (1, estimate("short.txt", "-m", "gpt-4o", "-q")[1])
    assert "1 of 2 requests is left out, since no model takes it (long.txt: needs" in err


def test_a_model_without_a_known_window_does_not_take_everything(estimate: Estimate) -> None:
    """It is priced for the same requests as the others."""
    path, rest = lines("a.jsonl", sized(10, HUGE)), lines("b.jsonl", sized(10))
    words = ("-m", "gpt-4o,doubao-seed-character", "--skip-bad", "--format", "json")

    assert (
        json.loads(estimate(path, *words)[1])["results"]
        == (json.loads(estimate(rest, *words)[1])["results"])
    )


def test_a_key_that_no_line_has_prints_no_figure(estimate: Estimate) -> None:
    Path("a.jsonl").write_text('{"label": "x", "stars": 5}\n' * 200)
    code, out, err = estimate("a.jsonl", "-m", "gpt-4o", "--field", "text")

    assert (code, out) == (1, "")
    assert err == "error: `a.jsonl` has no key `text`\nhint: it has `label`, `stars`\n"


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0", "| llmcost"),
        ("a.parquet", b"PAR1\0\0", "--column" if find_spec("pyarrow") else "pyarrow"),
        ("a.pdf", b"%PDF-1.4\0", ""),
    ],
)
def test_a_named_file_without_text_is_refused_with_the_way_out(
    estimate: Estimate, name: str, content: bytes, hint: str
) -> None:
    """The others are counted."""
    Path(name).write_bytes(content)
    Path("a.txt").write_text("hello")
    code, out, err = estimate(name, "-m", "gpt-4o")
    both, figures, _ = estimate(name, "a.txt", "-m", "gpt-4o", "-q")

    assert (code, out) == (1, "")
    assert name in err
    assert hint in err.partition("hint:")[2]
    assert (both, bool(figures)) == (1, True)


def test_bytes_by_pipe_and_wide_text_are_no_binary_files(
    estimate: Estimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", piped(b"a\0b"))
    Path("wide.txt").write_bytes("hello".encode("utf-16-le"))

    assert estimate("-", "-m", "gpt-4o")[0] == 0
    assert estimate("wide.txt", "-m", "gpt-4o", "--encoding", "utf-16-le")[0] == 0


def test_without_its_extra_a_parquet_file_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "find_spec", lambda name: None)

    assert discovery.other_way("a.parquet") == install("parquet")


# --- the same bytes by pipe and by file


def piped(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="ascii")


OTHER = '{"label": "x"}\n{"label": "y", "stars": 5}\n'


@pytest.mark.parametrize(
    ("name", "content", "words", "requests"),
    [
        ("a.jsonl", chat("hello") + "\n" + '{"prompt": "hi"}\n', (), 2),
        ("a.json", f"[{chat('hello')}]", (), 1),
        ("a.jsonl", '{"question": "why?", "answer": "so"}\n', (), 1),
        ("a.jsonl", OTHER, (), 1),
        ("a.jsonl", OTHER, ("--field", "label"), 2),
        ("a.csv", "id;text\n1;hello\n2;hi\n", ("--column", "text"), 2),
        ("a.csv", "编号,评论\n1,很好\n", ("--column", "评论"), 1),
        ("a.txt", "just text", (), 1),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_pipe_is_read_as_a_file_is(
    estimate: Estimate,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str,
    words: Sequence[str],
    requests: int,
    encoding: str,
) -> None:
    """And as one whose name has no ending."""
    found = []
    for path in (name, "-", "noending"):
        monkeypatch.setattr(sys, "stdin", piped(content.encode(encoding)))
        Path(path).write_bytes(content.encode(encoding))
        found.append(estimate.json(path, "-m", "gpt-4o", *words))

    tokens = [one["results"][0]["tokens"] for one in found]
    assert tokens == [tokens[0]] * 3
    assert [one["inputs"][0]["requests"] for one in found] == [requests] * 3


@pytest.mark.parametrize(
    ("content", "parts", "word"),
    [
        (OTHER, ("`label`, `stars`", "--field"), "warning:"),
        ('{"instruction": "x", "input": "y"}', ("`instruction + input` (1)", "--field"), "note:"),
    ],
)
def test_lines_that_are_no_requests_are_named(
    estimate: Estimate, content: str, parts: Sequence[str], word: str
) -> None:
    """A warning where they are one text, also with -q; a note where they are a data set."""
    Path("a.jsonl").write_text(content)
    _, _, err = estimate("a.jsonl", "-m", "gpt-4o", "--notes")
    _, _, brief = estimate("a.jsonl", "-m", "gpt-4o", "-q")

    (line,) = [one for one in err.splitlines() if "--field" in one]
    assert line.startswith(word)
    assert all(part in line for part in parts)
    assert ("--field" in brief) is (word == "warning:")
