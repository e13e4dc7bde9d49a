"""JSON Schema of price files, by which editors complete and check.

The keys and patterns are those that the loader reads by; what is added here is what each key means.
The loader still checks more: the order of rows and bands, names that are there twice, `1e-6`.
"""

from collections.abc import Collection

from llmcost.money import CURRENCIES
from llmcost.price_data.calendar import COUNTRIES
from llmcost.price_data.offers import (
    COMMON,
    DEPLOYMENT,
    DISCOUNT,
    FINE_TUNING,
    HOURS,
    PACK,
    PER,
    QUOTA,
    OfferKind,
)
from llmcost.price_data.parser import (
    ALIAS,
    LINEUP,
    MODEL,
    NAME,
    PROVIDER,
    REDIRECT,
    SCHEMA,
    TABLE,
    TERMS,
    VOCABULARY,
)
from llmcost.price_data.rows import LIMITS, PRICES, ROW, SET, SOLD_BY
from llmcost.pricing.price_rows import KINDS, LIFETIMES, Mode, PriceState
from llmcost.pricing.usage import ASSUMED
from llmcost.yaml_files import INSTANT, NUMBER, WHOLE
from scripts.schema_parts import DAYS, DIALECT, TEXT, Schema, list_of, mapping, named, one_of, ref

DATE = r"\d{4}-\d\d-\d\d"

DAY: Schema = {"type": "string", "format": "date", "pattern": f"^{DATE}$"}
START: Schema = {"type": "string", "pattern": f"^({DATE}|{INSTANT.pattern})$"}
PRICE: Schema = {"type": ["number", "string"], "minimum": 0, "pattern": f"^({NUMBER.pattern})$"}
FACTOR: Schema = {**PRICE, "exclusiveMinimum": 0}
TOKENS: Schema = {"type": ["integer", "string"], "minimum": 1, "pattern": f"^({WHOLE.pattern})$"}


def any_required(keys: Collection[str]) -> list[Schema]:
    return [{"required": [key]} for key in keys]


def without(*keys: str) -> Schema:
    return {"properties": dict.fromkeys(keys, False)}


