"""Names that people type: families, makers, sets, and what is suggested for others."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from named import (
    CODE,
    DATED,
    DOLLAR_MAX,
    DOLLAR_PRO,
    GLOBE,
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
from tables import at

from llmcost.errors import UnknownModel
from llmcost.pricing.known_names import folded
from llmcost.pricing.price_rows import Model
from llmcost.pricing.typed_names import NameSearch

NOW = at("2026-11-22")


def search(*sellers: str, everything: bool = False) -> NameSearch:
    return NameSearch(MARKET, NAMES, NOW, sellers, everything=everything)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("zeta", [PRO, MINI, DOLLAR_MAX], id="a family is its line-up"),
        pytest.param("泽塔", [PRO, MINI, DOLLAR_MAX], id="in Chinese"),
        pytest.param("ZETA-Five", [PRO, MINI, DOLLAR_MAX], id="case, blanks and hyphens"),
        pytest.param("ｚｅｔａ", [PRO, MINI, DOLLAR_MAX], id="full-width letters"),
        pytest.param("zeta pro", [PRO], id="a part of a family"),
        pytest.param("zeta code", [CODE], id="none in the line-up: the newest"),
        pytest.param("globe small", [DATED, PRO], id="what it means, by key or by family"),
        pytest.param("艾克米", [PRO, MINI, DOLLAR_MAX], id="a maker, in both its currencies"),
        pytest.param("globex", [GLOBE], id="a maker by its id"),
        pytest.param("reseller", [RESOLD, ONLY_RESOLD], id="without line-up: what it sells"),
    ],
)
def test_a_name_means_models(name: str, expected: Sequence[Model]) -> None:
    """Each by the line-up of the table, and not by a list of its own."""
    found = search().typed(name)

    assert found is not None
    assert list(found.models) == expected
    assert found.notes == ()


@pytest.mark.parametrize("name", ["zet", "zeta six", "", "llamo", "天台"])
def test_no_name_is_matched_by_similarity(name: str) -> None:
    """Nor one whose family the table does not have."""
    assert search().typed(name) is None


@pytest.mark.parametrize(
    ("sellers", "name", "expected"),
    [
        pytest.param(
            ["acme"], "zeta", [PRO, MINI, MAX], id="in yuan: the fallback of a dollar row"
        ),
        pytest.param(["acme-intl"], "zeta", [DOLLAR_PRO, DOLLAR_MAX], id="the same in dollars"),
        pytest.param(["globex"], "globe", [GLOBE], id="its own"),
        pytest.param(["reseller"], "zeta", [RESOLD], id="of somebody who sells it too"),
    ],
)
def test_a_family_may_be_searched_at_a_provider(
    sellers: Sequence[str], name: str, expected: Sequence[Model]
) -> None:
    """Rows of other lists give way to those of this one."""
    found = search(*sellers).typed(name)

    assert found is not None
    assert list(found.models) == expected


def test_the_line_up_of_a_provider() -> None:
    """Of several, one after the other; of one that has none, what is not followed by newer."""
    assert search("acme").of_sellers() == [PRO, MINI, MAX]
    assert search("acme-intl", "globex").of_sellers() == [DOLLAR_PRO, DOLLAR_MAX, GLOBE]
    assert search("reseller").of_sellers() == [RESOLD, ONLY_RESOLD]


def test_everything_is_more_than_the_line_up() -> None:
    """Superseded models too, and those of special use."""
    found = search(everything=True)

    assert OLD in found.of_family(NAMES.families[0])
    assert CODE in found.of_set("@cn")
    assert GLOBE not in found.of_set("@cn")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("@main", [PRO, MINI, DOLLAR_MAX, GLOBE]),
        ("@flagship", [PRO, GLOBE]),
        ("@Balanced", [DOLLAR_MAX]),
        ("@cheap", [MINI]),
        ("@cn", [PRO, MINI, DOLLAR_MAX]),
        ("@global", [GLOBE]),
        ("@open", [MINI]),
        ("@free", [GRATIS]),
        ("@cn@flagship", [PRO]),
        ("@global@free", [GRATIS]),
    ],
)
def test_sets_are_of_the_line_up(name: str, expected: Sequence[Model]) -> None:
    """But for what is free, which is in no line-up; several are those that all of them have."""
    assert search().of_set(name) == expected


def test_all_is_every_chat_model_on_sale() -> None:
    """And not what is retired."""
    assert [one.id for one in search().of_set("@all")] == [
        one.id for one in MARKET.models if one.retired is None
    ]


def test_an_unknown_set_is_an_error() -> None:
    """The hint has all of them."""
    with pytest.raises(UnknownModel) as caught:
        search().of_set("@best")

    assert "@flagship" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("acme", [GLOBE, RESOLD]),
        ("zeta", [GLOBE, RESOLD]),
        ("zeta-5-pro", [MINI, GLOBE]),
        ("*-pro", [MINI, GLOBE]),
        ("@flagship", [MINI, RESOLD]),
        ("格洛", [PRO, MINI, RESOLD]),
    ],
)
def test_names_leave_models_out(name: str, left: Sequence[Model]) -> None:
    """All of a family or a maker, not only its line-up."""
    is_out = search().excluded(name)

    assert [one for one in (PRO, MINI, GLOBE, RESOLD) if not is_out(one)] == left


def test_a_bare_id_is_the_maker_s() -> None:
    """In its own currency; where no seller is the maker, all of them; and what is one's own."""
    mine = replace(PRO, provider="mine", lineup="own")

    assert search().own_list([RESOLD, DOLLAR_PRO, PRO]) == [PRO]
    assert search().own_list([RESOLD, DOLLAR_PRO]) == [DOLLAR_PRO]
    assert search().own_list([RESOLD, PRO, mine]) == [PRO, mine]
    assert search().own_list([RESOLD, ONLY_RESOLD]) == [RESOLD, ONLY_RESOLD]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("zeta-5-prp", "`zeta-5-pro`", id="a slip of the hand"),
        pytest.param("zeta-9-ultra", "`zeta-5-pro`, `zeta-5-mini`", id="of a family: its line-up"),
        pytest.param("zetta", "`zeta-5-pro`, `zeta-5-mini`", id="nearly a family"),
        pytest.param("zetavision", "(video)", id="no text"),
        pytest.param("llamo", "at hosts", id="sold by hosts alone"),
        pytest.param("skyhost/llamo-3", "at skyhost", id="by a host that the table lacks"),
        pytest.param("qqqq", "`llmcost models` lists them all", id="nothing like it"),
    ],
)
def test_hints_name_models_on_sale(name: str, hint: str) -> None:
    """Never one that is retired, or that a newer one has followed."""
    found = search().unknown(name)

    assert f"`{name}`" in str(found)
    assert hint in found.hint
    assert "zeta-4-pro" not in found.hint
    assert "zeta-3" not in found.hint


def test_a_model_of_another_provider_is_said_to_be_one() -> None:
    """The name is right and the provider is not, so no other name is suggested."""
    assert "another provider" in search("globex").unknown("zeta-5-pro").hint


def test_a_retired_model_has_heirs() -> None:
    """The narrowest family that it was in."""
    gone = replace(OLD, id="zeta-2-pro", superseded_by="")

    assert search().heirs(gone) == [PRO]
    assert search().heirs(replace(gone, id="omega")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("GPT 4o", "gpt4o"), ("Ｑｗｅｎ", "qwen"), ("通义 千问", "通义千问"), ("a_b-c", "abc")],
)
def test_names_are_folded(one: str, other: str) -> None:
    assert folded(one) == folded(other)
