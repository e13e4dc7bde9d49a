"""Arguments of each tool, typed: their JSON Schema and their checks are made from these types.

Names and texts are those of the options; None is an argument that was not set. Fields of a workload
are those of `workload/fields.py`, which defines each once.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.money import MOST, exact
from llmcost.workload import fields
from llmcost.workload import quantities as q
from llmcost.workload.fields import FIELDS, Field, FieldEntry, Given, WordParser

Arguments = TypeVar("Arguments", bound=msgspec.Struct)

MOST_CHARACTERS = 1_000_000
MOST_PATHS = 100
MOST_RESULTS = 100
TOP = 20

Names = Annotated[list[str], Meta(min_length=1, max_length=100)]
Text = Annotated[
    str | None, Meta(description=f"The text itself, up to {MOST_CHARACTERS:,} characters.")
]
Paths = Annotated[
    Annotated[list[str], Meta(min_length=1, max_length=MOST_PATHS)] | None,
    Meta(description="In place of text: files, folders or globs below an allowed folder."),
]
Encoding = Annotated[str, Meta(description="Of the files of paths, such as gb18030.")]
Models = Annotated[
    Names | None,
    Meta(
        description="Model ids, families such as qwen, globs such as qwen-*, or sets such as @cn; "
        "default: the main models of each maker; @all: all on sale."
    ),
]
Providers = Annotated[Names | None, Meta(description="Only what these sell, such as deepseek.")]
Day = Annotated[
    str | None,
    Meta(description="Use the prices of this day, such as 2026-11-22; default: now."),
]
Hour = Annotated[
    str | None,
    Meta(description="Bill as at this time, or as peak or off-peak; default: now."),
]
Number = Annotated[float, Meta(ge=0)] | str
Share = Annotated[int, Meta(ge=0, le=MOST)] | str
Currency = Annotated[
    str | None,
    Meta(description="A code such as EUR, to rank in; default: each model's own currency."),
]
Top = Annotated[
    int, Meta(ge=1, le=MOST_RESULTS, description="How many results at most, the best first.")
]


Quality = Annotated[
    str | None,
    Meta(
        description="Scores beside costs: arena (default), livebench, vectara, bfcl, none, or a "
        "YAML or CSV file below an allowed folder."
    ),
]
LeastQuality = Annotated[
    float | str | None, Meta(description="Leave out models with a worse score, or with none.")
]


class EstimateArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Text = None
    paths: Paths = None
    encoding: Encoding = "utf-8"
    models: Models = None
    providers: Providers = None
    output_tokens: Annotated[
        Annotated[int, Meta(ge=0, le=MOST)] | Literal["auto"] | None,
        Meta(description="Output tokens of each request; auto: a typical length, as a range."),
    ] = None
    task: Annotated[
        Literal[
            "chat",
            "summarize",
            "translate",
            "extract",
            "classify",
            "rag",
            "code-edit",
            "agent-step",
            "agent-run",
        ]
        | None,
        Meta(description="Kind of answer, by which its length is looked up."),
    ] = None
    effort: Annotated[
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None,
        Meta(description="Thinking effort, by which its length is looked up."),
    ] = None
    output_ratio: Annotated[
        Number | None, Meta(description="In place of it: output as a share of the input tokens.")
    ] = None
    calls: Annotated[int, Meta(ge=1, le=MOST, description="Number of times the input is sent.")] = 1
    cached: Annotated[
        Share | None,
        Meta(
            description='Input tokens read from the cache: a number, or a share like "40%"; auto: '
            "by the rules of each model's cache."
        ),
    ] = None
    cache_write: Annotated[
        Share | None, Meta(description="Input tokens written to the cache, likewise.")
    ] = None
    batch: Annotated[bool, Meta(description="Bill at the batch price.")] = False
    thinking: Annotated[bool, Meta(description="Bill output at the price of thinking.")] = False
    tier: Annotated[str | None, Meta(description="Service tier, such as flex.")] = None
    region: Annotated[str | None, Meta(description="Processing region, such as us.")] = None
    currency: Currency = None
    fx: Annotated[
        Number | None,
        Meta(description="CNY for one USD, or pairs like EUR/USD:1.12; default: the ECB's."),
    ] = None
    as_of: Day = None
    at: Hour = None
    quality: Quality = None
    min_quality: LeastQuality = None
    top: Top = TOP


class CountArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Text = None
    paths: Paths = None
    encoding: Encoding = "utf-8"
    models: Annotated[
        Names | None, Meta(description="Count as these models do: ids, aliases or globs.")
    ] = None
    tokenizers: Annotated[
        Names | None,
        Meta(description="Names of tokenizers or globs; default, without models too: all."),
    ] = None


class BudgetArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Beside the words of a workload."""

    quality: Quality = None
    min_quality: LeastQuality = None
    top: Top = TOP


