"""The cause of what a bill has otherwise is named: bills of our own engine, with one fault each."""

import csv
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tables import PROVIDERS, FakeCalendar, band, model, rates, row, variant

from llmcost.cli.app import main
from llmcost.commands.usage.alternatives import edges_of
from llmcost.commands.usage.charges import Biller, Charge, Exchanged, UsageTime
from llmcost.commands.usage.reconcile import BillLine, Cause, kind_of, reconcile
from llmcost.logs.aggregation import LoggedRequest, LogTally, Moments, Sizes, clocks_of
from llmcost.logs.model_names import LoggedNames
from llmcost.money import Rate
from llmcost.pricing.price_rows import PriceTable
from llmcost.pricing.terms import Hours

CALENDAR = FakeCalendar()
ZONE = "Asia/Shanghai"
TABLE = PriceTable(
    PROVIDERS,
    (
        model(
            "bands",
            row(
                band(rates("1.1", "4.3", "0.13"), input=1000, batch=variant("0.5")),
                band(rates("2.7", "8.9", "0.29"), batch=variant("0.5")),
            ),
        ),
        model(
            "office",
            row(
                band(
                    rates("2.3", "6.1", "0.37", cache_write_5m="2.9"),
                    peak=variant("2"),
                    flex=variant("0.6"),
                ),
                schedule="office",
            ),
        ),
        model("dollars", row(band(rates("3.1", "15.7", "0.31"))), provider="globex"),
    ),
)
FIRST = int(datetime(2026, 9, 28, tzinfo=UTC).timestamp())
BILLER = Biller(TABLE, CALENDAR, ZONE, UsageTime(datetime.now(UTC), Hours.OFF_PEAK))