EVIDENCE = {
    "source": (TEXT, "where it was read: address, or title and date, or a name of `sources`"),
    "checked": (DAY, "the day on which it was last read there"),
    "note": (TEXT, "conflicts and weak evidence; `weak:` where one source stands alone"),
}
SET_KEYS = {
    "input": (PRICE, "text read, per 1M tokens"),
    "output": (PRICE, "text written, per 1M tokens"),
    "cache_read": (PRICE, "input from the cache; absent: it costs `input`"),
    "cache_read_explicit": (PRICE, "input from an explicit cache, where it differs"),
    "output_thinking": (PRICE, "text written in thinking mode, where it differs"),
    "cache_storage": (PRICE, "keeping a cache, per 1M tokens and hour"),
    "audio_input": (PRICE, "audio heard, per 1M tokens"),
    "audio_output": (PRICE, "audio spoken, per 1M tokens"),
    "audio_cache_read": (PRICE, "audio from the cache, per 1M tokens"),
    "image_input": (PRICE, "images seen, per 1M tokens"),
    "image_output": (PRICE, "images drawn, per 1M tokens"),
    "image_cache_read": (PRICE, "images from the cache, per 1M tokens"),
    "video_input": (PRICE, "video seen, per 1M tokens"),
    "video_output": (PRICE, "video made, per 1M tokens"),
    "combined": (PRICE, "one price of input and output, in place of both"),
    "cache_write": (
        mapping(LIFETIMES, {time: (PRICE, f"kept for {time}") for time in LIFETIMES}),
        "writing to the cache, by lifetime: {5m: 15, 1h: 24}",
    ),
}
VARIANT = {"oneOf": [FACTOR, {**ref("prices"), "minProperties": 1}]}
PRICE_KEYS = {
    **SET_KEYS,
    "peak": (ref("variant"), "prices in the peak hours of `schedule`, or a factor"),
    "batch": (ref("variant"), "prices of batch requests, or a factor like 0.5"),
    "tiers": (
        {**named(ref("variant")), "propertyNames": {"not": one_of(("peak", "batch"))}},
        "service tiers by name: {flex: 0.5}",
    ),
}
LIMIT_KEYS = {
    f"{basis}_{edge}": (TOKENS, f"requests with {edge.replace('_', ' ')} so many {basis} tokens")
    for basis in ("input", "output")
    for edge in ("up_to", "below")
}
ROW_KEYS = {
    **PRICE_KEYS,
    **EVIDENCE,
    "from": (START, "first day (inclusive), or the instant with its zone"),
    "until": (DAY, "only where a price ended with nothing after it (exclusive)"),
    "state": (one_of([state.value for state in PriceState]), "default: priced"),
    "bands": (list_of(ref("band")), "whole price sets by request size; the first that holds bills"),
    "mode": (
        one_of([mode.value for mode in Mode]),
        "cliff: the whole request at its band's price (default); marginal: each part at its own",
    ),
    "schedule": (TEXT, "one of the provider's `schedules`; needs `peak` prices"),
    "regions": (named(PRICE), "factors by processing region: {us: 1.1}"),
    "fees": (named(PRICE), "per 1,000 calls, pages, searches: {web_search: 10}"),
    "audio_hour": (PRICE, "per hour of audio, of a model not sold by the token"),
    "characters": (PRICE, "per 1M characters, of a model not sold by the token"),
    "image": (PRICE, "per image, of a model not sold by the token"),
    "video": (PRICE, "per video, of a model not sold by the token"),
    "video_second": (PRICE, "per second of video, of a model not sold by the token"),
    "list": (ref("prices"), "the list price while a `promotion` holds"),
    "promotion": (TEXT, "why less than the `list` price is charged"),
    "limits": (TEXT, "of a free offer: who, how much, until when"),
    "evidence": (DAY, "the first day of which a source has the price, if it is after `from`"),
}
OFF_FORM = r"^\s*(0*\d{1,2}(\.\d+)?\s*%|0*(\.\d+)?)\s*$"
DISCOUNT_KEYS = {
    "yearly": (PRICE, "the bills of a year at list prices, from which on it holds"),
    "off": (
        {"type": ["number", "string"], "minimum": 0, "exclusiveMaximum": 1, "pattern": OFF_FORM},
        "the share that is taken off: 15% or 0.15",
    ),
}
QUOTA_KEYS = {
    **EVIDENCE,
    "tokens": (TOKENS, "how many tokens cost nothing"),
    "per": (one_of(PER), "each model has so many, or all together (default: model)"),
    "days": (TOKENS, "how long they can be used"),
    "who": (TEXT, "who gets them"),
    "from": (DAY, "first day (inclusive)"),
    "until": (DAY, "last day (exclusive)"),
}
OFFER_KEYS = {
    **SET_KEYS,
    **EVIDENCE,
    "from": (DAY, "first day (inclusive)"),
    "what": (TEXT, "what exactly is sold"),
    "training": (PRICE, "per 1M training tokens; the other prices are of the tuned model"),
    "price": (PRICE, "what it costs"),
    "list": (PRICE, "what it is reduced from"),
    "tokens": (TOKENS, "how many tokens a pack holds"),
    "months": (TOKENS, "how long a pack can be used"),
}
PROVIDER_KEYS = {
    "id": (TEXT, "what one types: alibaba"),
    "name": (TEXT, "who sends the bill"),
    "name_zh": (TEXT, "the same in Chinese"),
    "currency": (one_of(CURRENCIES), "of all its prices"),
    "page": (TEXT, "the vendor's price page"),
    "sources": (named(TEXT), "short names of long sources, for the rows"),
    "schedules": (named(ref("schedule")), "peak hours by name, for the rows"),
    "free_quota": (list_of(ref("quota")), "tokens that a new account gets for nothing"),
    "discount": (PRICE, "a factor on our prices that you negotiated: 0.8"),
    "volume_discounts": (
        list_of(ref("volume_discount")),
        "what a yearly volume takes off the bill: {yearly: 100000, off: 5%}",
    ),
    "models": (list_of(ref("model")), "what it sells"),
}
MODEL_KEYS = {
    "id": (TEXT, "what one sends to the API"),
    "name": (TEXT, "how people call it"),
    "tokenizer": (TEXT, "`llmcost tokenizers` lists the names"),
    "context": (TOKENS, "tokens, input and output together; absent: unknown"),
    "max_output": (TOKENS, "tokens that it writes at most; absent: unknown"),
    "aliases": (list_of(ref("alias")), "other ids that mean it"),
    "released": (DAY, "the day on which it went on sale"),
    "retired": (DAY, "the first day no longer on sale"),
    "note": (TEXT, "what else to know"),
    "lineup": (one_of(LINEUP), "compared where no model is named: a main model of its maker"),
    "kind": (one_of(KINDS), "default: chat, text in and text out"),
    "prices": (list_of(ref("row")), "dated rows in the order of time; append, never edit"),
    "fine_tuning": (list_of(ref("fine_tuning")), "what training costs"),
    "deployment": (list_of(ref("deployment")), "what an instance of one's own costs"),
    "packs": (list_of(ref("pack")), "prepaid tokens"),
    "corrections": (list_of(TEXT), "what others have wrong, and must never be imported"),
    "discount": (PRICE, "a factor on the prices that you negotiated: 0.8"),
    "serves": (TEXT, "of a host's model: the maker's it serves, `provider/id`, for what is absent"),
    "redirect": (ref("redirect"), "another model of the provider serves its requests and bills"),
    "predecessor": (TEXT, "the provider's model that its first price was compared with"),
}
REDIRECT_KEYS = {
    "id": (TEXT, "the model that serves the requests"),
    "from": (START, "first day (inclusive), or the instant with its zone"),
}
VOCABULARY_KEYS = {
    "path": (TEXT, "the file, from the folder of this one: a tokenizer.json, .tiktoken or .model"),
    "family": (TEXT, "of a .tiktoken: whose way of cutting a text it is used with, as `o200k`"),
}
ALIAS_KEYS = {
    "id": (TEXT, "the other id"),
    "from": (DAY, "first day (inclusive)"),
    "to": (DAY, "last day (exclusive)"),
}


