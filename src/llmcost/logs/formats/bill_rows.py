"""Rows of bills, which have amounts and no requests: FOCUS, Azure's and Google's costs."""

from collections.abc import Iterator

from llmcost.logs.format_rows import Found, LogFormat, LogState, Value, first_at, has
from llmcost.logs.log_formats import BadUsage
from llmcost.messages import say


def is_bill(value: Value) -> bool:
    return first_at(value, "BilledCost|CostInBillingCurrency|wallet_type") is not None


def rows(value: Value, state: LogState) -> Iterator[Found]:
    raise BadUsage(say("a row of a bill, which has no requests: --bill compares a log with it"))


FORMATS = (
    LogFormat("bill", "a bill", is_bill, rows),
    LogFormat("bill", "a bill", has("sku.description", "usage_start_time"), rows),
)
