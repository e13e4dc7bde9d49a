"""`llmcost replay`: sessions billed under the rules of each cache."""

import io
import json
from collections.abc import Callable, Mapping
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import CLI
from tables import CALENDAR, at, band, exchange, model, rates, row

from llmcost.cli.app import main
from llmcost.commands.replay.compute import Replay, Replayed, ReplayTarget, Session, replayed
from llmcost.commands.replay.shape import SessionShape, parse_shape, session_of
from llmcost.errors import UsageError
from llmcost.pricing.cache_rules import CacheOffer, CacheTerms
from llmcost.pricing.price_rows import Mode, Model
from llmcost.pricing.usage import SAME, TokenRange
from llmcost.workload.model import Workload, load_of

Run = Callable[..., tuple[int, str, str]]
TINY = CLI / "tiny.yaml"
FREE_CACHE = CacheTerms(0, 1, 300, True)
PAID_CACHE = CacheTerms(0, 1, 300, True, "breakpoint", writes=True)


def offer(terms: CacheTerms, lifetime: str = "") -> CacheOffer:
    return CacheOffer(lifetime or "auto", None, terms, terms, terms, lifetime, bool(lifetime))


def target(one: Model, *caches: CacheOffer) -> ReplayTarget:
    return ReplayTarget(one, one.prices[0], "CNY", caches)


PLAIN = target(model("plain", row(rates("1", "2"))))
CACHED = target(model("cached", row(rates("1", "2", "0.1"))), offer(FREE_CACHE))
MARKED = target(
    model("marked", row(rates("1", "2", "0.1", cache_write_5m="1.25", cache_write_1h="2"))),
    offer(PAID_CACHE, "5m"),
    offer(CacheTerms(0, 1, 3600, True, "breakpoint", writes=True), "1h"),
)


def twice(source: Model | None, target: Model) -> tuple[int, int]:
    return 2, 1


def replay_of(
    *sessions: Session, on: tuple[ReplayTarget, ...] = (CACHED,), **others: Any
) -> Replay:
    def ratio_of(source: Model, target: Model) -> TokenRange:
        return SAME

    found = Replay(on, ratio_of, CALENDAR, lambda schedule: "", **others)
    for one in sessions:
        found.add(one)
    return found


def result(*sessions: Session, on: tuple[ReplayTarget, ...] = (CACHED,), **others: Any) -> Replayed:
    return replayed(replay_of(*sessions, on=on), exchange(rate=None), at("2026-11-22"), **others)


SHAPE = SessionShape(turns=3, system=1000, user=100, output=50, gap=40)
M = D(1_000_000)


def test_a_session_by_hand() -> None:
    """Requests of 1,100, 1,250 and 1,400 tokens; the second reads 1,100, the third 1,250."""
    (line,) = result(session_of(SHAPE)).lines

    assert line.cost.amount == (1100 + 150 + 150 + D("0.1") * 2350 + 2 * 150) / M
    assert line.warm == (100 + 150 + 150 + D("0.1") * 3350 + 2 * 150) / M
    assert line.read_share == D(2350) / 3750


@pytest.mark.parametrize(
    ("gap", "name", "again"), [(40, "5m", 0), (301, "1h", 0), (3601, "none", 0)]
)
def test_the_best_lifetime_to_buy(gap: int, name: str, again: int) -> None:
    """One that outlives the pauses, but no longer; none where no cache does."""
    shape = SessionShape(turns=20, system=10_000, user=100, output=50, gap=gap)
    (line,) = result(session_of(shape), on=(MARKED,)).lines

    assert line.best.offer.name == name
    assert line.best.tokens.again == again


def test_a_lifetime_that_ends_is_written_twice() -> None:
    shape = SessionShape(turns=2, system=10_000, user=100, output=50, gap=400)
    (line,) = result(session_of(shape), on=(MARKED,), lifetime="5m").lines

    assert line.best.tokens.again == 10_100
    assert line.best.tokens.written == 10_100 + 10_250


def test_each_request_is_billed_in_its_band() -> None:
    banded = target(model("banded", row(band(rates("1", "2"), input=1200), band(rates("3", "2")))))
    (line,) = result(session_of(SHAPE), on=(banded,)).lines

    assert line.cost.amount == (1100 + 3 * 2650 + 2 * 150) / M


def test_marginal_bands_bill_parts_of_a_request_in_groups_too() -> None:
    bands = (band(rates("1", "2"), input=1200), band(rates("3", "2")))
    one = target(model("marginal", row(*bands, mode=Mode.MARGINAL)))
    replay = replay_of(session_of(SHAPE), on=(one,), by=lambda session: session.group)
    (line,) = replayed(replay, exchange(rate=None), at("2026-11-22")).lines

    assert line.cost.amount == (1100 + 1200 + 3 * 50 + 1200 + 3 * 200 + 2 * 150) / M
    assert [amount for amount, _ in line.best.groups.values()] == [line.cost.amount]