def json_schema(tokenizers: Collection[str]) -> Schema:
    """The schema of a whole price file; a model's tokenizer is one of these names, or of the
    file's own, which a schema cannot look up."""
    meanings = {
        "schema": ({"const": int(SCHEMA)}, "the version of this format"),
        "tokenizers": (
            {**named(ref("vocabulary")), "propertyNames": {"pattern": f"^({NAME})$"}},
            "tokenizers of your own by name, for the models: {my-bpe: {path: tokenizer.json}}",
        ),
        "providers": (list_of(ref("provider")), "who sells models, in which currency"),
    }
    return {
        "$schema": DIALECT,
        "title": "llmcost price file",
        "description": "Prices are per 1M tokens in the provider's own currency.",
        **mapping(TABLE, meanings, ("schema", "providers"), **names_of_ours()),
        "$defs": {
            "tokenizer": one_of(sorted({*tokenizers, *(one + ASSUMED for one in tokenizers)})),
            "vocabulary": mapping(VOCABULARY, VOCABULARY_KEYS, ("path",)),
            "provider": mapping(
                PROVIDER, PROVIDER_KEYS, ("id",), anyOf=any_required(("models", *sorted(TERMS)))
            ),
            "model": model_schema(),
            "redirect": mapping(REDIRECT, REDIRECT_KEYS, REDIRECT),
            "alias": {"anyOf": [TEXT, mapping(ALIAS, ALIAS_KEYS, ("id",))]},
            "row": row_schema(),
            "band": band_schema(),
            "prices": mapping(SET, SET_KEYS, dependentSchemas=combined()),
            "variant": VARIANT,
            "quota": mapping(QUOTA, QUOTA_KEYS, ("tokens", "source", "checked")),
            "volume_discount": mapping(DISCOUNT, DISCOUNT_KEYS, DISCOUNT),
            "fine_tuning": offer_schema(FINE_TUNING),
            "deployment": offer_schema(DEPLOYMENT),
            "pack": offer_schema(PACK),
            "schedule": schedule_schema(),
        },
    }