def charges_of(chance: random.Random) -> list[Charge]:
    """Of a log of two days and three models, in which every condition is there."""
    edges = edges_of(TABLE, (), lambda name: None, ())  # type: ignore[arg-type, return-value]
    tally = LogTally(Moments(clocks_of(TABLE, ZONE), CALENDAR), edges)
    for number in range(48):
        name = ("bands", "office", "dollars")[number % 3]
        hour = (2, 13)[number // 3 % 2]  # in peak hours and outside
        second = FIRST + 86400 * (number // 6 % 2) + 3600 * hour + chance.randint(0, 1800)
        input = chance.choice((chance.randint(300, 990), chance.randint(1010, 4000)))
        read = chance.randint(1, input // 2)
        written = chance.randint(1, input // 3) if name == "office" else 0
        tally.add(
            LoggedRequest(
                name,
                second,
                Sizes("", input, chance.randint(10, 900), read, written),
                batch=name == "bands" and chance.random() < 0.5,
                tier="flex" if name == "office" and chance.random() < 0.4 else "",
            )
        )
    return list(BILLER.charges(tally.cells(), LoggedNames(TABLE, {})))


def lines_of(charges: list[Charge]) -> list[BillLine]:
    """A bill in yuan, dollars at seven."""
    return [
        BillLine(
            *(one.when.at.date().isoformat(), one.model.key if one.model else ""),
            *(kind_of(part.item), Decimal(part.quantity)),
            *(part.amount * (7 if one.currency == "USD" else 1), "CNY"),
        )
        for one in charges
        for part in BILLER.parts(one)
    ]


Fault = Callable[[list[Charge], random.Random], list[BillLine]]


def place_of(charge: Charge) -> tuple[date, str]:
    return charge.when.at.date(), charge.name


def some(charges: list[Charge], chance: random.Random, name: str) -> set[int]:
    """The charges of one day of a model."""
    own = [one for one in charges if one.name.endswith(name)]
    place = place_of(chance.choice(own))
    return {id(one) for one in own if place_of(one) == place}


def under(name: str, **others: Any) -> Fault:
    """One day of a model billed under other conditions."""

    def fault(charges: list[Charge], chance: random.Random) -> list[BillLine]:
        wrong = some(charges, chance, name)
        changes = dict(others)
        found = []
        for one in charges:
            if id(one) in wrong and "band" in changes:
                assert one.row is not None
                changes["band"] = one.row.bands[others["band"]]
            parts = BILLER.parts(one, **(changes if id(one) in wrong else {}))
            found += [
                replace_amount(line, part.amount)
                for line, part in zip(lines_of([one]), parts, strict=True)
            ]
        return found

    return fault


def replace_amount(line: BillLine, amount: Decimal) -> BillLine:
    return line._replace(amount=amount * (7 if line.model.startswith("globex") else 1))


def scaled(factor: str, only: str = "") -> Fault:
    def fault(charges: list[Charge], chance: random.Random) -> list[BillLine]:
        return [one._replace(amount=one.amount * Decimal(factor)) for one in lines_of(charges)]

    return fault


def cached(charges: list[Charge], chance: random.Random) -> list[BillLine]:
    """What was read from the cache is billed as fresh input."""
    wrong = some(charges, chance, "bands")
    fresh = [
        replace(one, sums=replace(one.sums, cache_read=0)) if id(one) in wrong else one
        for one in charges
    ]
    return lines_of(fresh)


def rounded(charges: list[Charge], chance: random.Random) -> list[BillLine]:
    """One day of a model, kind by kind."""
    lines = summed(lines_of(charges))
    digits = Decimal(1).scaleb(-chance.choice((2, 3, 4)))
    wrong = {(one.day, one.model) for one in (chance.choice(lines),)}
    return [
        one._replace(amount=one.amount.quantize(digits)) if (one.day, one.model) in wrong else one
        for one in lines
    ]


def summed(lines: list[BillLine]) -> list[BillLine]:
    found: dict[tuple[str, str, str], BillLine] = {}
    for one in lines:
        key = (one.day, one.model, one.kind)
        old = found.get(key)
        if old is not None:
            quantity = (old.quantity or 0) + (one.quantity or 0)
            one = one._replace(quantity=Decimal(quantity), amount=old.amount + one.amount)
        found[key] = one
    return list(found.values())


def free(charges: list[Charge], chance: random.Random) -> list[BillLine]:
    lines = summed(lines_of(charges))
    at = chance.randrange(len(lines))
    share = Decimal(chance.randint(5, 95)) / 97
    lines[at] = lines[at]._replace(amount=lines[at].amount * share)
    return lines


def fewer(charges: list[Charge], chance: random.Random) -> list[BillLine]:
    wrong = chance.randrange(len(charges))
    return lines_of([one for at, one in enumerate(charges) if at != wrong])


def more(charges: list[Charge], chance: random.Random) -> list[BillLine]:
    return lines_of([*charges, chance.choice(charges)])


def beside(kind: str) -> Fault:
    def fault(charges: list[Charge], chance: random.Random) -> list[BillLine]:
        amount = Decimal(chance.randint(1, 500)) / 100 * (-1 if kind == "credit" else 1)
        return [*lines_of(charges), BillLine("2026-09-30", "", kind, None, amount, "CNY")]

    return fault


def exchanged(charges: list[Charge], chance: random.Random) -> list[BillLine]:
    """Dollars at another rate."""
    return [
        one._replace(amount=one.amount * Decimal("1.0137"))
        for one in lines_of(charges)
        if one.model.startswith("globex")
    ]


FAULTS: list[tuple[str, Cause, Fault]] = [
    ("band", Cause.BAND, under("bands", band=0)),
    ("the other band", Cause.BAND, under("bands", band=1)),
    ("cache", Cause.CACHE, cached),
    ("off-peak", Cause.PEAK, under("office", peak="")),
    ("peak hours", Cause.PEAK, under("office", peak="peak")),
    ("no tier", Cause.TIER, under("office", tier="")),
    ("a tier", Cause.TIER, under("office", tier="flex")),
    ("no batch", Cause.BATCH, under("bands", batch=False)),
    ("a batch", Cause.BATCH, under("bands", batch=True)),
    ("tax on all", Cause.TAX, scaled("1.06")),
    ("a line of tax", Cause.TAX, beside("tax")),
    ("a discount on all", Cause.DISCOUNT, scaled("0.85")),
    ("rounding", Cause.ROUNDING, rounded),
    ("a free quota", Cause.QUOTA, free),
    ("a credit", Cause.QUOTA, beside("credit")),
    ("missing in the bill", Cause.MISSING_BILL, fewer),
    ("missing in the log", Cause.MISSING_LOG, more),
    ("a fee", Cause.FEE, beside("fee")),
    ("an exchange rate", Cause.EXCHANGE, exchanged),
]


def found_causes(charges: list[Charge], bill: list[BillLine]) -> set[Cause]:
    rate = Rate(Decimal(7), date(2026, 9, 28))
    whole = reconcile(charges, bill, BILLER, Exchanged("CNY", lambda *_: rate))
    return {one.cause for one in whole.differences}


def judged(name: str, fault: Fault, seed: int) -> set[Cause]:
    chance = random.Random(seed)
    charges = charges_of(chance)
    if name == "an exchange rate":
        charges = [one for one in charges if one.currency == "USD"]
    return found_causes(charges, fault(charges, chance))


@pytest.mark.parametrize(("name", "cause", "fault"), FAULTS, ids=[one[0] for one in FAULTS])
def test_a_single_fault_is_named(name: str, cause: Cause, fault: Fault) -> None:
    results = [judged(name, fault, seed) for seed in range(12)]

    assert [one for one in results if one not in ({cause}, set())] == []
    assert results.count({cause}) >= 10  # a fault may change nothing


def test_a_bill_of_our_own_agrees() -> None:
    charges = charges_of(random.Random(1))

    assert found_causes(charges, lines_of(charges)) == set()


TINY = Path(__file__).parents[1] / "cli" / "tiny.yaml"


def line(model: str, tokens: int, **others: Any) -> str:
    usage = {"prompt_tokens": tokens, "completion_tokens": 100, **others}
    return json.dumps({"model": model, "timestamp": "2026-10-12T10:00:00+08:00", "usage": usage})


def test_focus_goes_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bill in FOCUS, of which a row is missing."""
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text("\n".join([line("acme-v2", 1000), line("acme-office", 500)]))
    command = ["usage", "log.jsonl", "--prices", str(TINY)]
    assert main([*command, "--format", "focus"]) == 0
    bill = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(bill)))
    assert [(one["SkuMeter"], one["ConsumedQuantity"]) for one in rows] == [
        *(("input", "500"), ("output", "100"), ("input", "1000"), ("output", "100")),
    ]

    Path("bill.csv").write_text(bill)
    assert main([*command, "--bill", "bill.csv", "--format", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["results"], whole["agreed"]) == ([], 4)

    Path("bill.csv").write_text("\n".join(bill.splitlines()[:3]))
    main([*command, "--bill", "bill.csv", "--format", "json"])
    (cause,) = json.loads(capsys.readouterr().out)["results"]
    assert (cause["cause"], cause["models"]) == ("missing in the bill", ["acme/acme-v2"])


def test_a_bill_of_a_vendor_with_names_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text(line("acme-v2", 1000))
    Path("bill.csv").write_bytes(
        "日期,模型,计费项,用量,应付金额\n2026/10/12,acme-v2,输入,1000,0.001\n"
        "2026/10/12,acme-v2,输出,100,0.0003\n2026/10/12,,税费,,0.01\n".encode("gb18030")
    )

    main(["usage", "log.jsonl", "--prices", str(TINY), "--bill", "bill.csv", "--format", "json"])
    whole = json.loads(capsys.readouterr().out)

    assert [(one["cause"], one["billed"]) for one in whole["results"]] == [("tax", "0.01")]
    assert whole["agreed"] == 2


def test_what_is_no_bill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, bill = tmp_path / "log.jsonl", tmp_path / "bill.csv"
    log.write_text(line("acme-v2", 1000))
    bill.write_text("a,b\n1,2\n")

    assert main(["usage", str(log), "--prices", str(TINY), "--bill", str(bill)]) == 1
    assert "error: no line of a bill in" in capsys.readouterr().err
