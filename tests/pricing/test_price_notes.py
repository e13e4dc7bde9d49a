"""What of a note reaches whoever reads a price, and what only `--explain` shows."""

from collections.abc import Iterator
from datetime import date

import pytest

from llmcost import language
from llmcost.price_data.loader import load
from llmcost.pricing.price_notes import (
    FORMS,
    clause,
    clauses,
    reader_note,
    source_names,
    whole_note,
)
from llmcost.pricing.price_rows import PriceState, PriceTable
from llmcost.runtime.tokenizer_choice import tokenizer_names


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("", ""),
        ("on or before", "on or before"),
        ("on or before, litellm 1.74.12", "on or before"),
        ("models.dev has cache read at 0.06", ""),
        ("weak: one package; 5 % below the maker's list", "5 % below the maker's list"),
        ("on or before. Output is the image", "on or before; output is the image"),
        ("V4 Flash under this name", "V4 Flash under this name"),
        ("75 % off until 2026-05-31 15:59 UTC", "75 % off until 2026-05-31 15:59 UTC"),
        ("replaced by \x1b[31mred", ""),
    ],
)
def test_clauses_on_sources_and_trackers_are_for_explain(note: str, shown: str) -> None:
    assert reader_note(note) == shown


@pytest.mark.parametrize(
    "note",
    ["on or before, litellm 1.74.12", "weak: one package; the maker's discounted price", "ours"],
)
def test_explain_leaves_no_clause_out(note: str) -> None:
    for _mark, text in clauses(note):
        assert text in whole_note(note)


def test_a_time_of_a_vendor_is_in_the_readers_language() -> None:
    language.speak("zh")
    try:
        assert language.told(reader_note("until 2025-02-08 24:00 Beijing")) == (
            "至 2025-02-08 24:00（北京时间）"
        )
    finally:
        language.speak("en")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("https://a.example/price (copy of May)", "https://a.example/price (copy of May)"),
        ("github a/b c/d.ts@1a2b (2026-08-22); npm c 1.0 (2026)", "github a/b; npm c"),
        ("github a/b@1a2b; github a/b c@3", "github a/b"),
        ("our contract of 2026", "our contract of 2026"),
    ],
)
def test_a_source_is_named_without_files_and_versions(source: str, names: str) -> None:
    assert source_names(source) == names


@pytest.fixture(scope="module")
def shipped() -> PriceTable:
    return load(tokenizer_names(), [], date(2026, 12, 1))


def test_each_form_has_a_chinese_one() -> None:
    language.speak("zh")
    try:
        assert [one for one in FORMS if language.told(one) == str(one)] == []
    finally:
        language.speak("en")


def always_shown(table: PriceTable) -> Iterator[str]:
    """What commands print without --explain, whatever it is."""
    for provider in table.providers.values():
        yield from (quota.who for quota in provider.free_quota)
    for model in table.models:
        offers = (*model.fine_tuning, *model.deployment, *model.packs)
        yield from (offer.what for offer in offers)
        for row in model.prices:
            yield from (row.limits, row.promotion)


def test_all_that_is_always_shown_has_a_chinese_form(shipped: PriceTable) -> None:
    unknown = {
        text
        for said in always_shown(shipped)
        for _mark, text in clauses(said)
        if clause(text) is None
    }
    assert unknown == set()


def test_a_price_that_is_not_known_says_why(shipped: PriceTable) -> None:
    """A plan or an unknown price with a note has a clause for the reader."""
    silent = [
        f"{model.key} {row.start}: {row.note}"
        for model in shipped.models
        for row in model.prices
        if row.state in (PriceState.PLAN, PriceState.UNKNOWN)
        if row.note and not reader_note(row.note)
    ]
    assert silent == []
