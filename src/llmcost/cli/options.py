"""Options that several commands share, each defined once, and the values of their texts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from llmcost.errors import UsageError
from llmcost.inputs.request_forms import Form
from llmcost.messages import say
from llmcost.render.table import Format
from llmcost.runtime.option_values import refuse_beside as refuse_beside
from llmcost.runtime.option_values import refuse_without as refuse_without


def complete_model(incomplete: str) -> Iterator[str]:
    """Sets, families and ids of models for the shell's completion, also behind a comma or `-`. Ids
    are for those who have begun one: there are hundreds."""
    from llmcost.pricing.catalog import on_sale
    from llmcost.pricing.typed_names import SETS
    from llmcost.runtime import clock
    from llmcost.runtime.price_table import load_table, typed_names

    before, comma, name = incomplete.rpartition(",")
    sign = "-" if comma and name.startswith("-") else ""
    name = name.removeprefix(sign)
    at = clock.now()
    table = load_table([], at.date())
    models = on_sale(table.models, at) if name else ()
    families = [one for family in typed_names().families for one in family.names if " " not in one]
    sets, ids = (f"@{one}" for one in SETS), (one.id for one in models)
    found = dict.fromkeys([*sets, *families, *table.providers, *ids])
    return (
        f"{before}{comma}{sign}{one}"
        for one in found
        if one.startswith(name) and (name or one.isascii())
    )


def complete_tokenizer(incomplete: str) -> Iterator[str]:
    """Names of tokenizers for the shell's completion."""
    from llmcost.tokenizers.registry import TOKENIZERS

    return (name for name in TOKENIZERS if name.startswith(incomplete))


def complete_provider(incomplete: str) -> Iterator[str]:
    """Ids of providers for the shell's completion."""
    from llmcost.runtime import clock
    from llmcost.runtime.price_table import load_table

    table = load_table([], clock.now().date())
    return (one for one in table.providers if one.startswith(incomplete))


def complete_task(incomplete: str) -> Iterator[str]:
    """Kinds of answers."""
    from llmcost.price_data.measured_files import load_output_lengths

    return (one for one in load_output_lengths().tasks if one.startswith(incomplete))


def complete_effort(incomplete: str) -> Iterator[str]:
    """Levels of thinking."""
    from llmcost.pricing.output_lengths import EFFORTS

    return (one for one in EFFORTS if one.startswith(incomplete))


def complete_quality(incomplete: str) -> Iterator[str]:
    """Names of public sets of scores."""
    from llmcost.price_data.measured_files import SETS

    return (one for one in (*SETS, "none") if one.startswith(incomplete))


