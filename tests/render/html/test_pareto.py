"""Quality against price on a page: a path through the efforts of a model, and scores of which less
is better."""

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from tables import model

from llmcost.pricing.quality import QualityRow, QualitySet
from llmcost.render.html.page import PageSection
from llmcost.render.html.pareto import EffortPoint, Priced, section
from llmcost.render.quality_scores import public_scores

DAY = date(2026, 12, 1)


def drawn(*efforts: EffortPoint, fewer: bool = False) -> PageSection:
    rows = tuple(
        QualityRow(id, (f"acme/{id}",), value=Decimal(value)) for id, value in (("a", 2), ("b", 9))
    )
    found = QualitySet(1, "s", "S", "all", "%", not fewer, "MIT", "us", "here", DAY, DAY, rows)
    shown = [priced("a", 1), priced("b", 3), priced("c", 2)]
    return section(public_scores(found), shown, DAY, "$", "cost", "chart", efforts)


def priced(id: str, cost: int) -> Priced:
    return Priced(model(id), id, Decimal(cost), Decimal(cost), f"${cost}")


def parts(found: PageSection, tag: str) -> list[Element]:
    return [one for part in found.parts for one in part.iter(tag)]


def texts(found: PageSection) -> str:
    return " ".join(text for part in found.parts for text in part.itertext())


def numbered(found: PageSection) -> list[str]:
    return ["".join(one.itertext()) for one in parts(found, "li")]


def test_less_is_better_stands_above_and_keeps_its_sign() -> None:
    found = drawn(fewer=True)
    ticks = [one.text or "" for one in parts(found, "text")]
    assert not any(one.startswith("-") for one in ticks)
    assert numbered(found) == ["a: 2, $1"]  # cheaper than b, and fewer errors
    assert numbered(drawn()) == ["a: 2, $1", "b: 9, $3"]


def test_efforts_of_a_model_are_points_at_their_own_cost_on_one_path() -> None:
    low, high = (
        EffortPoint(effort, priced("c", cost), Decimal(score))
        for effort, cost, score in (("low", 2, 5), ("high", 4, 12))
    )
    paths = [one for one in parts(drawn(low, high), "path") if "effort" in one.get("class", "")]
    assert len(paths) == 1
    assert paths[0].get("d", "").count("L") == 1
    assert numbered(drawn(low, high)) == [
        "a: 2, $1", "c (low): 5, $2", "b: 9, $3", "c (high): 12, $4"
    ]  # fmt: skip
    assert "No score: c" in texts(drawn())
    assert "No score" not in texts(drawn(low))
