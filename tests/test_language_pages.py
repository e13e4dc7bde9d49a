"""Pages in another language: aligned as a terminal shows them, and no business of programs."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from rich.cells import cell_len
from tables import CALENDAR, OFFICE_HOURS, at, band, model, quota, rates, row, table, variant

from llmcost.commands.prices.show_page import page
from llmcost.commands.whatif import compute as inputs
from llmcost.commands.whatif.view import LABELS
from llmcost.language import speak, told
from llmcost.messages import joined, say
from llmcost.pricing.quotes import listing
from llmcost.pricing.terms import Hours
from llmcost.render.table import Column, csv_text, grid, json_text, markdown, tsv
from llmcost.render.table import table as drawn
from llmcost.render.text import few
from llmcost.render.wording import limits_of, word


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak("en")


TITLES = (Column(say("model"), fold=True), Column(say("price"), right=True))
GRID = grid(TITLES, [["m", say("free")], ["free", "0.5"]])


def test_a_grid_is_told_to_people_and_english_to_programs(chinese: None) -> None:
    assert markdown(GRID).splitlines()[0] == "| 模型 | 价格 |"
    assert drawn(GRID, 40, color=False) == "模型  价格\nm     免费\nfree   0.5\n"
    assert tsv(GRID) == "model\tprice\nm\tfree\nfree\t0.5\n"
    assert csv_text(GRID) == "model,price\nm,free\nfree,0.5\n"
    assert json_text({"state": GRID.rows[0][1]}) == '{\n  "state": "free"\n}\n'


@pytest.mark.parametrize(
    ("message", "chinese_text"),
    [
        (word("cache_write.5m"), "缓存写入.5m"),
        (word("input"), "输入"),
        (word("web_search"), "web_search"),
        (word("a.b"), "a.b"),
        (few(["a", "b", "c"], 2), "a、b，另有 1 个"),
        (few([say("{model} {detail}", model="m", detail=say("no price"))], 2, "; "), "m 无价格"),
        (limits_of(band("1", input=10, output=5, inclusive=False)), "输入低于 10、输出低于 5"),
        (joined(["a", "b"], " -> "), "a -> b"),
    ],
)
def test_messages_made_of_messages(chinese: None, message: str, chinese_text: str) -> None:
    assert told(message) == chinese_text


@pytest.mark.parametrize("name", ["input", "cache_write.1h", "peak", "free_quota", "no.such", ""])
def test_a_word_is_that_of_the_price_file(name: str) -> None:
    assert word(name) == name


def test_every_input_has_a_name_for_people() -> None:
    others = {"turns", "system_tokens", "deployment_price", "pack_price", "peak_share"}
    names = {*inputs.FIELDS, *inputs.PRICES, *others, "exchange_rate"}
    assert LABELS.keys() == {name.replace("_", " ") for name in names}


PRICED = rates("1", "2", "0.1", cache_write_5m="1.25")
BANDED = model(
    "m",
    row(
        band(PRICED, input=128_000, peak=variant("2"), batch=variant("0.5")),
        band(PRICED, peak=variant("2"), flex=variant(input="3")),
        schedule=OFFICE_HOURS.id,
        regions={"us": "1.1"},
        fees={"web_search": "10"},
        list_price={"input": "3"},
        promotion="half price",
    ),
)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80])
def test_figures_stand_under_each_other(chinese: None, language: str, width: int) -> None:
    """Every line of a block ends where its last figure does, or before it."""
    speak(language)
    quotas = (quota(1000),)
    shown = listing(table(BANDED, quotas=quotas), BANDED, at("2026-01-05"), Hours.PEAK, CALENDAR)
    text = page(shown, date(2026, 11, 23), width, explain=True)

    blocks = [block.splitlines() for block in text.split("\n\n")[1:-1]]
    assert [len(block) for block in blocks] == [5, 5]
    for head, *items in blocks:
        ends = {cell_len(head[: one.end()]) for one in re.finditer(r"\S+(?: \S+)*", head)}
        found = {
            cell_len(line[: one.end()]) for line in items for one in re.finditer(r"[\d.]+$", line)
        }
        assert found <= ends
    assert bool(re.search("[一-龥]", text)) is (language == "zh")
