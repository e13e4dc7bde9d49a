"""`llmcost host`: the tables of docs/hosting.md out of the command, and what it refuses."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcost.cli.app import main
from llmcost.price_data.calendar import RealCalendar
from llmcost.workload.model import ZONE
from llmcost.workload.traffic import profile, traffic_of

LOAD = ("--input-tokens", "4000", "--output-tokens", "500", "--as-of", "2026-11-30")
GPT = "together/openai/gpt-oss-120b"


class Host:
    """Runs `llmcost host` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        assert main(["host", *words]) == code
        printed = self.capsys.readouterr()
        return printed.err if code else printed.out

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--format", "json"))

    def rows(self, *words: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self(*words, "--format", "csv"))))


@pytest.fixture
def host(capsys: pytest.CaptureFixture[str]) -> Host:
    return Host(capsys)


DEEPSEEK, QWEN = "deepseek-intl/deepseek-flash", "alibaba/qwen3-32b"
# The table of break-even use: requests a second and GPU, what its hour replaces, from which use it
# pays, and from which if it serves half of the forecast.
TABLE = [
    (GPT, "flat", "$4.59", 4, "4.43", "14.35", "0.32", "0.51"),
    ("novita/openai/gpt-oss-120b", "flat", "$4.59", 4, "4.43", "5.18", "0.89", "1.42"),
    (DEEPSEEK, "off-peak", "$4.59", 4, "1.76", "5.71", "0.80", "1.29"),
    (DEEPSEEK, "peak", "$4.59", 4, "1.76", "11.43", "0.40", "0.64"),
    (QWEN, "flat", "$4.59", 1, "1.82", "17.68", "0.26", "0.42"),
    ("novita/qwen/qwen3-32b-fp8", "flat", "$4.59", 1, "1.82", "4.08", "1.12", "1.80"),
    ("zhipu/glm-5.3", "flat", "$4.59", 8, "0.21", "5.18", "0.89", "1.42"),
    ("zhipu/glm-5.3", "flat", "24.8 yuan", 8, "0.21", "5.18", "0.72", "1.15"),
    ("together/MiniMaxAI/MiniMax-M3", "flat", "$4.59", 8, "0.44", "2.83", "1.62", "2.59"),
    ("venice/kimi-k2-5", "flat", "$6.79", 8, "0.68", "9.80", "0.69", "1.11"),
]


@pytest.mark.parametrize(
    ("model", "traffic", "price", "replica", "requests", "worth", "even", "half"), TABLE
)
def test_break_even_use(
    host: Host,
    model: str,
    traffic: str,
    price: str,
    replica: int,
    requests: str,
    worth: str,
    even: str,
    half: str,
) -> None:
    words = ["--requests-per-day", "3M", "--traffic", traffic, "--peak-to-mean", "2"]
    words += ["--gpu", "B200" if "kimi" in model else "H200", "--gpu-hour", price, *LOAD]
    if "kimi" in model:  # Venice sold it until then
        words += ["--as-of", "2026-11-17"]
    (row,) = host.rows("-m", model, *words, "--currency", "USD")
    keys = ("requests_per_gpu", "replaced_per_gpu_hour", "break_even_use", "break_even_use_high")
    assert [two_digits(row[key]) for key in keys] == [requests, worth, even, half]
    assert int(row["replica_gpus"]) == replica


def two_digits(text: str) -> str:
    return str(Decimal(text).quantize(Decimal("0.01")))


@pytest.mark.parametrize(
    ("a_day", "peak", "per_second", "gpus", "use", "own", "api"),
    [
        ("200k", "2", 4.6, 8, 0.07, 26_806, 5_475),
        ("200k", "4", 9.3, 8, 0.07, 26_806, 5_475),
        ("1M", "2", 23.1, 12, 0.22, 40_208, 27_375),
        ("1M", "4", 46.3, 16, 0.16, 53_611, 27_375),
        ("300万", "2", 69.4, 20, 0.39, 67_014, 82_125),
        ("3M", "4", 138.9, 36, 0.22, 120_625, 82_125),
        ("10M", "2", 231.5, 60, 0.44, 201_042, 273_750),
        ("1000万", "4", 463.0, 112, 0.23, 375_278, 273_750),
    ],
)
def test_month(
    host: Host, a_day: str, peak: str, per_second: float, gpus: int, use: float, own: int, api: int
) -> None:
    words = ("--requests-per-day", a_day, "--peak-to-mean", peak, "--gpu", "H200")
    (row,) = host.rows("-m", GPT, *LOAD, *words, "--currency", "USD")
    assert (int(row["gpus"]), round(float(row["use"]), 2)) == (gpus, use)
    assert round(float(row["peak_per_second"]), 1) == per_second
    assert (round(float(row["own"])), round(float(row["api"]))) == (own, api)
    assert row["pays"] == "no"  # against the cheapest host, own GPUs lose in every row
    assert row["cheapest_host"] == "novita/openai/gpt-oss-120b"
    assert int(row["gpus_low"]) <= gpus <= int(row["gpus_high"])