Gpu = Annotated[str | None, Meta(description="Only this machine, such as H200.")]
GpuHour = Annotated[
    Number | None,
    Meta(description="What an hour of gpu costs, such as $4.59; default: a dated rent."),
]


class HostArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Beside the words of a workload."""

    requests_per_day: Annotated[
        Number | None, Meta(description="Requests a day, in place of mau and requests_per_user.")
    ] = None
    cached: Annotated[
        Number | None, Meta(description="Share of the input that the API bills as cached.")
    ] = None
    peak_to_mean: Annotated[
        Number | None,
        Meta(description="Busiest hour over the mean; default: of traffic, else 2 (assumed)."),
    ] = None
    gpu: Gpu = None
    gpu_hour: GpuHour = None
    buy: Annotated[
        Number | None, Meta(description="In its place: the price of one gpu, such as $32000.")
    ] = None
    life: Annotated[
        Number | None, Meta(description="Months that a bought gpu lasts; default: 36.")
    ] = None
    power: Annotated[
        Number | None, Meta(description="Price of a kWh for bought gpus; default: not included.")
    ] = None
    spare: Annotated[
        int, Meta(ge=0, le=1000, description="Replicas kept for failures and releases.")
    ] = 1
    top: Top = TOP


class TrainArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: Annotated[
        str | None,
        Meta(description="A model whose size and vendors' prices are known, such as qwen3-32b."),
    ] = None
    parameters: Annotated[
        Number | None, Meta(description="Parameters, the active ones of an MoE, such as 32B.")
    ] = None
    tokens: Annotated[
        Number | None, Meta(description="Training tokens of one epoch, such as 10M.")
    ] = None
    epochs: Annotated[int, Meta(ge=1, le=1000, description="Epochs over them.")] = 1
    flop: Annotated[
        Number | None, Meta(description="In their place: operations of the run, such as 2.15e25.")
    ] = None
    mfu: Annotated[
        Number | None, Meta(description="Share of the bf16 peak that is reached; default: 40%.")
    ] = None
    paid: Annotated[
        str | None, Meta(description="What a run cost, such as $63M: what price that implies.")
    ] = None
    gpu: Gpu = None
    gpu_hour: GpuHour = None
    currency: Currency = None
    fx: Annotated[Number | None, Meta(description="CNY for one USD; default: the ECB's.")] = None
    as_of: Day = None


class PriceArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: Annotated[
        Names, Meta(description="Model ids, aliases, provider/id or globs such as qwen-*.")
    ]
    providers: Providers = None
    as_of: Day = None
    at: Hour = None
    history: Annotated[
        bool, Meta(description="All prices in the order of time, with each change in percent.")
    ] = False
    top: Top = TOP


def read(kind: type[Arguments], arguments: Mapping[str, Any]) -> Arguments:
    """Return typed arguments. Raise UsageError for what is not as the schema has it."""
    try:
        return msgspec.convert(arguments, kind)
    except msgspec.ValidationError as error:
        raise UsageError(
            say("bad arguments: {problem}", problem=str(error)),
            hint=say("known: {names}", names=", ".join(kind.__struct_fields__)),
        ) from None


def in_words(arguments: msgspec.Struct, *left_out: str) -> dict[str, Any]:
    """Return the arguments by name, numbers as the texts that a command line has."""
    return {
        name: repr(one) if isinstance(one, float) else one
        for name, one in msgspec.structs.asdict(arguments).items()
        if name not in left_out
    }


def schema_of(kind: type[msgspec.Struct], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the JSON Schema of the arguments: one object, and short, since an agent reads it each
    time. null is taken for what is left out, and is not mentioned."""
    _, components = msgspec.json.schema_components([kind])
    found = components[kind.__name__]
    named = {name: one for name, one in found["properties"].items() if name not in without}
    return {
        "type": "object",
        "properties": {name: shortened(one) for name, one in named.items()},
        "required": found["required"],
        "additionalProperties": False,
    }


