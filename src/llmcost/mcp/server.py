"""The server and its tools: calls over standard input, answered one after the other.

The SDK keeps standard output for the protocol: whatever else is printed goes to stderr. An answer
is the document that `--format json` prints, and a text of a few lines for models and people that
read no JSON. No call ends the server: every expected failure is an answer, too.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import anyio
import msgspec
from anyio.to_thread import run_sync
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from llmcost import __version__
from llmcost.errors import LlmcostError
from llmcost.mcp import arguments as workload
from llmcost.mcp import calls
from llmcost.mcp.arguments import (
    BudgetArguments,
    CountArguments,
    EstimateArguments,
    HostArguments,
    PriceArguments,
    TrainArguments,
    schema_of,
)
from llmcost.mcp.calls import Folders, Given, ToolResult
from llmcost.messages import visible
from llmcost.render.table import in_english
from llmcost.render.text import fixed, places
from llmcost.runtime.settings import content_of

Document = Mapping[str, Any]
MOST_PARTS = 8
TOKENS = "1M tokens"


def estimate(document: Document) -> Iterator[str]:
    """Yield a line a model."""
    results = document["results"]
    digits = digits_of(one["native"]["amount"] for one in results)
    converted = digits_of(one["cost"]["amount"] for one in results)
    for one in results:
        yield (
            f"{ranked(one)}: {cost(one, digits, converted)}; input {one['usage']['input']}, "
            f"output {one['usage']['output']} tokens"
        )
    if not results:
        yield from left_out(document)


def cost(one: Document, digits: int, converted: int) -> str:
    """Return the cost of a line, in both currencies if there are two."""
    native, ranks = one["native"], one["cost"]
    if one["state"] == "free":
        return "free"
    text = f"{amount(native, digits)}{between(native, digits)}"
    if native["currency"] == ranks["currency"]:
        return text
    return f"{text} = {amount(ranks, converted)}"


def between(money: Document, digits: int) -> str:
    """Return the bounds of an amount, if it has any."""
    if money["low"] == money["high"]:
        return ""
    low, high = (fixed(Decimal(money[side]), digits) for side in ("low", "high"))
    return f" ({low} to {high})"


def count(document: Document) -> Iterator[str]:
    """Yield a line a tokenizer."""
    texts = len(document["inputs"])
    for one in document["totals"]:
        about = "" if one["exact"] else f" (estimated, {one['low']} to {one['high']})"
        yield f"{one['tokenizer']}: {one['count']} tokens{about}"
    if texts > 1:
        yield f"in {texts} files together"


def budget_summary(document: Document) -> Iterator[str]:
    """Yield a line a model: what a month costs, and what money buys."""
    results = document["results"]
    digits = digits_of(one["cost"]["amount"] for one in results if "cost" in one)
    for one in results:
        parts = []
        if "cost" in one:
            parts.append(f"{amount(one['cost'], digits)} a month")
            parts.append(f"{unlimited(one['users'])} users")
        if one.get("mixed"):
            mixed = one["mixed"]
            parts.append(f"{unlimited(mixed['tokens'])} tokens a month at {mixed['mix']}")
            if mixed["tokens_per_user"] is not None:
                parts.append(f"{few_digits(mixed['tokens_per_user'])} a user")
        elif one.get("input_only"):
            parts.append(f"{unlimited(one['input_only']['tokens'])} input tokens a month")
        if one.get("holds") is False:
            parts.append("more than the budget")
        yield f"{ranked(one)}: {', '.join(parts)}"
    if not results:
        yield from left_out(document)


def unlimited(number: int | None) -> str:
    """Return a number, or that there is no limit."""
    return "unlimited" if number is None else str(number)


def few_digits(number: str) -> str:
    """Return a number with as few digits as a reader needs."""
    return fixed(Decimal(number), digits_of([number]))


def host(document: Document) -> Iterator[str]:
    """Yield a line a machine: its month beside the API's, and from which use it pays."""
    currency = document["currency"]
    for one in document["results"]:
        month, gpus = one["own"]["expected"], one["own"]["expected"]["gpus"]
        what = f"{gpus} x {one['machine']}" if one["kind"] == "gpus" else one["kind"]
        even = one["cheapest_host"]["break_even_use"]
        yield (
            f"{one['rank']}. {one['model']}, {what}: {fixed(Decimal(month['cost']), 0)} {currency} "
            f"a month against {fixed(Decimal(one['vendor']['cost']), 0)} at "
            f"{one['vendor']['provider']}, {fixed(Decimal(one['cheapest_host']['cost']), 0)} at "
            f"{one['cheapest_host']['provider']}; pays from {percent(even)} use of what is rented, "
            f"yours is {percent(month['use'])}"
        )


def percent(share: str | None) -> str:
    """Return a share in percent; ? where it is not known."""
    return "?" if share is None else f"{fixed(100 * Decimal(share), 0)} %"