def test_cached_input_lowers_what_a_gpu_hour_replaces(host: Host) -> None:
    """90 % of DeepSeek's input cached at 0.003 dollars: from 5.71 to 2.35, u* from 0.80 to 1.95."""
    words = ("--requests-per-day", "3M", "--traffic", "off-peak", "--gpu", "H200", *LOAD)
    (row,) = host.rows("-m", DEEPSEEK, *words, "--cached", "90%", "--currency", "USD")
    assert two_digits(row["replaced_per_gpu_hour"]) == "2.35"
    assert two_digits(row["break_even_use"]) == "1.95"


def test_a_model_that_its_maker_sells_no_more_is_compared_with_its_hosts(host: Host) -> None:
    words = ("--requests-per-day", "3M", *LOAD, "--gpu", "B200")
    (row,) = host.rows("-m", "kimi-k2.5", *words)
    assert row["vendor"].startswith("novita/")
    found = host("-m", "kimi-k2.5", *words, "--format", "md")
    assert "the middle of 7 hosts" in found


def test_which_of_my_models_should_i_host(host: Host) -> None:
    """One line; a line for each model, the best first, and the first ones pay."""
    rows = host.rows("--requests-per-day", "3M", *LOAD)
    assert len({row["model"] for row in rows}) == len(rows) > 15
    pays = [row["pays"] for row in rows]
    assert "yes" in pays
    assert pays == sorted(pays, reverse=True)
    text = host("--requests-per-day", "3M", *LOAD, "--format", "md")
    assert "worth hosting yourself: " in text
    sure = text.split("worth hosting yourself: ")[1].splitlines()[0]
    worst = {row["model"]: float(row["own_high"]) < float(row["host"]) for row in rows}
    assert all(worst[name] for name in sure.split(", "))
    assert "perhaps, within the range of the forecast: " in text
    everything = host.rows("--requests-per-day", "3M", *LOAD, "--all")
    assert len(everything) > len(rows)


def test_the_middle_host_stands_for_a_maker_that_sells_none(host: Host) -> None:
    (row,) = host.rows("-m", "gpt-oss-120b", "--requests-per-day", "3M", *LOAD, "--gpu", "H200")
    assert round(float(row["api"])) == 82_125
    found = host("-m", "gpt-oss-120b", "--requests-per-day", "3M", *LOAD, "--format", "md")
    assert "the middle of 10 hosts" in found


def test_the_models_that_search_are_on_neither_side(host: Host) -> None:
    words = ("-m", "glm-5.3", "-f", "docs/examples/rag.yaml", "--as-of", "2026-11-30")
    for scenario, tokens in (("found", 2550), ("reranked", 1550)):
        row = host.rows(*words, "--scenario", scenario)[0]
        assert float(row["api"]) == pytest.approx(200_000 * (tokens * 8 + 300 * 28) / 1e6)


def test_traffic_gives_the_peak(host: Host) -> None:
    words = ("-m", "qwen3-32b", "--requests-per-day", "3M", *LOAD)
    (office,) = host.json(*words, "--traffic", "office")["scenarios"]
    (assumed,) = host.json(*words)["scenarios"]
    (flat,) = host.json(*words, "--traffic", "flat")["scenarios"]
    assert 2.5 < float(office["peak_to_mean"]) < 3
    assert (assumed["peak_to_mean"], flat["peak_to_mean"]) == ("2", "1")