def shortened(one: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a property without null."""
    if "anyOf" not in one:
        return one
    rest = {name: value for name, value in one.items() if name not in ("anyOf", "default")}
    kinds = [kind for kind in one["anyOf"] if kind != {"type": "null"}]
    return {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}


CALLED = {"model": "models", "provider": "providers"}
"""Fields that are called as in the other tools."""
LEFT_OUT = ("system_prompt", "total_budget", "growth", "decline")
"""A file, and what only a forecast needs."""
WORDS = {CALLED.get(key, key): field for key, field in FIELDS.items() if key not in LEFT_OUT}
NUMBERS = (q.number, q.hours, q.rates, q.whole, q.above_zero, q.months, q.share)
NAMED = (q.pairs, q.percentiles)


def properties() -> dict[str, Any]:
    """Return the JSON Schema of each field."""
    return {name: property_of(field) for name, field in WORDS.items()}


def property_of(field: Field) -> dict[str, Any]:
    """Return the JSON Schema of a field."""
    described = {"description": f"{field.meaning}: {field.expected}"}
    if isinstance(field.parse, WordParser):
        return {"enum": list(field.parse.words), "description": field.meaning}
    if field.bare:
        return {"type": "boolean", "description": field.meaning}
    if field.parse is fields.words:
        return {"type": "array", "items": {"type": "string"}, "minItems": 1, **described}
    if field.parse in NAMED:
        numbers = {"type": "object", "additionalProperties": {"type": ["number", "string"]}}
        return {"anyOf": [{"type": "string"}, numbers], **described}
    return {"type": ["number", "string"] if field.parse in NUMBERS else "string", **described}


def entries_of(arguments: Mapping[str, Any]) -> Given:
    """Return the fields of a workload that the arguments set; null sets none. Raise UsageError for
    what is no field, or not as its field expects."""
    unknown = [name for name in arguments if name not in WORDS]
    if unknown:
        from llmcost.pricing.catalog import suggestion

        message = say("bad arguments: no word `{name}`", name=unknown[0])
        raise UsageError(message, hint=suggestion(unknown[0], WORDS))
    return {
        WORDS[name].key: FieldEntry(
            fields.parsed(WORDS[name], of_kind(name, value)), WORDS[name].option
        )
        for name, value in arguments.items()
        if value is not None
    }


def beside_workload(kind: type[Arguments], arguments: Mapping[str, Any]) -> tuple[Arguments, Given]:
    """Return the typed arguments of a tool that also takes the words of a workload, and the fields
    that these words set. Raise UsageError."""
    names = kind.__struct_fields__
    entries = entries_of({name: one for name, one in arguments.items() if name not in names})
    return read(kind, {name: one for name, one in arguments.items() if name in names}), entries


def of_kind(name: str, value: Any) -> Any:
    """Return a value of JSON for the parser of its field, numbers as Decimal. Raise UsageError for
    a kind that the field does not take."""
    field = WORDS[name]
    match value:
        case str():
            return value
        case bool() if field.bare:
            return value
        case int() | float() if field.parse in NUMBERS and not isinstance(value, bool):
            return exact(value)
        case list() if field.parse is fields.words and all(isinstance(one, str) for one in value):
            return value
        case dict() if field.parse in NAMED and all(map(is_number, value.values())):
            return {key: one if isinstance(one, str) else exact(one) for key, one in value.items()}
    raise UsageError(
        say("bad arguments: `{name}` takes {expected}", name=name, expected=field.expected)
    )


def is_number(value: Any) -> bool:
    """Return whether a value is a number, or the text of one."""
    return isinstance(value, int | float | str) and not isinstance(value, bool)
