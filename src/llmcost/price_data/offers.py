"""Offers beside token prices, from YAML: schedules, free quotas, packs, training, hosting."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import yaml

from llmcost.messages import say
from llmcost.money import positive
from llmcost.price_data.rows import SET, Place, read_set
from llmcost.pricing.price_rows import DiscountTier, Offer, Quota
from llmcost.pricing.schedule import PeakWindow, Schedule, parse_days
from llmcost.yaml_files import Fields, YamlReader, parse_price

HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
QUOTA = ("tokens", "per", "days", "who", "from", "until", "source", "checked", "note")
PER = {"model": "model", "account": "account"}
COMMON = ("from", "source", "checked", "what", "note")


class OfferKind(msgspec.Struct, frozen=True):
    """A kind of offer: the key of its price, what that price buys, and its other keys."""

    what: str
    price: str
    per: tuple[str, ...]
    keys: tuple[str, ...]


FINE_TUNING = OfferKind("fine-tuning", "training", ("1M training tokens",), ("training", *SET))
DEPLOYMENT = OfferKind("deployment", "price", ("hour", "day", "month"), ("price", "per", "list"))
PACK = OfferKind("packs", "price", ("pack",), ("price", "tokens", "months", "list"))


def read_offers(
    reader: YamlReader, node: yaml.Node | None, kind: OfferKind, place: Place
) -> tuple[Offer, ...]:
    found = (read_offer(reader, item, kind, place) for item in reader.items(node, kind.what))
    return tuple(offer for offer in found if offer is not None)


def read_offer(reader: YamlReader, node: yaml.Node, kind: OfferKind, place: Place) -> Offer | None:
    required = ("from", "source", "checked", kind.price)
    what = say("an entry of `{key}`", key=kind.what)
    fields = reader.fields(node, what, (*COMMON, *kind.keys), required)
    per = reader.choice(fields.get("per"), "per", kind.per)
    if len(kind.per) > 1 and "per" not in fields:
        reader.problem(node, say("{what} has no `{key}`", what=what, key="per"))
    price = money(reader, fields, kind.price, place.currency)
    start, checked = (
        reader.day(fields.get("from"), "from"),
        reader.day(fields.get("checked"), "checked"),
    )
    if start is None or checked is None or price is None:
        return None
    source = reader.text(fields.get("source"), "`source`")
    return Offer(
        start=start,
        price=price,
        per=per or kind.per[0],
        source=place.sources.get(source, source),
        checked=checked,
        what=reader.text(fields.get("what"), "`what`"),
        tokens=reader.tokens(fields.get("tokens"), "tokens"),
        months=reader.tokens(fields.get("months"), "months"),
        list_price=money(reader, fields, "list", place.currency),
        prices=read_set(reader, fields, place.currency) if kind is FINE_TUNING else {},
        note=reader.text(fields.get("note"), "`note`"),
    )


def money(reader: YamlReader, fields: Fields, key: str, currency: str) -> Decimal | None:
    expected = say("`{key}` as an amount of {currency}", key=key, currency=currency)
    return reader.scalar(fields.get(key), expected, parse_price)


def read_quotas(
    reader: YamlReader, node: yaml.Node | None, sources: Mapping[str, str]
) -> tuple[Quota, ...]:
    found = []
    for item in reader.items(node, say("free quotas")):
        fields = reader.fields(item, say("a free quota"), QUOTA, ("tokens", "source", "checked"))
        tokens = reader.tokens(fields.get("tokens"), "tokens")
        checked = reader.day(fields.get("checked"), "checked")
        per = reader.scalar(fields.get("per"), say("`per` as model or account"), PER.get)
        source = reader.text(fields.get("source"), "`source`")
        if tokens is None or checked is None:
            continue
        found.append(
            Quota(
                tokens=tokens,
                per=per or "model",
                source=sources.get(source, source),
                checked=checked,
                days=reader.tokens(fields.get("days"), "days"),
                who=reader.text(fields.get("who"), "`who`"),
                start=reader.day(fields.get("from"), "from"),
                until=reader.day(fields.get("until"), "until"),
                note=reader.text(fields.get("note"), "`note`"),
            )
        )
    return tuple(found)


def read_discounts(reader: YamlReader, node: yaml.Node | None) -> tuple[DiscountTier, ...]:
    """The discounts on a yearly volume; each begins higher than the one before."""
    found: list[DiscountTier] = []
    for item in reader.items(node, say("volume discounts")):
        fields = reader.fields(item, say("a volume discount"), DISCOUNT, DISCOUNT)
        yearly = reader.scalar(fields.get("yearly"), YEARLY, parse_price)
        off = reader.scalar(fields.get("off"), OFF, parse_off)
        if off is None or yearly is None:
            continue
        if found and yearly <= found[-1].yearly:
            reader.problem(item, say("`yearly` must be more than in the tier before"))
        found.append(DiscountTier(off, yearly))
    return tuple(found)


DISCOUNT = ("yearly", "off")
YEARLY = say("`yearly` as an amount a year at list prices, like 100000")
OFF = say("`off` as a share below 1 like 15% or 0.15")


def parse_off(text: str) -> Decimal | None:
    share = positive(text.removesuffix("%").strip())
    if share is not None and text.endswith("%"):
        share /= 100
    return share if share is not None and share < 1 else None


def read_schedules(reader: YamlReader, node: yaml.Node | None) -> dict[str, Schedule]:
    if node is None:
        return {}
    found = {}
    for name, item in reader.names(node, "`schedules`"):
        keys = ("zone", "holidays", "peak")
        fields = reader.fields(item, say("a schedule"), keys, ("zone", "peak"))
        found[name] = Schedule(
            id=name,
            zone=reader.scalar(fields.get("zone"), say("`zone` like Asia/Shanghai"), parse_zone)
            or "UTC",
            peak=tuple(
                window
                for one in reader.items(fields.get("peak"), say("peak windows"))
                for window in read_windows(reader, one)
            ),
            holidays=reader.scalar(
                fields.get("holidays"), say("`holidays` as a country code like CN"), parse_country
            )
            or "",
        )
    return found


def read_windows(reader: YamlReader, node: yaml.Node) -> Sequence[PeakWindow]:
    fields = reader.fields(node, say("a peak window"), ("days", "hours"), ("days", "hours"))
    days = reader.scalar(fields.get("days"), say("`days` like mon-fri or sat,sun"), parse_days)
    expected = say("`hours` like 09:00-12:00")
    hours = (
        reader.scalar(one, expected, parse_hours)
        for one in reader.items(fields.get("hours"), say("hours"))
    )
    return [PeakWindow(days or (), *span) for span in hours if span is not None]


def parse_hours(text: str) -> tuple[int, int] | None:
    """Minutes of the day; `24:00` is the end of it."""
    found = HOURS.fullmatch(text)
    if found is None:
        return None
    start, end = (int(found[i]) * 60 + int(found[i + 1]) for i in (1, 3))
    return (start, end) if start < end <= 24 * 60 else None


def parse_zone(text: str) -> str | None:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, KeyError):
        return None


def parse_country(text: str) -> str | None:
    from llmcost.price_data.calendar import COUNTRIES

    return text if text in COUNTRIES else None
