"""The tools that an agent sees, and their answers: what `--format json` prints, and a short text.

What a client asks never ends the server: every expected failure is an answer, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from llmcost.cli.agents import calls, summary, workload
from llmcost.cli.agents.arguments import (
    BudgetArguments,
    CountArguments,
    EstimateArguments,
    PriceArguments,
    schema_of,
)
from llmcost.cli.agents.calls import Folders, Given
from llmcost.cli.output import Output
from llmcost.errors import LlmcostError
from llmcost.report.figures import visible

INSTRUCTIONS = (
    "Token counts and prices of language models, offline. Unknown prices are never zero. Notes and "
    "hints are those of the command line: its options are the arguments here (-m models, "
    '-o output_tokens, --as-of as_of, --yuan 10000 budget "10000 yuan"); for --all, raise top.'
)


class Answer(msgspec.Struct, frozen=True):
    """`document`: of the JSON contract in docs/output.md; None if nothing could be answered.
    `failed`: the command would have exited with another code than 0."""

    text: str
    document: dict[str, Any] | None = None
    failed: bool = False


class Tool(msgspec.Struct, frozen=True):
    """`results`: the schemas of its documents. `arguments`: JSON Schema of what it takes."""

    name: str
    title: str
    description: str
    results: tuple[str, ...]
    arguments: dict[str, Any]
    run: Callable[[Given, Folders], Output]
    summary: Callable[[Mapping[str, Any]], Iterator[str]]

    @property
    def result(self) -> dict[str, Any]:
        """JSON Schema of the documents, as far as programs need it to tell them apart."""
        named = {"enum": list(self.results), "description": "see docs/output.md of llmcost"}
        rows = {"type": "array", "items": {"type": "object"}}
        return {
            "type": "object",
            "properties": {"schema": named, "results": rows},
            "required": ["schema", "results"],
        }


def tools(folders: Folders) -> dict[str, Tool]:
    """By name. Without folders, none that takes paths says so."""
    without = () if folders else ("paths", "encoding")
    below = ", ".join(visible(str(one)) for one in folders)
    files = f" Files may be named below {below}." if folders else ""
    budget = schema_of(BudgetArguments)
    budget["properties"] = workload.properties() | budget["properties"]
    found = (
        Tool(
            name="estimate",
            title="Estimate what texts cost",
            description="What a text costs as input of each language model, with output_tokens of "
            "output, cheapest first. Currencies are the providers' own; parts are the bill."
            + files,
            results=("llmcost.estimate/1",),
            arguments=schema_of(EstimateArguments, without),
            run=calls.estimate,
            summary=summary.estimate,
        ),
        Tool(
            name="count",
            title="Count tokens",
            description="How many tokens a text has under each tokenizer, exact or with bounds."
            + files,
            results=("llmcost.count/1",),
            arguments=schema_of(CountArguments, without),
            run=calls.count,
            summary=summary.count,
        ),
        Tool(
            name="budget",
            title="Plan a month",
            description="What a budget for a month buys on each model, and for mau users; or, with "
            "requests_per_user, input_tokens and output_tokens, what they cost a month.",
            results=("llmcost.budget/1",),
            arguments=budget,
            run=calls.budget,
            summary=summary.budget,
        ),
        Tool(
            name="price",
            title="Look a price up",
            description="What models cost on a day, what is announced and who says so; with "
            "history, what they cost before. Amounts are per 1M tokens unless they say otherwise.",
            results=("llmcost.prices.show/1", "llmcost.prices.history/1"),
            arguments=schema_of(PriceArguments),
            run=calls.price,
            summary=summary.price,
        ),
    )
    return {one.name: one for one in found}


def answer(tool: Tool, given: Given, folders: Folders) -> Answer:
    """What the tool says to these arguments."""
    try:
        output = tool.run(given, folders)
    except LlmcostError as error:
        return Answer(in_lines(error_lines(error)), failed=True)
    document = msgspec.json.decode(output.text)
    lines = [*tool.summary(document), *(f"note: {one}" for one in output.notes)]
    if output.failure is not None:
        lines += error_lines(output.failure)
    return Answer(in_lines(lines), document, failed=output.failure is not None)


def error_lines(error: LlmcostError) -> list[str]:
    return [f"error: {error}", *([f"hint: {error.hint}"] if error.hint else [])]


def in_lines(lines: Sequence[str]) -> str:
    """English, as all that programs read; no character of a name acts on a terminal."""
    return "\n".join(visible(part) for line in lines for part in line.split("\n"))
