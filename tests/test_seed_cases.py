"""The figures that five articles of May to October 2024 reported, answered by today's program.

Each case has its number in the list that the project began with. 17 is with the forecast's tests;
20 asks for quality scores.
"""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT
from shipped import TABLE, amount, row_of, the_model
from tables import at

from llmcost.cli.app import main
from llmcost.money import convert
from llmcost.price_data.loader import load_exchange_rates
from llmcost.pricing.price_rows import PriceState
from llmcost.runtime.price_table import chosen_models

USERS = 5_000_000


class Program:
    """Runs command lines in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.capsys = capsys
        self.folder = folder
        self.notes = ""

    def __call__(self, *words: str) -> str:
        code = main(words)
        printed = self.capsys.readouterr()
        self.notes = printed.err
        assert code == 0, printed.err
        return printed.out

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--format", "json"))

    def rows(self, *words: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self(*words, "--format", "csv"))))

    def file(self, text: str) -> str:
        path = self.folder / "text.txt"
        path.write_text(text, "utf-8", newline="")
        return str(path)


@pytest.fixture
def llmcost(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Program:
    return Program(capsys, tmp_path)


def price(name: str, day: str, item: str = "input") -> Decimal:
    return row_of(name, day).bands[0].prices[item]


def bought(program: Program, model: str, day: str, *words: str) -> Any:
    """What `llmcost budget` says that the money buys on one model."""
    (found,) = program.json("budget", "-m", model, "--as-of", day, *words)["results"]
    return found


def test_1_before_the_cut_10_000_yuan_bought_100_tokens_a_user(llmcost: Program) -> None:
    """Qwen-Long on 2024-05-20 for 5 million monthly users; input and output cost the same."""
    money = ("--mau", str(USERS), "--yuan", "10000")
    found = bought(llmcost, "qwen-long", "2024-05-20", *money)

    assert found["input_only"] == {"tokens": 500_000_000, "tokens_per_user": "100"}
    assert found["mixed"] == {"mix": "3:1", "tokens": 500_000_000, "tokens_per_user": "100"}


def test_2_on_the_day_of_the_cut_they_bought_4_000(llmcost: Program) -> None:
    """Qwen-Long on 2024-05-21; the vendor said 97 % less, exactly it is 97.5 %."""
    money = ("--mau", str(USERS), "--yuan", "10000")
    found = bought(llmcost, "qwen-long", "2024-05-21", *money)

    assert found["input_only"] == {"tokens": 20_000_000_000, "tokens_per_user": "4000"}
    assert price("qwen-long", "2024-05-21") / price("qwen-long", "2024-05-20") == Decimal("0.025")


def test_3_one_yuan_bought_1_250_000_tokens_of_doubao(llmcost: Program) -> None:
    """Three copies of 三国演义: Doubao-pro-32k on 2024-05-15."""
    found = bought(llmcost, "doubao-pro-32k", "2024-05-15", "--yuan", "1")

    assert found["input_only"]["tokens"] == 1_250_000


def test_4_and_2_000_000_of_qwen_long(llmcost: Program) -> None:
    """Five copies of 新华字典."""
    found = bought(llmcost, "qwen-long", "2024-05-21", "--yuan", "1")

    assert found["input_only"]["tokens"] == 2_000_000


def test_5_ernie_speed_and_lite_became_free(llmcost: Program) -> None:
    """At no cost, after the ranked ones, with their limits noted; ERNIE 3.5 and 4.0 cost what they
    did."""
    models = "ernie-speed-8k,ernie-lite-8k,ernie-3.5-8k,ernie-4.0-8k"
    command = ("estimate", llmcost.file("你好"), "-m", models, "-o", "100", "--as-of")
    day_before = llmcost.json(*command, "2024-05-20")["results"]
    document = llmcost.json(*command, "2024-05-21")
    found = document["results"]

    assert {one["state"] for one in day_before} == {"priced"}
    assert [(one["rank"], one["state"]) for one in found] == [
        *((1, "priced"), (2, "priced"), (None, "free"), (None, "free"))
    ]
    assert {one["model"] for one in found[2:]} == {"ernie-speed-8k", "ernie-lite-8k"}
    assert [one["cost"]["amount"] for one in found[2:]] == ["0", "0"]
    assert any("limits: " in note for note in document["notes"])
    for id, item in (("ernie-3.5-8k", "12"), ("ernie-4.0-8k", "120")):
        for day in ("2024-05-20", "2024-05-21"):
            assert price(id, day) == price(id, day, "output") == Decimal(item)


def test_6_spark_lite_and_hunyuan_lite_became_free() -> None:
    """On 2024-05-22; the output of Hunyuan-pro cost what it did."""
    assert price("hunyuan-lite", "2024-05-21") == 8
    for id in ("spark-lite", "hunyuan-lite"):
        row = row_of(id, "2024-05-22")
        assert row.state is PriceState.FREE
        assert row.limits
        assert amount(id, 10**6, 10**6, when="2024-05-22") == 0
    assert price("hunyuan-pro", "2024-05-21") == 100
    assert price("hunyuan-pro", "2024-05-22") == 30
    for day in ("2024-05-21", "2024-05-22"):
        assert price("hunyuan-pro", day, "output") == 100


def changes(program: Program, before: str, after: str) -> dict[tuple[str, str], str]:
    """(model, item) -> change in per cent, as `prices diff` tells it."""
    rows = program.rows("prices", "diff", before, after, "--provider", "alibaba")
    return {(one["model"], one["item"]): one["change"] for one in rows if not one["condition"]}


def test_7_output_prices_of_qwen_fell(llmcost: Program) -> None:
    """In May 2024, by 90, 25 and 40 per cent, and that of Qwen-Max not at all."""
    found = changes(llmcost, "2024-05-20", "2024-05-22")

    for id, change in (("long", "-90%"), ("turbo", "-25%"), ("plus", "-40%"), ("max", "0%")):
        assert found[f"qwen-{id}", "output"] == change
    assert found["qwen-long", "input"] == "-97.5%"
    assert price("alibaba/qwen-max", "2024-05-22", "output") == price(
        "alibaba/qwen-max", "2024-05-20", "output"
    )


def test_8_input_prices_of_qwen_fell_again(llmcost: Program) -> None:
    """On 2024-09-19, by 85, 80 and 50 per cent."""
    found = changes(llmcost, "2024-09-18", "2024-09-19")

    for id, change in (("turbo", "-85%"), ("plus", "-80%"), ("max", "-50%")):
        assert found[f"qwen-{id}", "input"] == change
    assert price("alibaba/qwen-turbo", "2024-09-19") == Decimal("0.3")


@pytest.mark.parametrize(
    ("item", "ours", "theirs", "times"), [("input", 1, 10, 72), ("output", 2, 30, 108)]
)
def test_9_deepseek_v2_cost_near_a_hundredth_of_gpt_4_turbo(
    item: str, ours: int, theirs: int, times: int
) -> None:
    """At the exchange rate of 2024-05-06, between 7.2 and 7.3."""
    day = "2024-05-06"
    rate = load_exchange_rates().on(date.fromisoformat(day), "USD", "CNY")
    dollars = price("gpt-4-turbo", day, item)

    assert price("deepseek/deepseek-chat", day, item) == ours
    assert dollars == theirs
    assert Decimal("7.2") < rate.value < Decimal("7.3")
    assert int(convert(dollars, "USD", "CNY", [rate]) / ours) == times


def test_10_reports_that_differ_are_noted(llmcost: Program) -> None:
    """GLM-3-Turbo fell from 5 to 1 on 2024-05-11; one article has 05-13."""
    before, after = llmcost.rows("prices", "history", "glm-3-turbo")[:2]

    assert before["input"] == "5"
    assert (after["from"], after["input"], after["input_change"]) == ("2024-05-11", "1", "-80%")
    assert "2024-05-13" in after["note"]


def test_11_gpt_4o_cost_half_of_gpt_4_turbo() -> None:
    """On 2024-05-13; Gemini 1.5 Flash is priced from the day of its news, 05-14."""
    assert price("gpt-4o", "2024-05-13") == 5
    assert price("gpt-4o", "2024-05-13") * 2 == price("gpt-4-turbo", "2024-05-13")
    assert price("gemini-1.5-flash", "2024-05-14") == Decimal("0.35")


def test_12_gpt_3_5_turbo_fell_and_fell(llmcost: Program) -> None:
    """By 90 % of its predecessor, then 25 % and 50 %; the article omits 2023-11."""
    found = llmcost.rows("prices", "history", "gpt-3.5-turbo")

    assert [(one["from"][:7], one["input"], one["input_change"]) for one in found[:4]] == [
        ("2023-03", "2", "-90%"),
        ("2023-06", "1.5", "-25%"),
        ("2023-11", "1", "-33.3%"),
        ("2024-02", "0.5", "-50%"),
    ]


def test_13_a_wrong_report_is_not_in_the_table() -> None:
    """$0.5 and $1.5 were prices of GPT-3.5-Turbo, given as those of GPT-4o: noted, not imported."""
    wrong = {"input": Decimal("0.5"), "output": Decimal("1.5")}
    model = the_model("gpt-4o", "2024-05-13")

    assert all(
        wrong.items() - band.prices.items() == wrong.items()
        for row in model.prices
        for band in row.bands
    )
    assert any("0.5 / 1.5" in one for one in model.corrections)
    assert wrong.items() <= row_of("gpt-3.5-turbo", "2024-05-13").bands[0].prices.items()


def test_14_a_tuned_model_costs_more_than_its_tokens(llmcost: Program) -> None:
    """Qwen-Turbo: 10M training tokens and a month of deployment are 300 + 20,000, and inference."""
    workload = ("--mau", "1000", "--requests-per-user", "10", "--input-tokens", "1000")
    tuned = ("--output-tokens", "0", "--fine-tune-tokens", "10M", "--deployment", "any")
    command = ("budget", "-m", "qwen-turbo", "--as-of", "2024-06-05", *workload, *tuned)
    (found,) = llmcost.json(*command)["results"]
    amounts = {part["item"]: part["amount"] for part in found["parts"]}

    assert price("qwen-turbo", "2024-06-05") == 2
    assert amounts == {"input": "20", "fine_tuning": "300", "deployment": "20000"}
    assert found["native"]["amount"] == "20320"


def test_15_a_million_subscribers_bring_240_million_dollars_a_year(llmcost: Program) -> None:
    """ChatGPT Plus at 20 dollars a month, against what the tokens cost."""
    sold = ("--mau", "1000000", "--revenue-per-user", "20 USD")
    workload = ("--requests-per-user", "100", "--input-tokens", "500", "--output-tokens", "300")
    command = ("budget", "-m", "gpt-4o", "--as-of", "2024-06-01", *sold, *workload)
    (found,) = llmcost.json(*command)["results"]

    # 100 x (500 x 5 + 300 x 15) / 1M dollars for each of them
    assert found["cost"]["amount"] == "700000"
    assert found["revenue"]["amount"] == "20000000"
    assert found["revenue"]["yearly"] == "240000000"
    assert found["revenue"]["margin"] == "19300000"
    assert found["revenue"]["break_even"] == "0.7"


@pytest.mark.parametrize(("yuan", "tokens"), [(10_000, 20), (50_000, 100), (100_000, 200)])
def test_16_what_the_budgets_of_companies_bought(llmcost: Program, yuan: int, tokens: int) -> None:
    """46.2 % had up to 10,000 yuan, 22.2 % up to 50,000, 24 % up to 100,000: on each model."""
    result = llmcost.json("budget", "--yuan", str(yuan), "--as-of", "2024-05-22")
    found = {one["model"]: one for one in result["results"]}

    assert found["qwen-long"]["input_only"]["tokens"] == tokens * 10**9
    assert found["doubao-pro-32k"]["input_only"]["tokens"] == tokens * 10**9 * 5 // 8
    assert found["lite"]["input_only"]["tokens"] is None  # free
    assert len(found) > 30
    paid = [one["rank"] for one in result["results"] if one["state"] != "free"]
    free = [one["rank"] for one in result["results"] if one["state"] == "free"]
    assert paid == list(range(1, len(paid) + 1))
    assert [one["rank"] for one in result["results"]] == paid + free == paid + [None] * len(free)


def test_18_eight_tenths_of_a_thousandth_of_a_yuan_process_1_500_characters(
    llmcost: Program,
) -> None:
    """Doubao: 1,000 tokens are about 1,500 characters, which our estimate's bounds hold."""
    prose = ROOT / "bench" / "chinese.txt"  # its words stand apart
    text = "".join(prose.read_text("utf-8").split())[:1500]
    command = ("estimate", llmcost.file(text), "-m", "doubao-pro-32k")
    (line,) = llmcost.json(*command, "--as-of", "2024-05-15")["results"]

    assert amount("doubao-pro-32k", 1000, when="2024-05-15") == Decimal("0.0008")
    assert line["tokens"]["low"] <= 1000 <= line["tokens"]["high"]
    assert Decimal(line["cost"]["low"]) <= Decimal("0.0008") <= Decimal(line["cost"]["high"])