def train(document: Document) -> Iterator[str]:
    """Yield a line a machine and vendor, and what a price that was paid implies."""
    results = document["results"]
    digits = digits_of(one["cost"]["amount"] for one in results)
    for one in results:
        hours = f" for {few_digits(one['gpu_hours'])} GPU-hours" if one["gpu_hours"] else ""
        yield f"{one['name']}: {amount(one['cost'], digits)}{between(one['cost'], digits)}{hours}"
    if (implied := document["implied"]) is not None:
        yield (
            f"paid: {implied['paid']} {implied['currency']}, "
            f"{few_digits(implied['per_exaflop'])} per 1e18 FLOP"
        )


def price(document: Document) -> Iterator[str]:
    """Yield the prices of a day, or their history."""
    for one in document["results"]:
        name = f"{one['provider']}/{one['model']}, {one['currency']} per {TOKENS}"
        if "steps" in one:
            yield f"{name}:"
            yield from (f"  {step(each)}" for each in one["steps"])
            continue
        row = one["price"]
        if row is None:
            yield f"{name}: no price known"
            continue
        parts = [quote(each) for each in one["prices"]] or [one["state"]]
        shown = "; ".join(parts[:MOST_PARTS])
        more = f"; {len(parts) - MOST_PARTS} more" if len(parts) > MOST_PARTS else ""
        ahead = f"; changes on {one['ahead'][0]['from']}" if one["ahead"] else ""
        yield f"{name}: {shown}{more} (since {row['from']}, read {row['checked']}){ahead}"


def quote(one: Document) -> str:
    """Return `output 2 (input up to 128,000, batch)`, of 1M tokens unless it names another unit."""
    per = "" if one["per"] == TOKENS else f" per {one['per']}"
    when = ", ".join(part for part in (one["band"], one["condition"]) if part)
    return f"{one['item']} {one['price']}{per}" + (f" ({when})" if when else "")


def step(one: Document) -> str:
    """Return a price of the past, with its change."""
    bands = one["price"]["bands"] if one["price"] else []
    first = bands[0] if bands else {}
    items = [item for item in ("input", "output") if item in first]
    prices = ", ".join(f"{item} {first[item]}" for item in items) or one["state"]
    changes = ", ".join(f"{item} {text}" for item, text in one["change"].items() if text)
    return f"{one['from']}: {prices}" + (f" ({changes})" if changes else "")


def left_out(document: Document) -> Iterator[str]:
    """Yield why there is no result, of the first few models."""
    excluded = document["excluded"]
    for one in excluded[:MOST_PARTS]:
        yield f"left out: {one['provider']}/{one['model']}: {one['detail'] or one['reason']}"
    if len(excluded) > MOST_PARTS:
        yield f"and {len(excluded) - MOST_PARTS} more"


def ranked(one: Document) -> str:
    """Return the rank, which free models do not have, and the name of a model."""
    place = f"{one['rank']}. " if one["rank"] else ""
    return f"{place}{one['provider']}/{one['model']}"


def amount(money: Document, digits: int) -> str:
    """Return an amount with its currency."""
    return f"{fixed(Decimal(money['amount']), digits)} {money['currency']}"


def digits_of(amounts: Sequence[str] | Iterator[str]) -> int:
    """Return how many decimal places show all of the amounts."""
    return places(Decimal(one) for one in amounts)


INSTRUCTIONS = (
    "Token counts and prices of language models, offline. Unknown prices are never zero. Notes and "
    "hints are those of the command line: its options are the arguments here (-m models, "
    '-o output_tokens, --as-of as_of, --yuan 10000 budget "10000 yuan"); for --all, raise top.'
)


class ToolAnswer(msgspec.Struct, frozen=True):
    """`document`: of the JSON contract in docs/output.md; None if nothing could be answered.
    `failed`: the command would have exited with another code than 0."""

    text: str
    document: dict[str, Any] | None = None
    failed: bool = False


class ServedTool(msgspec.Struct, frozen=True):
    """`results`: the schemas of its documents. `arguments`: JSON Schema of what it takes."""

    name: str
    title: str
    description: str
    results: tuple[str, ...]
    arguments: dict[str, Any]
    run: Callable[[Given, Folders], ToolResult]
    summary: Callable[[Mapping[str, Any]], Iterator[str]]

    @property
    def result(self) -> dict[str, Any]:
        """Return the JSON Schema of the documents, as far as programs need it to tell them
        apart."""
        named = {"enum": list(self.results), "description": "see docs/output.md of llmcost"}
        rows = {"type": "array", "items": {"type": "object"}}
        return {
            "type": "object",
            "properties": {"schema": named, "results": rows},
            "required": ["schema", "results"],
        }


