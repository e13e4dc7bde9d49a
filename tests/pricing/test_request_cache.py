"""What a cache reads of requests without a clock: of a file, a conversation, a text sent again."""

import json
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import CALENDAR, exact, exchange, model, rates, row, table, terms

from llmcost.chat import Ask, Message, Tool
from llmcost.cli.app import main
from llmcost.commands.estimate.compute import Line, estimate
from llmcost.errors import UsageError
from llmcost.inputs.request_prefixes import PrefixFinder
from llmcost.pricing.cache_rules import CacheRule, CacheTerms, Lifetime, RuleCase
from llmcost.pricing.price_rows import Model
from llmcost.pricing.request_cache import RequestPrefixes, request_parts
from llmcost.pricing.usage import Input, Size
from llmcost.runtime.option_values import cached_of

PREFIX = CacheTerms(0, 1, 300, True)
UNITS = replace(PREFIX, matching="units")
PAID = replace(PREFIX, writes=True)
SYSTEM, LONG = "s" * 2000, "d" * 6000


def chat(*texts: str, system: str = SYSTEM, tools: tuple[Tool, ...] = ()) -> Ask:
    """Messages of the user and the assistant in turn, a token for each character."""
    roles = ("user", "assistant")
    said = [Message(roles[number % 2], text) for number, text in enumerate(texts)]
    return Ask("", (Message("system", system), *said), tools=tools)


def length(ask: Ask) -> int:
    return len(ask.text) + sum(len(one.text) for one in ask.messages)


def prefixes(*asks: Ask) -> RequestPrefixes:
    finder, ends = PrefixFinder(), dict[int, int]()
    for ask in asks:
        ends |= {node: length(begin) for node, begin in finder.add(ask)}
    sizes = [Size(length(one), length(one), length(one)) for one in asks]
    return RequestPrefixes(finder.tree, finder.places, {"": ends}, {"": sizes})


def parts(
    *asks: Ask, how: CacheTerms = PREFIX, explicit: bool = False, warm: bool = False,
    again: bool = False,
) -> list[tuple[int, int]]:  # fmt: skip
    return list(request_parts(prefixes(*asks), "", how, explicit, warm, again))


def reads(*asks: Ask, **others: Any) -> list[int]:
    return [read for read, _ in parts(*asks, **others)]


def test_requests_with_a_common_system_prompt() -> None:
    asks = [chat(text) for text in ("one", "two", "three")]

    assert reads(*asks) == [0, 2000, 2000]
    assert reads(*asks, warm=True) == [2000] * 3
    assert reads(*asks, how=replace(PREFIX, minimum=2001)) == [0] * 3
    assert reads(*asks, how=replace(PREFIX, granularity=128)) == [0, 1920, 1920]
    assert reads(*asks, how=UNITS) == [0, 0, 2000]  # DeepSeek's guide: A+B, A+C, then A+D hits
    assert reads(*asks, how=replace(PREFIX, seconds=0)) == [0] * 3


def test_an_explicit_cache_is_asked_for_where_requests_part() -> None:
    """Written once, to the end of what is shared; the rest is plain input."""
    asks = [chat(text) for text in ("one", "two", "three")]

    assert parts(*asks, how=PAID, explicit=True) == [(0, 2000), (2000, 0), (2000, 0)]
    assert parts(*asks, how=PAID) == [(0, 2003), (2000, 3), (2000, 5)]  # GPT-5.6 writes by itself
    assert parts(asks[0], how=PAID, explicit=True) == [(0, 0)]
    assert parts(asks[0], how=PAID, explicit=True, again=True) == [(0, 2003)]
    assert parts(asks[0], how=PAID, explicit=True, again=True, warm=True) == [(2003, 0)]


@pytest.mark.parametrize(
    ("other", "read"),
    [
        (chat("one", "answer", "next"), 2003),  # its earlier turn was a request
        (chat("one", "another", "next"), 2003),
        (chat("edited", "answer", "next"), 2006),  # which is its own earlier turn
        (chat("one", system=f"{SYSTEM[:-1]}x"), 1890),  # to a sixty-fourth, or 128 characters
        (chat("one", system=f"x{SYSTEM[1:]}"), 0),
        (chat("one", tools=(Tool("search"),)), 0),
    ],
)
def test_what_breaks_a_prefix(other: Ask, read: int) -> None:
    found = reads(chat("one"), other)[1]

    assert abs(found - read) <= 128
    assert found <= read or read == 1890


def test_a_conversation_reads_what_its_last_request_had() -> None:
    whole = chat("one", "answer", "two", "answer", "three")

    assert reads(whole) == [2000 + 3 + 6 + 3]
    assert reads(whole, how=UNITS) == [2000 + 3 + 6 + 3 + 6]  # a unit ends with an answer
    assert reads(chat("one")) == [0]


