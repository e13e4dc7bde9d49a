"""Which score is a model's: of its build and of the maker's that a host serves, never by name."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tables import model

from llmcost.pricing.price_rows import Model, Redirect
from llmcost.pricing.quality import QualityRow, QualitySet

BEFORE, AFTER = date(2026, 5, 1), date(2026, 9, 1)
MOVED = date(2026, 7, 1)
FIRST = QualityRow("zeta (first)", ("acme/zeta",), value=Decimal(60), until=MOVED)
SECOND = QualityRow("zeta (second)", ("acme/zeta",), value=Decimal(70), start=MOVED)
BASE = QualityRow("base", ("acme/base",), ("acme/open",), value=Decimal(50))
SET = QualitySet(
    1, "s", "S", "all", "percent", True, "MIT", "S", "here", BEFORE, BEFORE, (FIRST, SECOND, BASE)
)
ZETA = model("zeta")
SENT_ON = replace(model("old"), redirect=Redirect("zeta", MOVED))
HOST = replace(model("zeta-hosted", provider="globex"), serves="acme/zeta")
WEIGHTS = replace(model("open", provider="globex"), serves="acme/open")
RESALE = replace(model("base", provider="globex"), serves="acme/base")


@pytest.mark.parametrize(
    ("one", "day", "rows"),
    [
        pytest.param(ZETA, BEFORE, ["zeta (first)"], id="the build of the day"),
        pytest.param(ZETA, AFTER, ["zeta (second)"], id="the next build"),
        pytest.param(SENT_ON, BEFORE, [], id="not yet sent on"),
        pytest.param(SENT_ON, AFTER, ["zeta (second)"], id="the model that serves its requests"),
        pytest.param(HOST, AFTER, ["zeta (second)"], id="a host inherits"),
        pytest.param(WEIGHTS, AFTER, ["base"], id="a host of the weights"),
        pytest.param(RESALE, AFTER, [], id="not of what the maker sells under another build"),
        pytest.param(model("zeta", provider="globex"), AFTER, [], id="not by its name"),
        pytest.param(model("zeta-2"), AFTER, [], id="not by likeness"),
    ],
)
def test_a_model_has_the_rows_of_its_build(one: Model, day: date, rows: list[str]) -> None:
    assert [row.row for row in SET.rows_of(one, day)] == rows