def complete_time(incomplete: str) -> Iterator[str]:
    """Words for a billing time; a time of a clock is not completed."""
    return (one for one in ("peak", "off-peak") if one.startswith(incomplete))


Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATHS]...", help="Files to read; `-` or nothing: standard input."),
]
ModelNames = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL...",
        help="Ids, aliases, provider/id or globs.",
        autocompletion=complete_model,
    ),
]
ModelPatterns = Annotated[
    list[str] | None,
    typer.Option(
        "-m",
        "--model",
        metavar="ID",
        help="Model id, family (qwen), glob or set (@cn); again or comma-separated for more.",
        autocompletion=complete_model,
    ),
]
Providers = Annotated[
    list[str] | None,
    typer.Option(
        "--provider",
        metavar="ID",
        help="Only models sold by this provider.",
        autocompletion=complete_provider,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Prices in force on this day; default: now."),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Billing time, or `peak`, `off-peak`; default: now.",
        autocompletion=complete_time,
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show the row, band, rates and source of each amount.")
]
MaxAge = Annotated[
    str | None,
    typer.Option(
        "--max-age",
        metavar="30d",
        help="Exit 3 if any price was checked longer ago (30d, 8w, 6m, 1y).",
    ),
]
PriceFiles = Annotated[
    list[Path] | None,
    typer.Option("--prices", metavar="FILE", help="Your price file; overrides the shipped table."),
]
PLAIN_FORMATS = "|".join(one for one in Format if one is not Format.HTML)


def without_page(format: Format | None) -> Format | None:
    """Refuses a page at once, and not when all is counted. Raises UsageError."""
    if format is Format.HTML:
        raise UsageError(
            say("this command has no HTML page"),
            hint=say("estimate, budget, forecast, usage and prices history have one"),
        )
    return format


FormatName = Annotated[
    Format | None,
    typer.Option(
        "--format",
        metavar=f"<{PLAIN_FORMATS}>",
        callback=without_page,
        help="Default: table on a terminal, tsv in a pipe.",
    ),
]
PageFormat = Annotated[
    Format | None,
    typer.Option(
        "--format", help="Default: table on a terminal, tsv in a pipe; html: a report in one file."
    ),
]
QualityFile = Annotated[
    str | None,
    typer.Option(
        "--quality",
        metavar="NAME|FILE",
        help="Scores: arena (default), livebench, vectara, bfcl, none, or your YAML or CSV file.",
        autocompletion=complete_quality,
    ),
]
Learn = Annotated[
    Path | None,
    typer.Option(
        "--learn",
        metavar="FILE",
        help="Lengths of your own answers for -o auto: a log, or a file of `llmcost tasks learn`.",
    ),
]
MinQuality = Annotated[
    str | None,
    typer.Option(
        "--min-quality",
        metavar="N",
        help="Leave out models with a worse score, or with none.",
    ),
]
ExchangeRate = Annotated[
    str | None,
    typer.Option("--fx", metavar="RATE", help="CNY for one USD, like 7.1, or pairs: EUR/USD:1.12."),
]
DiscountNames = Annotated[
    list[str] | None,
    typer.Option(
        "--discount",
        metavar="NAME:SHARE",
        help="Discount of a provider, like openai:15%, or openai:5%@100k/15%@1M by yearly volume.",
    ),
]
Tax = Annotated[
    str | None, typer.Option("--tax", metavar="SHARE", help="Tax added to the bill, e.g. 6%.")
]
Versus = Annotated[
    str | None,
    typer.Option(
        "--vs",
        metavar="MODEL|PRICE",
        help="Compare with a model or a price of tokens, like 0.12/k or $10/M.",
        autocompletion=complete_model,
    ),
]
Encoding = Annotated[
    str, typer.Option("--encoding", metavar="NAME", help="Input encoding, e.g. gb18030.")
]
InputFormat = Annotated[
    Form | None,
    typer.Option("--input-format", help="Input format; default: detected from name and content."),
]
FieldName = Annotated[
    str | None,
    typer.Option("--field", metavar="KEY", help="JSON key that contains the text."),
]
ColumnName = Annotated[
    str | None,
    typer.Option(
        "--column", metavar="NAME|N", help="CSV, TSV or Parquet column that contains the text."
    ),
]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Exit 0 even if some requests cannot be read.")
]
MaxBytes = Annotated[
    str | None,
    typer.Option(
        "--max-bytes", metavar="SIZE", help="Maximum size read from each input, e.g. 500MB or 1GiB."
    ),
]
OutputTokens = Annotated[
    str | None,
    typer.Option(
        *("-o", "--output-tokens"),
        metavar="N|auto",
        help="Output tokens per input; auto: a typical length, as a range.",
        autocompletion=lambda incomplete: [one for one in ("auto",) if one.startswith(incomplete)],
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        metavar="NAME",
        help="Kind of answer for -o auto: chat, summarize, translate, extract, classify, rag,"
        " code-edit, agent-step or agent-run.",
        autocompletion=complete_task,
    ),
]
Effort = Annotated[
    str | None,
    typer.Option(
        "--effort",
        metavar="LEVEL",
        help="Thinking effort for -o auto and scores: none, low, medium, high, xhigh or max.",
        autocompletion=complete_effort,
    ),
]
OutputRatio = Annotated[
    str | None,
    typer.Option("--output-ratio", metavar="R", help="Output as a share of the input tokens."),
]
Cached = Annotated[
    str | None,
    typer.Option("--cached", metavar="N|%", help="Input tokens read from the cache."),
]
Batch = Annotated[bool, typer.Option("--batch", help="Bill at the batch price.")]
Tier = Annotated[
    str | None, typer.Option("--tier", metavar="NAME", help="Service tier: flex, priority …")
]
Region = Annotated[
    str | None, typer.Option("--region", metavar="NAME", help="Processing region: us, eu …")
]
Thinking = Annotated[
    bool, typer.Option("--thinking", help="Bill output at the price of thinking mode.")
]
CurrencyName = Annotated[
    str | None,
    typer.Option(
        "--currency",
        metavar="CODE",
        help="Display currency like EUR; default: each model's own.",
    ),
]
FailOver = Annotated[
    str | None,
    typer.Option(
        "--fail-over", metavar="AMOUNT", help='Exit 3 if any model costs more, e.g. "0.5 yuan".'
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Worker processes for large inputs; default: all CPUs.",
    ),
]
ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Count on a Dask cluster: tcp://HOST:8786, or `local:4` for processes here.",
    ),
]
SampleSize = Annotated[
    str | None,
    typer.Option(
        "--sample",
        metavar="auto|%|SIZE",
        help="Estimate from a sample: `auto`, 1% or 500MB.",
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="%", help="Target precision of --sample auto; default: 1%."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Random seed of the sample; default: 0."),
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Hide the progress bar.")]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume", metavar="FILE", help="Save counts per file here, and resume from them."
    ),
]
Top = Annotated[
    int | None,
    typer.Option(
        "--top", metavar="N", min=1, help="Rows to show; default on a terminal: up to 20 that fit."
    ),
]
All = Annotated[bool, typer.Option("--all", help="Show every model.")]
EveryRow = Annotated[bool, typer.Option("--all", help="Show every row.")]
Notes = Annotated[bool, typer.Option("--notes", help="Print all notes, not just two lines.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 on a warning.")]
Get = Annotated[
    str | None,
    typer.Option(
        "--get", metavar="FIELD", help="Print this field alone: a column of --format tsv."
    ),
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="Print one bare number and nothing else.")
]
WorkloadFile = Annotated[
    Path | None, typer.Option("-f", "--file", metavar="FILE", help="Workload file (YAML).")
]
ScenarioNames = Annotated[
    list[str] | None,
    typer.Option("--scenario", metavar="NAME", help="Scenario of the file to use."),
]
