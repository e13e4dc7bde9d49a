"""Which models a run compares: those named, their notes, and the line-up where none is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from named import (
    DOLLAR_MAX,
    DOLLAR_PRO,
    GLOBE,
    GONE,
    GRATIS,
    MARKET,
    MAX,
    MINI,
    NAMES,
    OLD,
    ONLY_RESOLD,
    PRO,
    RESOLD,
)
from tables import at, exchange

from llmcost.errors import UnknownModel
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.typed_names import NameSearch
from llmcost.runtime import price_table
from llmcost.runtime.price_table import ModelSelection, chosen_models, others_of, selection_notes

NOW = at("2026-11-22")
LINEUP = [PRO, MINI, DOLLAR_MAX, GLOBE]


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_table, "typed_names", lambda: NAMES)


def chosen(
    *names: str, providers: Sequence[str] = (), everything: bool = False, retired: bool = False
) -> ModelSelection:
    return chosen_models(
        MARKET, names, providers, NOW, kind="chat", everything=everything, retired=retired
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], LINEUP),
        (["zeta-5-pro"], [PRO]),
        (["ZETA-5-PRO", "zeta"], [PRO, MINI, DOLLAR_MAX]),
        (["acme-intl/zeta-5-pro"], [DOLLAR_PRO]),
        (["zeta-5-pro@all"], [PRO, DOLLAR_PRO, RESOLD]),
        (["*-pro"], [PRO, OLD, DOLLAR_PRO, RESOLD]),
        (["theta-1"], [ONLY_RESOLD]),
        (["globe", "-globex"], []),
        (["-globex"], [PRO, MINI, DOLLAR_MAX]),
        (["@cn", "-zeta-5-mini", "globe"], [PRO, DOLLAR_MAX, GLOBE]),
        (["@main", "-@flagship"], [MINI, DOLLAR_MAX]),
        (["skyhost/acme-ai/zeta-5.pro"], [DOLLAR_PRO]),
        (["gratis"], [GRATIS]),
    ],
    ids=str,
)
def test_names_choose_models(names: Sequence[str], expected: Sequence[Model]) -> None:
    """Each model once, in the order of the names; `-` leaves out of all of them."""
    if expected:
        assert list(chosen(*names).models) == expected
    else:
        with pytest.raises(UnknownModel, match="no model is left"):
            chosen(*names)


@pytest.mark.parametrize(
    ("providers", "expected"),
    [
        (["艾克米"], [PRO, MINI, MAX]),
        (["Acme International"], [DOLLAR_PRO, DOLLAR_MAX]),
        (["格洛", "reseller"], [GLOBE, RESOLD, ONLY_RESOLD]),
    ],
)
def test_a_provider_has_a_line_up(providers: list[str], expected: Sequence[Model]) -> None:
    """By its id, its name, or what people call it."""
    assert list(chosen(providers=providers).models) == expected


def test_an_unknown_provider_is_an_error() -> None:
    """Also one that is a host, which the table does not have."""
    for name in ("acmee", "天台"):
        with pytest.raises(UnknownModel, match="unknown provider"):
            chosen(providers=[name])


def test_everything_is_all_on_sale() -> None:
    """Of the kind; without names or with a set."""
    everything = [one for one in MARKET.models if one is not GONE]

    assert list(chosen(everything=True).models) == everything
    assert OLD in chosen("@cn", everything=True).models


def test_a_model_with_a_newer_one_is_answered_and_the_newer_named() -> None:
    """In one line for all of them; a family or a glob has no such line."""
    (note,) = chosen("zeta-4-pro").notes

    assert "zeta-5-pro for zeta-4-pro" in note
    assert not chosen("zeta-4-*").notes
    assert not chosen("zeta").notes


def test_a_name_of_a_model_that_is_no_longer_sold() -> None:
    """Means the family of that name, and is itself where there is none, or where it is wanted."""
    family = chosen("zeta-3")

    assert [one.id for one in family.models] == ["zeta-code-2"]
    assert "`zeta-3` is no longer sold" in family.notes[0]
    assert list(chosen("acme/zeta-3").models) == [GONE]
    assert "zeta-5-pro" in chosen("acme/zeta-3").notes[0]
    assert list(chosen("zeta-3", retired=True).models) == [GONE]
    assert list(chosen_models(MARKET, ["zeta-3"], (), NOW).models) == [GONE]


def test_the_line_up_is_told_from_what_was_named() -> None:
    """A line says how many others there are, and which of them is the cheapest."""
    named, main = chosen("@main"), chosen()

    assert not named.is_lineup
    assert main.is_lineup
    (note,) = selection_notes(main, others_of(MARKET, main, NOW, exchange(), (100, 10)))
    others = len(MARKET.models) - len(LINEUP) - 1  # one of them is retired
    assert f"--all adds {others} others (cheapest paid: " in note
    assert "1 is free" in note
    assert selection_notes(named, others_of(MARKET, named, NOW, exchange(), (100, 10))) == []


def test_an_exact_id_needs_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the line-up: a start reads them only for what is neither."""
    monkeypatch.setattr(price_table, "typed_names", None)

    assert list(chosen("zeta-5-mini").models) == [MINI]
    assert list(chosen("zeta-*5-pro").models) == [PRO, DOLLAR_PRO, RESOLD]
    assert list(chosen().models) == LINEUP


def test_a_table_without_marks_is_compared_whole() -> None:
    """As one that somebody wrote for himself."""
    plain = PriceTable(MARKET.providers, tuple(replace(one, lineup="") for one in MARKET.models))
    found = chosen_models(plain, (), (), NOW, kind="chat")

    assert len(found.models) == len(MARKET.models) - 1


def test_names_of_this_build_are_read() -> None:
    """From its own file."""
    from llmcost.price_data.bundled_files import compiled_names
    from llmcost.price_data.loader import names_content

    typed = compiled_names(names_content())

    assert typed.family("qwen") is not None
    assert NameSearch(MARKET, typed, NOW).typed("zeta") is None


def test_a_damaged_cache_of_names_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of prices: a byte that is not as it was is noticed."""
    from llmcost.price_data import bundled_files

    monkeypatch.setenv("LLMCOST_CACHE_DIR", str(tmp_path))
    content = b"families: [{names: [zeta], ids: ['zeta-*']}]\nsuperseded: {acme: {b: [a]}}\n"
    first = bundled_files.compiled_names(content)
    cache = tmp_path / "model-names"
    whole = cache.read_bytes()

    for damaged in (whole[:-9] + b"x" + whole[-8:], whole[:40], b"", whole + b" "):
        cache.write_bytes(damaged)
        assert bundled_files.compiled_names(content) == first
        assert cache.read_bytes() == whole
    monkeypatch.setattr(bundled_files, "convert", None)
    assert bundled_files.compiled_names(content) == first
    assert first.superseded == {}
    assert [one.names for one in first.families] == [("zeta",)]
