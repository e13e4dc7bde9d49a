"""Models of several providers that have one id are named with their providers in notes."""

from tables import model, prices, row, unpriced

from llmcost.pricing.billing import Excluded
from llmcost.pricing.price_rows import PriceState
from llmcost.render.wording import excluded_notes, free_notes, model_names

ROW = row(prices({"input": "1"}))
TWINS = model("base", ROW), model("base", ROW, provider="globex")
OTHER = model("mini", ROW)


def test_ids_that_repeat_have_their_provider() -> None:
    assert model_names([*TWINS, OTHER]) == ["acme/base", "globex/base", "mini"]
    assert model_names([TWINS[1], OTHER]) == ["base", "mini"]


def test_notes_on_models_left_out_tell_them_apart() -> None:
    (note,) = excluded_notes([Excluded(one, "state", "not priced") for one in TWINS], 4)
    assert "acme/base not priced; globex/base not priced" in note


def test_notes_on_free_models_tell_them_apart() -> None:
    free = unpriced(PriceState.FREE, limits="1 a day")
    (note,) = free_notes((one, free) for one in TWINS)
    assert "acme/base, globex/base" in note