def names_of_ours() -> Schema:
    """A file without tokenizers of its own can name none but ours."""
    model = {"properties": {"tokenizer": ref("tokenizer")}}
    provider = {"properties": {"models": {"items": model}}}
    return {
        "if": {"required": ["tokenizers"]},
        "else": {"properties": {"providers": {"items": provider}}},
    }


def model_schema() -> Schema:
    """What a chat model reads and writes has a price; a model of ours may get just a discount."""
    billable = {"anyOf": [{"required": ["input", "output"]}, *any_required(("combined", "bands"))]}
    other = {"anyOf": any_required(SOLD_BY), **without(*PRICES)}
    rows = {"items": {"anyOf": [*billable["anyOf"], other, unpriced()]}}
    bands = {"items": {"properties": {"bands": {"items": billable}}}}
    return mapping(
        MODEL,
        MODEL_KEYS,
        ("id",),
        anyOf=[
            {"required": ["prices"], "anyOf": any_required(("tokenizer", "serves"))},
            {"required": ["discount"], "maxProperties": 2},
        ],
        **{
            "if": {"properties": {"kind": {"const": "chat"}}},
            "then": {"properties": {"prices": {"allOf": [rows, bands]}}},
        },
    )


def unpriced() -> Schema:
    states = [state.value for state in PriceState if state is not PriceState.PRICED]
    return {"required": ["state"], "properties": {"state": one_of(states)}}


def row_schema() -> Schema:
    peak = [*any_required(["peak"]), {"properties": {"bands": {"items": {"required": ["peak"]}}}}]
    return mapping(
        ROW,
        ROW_KEYS,
        ("from", "source", "checked"),
        dependentRequired={"list": ["promotion"], "peak": ["schedule"]},
        dependentSchemas={
            **combined(),
            "bands": without(*SET),
            "schedule": {"if": {"required": ["bands"]}, "then": {"anyOf": peak}, "else": peak[0]},
        },
        **{"if": unpriced(), "then": without(*PRICES, "bands", *SOLD_BY)},
    )


def band_schema() -> Schema:
    one_edge = {f"{basis}_up_to": without(f"{basis}_below") for basis in ("input", "output")}
    return mapping(
        (*LIMITS, *PRICES),
        {**LIMIT_KEYS, **PRICE_KEYS},
        dependentSchemas={**combined(), **one_edge},
    )


def combined() -> Schema:
    return {"combined": without("input", "output")}


def offer_schema(kind: OfferKind) -> Schema:
    per = (one_of(kind.per), f"{' or '.join(kind.per)}: what the price buys")
    required = ("from", "source", "checked", kind.price, *(["per"] if len(kind.per) > 1 else []))
    return mapping((*COMMON, *kind.keys), {**OFFER_KEYS, "per": per}, required)


def schedule_schema() -> Schema:
    hours = {"type": "string", "pattern": f"^{HOURS.pattern}$"}
    window = mapping(
        ("days", "hours"),
        {
            "days": (DAYS, "mon-fri, or sat,sun"),
            "hours": (list_of(hours), 'the end exclusive: ["09:00-12:00"]'),
        },
        ("days", "hours"),
    )
    meanings = {
        "zone": (TEXT, "whose clock: Asia/Shanghai"),
        "holidays": (one_of(COUNTRIES), "the country whose public holidays are off-peak"),
        "peak": (list_of(window), "when the `peak` prices hold"),
    }
    return mapping(("zone", "holidays", "peak"), meanings, ("zone", "peak"))
