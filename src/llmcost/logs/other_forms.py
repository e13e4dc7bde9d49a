"""Lines that are no answer as vendors' APIs write it: of agents and gateways, or of other types.

What is there but not understood is an error that names the fields: a total that leaves it out would
look right.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.format_rows import (
    FormatRow,
    LogFormat,
    Value,
    dollars_of,
    formats,
    tokens_of,
    unknown_usage,
)
from llmcost.logs.log_fields import check, digest, masked
from llmcost.logs.log_formats import BadUsage, Outer, Why
from llmcost.messages import joined, say

if TYPE_CHECKING:
    from llmcost.logs.log_reader import LogReader

MOST_FIXES = 12
PLACE = re.compile(r" - at `\$\.([^`]*)`$")
NEEDED = re.compile(r"tokens?|usage|Token", re.ASCII)
NUMBERS = re.compile(r"(?:tokens?|[cC]ount)$")
AMOUNTS = ("cost", "spend", "upstream_inference_cost")
SIGNS = (
    *(b"oken", b"usage", b"Usage", b"_count", b"$set"),
    *(
        b'"session_meta"',
        b'"turn_context"',
        b'"projectHash"',
        b'"llm.request"',
        b'"request/header"',
    ),
    *(b'"session"', b'"utc_date"', b'"BilledCost"', b'"CostInBillingCurrency"'),
    *(b'"wallet_type"', b'"usage_start_time"'),
)
"""One of them is in every line that has tokens, or says what the next ones are of."""
MOST_NAMED = 6


def read_other(
    text: bytes | Raw, reader: "LogReader", outer: "Outer", error: Exception | None = None
) -> Sequence[LoggedRequest] | Why:
    """The requests of a line, or what else it is. `error`: why it is none of the usual ones.

    Raises BadUsage, msgspec.MsgspecError.
    """
    data = bytes(text)
    if error is not None and not data.lstrip().startswith(b"{"):
        raise error
    if not any(one in data for one in SIGNS):
        return Why.EMPTY
    value = msgspec.json.decode(data)
    form = form_of(value)
    if form is not None:
        return requests_of(value, form, reader, outer)
    if error is not None:
        return read_mended(value, reader, outer, error)
    names = unknown_usage(value)
    if names:
        raise BadUsage(
            say("usage in a form that is not known: {fields}", fields=joined(names[:MOST_NAMED]))
        )
    return Why.EMPTY


SHAPES = (TypeError, KeyError, AttributeError, IndexError)
"""What a reader meets where an object has something else under the names of a format."""


def form_of(value: Value) -> LogFormat | None:
    for one in formats():
        with suppress(*SHAPES):
            if one.matches(value):
                return one
    return None


def requests_of(
    value: Value, form: LogFormat, reader: "LogReader", outer: "Outer"
) -> list[LoggedRequest]:
    requests = []
    try:
        rows = list(form.rows(value, reader.state))
    except SHAPES:
        raise BadUsage(say("not as {agent} writes it", agent=form.title)) from None
    for row in rows:
        if isinstance(row, Why):
            reader.kinds[row] += 1
            continue
        reader.check_form(form.name)
        requests.append(request_of(row, form.name, reader, outer))
    return requests


def request_of(row: FormatRow, form: str, reader: "LogReader", outer: "Outer") -> LoggedRequest:
    check(row.input, row.output, row.read, row.written, row.others)
    sizes = Sizes(
        *(form, row.input, row.output, row.read, row.written, row.others),
        thinking=row.thinking,
    )
    names = {"key": masked(row.key) if row.key[:3] == "sk-" else row.key, "user": row.user}
    names |= {"project": row.project, "session": row.session}
    size = None
    if row.number > 1:
        size = (-(-row.input // row.number), -(-row.output // row.number))
    elif row.number < 1:
        size = (min(1, row.input), min(1, row.output))
    if size is not None:
        reader.kinds[Why.SUMS] += 1
    return LoggedRequest(
        row.model or outer.model,
        reader.second_or(row.when, outer),
        sizes,
        row.batch or outer.batch,
        row.tier,
        row.provider or outer.provider,
        caller=tuple(names.get(one, "") for one in reader.by),
        stated=row.stated,
        form=form,
        id=digest(f"{form} {row.id}".encode(errors="replace"))
        if row.id and not reader.repeats
        else None,
        count=1 if row.number == 0 else max(0, row.number),
        size=size,
    )


def read_mended(
    value: Value, reader: "LogReader", outer: "Outer", error: Exception
) -> Sequence[LoggedRequest]:
    """A line whose fields have other types: numbers as texts or floats, amounts with a sign. What
    is not needed is left out, and loses no line."""
    as_numbers(value)
    for _ in range(MOST_FIXES):
        try:
            return reader.read(msgspec.json.encode(value), outer, is_mended=True)
        except msgspec.ValidationError as problem:
            place = PLACE.search(str(problem))
            path = place[1].split(".") if place else []
            if not path or NEEDED.search(path[-1].partition("[")[0]) or not without(value, path):
                raise error from None
    raise error


def as_numbers(value: Any, depth: int = 6) -> None:
    if not isinstance(value, dict) or not depth:
        return
    for name, one in list(value.items()):
        if name in AMOUNTS:
            amount = dollars_of(one)
            value[name] = None if amount is None else float(amount)
        elif isinstance(one, dict):
            as_numbers(one, depth - 1)
        elif isinstance(one, list):
            for inner in one:
                as_numbers(inner, depth - 1)
        elif isinstance(one, float | str) and NUMBERS.search(name):
            try:
                value[name] = tokens_of(one) if one != "" else None
            except BadUsage:
                continue


def without(value: Any, path: Sequence[str]) -> bool:
    """Whether there was a field at a path, which is taken out."""
    *outer, last = path
    for name in outer:
        value = value.get(name.partition("[")[0]) if isinstance(value, dict) else None
    last = last.partition("[")[0]
    return isinstance(value, dict) and value.pop(last, None) is not None


@cache
def folders() -> tuple[tuple[LogFormat, str, str], ...]:
    """Where each format keeps its files: patterns, and the variables that move them."""
    return tuple((one, pattern, name) for one in formats() for pattern, name in one.folders)


def queries(tables: Sequence[str]) -> Iterator[tuple[LogFormat, str]]:
    """The queries for the rows of a database that has these tables."""
    for one in formats():
        for table, query in one.tables:
            if table in tables:
                yield one, query
