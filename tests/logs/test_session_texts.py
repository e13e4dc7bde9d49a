"""What requests of a log have in common by their texts: edits, other tools, summaries, branches."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.session_reader import SessionLogs, tree_of
from llmcost.logs.session_texts import TextNode, text_tree
from llmcost.pricing.cache_rules import CacheTerms
from llmcost.pricing.prompt_cache import hits, uses
from llmcost.runtime.count_inputs import Asked
from llmcost.runtime.open_inputs import How

FOREVER = CacheTerms(0, 1, float("inf"), True)
Usage = Mapping[str, int]
Lines = Sequence[Mapping[str, Any]]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def reads(lines: Iterable[Mapping[str, Any]], *, side: bool = False) -> list[int]:
    """What a cache that forgets nothing reads of each request of the main conversation, or of the
    subagents."""
    Path("log.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    logs = SessionLogs(Asked(["log.jsonl"], how=How(None, False)), "UTC")
    sessions = [one for one in logs.sessions() if one.requests[0].side == side]
    trees = [tree_of(one) for one in sessions]
    found = [use for tree in trees for use in uses(tree, hits(tree, FOREVER), FOREVER)]
    billed = [one.sizes.input for session in sessions for one in session.requests]
    assert [one.input for one in found] == billed
    return [one.read for one in found]


class Claude:
    """A transcript of Claude Code: `say` and `answer` go on from a line, by its uuid."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def _line(self, parent: str | None, kind: str, message: Any, **others: Any) -> str:
        number = len(self.lines)
        time = f"2026-11-27T02:{number // 60:02}:{number % 60:02}Z"
        line = {"uuid": f"u{number}", "parentUuid": parent, "type": kind, "sessionId": "one"}
        self.lines.append({**line, "timestamp": time, "message": message, **others})
        return f"u{number}"

    def say(self, parent: str | None, text: str, **others: Any) -> str:
        return self._line(parent, "user", {"role": "user", "content": text}, **others)

    def answer(self, parent: str, input: int, read: int = 0, **others: Any) -> str:
        """In two lines, as it is written: a text and a call."""
        usage = {"input_tokens": input - read, "cache_read_input_tokens": read, "output_tokens": 50}
        id = f"msg_{len(self.lines)}"
        whole = {"id": id, "role": "assistant", "model": "claude-sonnet-5-5", "usage": usage}
        for kind in ("text", "tool_use"):
            content = [{"type": kind, "text": f"{kind} of {id}"}]
            message = {**whole, "type": "message", "content": content}
            parent = self._line(parent, "assistant", message, **others)
        return parent


def test_claude_code_goes_on() -> None:
    log = Claude()
    first = log.answer(log.say(None, "Do this."), 10_000)
    second = log.answer(log.say(first, "a result"), 10_500)
    log.answer(log.say(second, "another"), 11_000)

    assert reads(log.lines) == [0, 10_000, 10_500]


def test_an_edited_turn_breaks_the_prefix_there() -> None:
    """The user goes back to the first answer, and says something else."""
    log = Claude()
    first = log.answer(log.say(None, "Do this."), 10_000)
    second = log.answer(log.say(first, "a" * 900), 13_000)
    log.answer(log.say(second, "b" * 900), 16_000)
    edited = log.answer(log.say(first, "No, that."), 10_200)
    log.answer(log.say(edited, "c" * 900), 13_200)
    log.answer(log.say(second, "b" * 900), 16_000)  # and back again

    found = reads(log.lines)
    assert found[:3] == [0, 10_000, 13_000]
    assert 10_000 <= found[3] <= 10_050  # the answer was not yet sent
    assert found[4:] == [10_200, 16_000]


def test_a_summary_shares_what_the_log_does_not_show() -> None:
    """After compaction the system prompt alone is the same: what the vendor read of it."""
    log = Claude()
    first = log.answer(log.say(None, "Do this."), 20_000, 15_000)
    log.answer(log.say(first, "a result"), 90_000, 20_000)
    log.answer(log.say(None, "The story so far", isCompactSummary=True), 25_000, 15_000)

    assert reads(log.lines) == [0, 20_000, 15_000]


def test_subagents_do_not_go_on_from_each_other() -> None:
    log = Claude()
    one, two = (log.say(None, text, isSidechain=True) for text in ("first task", "second task"))
    one = log.answer(one, 5000, 3000, isSidechain=True)
    two = log.answer(two, 6000, 3000, isSidechain=True)
    log.answer(log.say(one, "result", isSidechain=True), 7000, 5000, isSidechain=True)
    log.answer(log.say(two, "result", isSidechain=True), 8000, 6000, isSidechain=True)

    assert reads(log.lines, side=True) == [0, 3000, 5000, 6000]