def test_texts_that_begin_alike() -> None:
    """Within a sixty-fourth of where they part, and never more."""
    for shared in (500, 5000, 90_000):
        common = "".join(f"{number:06}" for number in range(shared // 6))
        found = reads(Ask("", text=f"{common}a"), Ask("", text=f"{common}b" * 2))[1]
        assert len(common) - max(128, shared // 32) <= found <= len(common)


TEXTS = st.lists(st.sampled_from(["one", "two", LONG, f"{LONG}x"]), min_size=1, max_size=5)


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.booleans(), st.booleans())
@example([["one"], ["two", "one"], ["two", "two", "one", "one", "one"]], True, False)
def test_laws(conversations: list[list[str]], explicit: bool, again: bool) -> None:
    """No more is read and written than sent; a higher minimum and a larger step read no more, and a
    warm cache no less."""
    asks = [chat(*texts) for texts in conversations]
    sent = [length(one) for one in asks]

    def found(**changes: Any) -> list[tuple[int, int]]:
        warm = changes.pop("warm", False)
        how = replace(PAID, **changes)
        return parts(*asks, how=how, explicit=explicit, warm=warm, again=again)

    plain = found()
    assert all(sum(one) <= most for one, most in zip(plain, sent, strict=True))
    for less in (found(minimum=3000), found(granularity=128), found(seconds=0)):
        assert all(one[0] <= other[0] for one, other in zip(less, plain, strict=True))
    warm = found(warm=True)
    assert all(one[0] >= other[0] for one, other in zip(warm, plain, strict=True) if explicit)


# --- what it costs

RULE = CacheRule(
    id="rule", providers=("acme",), models=("*",), sources=(), confidence="high",
    minimum=(RuleCase(tokens=1000),), lifetimes={"auto": Lifetime(300, 300, refreshed=True)},
    granularity=1,
)  # fmt: skip
LOOSE = replace(RULE, lifetimes={"auto": Lifetime(None, None)}, minimum=())
SOLD = replace(RULE, kind="explicit", bills_writes=True, lifetimes={"5m": Lifetime(300, 300)})
CACHED = model("cached", row(rates("10", "20", "1")))
MARKED = model("marked", row(rates("10", "20", "1", cache_write_5m="12.5")))


def priced(one: Model, rule: CacheRule, *inputs: Input, calls: int = 1) -> Line:
    asked = terms(calls=calls, cache_rules=(rule,))
    found = estimate(table(one), [one], inputs, asked, exchange(), CALENDAR, lambda _: "words")
    return found.lines[0]


def text(tokens: int) -> Input:
    return Input("text", tokens, tokens, {"words": exact(tokens)})


def test_a_text_that_is_sent_again() -> None:
    """10,000 tokens a thousand times: 10 and 1 yuan a million."""
    assert priced(CACHED, RULE, text(10_000)).native.amount == D("0.01")
    assert priced(CACHED, RULE, text(10_000), calls=1000).native.amount == D("0.1") + 999 * D(
        "0.01"
    )
    assert priced(CACHED, RULE, text(999), calls=1000).native.amount == D("9.99")
    line = priced(MARKED, SOLD, text(10_000), calls=1000)
    assert line.native.amount == D("0.125") + 999 * D("0.01")
    assert line.native.high == 1000 * D("0.125")  # calls that are further apart than its lifetime
    assert sum(part.amount for part in line.parts) == line.native.amount


def test_a_cache_that_does_not_pay_is_not_bought() -> None:
    line = priced(MARKED, SOLD, text(500), calls=1000)

    assert line.cache is not None
    assert (line.cache.name, line.native.amount) == ("none", D("5"))


def test_bounds_are_what_a_vendor_does_not_publish() -> None:
    line = priced(CACHED, LOOSE, text(900), calls=10)

    assert line.native.amount == D("0.09")  # below 1,024
    assert (line.native.low, line.native.high) == (D("0.009"), D("0.09"))


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["estimate", *words, "--as-of", "2026-11-30"])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_minimums_of_the_vendors(run: Run) -> None:
    """Five requests with 2,400 common tokens: Gemini caches from 4,096 on, OpenAI in steps of 128,
    DeepSeek from the third request on, Anthropic where it is asked for."""
    system = "You are a careful assistant. " * 480
    bodies = [
        {"messages": [{"role": "system", "content": system}, {"role": "user", "content": f"{n}?"}]}
        for n in range(5)
    ]
    Path("requests.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in bodies))
    names = "gpt-6.2-sol,gemini-4-hydrogen,deepseek-v4-pro,claude-sonnet-5-5,glm-5.3"
    _, out, _ = run("requests.jsonl", "--cached", "auto", "-m", names, "--format", "json")
    found = {one["model"]: one for one in json.loads(out)["results"]}

    def usage(name: str) -> tuple[int, int, int]:
        one = found[name]["usage"]
        return one["input"], one["cache_read"], one["cache_write"]

    whole, read, wrote = usage("gpt-6.2-sol")
    assert (read, wrote) == (4 * (whole // 5 // 128 * 128), whole // 5 // 128 * 128)
    assert usage("gemini-4-hydrogen")[1] == 0
    whole, read, _ = usage("deepseek-v4-pro")
    assert 0.59 < read / whole < 0.6
    whole, read, wrote = usage("claude-sonnet-5-5")
    assert read == 4 * wrote < whole * 0.8
    assert found["claude-sonnet-5-5"]["cache"]["minimum"] == 512
    assert found["glm-5.3"]["cache"]["known"] is False
    assert D(found["glm-5.3"]["cost"]["low"]) < D(found["glm-5.3"]["cost"]["high"])

    import llmcost

    again = llmcost.estimate_requests(bodies, models=names, cached="auto", as_of="2026-11-30")
    usages = {
        one.model.id: (one.usage.input, one.usage.cache_read, one.usage.cache_write)
        for one in again.lines
    }
    assert usages == {name: usage(name) for name in found}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cached", "auto", "--cache-write", "5"), "--cache-write has no effect"),
        (("--cached", "auto", "--split", "5k"), "--split has no effect with --cached auto"),
        (("--cached", "automatic"), "--cached takes tokens or a share"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    Path("text.txt").write_text("text")
    code, out, err = run("text.txt", *words)

    assert (code, out) == (2, "")
    assert said in err


def test_no_rules_without_auto() -> None:
    assert cached_of("40%", None)[1] == ()
    with pytest.raises(UsageError, match="--cached takes"):
        cached_of("often", None)
