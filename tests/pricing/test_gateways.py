"""Spellings of gateways: taken apart, and found at the host or at the maker."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from named import DATED, DOLLAR_PRO, GLOBE, MARKET, NAMES, PRO, zeta
from tables import at

from llmcost.pricing.gateways import GatewaySearch, key_of, take_apart
from llmcost.pricing.price_rows import Model, Provider

NOW = at("2026-11-22")


def found(name: str, *more: Model) -> list[Model]:
    table = replace(
        MARKET,
        providers={**MARKET.providers, "skyhost": Provider("skyhost", "Skyhost", "USD")},
        listed=(*MARKET.models, *more),
    )
    match = GatewaySearch(table, table.models, NAMES, NOW).find(name)
    return [] if match is None else list(match.models)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("acme-ai/zeta-5-pro", [DOLLAR_PRO], id="a publisher: dollars first"),
        pytest.param("skyhost/acme-ai/Zeta_5.Pro", [DOLLAR_PRO], id="one kind of separator"),
        pytest.param("yuanhost/acme-ai/zeta-5-pro", [PRO], id="a host in yuan: yuan first"),
        pytest.param("skyhost/zeta-5-pro", [DOLLAR_PRO], id="a host alone"),
        pytest.param("acme cloud/zeta-5-pro", [PRO], id="a maker by its name"),
        pytest.param("skyhost/us-east-1/globex/globe-mini", [DATED], id="a region"),
        pytest.param("us.globex.globe-mini-v1:0", [DATED], id="Bedrock"),
        pytest.param("bedrock/converse/eu.globex.globe-mini-v2", [DATED], id="its routes"),
        pytest.param("publishers/globex/models/globe-mini@20260101", [DATED], id="Vertex"),
        pytest.param(
            "projects/p/locations/l/publishers/globex/models/globe-mini", [DATED], id="long"
        ),
        pytest.param("accounts/skyhost/models/globe-mini", [DATED], id="an account"),
        pytest.param("~globex/globe-mini:online", [DATED], id="a moving alias"),
        pytest.param("globe-mini[1m]", [DATED], id="an ending alone"),
        pytest.param("globex/globe-small-2026-08-06", [DATED], id="an alias with a date"),
        pytest.param("globe-1-5-20260101", [GLOBE], id="a date that is in the id"),
        pytest.param("zeta-big-fp8", [PRO], id="a name of the product"),
        pytest.param("skyhost/skyhost-globe-mini", [DATED], id="a host twice"),
        pytest.param("globe mini", [DATED], id="blanks"),
        pytest.param("skyhost/globe-mini-fast", [], id="another price"),
        pytest.param("globe-mini:free", [], id="free of charge there, not here"),
        pytest.param("ft:globe-mini", [], id="a tuned model"),
        pytest.param("nobody/globe-mini", [], id="an unknown segment"),
        pytest.param("skyhost/theta-1", [], id="never the row of another reseller"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_spelling_means_a_model(name: str, expected: Sequence[Model]) -> None:
    """Of its maker, unless the host has a row of its own."""
    assert found(name) == expected


@pytest.mark.parametrize("id", ["zeta-5-pro", "acme-ai/Zeta-5-Pro"])
def test_the_row_of_the_host_goes_first(id: str) -> None:
    """By its id there, in any of its spellings."""
    own = zeta(id, "skyhost")

    assert found("skyhost/acme-ai/zeta-5-pro", own) == [own]
    assert found("skyhost/zeta-5.pro", own) == [own]
    assert found("yuanhost/zeta-5-pro", own) == [PRO]


def test_notes_say_whose_price_it_is() -> None:
    """And what regional endpoints cost more."""
    search = GatewaySearch(MARKET, MARKET.models, NAMES, NOW)
    plain, hosted = search.find("acme-ai/zeta-5-pro"), search.find("skyhost/globe-mini")

    assert plain is not None
    assert hosted is not None
    assert plain.notes == ()
    assert hosted.notes == (
        "`skyhost/globe-mini` at the maker's list price, globex/globe-mini; that of skyhost may "
        "differ",
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GLM-5.3", "glm-5p3"),
        ("gpt-35-turbo", "gpt-3.5-turbo"),
        ("claude-4.5-sonnet", "claude-sonnet-4-5"),
        ("Claude-5-5-Opus", "claude-opus-5.5"),
        ("doubao_seed 2:1", "doubao-seed-2.1"),
    ],
)
def test_keys_make_spellings_equal(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@given(st.text(alphabet="abz059-._/:@[]~ %日", max_size=30))
def test_any_text_can_be_taken_apart(text: str) -> None:
    """Whatever is typed, the name is a part of it, and no host is made up."""
    spelled = take_apart(text, NAMES)

    if spelled is not None:
        assert spelled.name in text.casefold()
        assert spelled.host in text
    found(text)
