"""`llmcost plans`: what is sold, and which plan holds a traffic."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import CLI
from tables import at, exchange

from llmcost.cli.app import main
from llmcost.commands.plans.compute import PlanTraffic, days_of, fit_on, fitted, serves
from llmcost.commands.replay.compute import Replayed
from llmcost.price_data.bundled_files import load_plans
from llmcost.pricing.plan_rows import (
    FIRST_USE,
    MONDAY,
    SLIDES,
    WINDOWS,
    Plan,
    PlanHours,
    Worth,
    window_use,
)
from llmcost.pricing.prompt_cache import CacheUse

Run = Callable[..., tuple[int, str, str]]
TINY = CLI / "tiny.yaml"
SHIPPED = load_plans()
HOUR = 3600
BASIC = Plan(
    vendor="Acme",
    name="Basic",
    price=D(30),
    currency="CNY",
    period="month",
    unit="requests",
    limits={"5h": 10, "month": 300},
    status="on_sale",
    sources=("page",),
    source_date="2026-11-01",
    confidence="high",
)


def plan(**changes: Any) -> Plan:
    return msgspec.structs.replace(BASIC, **changes)


def traffic(*hours: float, use: CacheUse | None = None, model: str = "acme/zeta") -> PlanTraffic:
    one = use or CacheUse(1000, 100, 800, 0, 0)
    return PlanTraffic(model, [(hour * HOUR, one) for hour in hours], None)


def fit(one: Plan, requests: PlanTraffic, days: int = 30) -> Any:
    return fit_on(one, requests, days, exchange())


def by_clock(uses: list[tuple[int, int]], length: int, limit: int, reset: str) -> tuple[int, int]:
    """Windows and those exceeded, by looking at every window again for every use: no sums kept."""
    if reset == SLIDES:
        trailing = [
            sum(units for second, units in uses[: at + 1] if second > now - length)
            for at, (now, _) in enumerate(uses)
        ]
        return len(trailing), sum(one > limit for one in trailing)
    starts: list[int] = []
    for second, _ in uses:
        if reset == MONDAY:
            local = datetime.fromtimestamp(second, UTC) + timedelta(hours=8)
            midnight = local.replace(hour=0, minute=0, second=0) - timedelta(days=local.weekday())
            start = int((midnight - timedelta(hours=8)).timestamp())
        else:
            start = starts[-1] if starts and second < starts[-1] + length else second
        starts += [start] if start not in starts else []
    inside = [
        [units for second, units in uses if start <= second < start + length] for start in starts
    ]
    return len(starts), sum(sum(one) > limit for one in inside)


@pytest.mark.parametrize(("reset", "name"), [(FIRST_USE, "5h"), (SLIDES, "5h"), (MONDAY, "week")])
@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 50))
def test_windows_are_those_of_a_clock(reset: str, name: str, seed: int, limit: int) -> None:
    random, length = Random(seed), WINDOWS[name]
    start = random.randint(1_750_000_000, 1_800_000_000)
    seconds = sorted(start + random.randint(0, 4 * length) for _ in range(random.randint(1, 40)))
    seconds += [seconds[-1] + random.choice((length - 1, length, length + 1))]
    uses = [(second, random.randint(0, 9)) for second in seconds]

    found = window_use([(float(one), D(units)) for one, units in uses], name, D(limit), reset)

    assert (found.windows, found.exceeded) == by_clock(uses, length, limit, reset)


def test_windows_that_slide_are_never_looser() -> None:
    """Six requests at 4:50 and six at 5:10: two windows for one who began at 0:00, one that slides;
    unknown where the vendor does not say."""
    requests = traffic(0, *[4.8] * 5, *[5.2] * 6)
    found = {
        str(resets): fit(plan(limits={"5h": 10}, resets=resets), requests)
        for resets in ({}, {"5h": FIRST_USE}, {"5h": SLIDES})
    }

    assert [one.holds for one in found.values()] == [None, True, False]
    assert [one.why for one in found.values()] == ["windows", "", ""]
    assert found["{}"].share == D("1.1")


def test_the_vendors_table_of_glm() -> None:
    """Its tokens of four weeks at 95 % from the cache, all at peak; half a percent is output."""
    tiers = {
        one.name: one
        for one in SHIPPED.plans
        if one.vendor == "Zhipu (CN)" and one.status == "on_sale"
    }
    use = CacheUse(995_000, 5000, 945_250, 0, 0)
    peak = at("2026-11-23T15:00:00+08:00").timestamp() / HOUR
    for model, tokens in (("glm-5.3", 192_000_000), ("glm-5.3-flash", 584_000_000)):
        for name, times in (("Lite", 1), ("Pro", 6), ("Max", 14)):
            one = tiers[f"GLM Coding Plan {name}"]
            found = fit(one, traffic(peak, use=use, model=f"zhipu/{model}"), days=7)
            week = next(each for each in found.windows if each.name == "week")
            assert 4 * 1_000_000 / week.share / tokens / times == pytest.approx(D(1), abs=D("0.01"))


def test_a_window_opens_with_the_first_use() -> None:
    """Ten requests at 4:59 and ten at 5:01 are one window if the first came at 0:30."""
    hours = [0.5, *[4.9] * 5, *[5.2] * 5]
    found = fit(BASIC, traffic(*hours))

    assert [(one.name, one.windows, one.exceeded) for one in found.windows] == [
        ("5h", 1, 1),
        ("month", 1, 0),
    ]
    assert found.holds is False


def test_a_month_is_as_the_days_that_were_seen() -> None:
    """Eleven requests in a day are 330 in a month, more than 300."""
    hours = [float(one) * 6 for one in range(11)]

    assert fit(BASIC, traffic(*hours), days=1).windows[1].share == D("1.1")
    assert fit(BASIC, traffic(*hours), days=3).holds is True


def test_the_price_of_a_million_tokens_is_of_this_mix() -> None:
    found = fit(BASIC, traffic(0, 100))

    assert found.per_million == D(30) * 1_000_000 / 2200


def test_credits_by_kind_of_token_and_hour() -> None:
    """200 new at 2, 800 read at 0.5 and 100 out at 8 per 1,000 are 1.6; half off peak."""
    rates = {"zeta": {"input": D(2000), "cache_read": D(500), "output": D(8000)}}
    hours = (PlanHours(days="mon-fri", start="14:00", to="18:00", factor=D(1)),)
    one = plan(unit="credits", rates=rates, hours=hours, other_hours=D("0.5"), limits={"5h": 100})
    monday = at("2026-11-23T15:00:00+08:00").timestamp() / HOUR
    sunday = at("2026-11-22T15:00:00+08:00").timestamp() / HOUR

    assert fit(one, traffic(monday)).windows[0].share == D("0.016")
    assert fit(one, traffic(sunday)).windows[0].share == D("0.008")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"limits": {}}, "limits"),
        ({"unit": "prompts"}, "prompts"),
        ({"unit": "hidden"}, "hidden"),
        ({"unit": "credits"}, "rates"),
        ({"rates_note": "times a factor"}, "factors"),
        ({"unit": "money", "worth": Worth("CNY", D(1))}, "price"),
    ],
)
def test_what_is_not_published_is_not_known(changes: dict[str, Any], why: str) -> None:
    found = fit(plan(**changes), traffic(0))

    assert (found.holds, found.why, found.per_million) == (None, why, None)


def whole() -> Replayed:
    return Replayed((), (), exchange(), at("2026-11-22"), 1, 1, 1, 1)


def test_a_product_gets_no_plan_for_coding_tools() -> None:
    plans = [BASIC, plan(name="Coding", coding_only=True, price=D(1))]

    def names(*, for_product: bool) -> list[str]:
        found = fitted(plans, [traffic(0)], whole(), for_product=for_product, everything=False)
        return [one.plan.name for one in found.fits]

    assert names(for_product=False) == ["Coding", "Basic"]
    assert names(for_product=True) == ["Basic"]


def test_what_is_over_is_no_offer() -> None:
    plans = [
        plan(name="ended", status="ended"),
        plan(name="renewal", status="renewal"),
        plan(name="later", start=date(2026, 12, 1)),
        plan(name="over", until=date(2026, 11, 22)),
    ]

    assert fitted(plans, [traffic(0)], whole(), for_product=False, everything=False).fits == ()


def test_a_plan_serves_the_models_that_it_names() -> None:
    assert serves(BASIC, "acme/zeta")
    assert serves(plan(models=("Zeta",)), "acme/zeta")
    assert not serves(plan(models=("eta",)), "acme/zeta")


def test_days_of_a_log() -> None:
    assert [days_of([0]), days_of([0, 86400]), days_of([0, 86401])] == [1, 1, 2]


def test_the_file_makes_sense() -> None:
    """Sources are named, plans are unique, credits have a rate, and coding plans are known."""
    titles = [one.title for one in SHIPPED.plans]
    assert len(set(titles)) == len(titles)
    for one in SHIPPED.plans:
        assert one.sources, one.title
        assert set(one.sources) <= SHIPPED.sources.keys(), one.title
        assert one.currency in ("CNY", "USD"), one.title
        assert one.price is None or one.price > 0, one.title
        assert all(limit > 0 for limit in one.limits.values()), one.title
        assert (one.unit == "money") == (one.worth is not None), one.title
        assert all(set(rates) == {"input", "cache_read", "output"} for rates in one.rates.values())
    for vendor in ("Zhipu", "Alibaba", "Volcengine"):
        assert all(one.coding_only for one in SHIPPED.plans if one.vendor.startswith(vendor))


def test_the_vendors_example_of_qwen() -> None:
    """8,349 input are 1.67 credits, 40,794 cached 0.82, 573 output 0.69."""
    one = next(
        each for each in SHIPPED.plans if each.title.endswith("(CN) Token Plan personal Lite")
    )
    use = CacheUse(8349 + 40_794, 573, 40_794, 0, 0)
    found = fit(one, traffic(0, use=use, model="alibaba/qwen3.6-plus"))

    assert round(found.windows[0].share * 12_500, 2) == D("3.18")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["plans", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_the_list(run: Run) -> None:
    code, out, _ = run("--vendor", "zhipu", "--format", "json", "--as-of", "2026-11-30")
    found = json.loads(out)

    assert code == 0
    assert [one["plan"] for one in found["results"]] == [
        *("GLM Coding Plan Lite", "GLM Coding Plan Pro", "GLM Coding Plan Max")
    ]
    assert "old customers" in run("--vendor", "zhipu", "--all")[1]


SHAPE = ("--shape", "turns=51,system=12k,user=200,tool_result=2k,output=350,gap=40s,sessions=4")


@pytest.mark.parametrize("format", ["table", "tsv", "json", "md"])
def test_every_plan_is_listed(run: Run, format: str) -> None:
    """Whatever its limits and their unit."""
    code, out, _ = run("--all", "--format", format)

    assert code == 0
    assert out.count("Coding Plan") >= sum("Coding Plan" in one.name for one in SHIPPED.plans)


def test_a_shape_is_fitted(run: Run) -> None:
    code, out, _ = run("--fit", *SHAPE, "--format", "json", "--as-of", "2026-11-30")
    found = json.loads(out)

    assert (code, found["requests"], found["days"]) == (0, 30 * 4 * 51, 30)
    states = [one["holds"] for one in found["results"]]
    assert {True, None} <= set(states)
    held = [D(one["price"]) for one in found["results"] if one["holds"]]
    assert held == sorted(held)


def test_the_model_of_the_log_goes_first(run: Run) -> None:
    """Plans at API prices are fitted on it; requests are what they are."""
    usage = {"input_tokens": 900, "cache_read_input_tokens": 9000, "output_tokens": 100}
    message = {"id": "a", "type": "message", "model": "claude-sonnet-5-5", "usage": usage}
    line = {"type": "assistant", "sessionId": "s", "timestamp": "2026-11-27T02:00:00Z"}
    Path("log.jsonl").write_text(json.dumps({**line, "message": message}) + "\n")

    found = json.loads(run("--fit", "log.jsonl", "--format", "json", "--all")[1])
    by_plan = {one["plan"]: one for one in found["results"]}

    assert by_plan["Copilot Pro"]["model"] == "anthropic/claude-sonnet-5-5"
    assert by_plan["Copilot Pro"]["holds"] is True
    assert D(by_plan["Copilot Pro"]["api"]) > 0


def test_for_a_product(run: Run) -> None:
    found = json.loads(run("--fit", "--product", *SHAPE, "--format", "json")[1])

    assert found["results"]
    assert not any(one["coding_only"] for one in found["results"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (SHAPE, "--shape has no effect without --fit"),
        (("log.jsonl",), "PATH has no effect without --fit"),
        (("--vendor", "nobody"), "no plan of `nobody`"),
        (("--fit", "--shape", "turns=x"), "--shape: turns cannot be `x`"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert said in err
