"""The program against a simulator written from docs/arithmetic.md: random price tables, workloads,
months ahead and logs, and the shipped table.

The cases are the same in each run. Others: LLMCOST_SIMULATE=2000 LLMCOST_SEED=7 pytest FILE.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from shipped import FILE, TABLE
from simulator import PROFILES, Request, Simulator, Workload

from llmcost.cli.app import main
from llmcost.price_data.parser import parse_table
from llmcost.pricing.catalog import row_at
from llmcost.pricing.price_rows import PriceState
from llmcost.runtime import price_table, scenario
from llmcost.tokenizers.registry import TOKENIZERS

CASES = int(os.environ.get("LLMCOST_SIMULATE", "0"))
SEED = int(os.environ.get("LLMCOST_SEED", "0"))
DAY, NOVEMBER = date(2026, 11, 22), date(2026, 11, 1)
CLOSE = Fraction(1, 10**11)  # documents have 12 digits
SOURCE = {"source": "invented", "checked": "2026-11-01"}


def cases(usual: int, part: int) -> Callable[[Any], Any]:
    """So many examples, the same in each run; of those that the environment asks for, a part."""
    run = settings(
        max_examples=1 + CASES // part if CASES else usual,
        derandomize=not CASES,
        phases=[Phase.explicit, Phase.generate],  # to shrink a case takes minutes
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: run(seed(SEED)(test)) if CASES else run(test)


# --- price tables ---------------------------------------------------------------------------------

amounts = st.decimals("0.01", "60", places=2).map(str)
factors = st.decimals("0.1", "2", places=2).map(str)
sizes = st.lists(st.integers(1, 90), min_size=1, max_size=2, unique=True).map(sorted)
ITEMS = ("cache_read", "cache_read_explicit", "cache_storage", "output_thinking")


@st.composite
def price_sets(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"input": draw(amounts), "output": draw(amounts)}
    found |= {item: draw(amounts) for item in ITEMS if draw(st.booleans())}
    times = draw(st.sets(st.sampled_from(["5m", "30m", "1h", "24h", "any"]), max_size=2))
    return found | ({"cache_write": {one: draw(amounts) for one in sorted(times)}} if times else {})


@st.composite
def variants(draw: st.DrawFn, *, is_set: bool) -> dict[str, Any]:
    """Of a whole row factors; of the prices that they stand beside, other prices, too."""
    item = st.sampled_from(["input", "output"])
    own = st.dictionaries(item, amounts, min_size=1)
    one = st.one_of(factors, own) if is_set else factors
    found = {name: draw(one) for name in ("peak", "batch") if draw(st.booleans())}
    return found | ({"tiers": {"flex": draw(one)}} if draw(st.booleans()) else {})


@st.composite
def rows(draw: st.DrawFn, start: str = "2026-01-01") -> dict[str, Any]:
    found: dict[str, Any] = {"from": start, **SOURCE, "schedule": "office"}
    side, by = draw(st.sampled_from(["input", "output"])), draw(st.sampled_from(["up_to", "below"]))
    edges = [one * 100 for one in draw(sizes)]
    if draw(st.booleans()):
        found |= {**draw(price_sets()), **draw(variants(is_set=True))}
    else:
        bands = [{f"{side}_{by}": edge, **draw(price_sets())} for edge in edges]
        found["bands"] = [*bands, draw(price_sets())]
        found["mode"] = draw(st.sampled_from(["cliff", "marginal"]))
        found |= draw(variants(is_set=False))
    if draw(st.booleans()):
        found["regions"] = {"eu": "1.1"}
    found["fees"] = {"web_search": draw(amounts)}
    if "peak" not in found:
        found["peak"] = draw(factors)
    return found


@st.composite
def tables(draw: st.DrawFn, later: st.SearchStrategy[list[str]] | None = None) -> dict[str, Any]:
    """One model that sells everything, from one or several days on, beside one that has the tier
    and the region that a workload may name."""
    starts = ["2026-01-01", *(draw(later) if later is not None else [])]
    model: dict[str, Any] = {
        "id": "a",
        "tokenizer": "qwen",
        "prices": [draw(rows(start)) for start in starts],
        "packs": [
            {"from": "2026-01-01", "tokens": size * 20_000, "price": draw(amounts), **SOURCE}
            for size in draw(st.lists(st.integers(1, 20), min_size=1, max_size=2, unique=True))
        ],
        "fine_tuning": [{"from": "2026-01-01", "training": draw(amounts), **SOURCE}],
        "deployment": [
            {"from": "2026-01-01", "per": per, "price": draw(amounts), "what": per, **SOURCE}
            for per in ("hour", "day", "month")
        ],
    }
    if draw(st.booleans()):
        model["discount"] = draw(factors)
    if draw(st.booleans()):
        model["context"] = draw(st.integers(1, 200)) * 100
    hours = draw(st.sampled_from(["09:00-12:00", "00:00-24:00", "22:15-23:45"]))
    zone = draw(st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]))
    schedule = {"zone": zone, "peak": [{"days": "mon-fri", "hours": [hours, "14:00-18:00"][:1]}]}
    if draw(st.booleans()):
        schedule["holidays"] = "CN"
    quota = {"tokens": draw(st.integers(1, 10)) * 10_000, "per": "account", **SOURCE}
    row = {"from": "2026-01-01", "input": "1", "output": "1", "regions": {"eu": "1.1"}, **SOURCE}
    beside = {"id": "b", "tokenizer": "qwen", "prices": [{**row, "tiers": {"flex": "0.5"}}]}
    provider = {"id": "acme", "name": "Acme", "currency": "CNY", "models": [model, beside]}
    return {
        "schema": 1,
        "providers": [{**provider, "schedules": {"office": schedule}, "free_quota": [quota]}],
    }


# --- workloads ------------------------------------------------------------------------------------

KEYS = {
    "conversations": "conversations_per_user",
    "input": "input_tokens",
    "output": "output_tokens",
    "system": "system_tokens",
    "context": "context_tokens",
    "thinking": "thinking_tokens",
    "call": "tool_call_tokens",
    "result": "tool_result_tokens",
    "hit": "cache_hit",
    "minimum": "cache_minimum",
    "lifetime": "cache_lifetime",
    "storage_hours": "cache_storage_hours",
}
tokens = st.sampled_from([0, 1, 7, 100, 450, 1000, 2500])
shares = st.sampled_from(["0", "0.333", "0.5", "0.87", "1"])


@st.composite
def workloads(draw: st.DrawFn, /, **fixed: Any) -> dict[str, Any]:
    """The fields of a file, by the names of the simulator."""
    found: dict[str, Any] = {
        "mau": draw(st.integers(1, 40)),
        "conversations": draw(st.sampled_from(["0.5", "1", "3.7"])),
        "turns": draw(st.integers(1, 5)),
        "history": draw(
            st.sampled_from(["full", "window:1", "window:2", "summary:0", "summary:300"])
        ),
        **{key: draw(tokens) for key in ("input", "output", "system", "context", "thinking")},
        **{key: draw(shares) for key in ("retries", "batch_share")},
        "traffic": draw(st.sampled_from([*PROFILES, "peak", "off-peak"])),
        "zone": draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"])),
        "free_quota": draw(st.booleans()),
        "tier": draw(st.sampled_from(["", "flex"])),
        "region": draw(st.sampled_from(["", "eu"])),
    }
    if draw(st.booleans()):
        found |= {
            "tool_calls": draw(st.integers(1, 3)),
            "call": draw(tokens),
            "result": draw(tokens),
        }
        found["tool_history"] = draw(st.sampled_from(["keep", "drop"]))
    if draw(st.booleans()):
        found |= {"hit": draw(shares), "minimum": draw(st.sampled_from([0, 300, 1024]))}
        found["lifetime"] = draw(st.sampled_from(["", "5m", "30m", "1h", "12h", "24h"]))
        found["storage_hours"] = draw(st.sampled_from(["0", "1.5"]))
    return {**found, **fixed}


@st.composite
def whole_workloads(draw: st.DrawFn, /, **fixed: Any) -> dict[str, Any]:
    """With everything that an invented model sells."""
    found = draw(workloads(**fixed))
    found["packs"] = draw(st.booleans())
    if draw(st.booleans()):
        found["fees"] = {"web_search": draw(st.sampled_from(["0.2", "3"]))}
    if draw(st.booleans()):
        found["fine_tune_tokens"] = draw(st.integers(1, 10**7))
    if draw(st.booleans()):
        found["deployment"] = draw(st.sampled_from(["any", "hour", "day", "month"]))
        found["instances"] = draw(st.integers(1, 3))
        if draw(st.booleans()):
            found["deployment_hours"] = draw(st.sampled_from(["0", "24.5", "100", "744"]))
    return found


def simulated(fields: dict[str, Any]) -> Workload:
    exact = ("conversations", "retries", "batch_share", "hit", "storage_hours", "deployment_hours")
    values: dict[str, Any] = {
        key: Fraction(one) if key in exact else one for key, one in fields.items()
    }
    values["fees"] = {name: Fraction(one) for name, one in fields.get("fees", {}).items()}
    return Workload(**values)


def written(fields: dict[str, Any], **more: Any) -> str:
    """A workload file; what is empty is left out."""
    named = {
        KEYS.get(key, key): one for key, one in fields.items() if one != "" and one is not False
    }
    return yaml.safe_dump({"schema": 1, **named, **more})


class Program:
    """Runs command lines in this process, on files in a folder and on one price table."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.capsys, self.folder, self.table = capsys, folder, TABLE

    def use(self, text: str) -> None:
        """Use an invented table alone: to lay it over the shipped one takes a second."""
        self.table = parse_table(self.folder / "p.yaml", text.encode(), TOKENIZERS)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def __call__(self, *words: str) -> Any:
        """The document, also where no model is left, or nothing has a price."""
        code = main([*words, "--format", "json"])
        printed = self.capsys.readouterr()
        assert code in (0, 1), printed.err
        assert printed.out, printed.err
        return json.loads(printed.out)


