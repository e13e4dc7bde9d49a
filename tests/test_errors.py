"""Whatever a file of the user's has wrong is said in messages, which any language can say."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from llmcost.commands.tokenizers.listing import is_reconstructed, method
from llmcost.errors import BadFile, LlmcostError, UnreadableInput, reason
from llmcost.inputs.checkpoint import CheckpointEntry, FileState, entry_of
from llmcost.inputs.discovery import expand
from llmcost.inputs.request_files import BadLine, read_requests
from llmcost.inputs.text_stream import Failed, TextStream, cannot_read, failed, open_inputs
from llmcost.messages import Text, say
from llmcost.price_data.parser import parse_table
from llmcost.price_data.trackers import read_tracker
from llmcost.pricing.usage import Counted, Input
from llmcost.tokenizers import installed as hub
from llmcost.tokenizers import user_files as files
from llmcost.tokenizers.registry import TOKENIZERS, Supply, tokenizer
from llmcost.tokenizers.user_files import supplied
from llmcost.workload.file import load_workload, read_workload, template

HERE = Path("own.yaml")


def of_prices(content: bytes) -> Callable[[], object]:
    return lambda: parse_table(HERE, content, ["qwen"])


def of_workload(content: bytes) -> Callable[[], object]:
    return lambda: read_workload(HERE, content)


FAILURES = [
    *(of_prices(one) for one in (b"", b"a: [", b"a: b: c", b"[[", b"a: &x 1\nb: *x", b"\x00")),
    of_prices(b"schema: 2\nkey: 1\nproviders: [{id: a, currency: X, models: 3}, {id: a}]"),
    *(of_workload(one) for one in (b"", b"schema: 1\nmaux: 1\nturns: x\ntraffic: {mon: [1]}")),
    lambda: load_workload(Path("not-there.yaml")),
    lambda: read_tracker(b"{", "list.json"),
    lambda: read_tracker(b"{}", "list.json"),
    lambda: open_inputs(["not-there.txt"]),
    lambda: open_inputs(["-"], "klingon"),
    lambda: expand(["*.not-there"]),
    lambda: files.content_of(Path("not-there.json")),
    lambda: files.load("own.json", b"{}"),
    lambda: files.load("own.tiktoken", b"YQ== 0\nxx\n"),
    lambda: hub.download("no id"),
    lambda: tokenizer("own"),
]


@pytest.mark.parametrize("fails", FAILURES)
def test_failures_are_messages_all_through(fails: Callable[[], object]) -> None:
    with pytest.raises(LlmcostError) as caught:
        fails()
    error = pickle.loads(pickle.dumps(caught.value))
    said = [str(error), *(error.problems if isinstance(error, BadFile) else ()), error.hint]
    assert all(isinstance(one, Text) for one in said if one)


@pytest.mark.parametrize(
    "line",
    [
        *('{"messages": 3}', '{"messages": [3]}', '{"messages": [{"role": "boss"}]}', "{}", "{"),
        *('{"prompt": [1]}', '{"contents": [3]}', '{"messages": [], "n": -1, "max_tokens": 1}'),
    ],
)
def test_so_are_those_of_requests(line: str) -> None:
    (bad,) = read_requests([line], "own.jsonl")
    assert isinstance(bad, BadLine)
    assert isinstance(bad.message, Text)


def test_why_a_file_cannot_be_read_is_a_message_without_its_name() -> None:
    one = failed("a", cannot_read("a", reason(FileNotFoundError(2, "No such file or directory"))))
    assert (one.message, one.reason) == (
        "cannot read `a`: No such file or directory",
        "No such file or directory",
    )
    assert isinstance(one.reason, Text)
    assert failed("a", UnreadableInput("cannot convert `a`")).reason == "cannot convert `a`"
    assert Failed("a", "cannot read `a`: torn").reason == "torn"


def test_a_journal_keeps_english() -> None:
    found = Input("a", 1, 1, {}, unknown={"m": say("none for {x}", x=1)})
    entry = entry_of(TextStream("a", "utf-8"), FileState(1, 1, ""), Counted(found, (say("bad"),)))
    assert isinstance(entry, CheckpointEntry)
    assert [type(one) for one in (*entry.bad, *entry.unknown.values())] == [str, str]


def test_methods_are_english_beside_figures_and_messages_where_they_are_listed() -> None:
    own = supplied("own", Supply("f.tiktoken", "qwen"))
    assert own.method == method(own) == "supplied: f.tiktoken, cut like qwen"
    for one in (own, *TOKENIZERS.values()):
        assert type(one.method) is str
        assert isinstance(method(one), Text) or method(one) == one.name
        assert is_reconstructed(one) or method(one) == one.method


def test_the_template_is_a_message() -> None:
    assert {"schema", "traffic", "scenarios"} <= {
        line.lstrip("#").partition(":")[0] for line in template().splitlines()
    }
    assert any(isinstance(part, Text) for part in template().values.values())