def test_a_model_that_is_too_small_is_left_out() -> None:
    small = target(model("small", row(rates("1", "2")), context=1300))

    found = result(session_of(SHAPE), on=(small,))

    assert [one.reason for one in found.excluded] == ["context"]


def test_when_to_switch() -> None:
    """To a model at half the price from the start on; to one that is dearer, never."""
    half = target(model("half", row(rates("0.5", "1", "0.05"))), offer(FREE_CACHE))
    dear = target(model("dear", row(rates("2", "4", "0.2"))), offer(FREE_CACHE))
    base = CACHED.model.key
    found = result(session_of(SHAPE), on=(CACHED, half, dear), base=base)
    by_id = {one.model.id: one for one in found.lines}
    switch = by_id["half"].switch

    assert switch is not None
    assert (switch.turn, switch.saves) == (1, by_id["cached"].cost.amount / 2)
    assert switch.latest == 1  # later, its empty cache costs more than it saves
    assert by_id["dear"].switch is None
    assert by_id["cached"].switch is None


SHAPES = st.builds(
    SessionShape,
    turns=st.integers(1, 12),
    system=st.integers(1, 5000),
    user=st.integers(1, 3000),
    output=st.integers(0, 900),
    gap=st.sampled_from((0.0, 40.0, 299.0, 301.0)),
)


@settings(max_examples=25)
@given(SHAPES, SHAPES)
def test_costs_are_additive_over_sessions(one: SessionShape, other: SessionShape) -> None:
    def costs(*shapes: SessionShape, lifetime: str) -> list[D]:
        found = result(*map(session_of, shapes), on=(CACHED, MARKED, PLAIN), lifetime=lifetime)
        return [each.cost.amount for each in sorted(found.lines, key=lambda line: line.model.id)]

    both = costs(one, other, lifetime="5m")
    apart = zip(costs(one, lifetime="5m"), costs(other, lifetime="5m"), strict=True)
    assert both == [first + second for first, second in apart]


@settings(max_examples=40)
@given(SHAPES)
def test_a_conversation_of_budget_is_its_closed_form(shape: SessionShape) -> None:
    """With every hit and no minimum: the same reads, and the same writes but for those that nobody
    can know to be in vain, after the last answer."""
    workload = Workload(
        turns=shape.turns,
        system_tokens=shape.system,
        input_tokens=shape.user,
        output_tokens=shape.output,
        cache_hit=D(1),
        cache_minimum=1,
    )
    planned = load_of(workload, shape.system, writes=True).pile.total
    quick = session_of(SessionShape(**{**as_dict(shape), "gap": 1}))
    replay = replay_of(quick, on=(MARKED,))
    sums = replay.sums(MARKED, 0, warm=True).turns
    vain = shape.user + (shape.output if shape.turns > 1 else 0)

    assert sum(one.input for one in sums.values()) == planned.input
    assert sum(one.output for one in sums.values()) == planned.output
    assert sum(one.read for one in sums.values()) == planned.cache_read
    assert sum(one.written for one in sums.values()) - vain == planned.cache_write


def as_dict(shape: SessionShape) -> dict[str, Any]:
    return {name: getattr(shape, name) for name in shape.__struct_fields__}


@pytest.mark.parametrize(
    "text", ["turns", "turns=0", "colour=2", "turns=3", "system=1,gap=x", "system=1,turns=1M"]
)
def test_what_is_no_shape(text: str) -> None:
    with pytest.raises(UsageError, match="--shape"):
        parse_shape(text)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["replay", "--prices", str(TINY), *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def answer(number: int, second: int, usage: Mapping[str, int], **others: Any) -> str:
    """A line of Claude Code."""
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": "ok"}],
        "usage": {"output_tokens": 100, **usage},
    }
    time = f"2026-11-27T02:{second // 60:02}:{second % 60:02}Z"
    line = {"type": "assistant", "sessionId": "one", "cwd": "/home/u/shop", "timestamp": time}
    return json.dumps({**line, "requestId": f"r{number}", "message": message, **others}) + "\n"


def transcript(*gaps: int) -> str:
    """Each request is 1,000 tokens longer than the last; the cache lives for five minutes."""
    lines, second, kept = [], 0, 0
    for number, gap in enumerate((0, *gaps)):
        second += gap
        input = 20_000 + 1000 * number
        read = kept if gap < 300 else 0
        usage = {"input_tokens": 0, "cache_read_input_tokens": read}
        lines.append(answer(number, second, {**usage, "cache_creation_input_tokens": input - read}))
        kept = input
    return "".join(lines)