@pytest.mark.parametrize(
    ("calls", "options", "yuan"),
    [
        (1_500_000, [], "0.45"),
        (1_500_000, ["--free-quota"], "0.15"),
        (1_000_000, ["--free-quota"], "0"),
        (1_000_001, ["--free-quota"], "0.0000003"),
    ],
)
def test_19_a_free_quota_comes_off_a_first_bill(
    llmcost: Program, calls: int, options: list[str], yuan: str
) -> None:
    """1M tokens a model at Alibaba, on request; `hi` is one token of Qwen-Turbo at 0.3."""
    command = (
        "estimate",
        llmcost.file("hi"),
        "-m",
        "alibaba/qwen-turbo",
        "--as-of",
        "2024-09-20",
        "-q",
    )

    assert llmcost(*command, "--calls", str(calls), *options) == f"{yuan}\n"


@pytest.mark.parametrize(
    "names",
    [
        "doubao-pro-4k doubao-pro-32k doubao-pro-128k doubao-lite-32k",
        "qwen-long alibaba/qwen-turbo alibaba/qwen-plus alibaba/qwen-max",
        "ernie-speed-8k ernie-lite-8k ernie-tiny-8k ernie-3.5-8k ernie-4.0-8k",
        "hunyuan-lite hunyuan-standard hunyuan-pro",
        "spark-lite",
        "deepseek/deepseek-chat glm-3-turbo glm-4 moonshot/moonshot-v1-8k",
        "yi-large Baichuan4 abab6.5s-chat",
        "gpt-3.5-turbo gpt-4 gpt-4-turbo gpt-4o gemini-1.5-pro gemini-1.5-flash",
        "claude-3-opus-20240229 claude-3-haiku-20240307",
    ],
)
def test_every_model_of_the_price_war_has_a_row(names: str) -> None:
    """At the end of that month."""
    for name in names.split():
        assert row_of(name, "2024-05-31").state in (PriceState.PRICED, PriceState.FREE), name


def test_a_price_that_was_announced_but_not_found_is_unknown() -> None:
    """Spark Pro and Max were cut that month; no stored source has the new price."""
    for name in ("generalv3", "generalv3.5"):
        assert row_of(name, "2024-05-31").state is PriceState.UNKNOWN
        assert row_of(name, "2024-05-31").note


def test_a_model_without_a_public_price_is_unknown() -> None:
    """Huawei's Pangu: said to be so, and never priced at nothing."""
    (model,) = chosen_models(TABLE, ["huawei/pangu"], (), at("2026-11-22")).models

    assert {row.state for row in model.prices} == {PriceState.UNKNOWN}
