"""Vendors' bills as lines: FOCUS, DeepSeek's export, Azure's costs, and other CSV files."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from llmcost.commands.usage.reconcile import BillLine
from llmcost.errors import UnreadableInput
from llmcost.logs.format_rows import at
from llmcost.logs.log_fields import plain_time
from llmcost.logs.model_names import LoggedNames
from llmcost.logs.tables_as_lines import csv_lines
from llmcost.messages import joined, say, visible
from llmcost.money import currency

COLUMNS: dict[str, tuple[str, ...]] = {
    "day": (
        *("ChargePeriodStart", "utc_date", "UsageDate", "Date", "date", "day", "timestamp"),
        *("start_time", "账期", "消费日期", "消费时间", "日期", "BillingPeriodStart"),
    ),
    "model": (
        *("x_Model", "model", "Model", "ResourceName", "模型", "模型名称", "MeterName"),
        *("line_item", "SkuId"),
    ),
    "kind": (
        *("SkuMeter", "x_Item", "type", "token_type", "kind", "usage_type", "计费项", "item"),
        "MeterName",
    ),
    "quantity": (
        *("ConsumedQuantity", "PricingQuantity", "amount", "quantity", "Quantity", "tokens"),
        *("usage_amount", "用量"),
    ),
    "amount": (
        *("BilledCost", "EffectiveCost", "cost", "CostInBillingCurrency", "total_cost", "Cost"),
        *("应付金额", "费用", "payableAmount"),
    ),
    "price": ("price", "unit_price", "单价"),
    "currency": ("BillingCurrency", "currency", "Currency", "币种", "PricingCurrency"),
    "category": ("ChargeCategory", "category"),
}
KINDS = (
    ("tax", re.compile(r"\b(tax|vat)\b|税", re.IGNORECASE)),
    ("credit", re.compile(r"credit|discount|抵扣|代金券|refund", re.IGNORECASE)),
    ("fee", re.compile(r"\bfee\b|手续费|服务费|purchase|adjustment", re.IGNORECASE)),
    ("cache_write", re.compile(r"cache.?writ|cache.?creat|写缓存|缓存写|缓存创建", re.IGNORECASE)),
    ("input", re.compile(r"cache.?miss|未命中", re.IGNORECASE)),
    ("cache_read", re.compile(r"cache|缓存|命中", re.IGNORECASE)),
    ("web_search", re.compile(r"search|搜索", re.IGNORECASE)),
    ("output", re.compile(r"output|completion|输出|generated", re.IGNORECASE)),
    ("input", re.compile(r"input|prompt|输入", re.IGNORECASE)),
)
OWN = re.compile(r"(audio|image|video)_(input|output|cache_read)|file_search|maps")
COUNTS = re.compile(r"request_?count|requests", re.IGNORECASE)


class Bill(NamedTuple):
    """Its lines, and how many rows have neither an amount nor a price."""

    lines: tuple[BillLine, ...]
    left_out: int

    @property
    def currency(self) -> str:
        return self.lines[0].currency


def read_bill(path: Path, names: LoggedNames, default: str) -> Bill:
    """`default`: the currency of lines that name none. Raises UnreadableInput."""
    try:
        data = path.read_bytes()
    except OSError as error:
        why = error.strerror or ""
        raise UnreadableInput(
            say("cannot read `{path}`: {why}", path=visible(str(path)), why=why)
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    rows = [
        row for _, rows in csv_lines(text.splitlines(keepends=True)) for row in rows.split(b"\n")
    ]
    lines = [line_of(msgspec.json.decode(row), names, default) for row in rows]
    found = [one for one in lines if one is not None]
    if not found:
        raise UnreadableInput(
            say("no line of a bill in `{path}`", path=visible(str(path))),
            hint=say("it needs columns of {names}", names=joined(["day", "model", "cost"])),
        )
    return Bill(tuple(found), len(lines) - len(found))


def line_of(row: Mapping[str, Any], names: LoggedNames, default: str) -> BillLine | None:
    inner = at(row, "SkuPriceDetails.x_Model")
    row = {**row, "x_Model": inner} if inner else row
    category = cell(row, "category").casefold()
    kind = kind_in(category if category in ("tax", "credit") else cell(row, "kind"))
    if COUNTS.fullmatch(cell(row, "kind")):
        return None
    tokens, amount = number_in(cell(row, "quantity")), number_in(cell(row, "amount"))
    if amount is None or (cell(row, "price") and "utc_date" in row):
        price = number_in(cell(row, "price"))
        if price is None or tokens is None:
            return None
        amount = tokens * price / 1_000_000
    unit = str(row.get("UnitOfMeasure") or "")
    if tokens is not None and (scale := re.fullmatch(r"([\d,]+)?\s*([KM])?.*", unit)):
        each = number_in(scale[1] or "1") or Decimal(1)
        tokens *= each * {"K": 1_000, "M": 1_000_000, None: 1}[scale[2]]
    day = day_in(cell(row, "day"))
    coin = cell(row, "currency")
    return BillLine(
        day, model_in(row, day, names), kind, tokens, amount, currency(coin) if coin else default
    )


def cell(row: Mapping[str, Any], what: str) -> str:
    return next((str(row[name]) for name in COLUMNS[what] if row.get(name)), "")


def kind_in(text: str) -> str:
    own = OWN.search(text)
    if own is not None:
        return own[0]
    return next((kind for kind, pattern in KINDS if pattern.search(text)), "")


def number_in(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip().lstrip("$¥￥").replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def day_in(text: str) -> str:
    plain = plain_time(text)
    for parse in (datetime.fromisoformat, lambda one: datetime.strptime(one, "%m/%d/%Y")):
        with suppress(ValueError):
            return parse(plain).date().isoformat()
    return text[:10]


def model_in(row: Mapping[str, Any], day: str, names: LoggedNames) -> str:
    """The model of the table that a line means, or what it says."""
    try:
        when = datetime.combine(date.fromisoformat(day), datetime.min.time()).astimezone()
    except ValueError:
        return cell(row, "model")
    name = cell(row, "model")
    found = names.find(name, "", when).model
    return name if found is None else found.key
