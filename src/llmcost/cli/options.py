"""Options that several commands share, each defined once, and the values of their texts."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from llmcost.cli.declarations import Argument, Option
from llmcost.errors import UsageError
from llmcost.inputs.request_forms import Form
from llmcost.messages import say
from llmcost.render.table import Format
from llmcost.runtime.option_values import refuse_beside as refuse_beside
from llmcost.runtime.option_values import refuse_without as refuse_without

Completion = Callable[[str], Iterable[str]]


def option(written: str, help: str, completion: Completion | None = None, **others: Any) -> Any:
    """An option, as its help writes it (`-m --model ID`): names, and what stands for the
    value, if any. `others`: settings of `declarations.Option`."""
    names = [word for word in written.split() if word.startswith("-")]
    metavar = " ".join(word for word in written.split() if not word.startswith("-"))
    others |= {"metavar": metavar or None, "help": help, "autocompletion": completion}
    return Option(*names, **others)


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
    from llmcost.price_data.bundled_files import load_output_lengths

    return (one for one in load_output_lengths().tasks if one.startswith(incomplete))


def complete_effort(incomplete: str) -> Iterator[str]:
    """Levels of thinking."""
    from llmcost.pricing.output_lengths import EFFORTS

    return (one for one in EFFORTS if one.startswith(incomplete))


def complete_quality(incomplete: str) -> Iterator[str]:
    """Names of public sets of scores."""
    from llmcost.price_data.bundled_files import SETS

    return (one for one in (*SETS, "none") if one.startswith(incomplete))


def complete_time(incomplete: str) -> Iterator[str]:
    """Words for a billing time; a time of a clock is not completed."""
    return (one for one in ("peak", "off-peak") if one.startswith(incomplete))


Paths = Annotated[
    list[str] | None,
    Argument(metavar="[PATHS]...", help="Files to read; `-` or nothing: standard input."),
]
ModelNames = Annotated[
    list[str],
    Argument(
        metavar="MODEL...",
        help="Ids, aliases, provider/id or globs.",
        autocompletion=complete_model,
    ),
]
ModelPatterns = Annotated[
    list[str] | None,
    option(
        "-m --model ID",
        "Model id, family (qwen), glob or set (@cn); again or comma-separated for more.",
        complete_model,
    ),
]
Providers = Annotated[
    list[str] | None,
    option("--provider ID", "Only models sold by this provider.", complete_provider),
]
AsOf = Annotated[str | None, option("--as-of DATE", "Prices in force on this day; default: now.")]
At = Annotated[
    str | None,
    option("--at TIME", "Billing time, or `peak`, `off-peak`; default: now.", complete_time),
]
Explain = Annotated[
    bool, option("--explain", "Show the row, band, rates and source of each amount.")
]
MaxAge = Annotated[
    str | None,
    option("--max-age 30d", "Exit 3 if any price was checked longer ago (30d, 8w, 6m, 1y)."),
]
PriceFiles = Annotated[
    list[Path] | None, option("--prices FILE", "Your price file; overrides the shipped table.")
]
PLAIN_FORMATS = "|".join(one for one in Format if one is not Format.HTML)


def without_page(format: Format | None) -> Format | None:
    """Refuses a page at once, and not when all is counted. Raises UsageError."""
    if format is Format.HTML:
        raise UsageError(
            say("this command has no HTML report"),
            hint=say("estimate, budget, forecast, usage, prices history and prices index have one"),
        )
    return format


FormatName = Annotated[
    Format | None,
    option(
        f"--format <{PLAIN_FORMATS}>",
        "Default: table on a terminal, tsv in a pipe.",
        callback=without_page,
    ),
]
PageFormat = Annotated[
    Format | None,
    option("--format", "Default: table on a terminal, tsv in a pipe; html: a report in one file."),
]
QualityFile = Annotated[
    str | None,
    option(
        "--quality NAME|FILE",
        "Scores: arena (default), livebench, vectara, bfcl, none, or your YAML or CSV file.",
        complete_quality,
    ),
]
Learn = Annotated[
    Path | None,
    option(
        "--learn FILE",
        "Lengths of your own answers for -o auto: a log, or a file of `llmcost tasks learn`.",
    ),
]
MinQuality = Annotated[
    str | None, option("--min-quality N", "Leave out models with a worse score, or with none.")
]
ExchangeRate = Annotated[
    str | None, option("--fx RATE", "CNY for one USD, like 7.1, or pairs: EUR/USD:1.12.")
]
DiscountNames = Annotated[
    list[str] | None,
    option(
        "--discount NAME:SHARE",
        "Discount of a provider, like openai:15%, or openai:5%@100k/15%@1M by yearly volume.",
    ),
]
Tax = Annotated[str | None, option("--tax SHARE", "Tax added to the bill, e.g. 6%.")]
Versus = Annotated[
    str | None,
    option(
        "--vs MODEL|PRICE",
        "Compare with a model or a price of tokens, like 0.12/k or $10/M.",
        complete_model,
    ),
]
Encoding = Annotated[str, option("--encoding NAME", "Input encoding, e.g. gb18030.")]
InputFormat = Annotated[
    Form | None, option("--input-format", "Input format; default: detected from name and content.")
]
FieldName = Annotated[str | None, option("--field KEY", "JSON key that contains the text.")]
ColumnName = Annotated[
    str | None, option("--column NAME|N", "CSV, TSV or Parquet column that contains the text.")
]
SkipBad = Annotated[bool, option("--skip-bad", "Exit 0 even if some requests cannot be read.")]
MaxBytes = Annotated[
    str | None, option("--max-bytes SIZE", "Maximum size read from each input, e.g. 500MB or 1GiB.")
]
OutputTokens = Annotated[
    str | None,
    option(
        "-o --output-tokens N|auto",
        "Output tokens per input; auto: a typical length, as a range.",
        lambda incomplete: [one for one in ("auto",) if one.startswith(incomplete)],
    ),
]
Task = Annotated[
    str | None,
    option(
        "--task NAME",
        "Kind of answer for -o auto: chat, summarize, translate, extract, classify, rag,"
        " code-edit, agent-step or agent-run.",
        complete_task,
    ),
]
Effort = Annotated[
    str | None,
    option(
        "--effort LEVEL",
        "Thinking effort for -o auto and scores: none, low, medium, high, xhigh or max.",
        complete_effort,
    ),
]
OutputRatio = Annotated[
    str | None, option("--output-ratio R", "Output as a share of the input tokens.")
]
Cached = Annotated[str | None, option("--cached N|%", "Input tokens read from the cache.")]
Batch = Annotated[bool, option("--batch", "Bill at the batch price.")]
Tier = Annotated[str | None, option("--tier NAME", "Service tier: flex, priority …")]
Region = Annotated[str | None, option("--region NAME", "Processing region: us, eu …")]
Thinking = Annotated[bool, option("--thinking", "Bill output at the price of thinking mode.")]
CurrencyName = Annotated[
    str | None, option("--currency CODE", "Display currency like EUR; default: each model's own.")
]
FailOver = Annotated[
    str | None, option("--fail-over AMOUNT", 'Exit 3 if any model costs more, e.g. "0.5 yuan".')
]
Workers = Annotated[
    int | None,
    option("--workers N", "Worker processes for large inputs; default: all CPUs.", min=1),
]
ClusterAddress = Annotated[
    str | None,
    option(
        "--cluster ADDRESS",
        "Count on a Dask cluster: tcp://HOST:8786, or `local:4` for processes here.",
    ),
]
SampleSize = Annotated[
    str | None, option("--sample auto|%|SIZE", "Estimate from a sample: `auto`, 1% or 500MB.")
]
Precision = Annotated[
    str | None, option("--precision %", "Target precision of --sample auto; default: 1%.")
]
Seed = Annotated[int | None, option("--seed N", "Random seed of the sample; default: 0.", min=0)]
NoProgress = Annotated[bool, option("--no-progress", "Hide the progress bar.")]
Resume = Annotated[
    str | None, option("--resume FILE", "Save counts per file here, and resume from them.")
]
Top = Annotated[
    int | None, option("--top N", "Rows to show; default on a terminal: up to 20 that fit.", min=1)
]
All = Annotated[bool, option("--all", "Show every model.")]
EveryRow = Annotated[bool, option("--all", "Show every row.")]
Notes = Annotated[bool, option("--notes", "Print all notes, not just two lines.")]
Strict = Annotated[bool, option("--strict", "Exit 1 on a warning.")]
Get = Annotated[
    str | None, option("--get FIELD", "Print this field alone: a column of --format tsv.")
]
Quiet = Annotated[bool, option("-q --quiet", "Print one bare number and nothing else.")]
WorkloadFile = Annotated[Path | None, option("-f --file FILE", "Workload file (YAML).")]
ScenarioNames = Annotated[
    list[str] | None, option("--scenario NAME", "Scenario of the file to use.")
]
