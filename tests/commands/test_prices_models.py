"""`llmcost models`: what is listed, and in which unit it is sold."""

from datetime import UTC, datetime

import pytest
from shipped import TABLE
from tables import model, rates, row, table

from llmcost.cli.app import main
from llmcost.commands.prices.models import columns, unit_cell
from llmcost.commands.prices.models import listed as listed_models
from llmcost.pricing.price_rows import KINDS
from llmcost.render.result_table import for_programs


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    """The rows of `llmcost models --format tsv`, without their head."""
    assert main(["models", *arguments, "--format", "tsv"]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]


@pytest.mark.parametrize(
    ("fees", "cell"),
    [
        ({"image": "200"}, "¥0.2 / image"),
        ({"video_second": "1500"}, "¥1.5 / second"),
        ({"characters": "0.15"}, "¥150 / 1M characters"),
        ({"page": "4"}, "¥4 / 1000"),
    ],
)
def test_what_is_not_sold_by_the_token_is_priced_in_its_unit(
    fees: dict[str, str], cell: str
) -> None:
    """Fees are per 1,000 in the table; also beside a price by the token they are no unit."""
    assert unit_cell(row(fees=fees), "¥") == cell
    assert unit_cell(row(rates("1", "2"), fees=fees), "¥") == ""


def test_programs_get_kind_price_and_unit() -> None:
    """At the end of a row."""
    film = model("film", row(fees={"video": "2000"}), kind="video")

    rows = listed_models(table(film), [film], datetime(2026, 12, 1, tzinfo=UTC))

    assert for_programs(columns(), rows).rows[0][-3:] == ("video", "2", "video")


def test_one_kind_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """And another word is an error."""
    found = listed(capsys, "--kind", "video")

    assert found
    assert {one[-3] for one in found} == {"video"}
    assert main(["models", "--kind", "film"]) == 2
    said = capsys.readouterr().err
    assert all(kind in said for kind in KINDS)


def test_hosts_are_listed_where_they_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a provider the list has the makers' own models alone."""
    hosts = {one.key for one in TABLE.models if one.serves}

    assert hosts.isdisjoint("/".join(one[1::-1]) for one in listed(capsys))
    assert {one[1] for one in listed(capsys, "--provider", "groq")} == {"groq"}
    assert [one[1] for one in listed(capsys, "azure/gpt-4o")] == ["azure"]
