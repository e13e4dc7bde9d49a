"""`budget` names own GPUs only where they cost less than the row and than every other seller."""

from datetime import date
from decimal import Decimal as D

import pytest
from msgspec.structs import replace
from tables import at, exchange, model, rates, row, table

from llmcost.cli.app import main
from llmcost.commands.budget.compute import Budget, budget
from llmcost.commands.budget.own_gpus import demand_of, own_gpus
from llmcost.price_data.hosting_files import load_hosting
from llmcost.pricing.price_rows import Model
from llmcost.workload.hosting import own_month, rate_at
from llmcost.workload.model import Workload
from llmcost.workload.running_cost import ALWAYS
from llmcost.workload.traffic import Query

FACTS = load_hosting()
DEAR = model("qwen3-32b", row(rates("10", "40")))
CHEAP = replace(
    model("Qwen/Qwen3-32B", row(rates("0.01", "0.02")), provider="globex"), serves="acme/qwen3-32b"
)
CLOSED = model("closed", row(rates("10", "40")))


def query(requests: int = 90_000_000, input: int = 4000) -> Query:
    return Query(
        workload=Workload(
            mau=1, requests_per_user=D(requests), input_tokens=input, output_tokens=500
        ),
        at=at("2026-11-22"),
        month=date(2026, 11, 1),
        season=lambda provider, row: ALWAYS,
        exchange=exchange(),
    )


def month(asked: Query, *models: Model) -> Budget:
    return budget(table(*models), models, asked)


def test_they_are_named_where_they_cost_less() -> None:
    found = own_gpus(FACTS, table(DEAR, CLOSED), month(query(), DEAR, CLOSED), exchange())
    assert list(found) == ["acme/qwen3-32b"]
    own = found["acme/qwen3-32b"]
    demand = demand_of(query().workload, DEAR, D(2))
    (hostable,) = [one for one in FACTS.throughput.models if one.id == "qwen3-32b"]
    on_it = [
        (one, rate)
        for weights in hostable.weights
        for one in weights.forecasts
        if FACTS.machine(one.machine).name == own.machine
        and not isinstance(rate := rate_at(one.points, demand.input, demand.output), str)
    ]
    rent = FACTS.reference(on_it[0][0].machine)
    assert rent is not None
    months = [own_month(demand, rate, D("0.8"), rent.price * 7, D(0)) for _one, rate in on_it]
    assert own.cost == min(one.cost for one in months)


@pytest.mark.parametrize(
    ("models", "asked"),
    [
        ((DEAR, CHEAP), query()),  # another seller of the same weights is cheaper
        ((CLOSED,), query()),  # no weights
        ((DEAR,), query(requests=10)),  # no load
        ((DEAR,), query(input=2_000_000)),  # no forecast
        ((replace(DEAR, prices=(row(rates("0.001", "0.001")),)),), query()),
    ],
)
def test_they_are_not_named(models: tuple[Model, ...], asked: Query) -> None:
    assert not own_gpus(FACTS, table(*models), month(asked, *models), exchange())


def test_a_month_without_users_has_none() -> None:
    asked = replace(query(), workload=replace(query().workload, mau=None, requests_per_user=None))
    assert not own_gpus(FACTS, table(DEAR), month(asked, DEAR), exchange())


def test_table_data_and_page(capsys: pytest.CaptureFixture[str]) -> None:
    load = ["--mau", "5000000", "--requests-per-user", "20", "--input-tokens", "4000"]
    words = ["budget", *load, "--output-tokens", "500", "-m", "zhipu/glm-5.3"]
    words += ["--as-of", "2026-11-20"]
    assert main([*words, "--format", "md"]) == 0
    printed = capsys.readouterr()
    assert "own GPUs" in printed.out.splitlines()[2]
    assert main([*words, "--format", "json"]) == 0
    assert '"own_gpus": {' in capsys.readouterr().out
    assert main([*words, "--format", "html"]) == 0
    assert "own GPUs" in capsys.readouterr().out
    assert main([*words, "--requests-per-user", "0.01", "--format", "md"]) == 0
    assert "own GPUs" not in capsys.readouterr().out