def replayed_lines(run: Run, *words: str) -> dict[str, Any]:
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_transcript_on_its_own_model_costs_what_was_billed(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("log.jsonl").write_text(transcript(40, 200, 400, 10))
    words = ["-m", "claude-sonnet-5-5", "--cache-lifetime", "5m", "--as-of", "2026-11-27", "-q"]

    code, cost, _ = run("log.jsonl", *words)
    assert code == 0
    assert main(["usage", "log.jsonl", "-q"]) == 0
    assert capsys.readouterr().out == cost


def test_eight_makers_in_one_command(run: Run) -> None:
    Path("log.jsonl").write_text(transcript(*([40] * 30)))

    found = replayed_lines(run, "log.jsonl", "-m", "claude,gpt,qwen,deepseek,glm,kimi,gemini,grok")

    assert len({one["provider"].partition("-")[0] for one in found["results"]}) >= 8
    assert found["base"] == "anthropic/claude-sonnet-5-5"
    assert found["requests"] == 31
    assert any(one["switch"] for one in found["results"])


def test_copies_of_an_answer_are_one_request(run: Run) -> None:
    Path("log.jsonl").write_text(transcript(40) * 2)
    Path("other.jsonl").write_text(transcript(40))

    found = replayed_lines(run, "log.jsonl", "other.jsonl", "-m", "claude-sonnet-5-5")

    assert (found["requests"], found["sessions"]) == (2, 1)


def test_a_session_of_two_days_costs_on_both(run: Run) -> None:
    """It begins at 10:00 in Shanghai, and pauses for a day."""
    Path("log.jsonl").write_text(
        transcript(40) + transcript(40, 50).replace("27T02", "28T02").replace("msg_", "later_")
    )
    found = replayed_lines(run, "log.jsonl", "-m", "claude-sonnet-5-5", "--by", "day")

    assert [(one["day"], one["requests"]) for one in found["groups"]] == [
        ("2026-11-27", 2),
        ("2026-11-28", 3),
    ]
    assert sum(D(one["cost"]) for one in found["groups"]) == D(
        found["results"][0]["native"]["amount"]
    )


def test_groups_add_up(run: Run) -> None:
    day = transcript(40, 40).replace("2026-11-27", "2026-11-28").replace("msg_", "later_")
    Path("log.jsonl").write_text(transcript(40) + day.replace('"one"', '"two"'))

    whole = run("log.jsonl", "-m", "claude-sonnet-5-5", "-q")[1]
    for kind in ("session", "day", "project"):
        found = replayed_lines(run, "log.jsonl", "-m", "claude-sonnet-5-5", "--by", kind)
        assert sum(D(one["cost"]) for one in found["groups"]) == D(whole)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shape", "turns"), "--shape takes no `turns`"),
        (("--shape", "system=1k", "log.jsonl"), "--shape replaces a log"),
        (("missing.jsonl",), "missing.jsonl"),
        (("log.jsonl", "--cache-lifetime", "2y"), "--cache-lifetime cannot be `2y`"),
        (("log.jsonl", "--zone", "Mars"), "no time zone is called `Mars`"),
        (("empty.jsonl",), "there is no request with usage"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    Path("log.jsonl").write_text(transcript(40))
    Path("empty.jsonl").write_text('{"type":"user","sessionId":"one"}\n')

    code, out, err = run(*words)

    assert (code != 0, out) == (True, "")
    assert said in err
    assert err.startswith("error: ")


def test_a_line_that_cannot_be_read_is_an_error_after_the_result(run: Run) -> None:
    Path("log.jsonl").write_text(transcript(40) + "{broken\n")

    code, out, err = run("log.jsonl", "-m", "claude-sonnet-5-5", "-q")

    assert (code, "log.jsonl:3" in err) == (1, True)
    assert D(out) > 0
    assert run("log.jsonl", "-m", "claude-sonnet-5-5", "-q", "--skip-bad")[0] == 0


def test_a_gate(run: Run) -> None:
    words = ("--shape", "turns=9,system=20k,user=1k,output=900", "-m", "claude-sonnet-5-5")

    assert run(*words, "--fail-over", "2 yuan")[0] == 0
    assert run(*words, "--fail-over", "0.5 yuan")[0] == 3


def other_model(run: Run, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["usage", "log.jsonl", "--currency", "CNY", "--format", "json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("id", ["deepseek-v4-pro", "glm-5.3", "claude-opus-5"])
def test_what_if_is_a_replay(run: Run, capsys: pytest.CaptureFixture[str], id: str) -> None:
    """But for whole tokens of each request, and its own texts as the measure of tokens."""
    Path("log.jsonl").write_text(transcript(40, 200, 400, 10))
    words = ["log.jsonl", "-m", id, "--as-of", "2026-11-27", "--currency", "CNY"]
    (line,) = replayed_lines(run, *words)["results"]

    (other,) = other_model(run, capsys, "--what-if", id)["what_if"]

    assert other["cache"]["name"] == line["cache"]["name"]
    assert D(other["cache"]["read_share"]) == pytest.approx(D(line["read_share"]), rel=D("1e-9"))
    for bound in ("amount", "high"):
        found, expected = D(other["cost"][bound]), D(line["cost"][bound])
        assert abs(found / expected - 1) < D("0.003")
    assert D(other["cost"]["low"]) <= D(line["warm"]) * D("1.003")


def test_a_cache_that_lives_longer_reads_what_the_log_lost(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pauses of 1,000 seconds: nothing is read where it was, and after 30 minutes alone."""
    Path("log.jsonl").write_text(transcript(1000, 1000))
    found = other_model(run, capsys, "--what-if", "gpt-6.2-sol,gpt-5")

    assert found["total"]["usage"]["cache_read"] == 0
    shares = {one["model"]: D(one["cache"]["read_share"]) for one in found["what_if"]}
    assert shares["gpt-6.2-sol"] > D("0.6") > shares["gpt-5"] == 0


def test_what_if_of_standard_input_is_that_of_the_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log is read once, also with groups by other callers."""
    Path("log.jsonl").write_text(transcript(40, 200, 400, 10))
    whole = other_model(run, capsys, "--what-if", "deepseek-v4-pro,gpt-5", "--by", "user")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path("log.jsonl").read_bytes())))
    words = ["--currency", "CNY", "--format", "json", "--what-if", "deepseek-v4-pro,gpt-5"]
    assert main(["usage", "-", *words]) == 0
    piped: dict[str, Any] = json.loads(capsys.readouterr().out)

    assert piped["what_if"] == whole["what_if"]
    assert all(one["cache"] for one in piped["what_if"])


def test_what_has_no_session_keeps_the_share_of_the_log(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = transcript(40, 40).replace('"sessionId": "one", ', "")
    Path("log.jsonl").write_text(alone)
    found = other_model(run, capsys, "--what-if", "deepseek-v4-pro")
    assert found["what_if"][0]["cache"] is None
    assert any(one.startswith("cache hits as in the log") for one in found["notes"])

    Path("other.jsonl").write_text(transcript(40, 40).replace("msg_", "also_"))
    both = other_model(run, capsys, "--what-if", "deepseek-v4-pro", "other.jsonl")
    assert both["what_if"][0]["cache"]
    assert any(one.startswith("3 requests without a session") for one in both["notes"])
    Path("log.jsonl").write_text(Path("other.jsonl").read_text())
    whole = other_model(run, capsys, "--what-if", "deepseek-v4-pro")
    parts = [D(one["what_if"][0]["cost"]["amount"]) for one in (found, whole, both)]
    assert parts[0] + parts[1] == pytest.approx(parts[2], rel=D("1e-5"))


def test_longer_answers_are_also_input_of_later_requests() -> None:
    """As if the shape said so."""
    shape = SessionShape(turns=6, system=5000, user=200, output=300, tool_result=1000, gap=40)
    longer = SessionShape(**{**as_dict(shape), "output": 600})
    for on in ((CACHED,), (MARKED,), (PLAIN,)):
        scaled = replay_of(session_of(shape), on=on, answers=twice)
        plain = replay_of(session_of(longer), on=on)
        found = [
            replayed(one, exchange(), at("2026-11-01")).lines[0].best for one in (scaled, plain)
        ]
        assert found[0].cold == found[1].cold
        assert found[0].tokens == found[1].tokens


def test_measured_lengths_of_answers(run: Run) -> None:
    """DeepSeek and Grok were both measured; a model that was not writes what the log has."""
    words = ["-m", "deepseek-v4-pro,grok-4.6,claude-sonnet-5-5", "--as-of", "2026-11-30"]
    shape = ["--shape", "turns=5,system=5k,user=200,output=300,gap=40s"]
    logged = replayed_lines(run, *shape, *words)
    scaled = replayed_lines(run, *shape, *words, "--output", "measured")

    assert all(one["output_scale"] is None for one in logged["results"])
    before = {one["model"]: one["tokens"]["output"] for one in logged["results"]}
    for one in scaled["results"]:
        scale = D(one["output_scale"] or 1)
        assert one["tokens"]["output"] == 5 * int(300 * scale)
        assert (one["output_scale"] is None) == (one["tokens"]["output"] == before[one["model"]])
    scales = {one["model"]: one["output_scale"] for one in scaled["results"]}
    assert scales["claude-sonnet-5-5"] is None
    assert scales["deepseek-v4-pro"]
    assert scales["grok-4.6"]