def codex(*steps: Any) -> Lines:
    """A rollout: texts of the user, and the input of each request that follows."""
    lines: list[dict[str, Any]] = [{"type": "session_meta", "payload": {"id": "s", "cwd": "/x"}}]
    lines.append({"type": "turn_context", "payload": {"model": "gpt-6.2-sol", "cwd": "/x"}})
    total = 0
    for number, step in enumerate(steps):
        if isinstance(step, dict):
            lines.append(step)
            continue
        text, input = step
        for role, said in (("user", text), ("assistant", f"answer {number}")):
            item = {"type": "message", "role": role, "content": [{"type": "text", "text": said}]}
            lines.append({"type": "response_item", "payload": item})
        total += input
        last = {"input_tokens": input, "output_tokens": 10, "total_tokens": input + 10}
        whole = {**last, "input_tokens": total, "total_tokens": total + 10 * number}
        info = {"last_token_usage": last, "total_token_usage": whole}
        lines.append({"type": "event_msg", "payload": {"type": "token_count", "info": info}})
    for second, line in enumerate(lines):
        line["timestamp"] = f"2026-11-27T02:00:{second:02}Z"
    return lines


ROLLED_BACK = {"type": "event_msg", "payload": {"type": "thread_rolled_back", "num_turns": 1}}
COMPACTED = {"type": "compacted", "payload": {"message": "The story so far"}}
OTHER = {
    "type": "turn_context",
    "payload": {"base_instructions": "Be brief.", "model": "gpt-6.2-sol"},
}


@pytest.mark.parametrize(
    ("steps", "read"),
    [
        ([("one", 9000), ("two", 9500), ("three", 9900)], [0, 9000, 9500]),
        ([("one", 9000), ("two", 9500), ROLLED_BACK, ("other", 9600)], [0, 9000, 9010]),
        ([("one", 9000), ("two", 50_000), COMPACTED, ("three", 12_000)], [0, 9000, None]),
        ([("one", 9000), ("two", 9500), OTHER, ("three", 9900)], [0, 9000, None]),
    ],
)
def test_codex(steps: Sequence[Any], read: list[int | None]) -> None:
    """None: no more than what is before the first text."""
    found = reads(codex(*steps))

    for one, expected in zip(found, read, strict=True):
        assert one == expected or (expected is None and one < 9000), found


def body(
    number: int, system: str, *texts: str, tools: str = "", vendor: str = "openai"
) -> dict[str, Any]:
    """A request beside its answer, of no session: a token for each character."""
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]
    tool = {"name": "search", "description": tools}
    whole = len(system) + sum(map(len, texts)) + len(tools)
    if vendor == "openai":
        sent: dict[str, Any] = {"messages": [{"role": "system", "content": system}, *messages]}
        sent["tools"] = [{"type": "function", "function": tool}] if tools else []
        usage = {"prompt_tokens": whole, "completion_tokens": 9}
    else:
        sent = {"system": system, "messages": messages, "tools": [tool] if tools else []}
        usage = {"input_tokens": whole, "output_tokens": 9}
    model = "gpt-6.2-sol" if vendor == "openai" else "claude-sonnet-5-5"
    answer = {"id": f"a{number}", "model": model, "created": 1_795_000_000 + number, "usage": usage}
    return {"request": {"model": model, **sent}, "response": answer}


SYSTEM = "".join(f"{number:04}" for number in range(500))


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("other", "read"),
    [
        ((SYSTEM, "one", "answer", "next"), 2003),
        ((SYSTEM, "edited"), 2000),
        ((SYSTEM + "x", "one"), 1900),
        (("x" + SYSTEM, "one"), 0),
    ],
)
def test_bodies_of_requests(vendor: str, other: Sequence[str], read: int) -> None:
    """A change of the system prompt or a turn breaks what follows, and nothing else."""
    found = reads([body(0, SYSTEM, "one", vendor=vendor), body(1, *other, vendor=vendor)])

    assert abs(found[1] - read) <= 128


def test_other_tools_break_everything() -> None:
    lines = [
        body(n, SYSTEM, "one", tools=tools) for n, tools in enumerate(["find", "find", "look"])
    ]

    found = reads(lines)
    assert (found[1], found[2]) == (2007, 0)


def test_what_has_no_texts_is_counted() -> None:
    """A line whose request is cut off: all requests are followed by their tokens alone."""
    lines = [body(n, SYSTEM, "one") for n in range(2)]
    del lines[1]["request"]

    assert reads(lines) == [0, 0]


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.booleans())
def test_a_request_has_the_tokens_of_its_log_whatever_its_texts_are(seed: int, whole: bool) -> None:
    """Also if it is shorter than what it goes on from, or has fewer tokens than texts."""
    random = Random(seed)
    root = TextNode()
    root.is_whole = whole
    nodes, requests = [root], []
    for second in range(random.randint(1, 12)):
        node = random.choice(nodes)
        for _ in range(random.randint(1, 4)):
            answer = random.choice((None, None, second))
            node = node.child(random.randint(0, 3), random.randint(0, 90), answer)
            node.is_system = random.random() < 0.2
        nodes.append(node)
        read, wrote = random.randint(0, 99), random.randint(0, 99)
        sizes = Sizes("", read + wrote + random.randint(0, 300), random.randint(0, 50), read, wrote)
        requests.append(LoggedRequest("zeta", second, sizes, prefix=node))

    tree = text_tree(requests)

    assert [tree.ends[leaf] for leaf in tree.leaves] == [one.sizes.input for one in requests]
    assert all(
        tree.ends[parent] < end
        for node, (parent, end) in enumerate(zip(tree.parents, tree.ends, strict=True))
        if node
    )