def tools(folders: Folders) -> dict[str, ServedTool]:
    """Return the tools by name. Without folders, none that takes paths offers them."""
    without = () if folders else ("paths", "encoding")
    below = ", ".join(visible(str(one)) for one in folders)
    files = f" Files may be named below {below}." if folders else ""
    budget = schema_of(BudgetArguments)
    budget["properties"] = workload.properties() | budget["properties"]
    found = (
        ServedTool(
            name="estimate",
            title="Estimate what texts cost",
            description="What a text costs as input of each language model, with output_tokens of "
            "output, cheapest first. Currencies are the providers' own; parts are the bill."
            + files,
            results=("llmcost.estimate/1",),
            arguments=schema_of(EstimateArguments, without),
            run=calls.estimate,
            summary=estimate,
        ),
        ServedTool(
            name="count",
            title="Count tokens",
            description="How many tokens a text has under each tokenizer, exact or with bounds."
            + files,
            results=("llmcost.count/1",),
            arguments=schema_of(CountArguments, without),
            run=calls.count,
            summary=count,
        ),
        ServedTool(
            name="budget",
            title="Plan a month",
            description="What a budget for a month buys on each model, and for mau users; or, with "
            "requests_per_user, input_tokens and output_tokens, what they cost a month.",
            results=("llmcost.budget/1",),
            arguments=budget,
            run=calls.budget,
            summary=budget_summary,
        ),
        ServedTool(
            name="price",
            title="Look a price up",
            description="What models cost on a day, what is announced and who says so; with "
            "history, what they cost before. Amounts are per 1M tokens unless they say otherwise.",
            results=("llmcost.prices.show/1", "llmcost.prices.history/1"),
            arguments=schema_of(PriceArguments),
            run=calls.price,
            summary=price,
        ),
        *hosting_tools(),
    )
    return {one.name: one for one in found}


def hosting_tools() -> tuple[ServedTool, ...]:
    """Return the tools about own GPUs."""
    from llmcost.commands.host.host_answers import UNUSED

    compared = schema_of(HostArguments)
    used = {name: one for name, one in workload.properties().items() if name not in UNUSED}
    compared["properties"] = used | compared["properties"]
    return (
        ServedTool(
            name="host",
            title="Compare own GPUs with the API",
            description="Whether to host open models oneself: GPUs that the busiest hour needs, "
            "their month beside the API's, and from which use they pay. Throughput is a forecast, "
            "not a measurement. Best first; without models, the best machine of each.",
            results=("llmcost.host/1",),
            arguments=compared,
            run=calls.host,
            summary=host,
        ),
        ServedTool(
            name="train",
            title="Price a training run",
            description="What training or fine-tuning takes on GPUs and at vendors, from "
            "parameters and tokens or from flop; with paid, what price that implies.",
            results=("llmcost.train/1",),
            arguments=schema_of(TrainArguments),
            run=calls.train,
            summary=train,
        ),
    )


def answer(tool: ServedTool, given: Given, folders: Folders) -> ToolAnswer:
    """Return what the tool answers to these arguments."""
    content_of.cache_clear()  # settings may have changed since the last call
    try:
        found = tool.run(given, folders)
    except LlmcostError as error:
        return ToolAnswer(in_lines(error_lines(error)), failed=True)
    document = msgspec.to_builtins(found.document, enc_hook=in_english)
    lines = [*tool.summary(document), *(f"note: {one}" for one in found.notes)]
    if found.failure is not None:
        lines += error_lines(found.failure)
    return ToolAnswer(in_lines(lines), document, failed=found.failure is not None)


def error_lines(error: LlmcostError) -> list[str]:
    """Return the lines of an error and its hint."""
    return [f"error: {error}", *([f"hint: {error.hint}"] if error.hint else [])]


def in_lines(lines: Sequence[str]) -> str:
    """Return lines in English, as all that programs read; no character of a name acts on a
    terminal."""
    return "\n".join(visible(part) for line in lines for part in line.split("\n"))


HINTS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def serve(folders: Folders) -> None:
    """Answer calls until the client goes away."""
    logging.getLogger("mcp").setLevel(logging.ERROR)  # not what clients do wrong
    try:
        anyio.run(session, server(folders))
    except* OSError:  # the client went away while it was answered
        pass


async def session(server: Server[Any]) -> None:
    async with stdio_server() as (asked, answers):
        await server.run(asked, answers, server.create_initialization_options())


def server(folders: Folders) -> Server[Any]:
    """Return the server of the SDK with our tools."""
    known = tools(folders)
    listed = types.ListToolsResult(tools=[described(one) for one in known.values()])
    turn = anyio.CapacityLimiter(1)  # what the engines have learnt is shared

    async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
        return listed

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = known.get(params.name)
        if tool is None:
            names = ", ".join(known)
            raise MCPError(types.INVALID_PARAMS, f"unknown tool: {params.name}; known: {names}")
        # in a thread, so that the protocol goes on meanwhile
        found = await run_sync(answer, tool, params.arguments or {}, folders, limiter=turn)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=found.text)],
            structured_content=found.document,
            is_error=found.failed,
        )

    return Server(
        "llmcost",
        title="llmcost",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def described(tool: ServedTool) -> types.Tool:
    """Return a tool as the protocol has it."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments,
        output_schema=tool.result,
        annotations=HINTS,
    )
