"""A small market with families, makers in two currencies, a host, and the names people type."""

from msgspec.structs import replace
from tables import model, rates, row, unpriced

from llmcost.pricing.known_names import Family, Gateways, TypedNames
from llmcost.pricing.price_rows import Alias, Model, PriceState, PriceTable, Provider

PRICE = row(rates("1", "2"))
NEW = row(rates("1", "2"), start="2026-01-01")


def zeta(
    id: str, provider: str = "acme", lineup: str = "", newer: str = "", **others: str
) -> Model:
    one = model(id, PRICE, provider=provider, **others)  # type: ignore[arg-type]
    return replace(one, lineup=lineup, superseded_by=newer)


PRO = zeta("zeta-5-pro", lineup="flagship", released="2026-05-01")
MINI = zeta("zeta-5-mini", lineup="small", released="2026-04-01")
OLD = zeta("zeta-4-pro", newer="zeta-5-pro", released="2025-05-01")
GONE = zeta("zeta-3", retired="2025-01-01")
CODE = zeta("zeta-code-2", released="2026-03-01")
DOLLAR_PRO = zeta("zeta-5-pro", "acme-intl")
DOLLAR_MAX = zeta("zeta-6-max", "acme-intl", lineup="balanced")
MAX = zeta("zeta-5-max", newer="")
GLOBE = zeta("globe-1.5-20260101", "globex", lineup="flagship")
GRATIS = model("gratis", unpriced(PriceState.FREE), provider="globex")
RESOLD = zeta("zeta-5-pro", "reseller")
ONLY_RESOLD = zeta("theta-1", "reseller")
DATED = model("globe-mini", PRICE, provider="globex", aliases=(Alias("globe-small"),))
MODELS = (
    *(PRO, MINI, OLD, GONE, CODE, DOLLAR_PRO, DOLLAR_MAX, MAX),
    *(GLOBE, GRATIS, RESOLD, ONLY_RESOLD, DATED),
)
MARKET = PriceTable(
    {
        "acme": Provider("acme", "Acme Models", "CNY", "艾克米"),
        "acme-intl": Provider("acme-intl", "Acme International", "USD"),
        "globex": Provider("globex", "Globex", "USD"),
        "reseller": Provider("reseller", "Reseller", "CNY"),
    },
    MODELS,
)
NAMES = TypedNames(
    china=("acme", "acme-intl", "reseller"),
    twins={"acme": "acme-intl"},
    fallbacks={"acme-intl/zeta-6-max": "acme/zeta-5-max"},
    providers={"acme": ("艾克米", "acme cloud"), "globex": ("格洛",)},
    hosts={"skyhost": ("skyhost", "天台"), "yuanhost": ("yuanhost",)},
    families=(
        Family(("zeta", "泽塔", "zeta five"), ("zeta-*",), "acme"),
        Family(("zeta pro",), ("zeta-*pro",), "acme"),
        Family(("zeta code", "zeta-3"), ("zeta-code-*",), "acme"),
        Family(("globe",), ("globe-*",), "globex"),
        Family(("globe small",), ("globe-s*",), "globex", ("globex/globe-mini", "zeta pro")),
        Family(("llamo",), ("*llamo*",)),
    ),
    media={"video": ("zetavision",)},
    gateways=Gateways(
        hosts=("skyhost", "bedrock", "yuanhost"),
        yuan=("yuanhost",),
        publishers={"acme-ai": ("acme-intl", "acme"), "globex": ("globex",)},
        products={"zeta-big": "zeta-5-pro"},
    ),
    open_weights={"acme": ("zeta-5-mini", "zeta-code-2")},
)