@pytest.mark.parametrize("name", ["office", "evening", "flat"])
def test_the_fleet_carries_every_hour_of_a_month_of_traffic(host: Host, name: str) -> None:
    """Hour by hour through October with its holidays: no hour brings more than is served, one
    replica less would not do, and the use is that of all hours together."""
    words = ("--requests-per-day", "3M", "--gpu", "H200", "--spare", "0", "--traffic", name)
    (row,) = host.rows("-m", GPT, *words, *LOAD, "--month", "2026-10")
    month = traffic_of(profile(name, ZONE, "CN"), date(2026, 10, 1), RealCalendar())
    hours = range(month.edges[0], month.edges[-1], 3_600_000_000)  # in microseconds
    assert len(hours) == 31 * 24
    weights = [month.between(hour, hour + hours.step) / 3_600 for hour in hours]
    mean = sum(weights, Decimal(0)) / len(weights)
    arrivals = [3_000_000 * weight / mean / 86_400 for weight in weights]
    served, replica = Decimal(row["requests_per_gpu"]), int(row["replica_gpus"])
    capacity = int(row["gpus"]) * served
    assert capacity - replica * served < max(arrivals) <= capacity
    used = sum(arrivals, Decimal(0)) / (len(arrivals) * capacity)
    assert Decimal(row["use"]) == pytest.approx(used, abs=Decimal("1e-9"))
    assert Decimal(row["peak_per_second"]) == pytest.approx(max(arrivals), abs=Decimal("1e-6"))


def test_users_and_requests_a_day_are_the_same_load(host: Host) -> None:
    a_day = host("-m", GPT, "--requests-per-day", "1M", *LOAD, "-q")
    users = ("--mau", "1000000", "--requests-per-user", "30.4166666666666667")
    assert host("-m", GPT, *users, *LOAD, "-q") == a_day
    assert float(a_day) > 0


def test_cached_input_makes_the_api_cheaper_and_says_what_is_not_known(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-m", "zhipu/glm-5.3", "--requests-per-day", "3M", "--gpu", "H200", *LOAD)
    (plain,) = host.rows(*words)
    assert main(["host", *words, "--cached", "90%", "--format", "csv"]) == 0
    printed = capsys.readouterr()
    (cached,) = csv.DictReader(io.StringIO(printed.out))
    assert float(cached["api"]) < float(plain["api"])
    assert cached["own"] == plain["own"]
    assert "no prefix cache in the forecast" in printed.err


def test_a_bought_gpu_costs_its_price_over_its_life(host: Host) -> None:
    words = ("-m", GPT, "--requests-per-day", "3M", *LOAD, "--gpu", "H200")
    rented = host.json(*words, "--gpu-hour", "$1")["results"]
    bought = host.json(*words, "--buy", "$26280", "--life", "36")["results"]
    assert bought[0]["own"] == rented[0]["own"]
    powered = host.json(*words, "--buy", "$26280", "--power", "$0.1")["results"]
    assert float(powered[0]["gpu_hour"]) == pytest.approx(1 + 0.7 * 1.3 * 0.1)


def test_reserved_throughput_pays_from_70_percent_use(host: Host) -> None:
    rows = host.rows("-m", "zhipu/glm-5.3", "--requests-per-day", "3M", *LOAD)
    (reserved,) = [row for row in rows if row["machine"] == "reserved"]
    assert float(reserved["break_even_use"]) == pytest.approx(0.70, abs=0.001)
    assert reserved["throughput"] == "reserved"
    full = [two_digits(reserved[key]) for key in ("full_use_input", "full_use_output")]
    assert full == ["5.60", "19.60"]


def test_a_dedicated_unit_pays_from_so_many_requests(host: Host) -> None:
    """Qwen-Turbo of 2024: 2 yuan a million, 30 a million trained, 20,000 a month for itself."""
    words = ("--requests-per-day", "1M", "--input-tokens", "4000", "--output-tokens", "500")
    (row,) = host.rows("-m", "qwen-turbo", *words, "--as-of", "2024-06-10")
    assert (row["machine"], row["own"], row["use"]) == ("dedicated", "20000", "")
    text = host("-m", "qwen-turbo", *words, "--as-of", "2024-06-10", "--format", "md")
    assert "pays from 59,776 requests a day" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gpu", "H20"), "no throughput of `H20` is known"),
        (("--gpu", "4090"), "no throughput of `4090` is known"),
        (("--gpu", "TPU"), "no machine is called `TPU`"),
        (("--gpu", ""), "no machine is called ``"),
        (("--gpu", "H20-96GB"), "no throughput of `H20-96GB` is known"),
        (("--gpu", "A100 40GB"), "no throughput of `A100 40GB` is known"),
        (("--gpu", "B300"), "no throughput of `B300` is known"),  # rented, but no forecast
        (("--gpu", "H200", "--buy", "$9", "--life", "36.5"), "--life must be a whole number"),
        (("--gpu-hour", "4.59"), "--gpu-hour has no effect without --gpu"),
        (("--gpu", "H200", "--gpu-hour", "cheap"), "--gpu-hour must be money"),
        (("--gpu", "H200", "--gpu-hour", "0"), "--gpu-hour must be money"),
        (("--gpu", "H200", "--life", "36"), "--life has no effect without --buy"),
        (("--gpu", "H200", "--buy", "$9", "--life", "0"), "--life must be a whole number"),
        (("--peak-to-mean", "0.5"), "--peak-to-mean must be a number from 1"),
        (("--cached", "140%"), "--cached must be a share"),
        (("--cached", "40%", "--turns", "5"), "--cached is for requests without"),
        (("--mau", "5"), "--mau has no effect with --requests-per-day"),
        (("--fees", "web_search:1"), "does not use --fees"),
        (("--embed", "alibaba/text-embedding-v4"), "does not use --embed"),
        (("--yuan", "10000"), "does not use --yuan"),
        (("--get", "nothing"), "no field is called `nothing`"),
        (("-q", "--notes"), "--notes has no effect with -q"),
    ],
)
def test_what_is_refused(host: Host, words: tuple[str, ...], said: str) -> None:
    assert said in host("--requests-per-day", "3M", *LOAD, *words, code=2)