@pytest.fixture
def llmcost(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Program:
    program = Program(capsys, tmp_path)
    for place in (scenario, price_table):
        monkeypatch.setattr(place, "load_table", lambda *_args, **_options: program.table)
    return program


def agrees(stated: str, expected: Fraction) -> bool:
    return abs(Fraction(stated) - expected) <= CLOSE * (1 + abs(expected))


# --- the laws -------------------------------------------------------------------------------------


@cases(280, 2)
@given(table=tables(), fields=whole_workloads(), budget=st.integers(1, 100_000))
def test_a_month(
    llmcost: Program, table: dict[str, Any], fields: dict[str, Any], budget: int
) -> None:
    """Its cost, its parts, and the most users that some money carries; or a model is unfit."""
    text = yaml.safe_dump(table)
    bill = Simulator(text).bill("acme/a", simulated(fields), DAY, NOVEMBER)
    llmcost.use(text)
    path = llmcost.file("w.yaml", written(fields, budget=f"{budget} yuan"))
    found = llmcost("budget", "-f", path, *NAMED)

    assert len(found["results"]) == (bill is not None)
    if bill is None:
        return
    (line,) = found["results"]
    amount, most = bill.total(fields["mau"]), line["max_mau"]
    assert agrees(line["native"]["amount"], amount)
    assert abs(sum(Fraction(one["amount"]) for one in line["parts"]) - amount) <= CLOSE * (
        1 + bill.gross * fields["mau"] + amount
    )
    if most is None:
        assert not bill.gross + bill.calls
    elif bill.tokens * most < LARGE:
        assert not most or bill.total(most) <= budget * (1 + CLOSE)
        assert bill.total(most + 1) > budget


LARGE = 10**7  # tokens; the simulator tries each number of packs
NAMED = ("-m", "acme/a", "--as-of", "2026-11-22")
MADE = Simulator(FILE.read_text("utf-8")).models
KEPT = [
    model.key
    for model in TABLE.models
    if model.kind == "chat"
    and (row := row_at(model, datetime(2026, 11, 22, 12, tzinfo=UTC))) is not None
    and row.state is PriceState.PRICED
    and model.retired is None
    and model.key in MADE
    and model.redirect is None
]
"""The shipped models that have a price on the day."""


@pytest.fixture(scope="module")
def shipped() -> Simulator:
    return Simulator(FILE.read_text("utf-8"))


@cases(80, 4)
@given(key=st.sampled_from(KEPT), fields=workloads())
def test_a_month_on_the_shipped_table(
    llmcost: Program, shipped: Simulator, key: str, fields: dict[str, Any]
) -> None:
    bill = shipped.bill(key, simulated(fields), DAY, NOVEMBER)
    path = llmcost.file("w.yaml", written(fields))
    found = llmcost("budget", "-f", path, "-m", key, "--as-of", "2026-11-22")

    assert len(found["results"]) == (bill is not None)
    assert bill is None or agrees(
        found["results"][0]["native"]["amount"], bill.total(fields["mau"])
    )


starts = st.lists(
    st.one_of(
        st.dates(date(2026, 11, 20), date(2027, 2, 10)).map(str),
        st.integers(0, 24 * 80).map(
            lambda hour: (datetime(2026, 11, 20) + timedelta(hours=hour)).isoformat() + "+08:00"
        ),
    ),
    max_size=2,
    unique_by=lambda text: text[:10],
).map(sorted)
PACES = {"0%": Fraction(1), "10%/month": Fraction(11, 10), "-50%/month": Fraction(1, 2)}
FALLS = {"50%/month": Fraction(1, 2), "20%/month": Fraction(4, 5), "2x/month": Fraction(1, 2)}


@cases(60, 6)
@given(
    table=tables(starts),
    fields=whole_workloads(months=4),
    growth=st.sampled_from([*PACES]),
    decline=st.sampled_from([*FALLS]),
)
def test_months_ahead(
    llmcost: Program, table: dict[str, Any], fields: dict[str, Any], growth: str, decline: str
) -> None:
    """Users that grow, prices that fall, rows that begin on a day or at an instant."""
    text = yaml.safe_dump(table)
    pace, fall = PACES[growth], FALLS[decline]
    months = Simulator(text).forecast("acme/a", simulated(fields), DAY, NOVEMBER, pace, fall)
    path = llmcost.file("w.yaml", written(fields, growth=growth, decline=decline))
    llmcost.use(text)
    found = llmcost("forecast", "-f", path, *NAMED)

    stops = not found["results"] or found["results"][0]["stops"] is not None
    assert stops is (months is None)
    for stated, expected in zip(
        found["results"][0]["months"] if months else [], months or [], strict=True
    ):
        assert agrees(stated["native"], expected)


@cases(80, 12)
@given(
    table=tables(),
    log=st.lists(
        st.tuples(
            st.integers(0, 30 * 24 * 60),
            *(st.integers(1, 12_000), st.integers(1, 12_000), st.integers(0, 9000)),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_a_log(
    llmcost: Program, table: dict[str, Any], log: list[tuple[int, int, int, int]]
) -> None:
    """Each request at its own time and size, whatever its neighbours are."""
    text = yaml.safe_dump(table)
    first, simulator = datetime(2026, 11, 1, tzinfo=UTC), Simulator(text)
    lines, costs = [], []
    for minute, input, output, cached in log:
        at, read = first + timedelta(minutes=minute), min(cached, input)
        usage = {"prompt_tokens": input, "completion_tokens": output}
        details = {"prompt_tokens_details": {"cached_tokens": read}}
        head = {"created": int(at.timestamp()), "model": "a", "object": "chat.completion"}
        lines.append(json.dumps({**head, "usage": {**usage, **details}}))
        costs.append(simulator.request("acme/a", at, Request(input, output, read)))
    path = llmcost.file("log.jsonl", "\n".join(lines))
    llmcost.use(text)
    found = llmcost("usage", path, "--provider", "acme")["total"]

    priced = [one for one in costs if one is not None]
    assert found["unpriced_requests"] == len(costs) - len(priced)
    assert not priced or agrees(found["cost"]["amount"], sum(priced, Fraction(0)))