def test_machines_by_the_names_that_people_write(host: Host) -> None:
    words = ("-m", "glm-5.3", "--requests-per-day", "3M", *LOAD, "--get", "machine")
    for name in ("h200", "H200_SXM", "H200 SXM5", "NVIDIA H200", "nvidia-h200-141gb"):
        assert host(*words, "--gpu", name) == "h200_sxm\n"


def test_a_price_in_another_currency_is_converted_by_the_rate_of_the_day(host: Host) -> None:
    words = ("-m", "glm-5.3", "--requests-per-day", "3M", *LOAD, "--gpu", "H200", "--gpu-hour")
    (found,) = host.json(*words, "3 GBP")["results"]
    assert 25 < float(found["gpu_hour"]) < 28
    fixed = host.json(*words, "3 GBP", "--fx", "GBP/CNY:10,GBP/USD:1.3")["results"]
    assert fixed[0]["gpu_hour"] == "30"


def test_why_a_machine_has_no_line(host: Host) -> None:
    words = ("--requests-per-day", "3M", *LOAD, "--gpu", "GB200")
    assert "no forecast of its throughput on GB200" in host("-m", "glm-5.3", *words, code=1)
    assert "no rent of a GB200 known" in host("-m", "deepseek-v4-flash", *words, code=1)
    found = host("-m", "deepseek-v4-flash", *words, "--gpu-hour", "$10", "--get", "gpus")
    assert int(found) % 4 == 0


def test_a_name_that_begins_several_models_means_all_of_them(host: Host) -> None:
    words = ("--requests-per-day", "3M", *LOAD, "--gpu", "H200")
    for name, least in (("qwen3-", 4), ("gpt-oss", 1), ("deepseek", 3), ("Llama", 1)):
        models = {row["model"] for row in host.rows("-m", name, *words)}
        assert len(models) >= least
        assert all(one.startswith(name.casefold()) for one in models)


def test_a_model_without_a_forecast_and_a_request_outside_of_it_are_named(host: Host) -> None:
    words = ("--requests-per-day", "3M", "--input-tokens")
    closed = host("-m", "gpt-6-luna", *words, "500", code=1)
    assert "no forecast of its throughput" in closed
    short = host("-m", "qwen3-32b", *words, "10", "--output-tokens", "9", code=1)
    assert "lie outside the forecasts" in short


def test_help_leaves_out_what_is_refused(host: Host) -> None:
    shown = host("--help")
    assert not [one for one in ("--yuan", "--fees", "--growth", "--embed") if one in shown]
    assert "--peak-to-mean" in shown


def test_without_requests_there_is_nothing_to_compare(host: Host) -> None:
    assert "add a workload (--requests-per-user)" in host(
        "-m", "glm-5.3", "--input-tokens", "500", code=2
    )


def test_the_kv_cache_of_a_config(host: Host, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        '{"num_hidden_layers": 60, "num_attention_heads": 128, "hidden_size": 5120,'
        ' "kv_lora_rank": 512, "qk_rope_head_dim": 64, "rope_scaling": null}'
    )
    words = ("--model-config", str(config))
    assert host(*words, "-q") == "69120\n"
    assert host(*words, "--kv-bits", "6", "-q") == "25920\n"
    assert json.loads(host(*words, "--format", "json"))["numbers_per_token"] == 34_560
    config.write_text('{"text_config": {"num_hidden_layers": 2, "num_attention_heads": 4}}')
    assert "it lacks" in host(*words, code=1)
    config.write_text("no JSON")
    assert "is not a model's config.json" in host(*words, code=1)
    assert "--mau has no effect with --model-config" in host(*words, "--mau", "5", code=2)
