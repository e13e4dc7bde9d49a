"""The fields of a workload, each defined once: for options, file, JSON Schema and template.

A field's key in a file is its option's name with `_` for `-`, and the same text means the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from llmcost import money
from llmcost.errors import UsageError
from llmcost.messages import say, visible
from llmcost.workload import quantities as q

WHOLE = say("a whole number like 500, 5M or 500万")
ABOVE_ZERO = say("a whole number above zero like 500, 5M or 500万")
SHARE = say("a share like 40% or 0.4")
MONEY = say("money like 10000 yuan, $1.5k or 1万元")
LIFETIMES = ("5m", "30m", "1h", "12h", "24h")
TOOL_HISTORY = ("keep", "drop")
PRESETS = ("chat", "rag", "agent", "summarize", "translate", "extract")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
PROFILES = ("flat", "office", "evening", "peak", "off-peak")


class Field(msgspec.Struct, frozen=True):
    """`parse` gives None for a text that is not `expected`; numbers, names and flags may also be
    values, in the place of their text. Of `many`, a file may write a list.

    `bare`: the option takes no value, the file `true` or `false`.
    """

    key: str
    group: str
    parse: Callable[[Any], Any]
    expected: str
    meaning: str
    example: str
    bare: bool = False
    many: bool = False

    @property
    def option(self) -> str:
        return "--" + self.key.replace("_", "-")


class FieldEntry(msgspec.Struct, frozen=True):
    """A value of a field, and where it was said: `--mau`, or `workload.yaml:12`."""

    value: Any
    place: str


Given = Mapping[str, FieldEntry]
"""The fields that were set, by key."""


def parsed(field: Field, text: Any) -> Any:
    """Return the value of a field by its text, or by a value in the place of one. Raise UsageError
    for one that is not as expected."""
    value = field.parse(text)
    if value is None:
        message = say(
            "{option} must be {expected}: `{text}`",
            option=field.option,
            expected=field.expected,
            text=visible(written(text)),
        )
        raise UsageError(message, hint=example(field))
    return value


def written(value: Any) -> str:
    """Return a value as an option has it: `30`, `true`, `a,b` or `a:1,b:2`."""
    match value:
        case Decimal():
            return f"{value:f}"
        case bool():
            return str(value).lower()
        case Mapping():
            return ",".join(f"{name}:{written(one)}" for name, one in value.items())
        case list() | tuple():
            return ",".join(map(written, value))
    return str(value)


def example(field: Field) -> str:
    """Return a hint that shows the option of a field with a value."""
    return say("for example {option} {word}", option=field.option, word=shell_word(field))


def shell_word(field: Field) -> str:
    """Return the example of a field as a shell takes it."""
    return repr(field.example) if set(field.example) & set(" *") else field.example


def word(text: str) -> str | None:
    text = " ".join(text.split())
    return text if text and text.isprintable() else None


def words(text: str | Sequence[str]) -> tuple[str, ...] | None:
    texts = [text] if isinstance(text, str) else text
    found = tuple(part.strip() for one in texts for part in one.split(","))
    return found if found and all(part and part.isprintable() for part in found) else None


class WordParser(msgspec.Struct, frozen=True):
    """The parser of a field that knows just these words."""

    words: tuple[str, ...]

    def __call__(self, text: str) -> str | None:
        return text if text in self.words else None


def truth(text: str | bool) -> bool | None:
    return text if isinstance(text, bool) else {"true": True, "false": False}.get(text.lower())


def month(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d\d", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def country(text: str) -> str | None:
    """A country code, or `none`."""
    return text if re.fullmatch(r"[A-Z]{2}|none", text) else None


def currency(text: str) -> str | None:
    """The code of a currency, by any of its names."""
    return money.NAMES.get(text.strip().upper())


USERS = say("users and money")
REQUEST = say("a request")
CONVERSATION = say("a conversation")
RETRIEVAL = say("retrieval (RAG)")
SENDING = say("how it is sent")
TRAFFIC = say("when the traffic comes")
OTHER_COSTS = say("what else it costs")
UNCERTAINTY = say("what is not certain")
PRICES = say("models and prices")

FIELDS = {
    field.key: field
    for field in (
        Field("mau", USERS, q.above_zero, ABOVE_ZERO, say("monthly active users"), "5000000"),
        Field("budget", USERS, q.budgets, MONEY, say("money for a month"), "10000 yuan"),
        Field("total_budget", USERS, q.amount, MONEY, say("money for all months, in a forecast"),
              "100000 yuan"),
        Field("preset", REQUEST, WordParser(PRESETS),
              say("one of {words}", words=", ".join(PRESETS)),
              say("a typical request of a kind; what you name yourself counts instead"), "chat"),
        Field("effort", REQUEST, WordParser(EFFORTS),
              say("one of {words}", words=", ".join(EFFORTS)),
              say("thinking effort of scores and of a preset's answers"), "high"),
        Field("requests_per_user", REQUEST, q.number, say("a number like 30 or 2.5"),
              say("requests of a user in a month (each turn is one)"), "30"),
        Field("conversations_per_user", REQUEST, q.number, say("a number like 6 or 0.5"),
              say("conversations of a user in a month"), "6"),
        Field("input_tokens", REQUEST, q.whole, WHOLE, say("input tokens per turn"),
              "500"),
        Field("output_tokens", REQUEST, q.whole, WHOLE, say("output tokens per answer"),
              "200"),
        Field("system_tokens", REQUEST, q.whole, WHOLE,
              say("tokens of the system prompt and tool definitions"), "800"),
        Field("system_prompt", REQUEST, word, say("a file name"),
              say("system prompt file, counted for each model"), "system.txt"),
        Field("context_tokens", REQUEST, q.whole, WHOLE,
              say("tokens of retrieved context per turn"), "1500"),
        Field("thinking_tokens", REQUEST, q.whole, WHOLE,
              say("tokens of thinking before each answer, billed as output"), "400"),
        Field("mix", REQUEST, q.mix, say("two numbers like 3:1"),
              say("ratio of input to output tokens, if no request is described"), "3:1"),
        Field("turns", CONVERSATION, q.above_zero, ABOVE_ZERO, say("turns of a conversation"), "5"),
        Field("history", CONVERSATION, q.history, say("full, window:N or summary:N"),
              say("history sent with each turn: all, the last N turns, or a summary of N tokens"),
              "full"),
        Field("tool_calls", CONVERSATION, q.whole, WHOLE,
              say("tool calls per turn (each is one more request)"), "2"),
        Field("tool_call_tokens", CONVERSATION, q.whole, WHOLE,
              say("tokens of a tool call"), "60"),
        Field("tool_result_tokens", CONVERSATION, q.whole, WHOLE,
              say("tokens of a tool result"), "300"),
        Field("tool_history", CONVERSATION, WordParser(TOOL_HISTORY),
              say("one of {words}", words=", ".join(TOOL_HISTORY)),
              say("tool calls and their results in what later turns send again"), "keep"),
        Field("embed", RETRIEVAL, word, say("the name of an embedding model"),
              say("embedding model of documents and questions"), "alibaba/text-embedding-v4"),
        Field("corpus_tokens", RETRIEVAL, q.whole, WHOLE, say("tokens of all documents"), "50M"),
        Field("chunk_size", RETRIEVAL, q.above_zero, ABOVE_ZERO, say("tokens of a chunk"), "500"),
        Field("chunk_overlap", RETRIEVAL, q.whole, WHOLE,
              say("tokens that a chunk repeats of the one before"), "50"),
        Field("reindex", RETRIEVAL, q.number, say("a number like 30 or 2.5"),
              say("times a month that all documents are embedded"), "1"),
        Field("rerank", RETRIEVAL, word, say("the name of a reranker"),
              say("reranker of the chunks found"), "gte-rerank-v2"),
        Field("rerank_candidates", RETRIEVAL, q.whole, WHOLE,
              say("chunks reranked per question"), "50"),
        Field("top_k", RETRIEVAL, q.whole, WHOLE,
              say("chunks sent with each question, as its context"), "5"),
        Field("retries", SENDING, q.share, SHARE,
              say("share of requests retried (billed twice)"), "3%"),
        Field("batch_share", SENDING, q.share, SHARE,
              say("share of requests sent as batch"), "40%"),
        Field("cache_hit", SENDING, q.share, SHARE,
              say("share of repeated input served from cache"), "80%"),
        Field("cache_minimum", SENDING, q.whole, WHOLE, say("minimum length of a cached prefix"),
              "1024"),
        Field("cache_lifetime", SENDING, WordParser(LIFETIMES),
              say("one of {words}", words=", ".join(LIFETIMES)),
              say("lifetime of cache writes"), "5m"),
        Field("cache_storage_hours", SENDING, q.number, say("a number of hours like 1.5"),
              say("hours of cache storage per conversation, where storage is billed"), "1"),
        Field("tier", SENDING, word, say("a service tier like flex"), say("service tier"), "flex"),
        Field("region", SENDING, word, say("a region like us"), say("processing region"), "us"),
        Field("traffic", TRAFFIC, WordParser(PROFILES),
              say("one of {words}", words=", ".join(PROFILES)),
              say("hours of the requests; a file may give weights by weekday and hour"), "office"),
        Field("zone", TRAFFIC, word, say("a time zone like Asia/Shanghai"),
              say("time zone of the users"), "Asia/Shanghai"),
        Field("holidays", TRAFFIC, country, say("a country code like CN, or none"),
              say("country whose public holidays count as Sundays"), "CN"),
        Field("month", TRAFFIC, month, say("a month like 2026-12"),
              say("calendar month of the bill"), "2026-12"),
        Field("fine_tune_tokens", OTHER_COSTS, q.whole, WHOLE,
              say("training tokens of a fine-tuning job"), "10M"),
        Field("fine_tuning", OTHER_COSTS, word, say("its name, or `any`"),
              say("which fine-tuning, of several; `any`: the cheapest"), "any"),
        Field("deployment", OTHER_COSTS, word, say("its name, or `any`"),
              say("dedicated deployment; `any`: the cheapest"), "any"),
        Field("instances", OTHER_COSTS, q.above_zero, ABOVE_ZERO,
              say("instances of the deployment"), "1"),
        Field("deployment_hours", OTHER_COSTS, q.hours,
              say("a number of hours up to {most}", most=q.MOST_HOURS),
              say("hours per month that the deployment runs; default: all"), "200"),
        Field("fees", OTHER_COSTS, q.pairs, say("names and numbers like web_search:0.2"),
              say("per-call fees: calls per request"), "web_search:0.2", many=True),
        Field("packs", OTHER_COSTS, truth, say("true or false"),
              say("use prepaid packs where they are cheaper"), "true", bare=True),
        Field("free_quota", OTHER_COSTS, truth, say("true or false"),
              say("subtract the new-account free quota"), "true", bare=True),
        Field("months", OTHER_COSTS, q.months,
              say("a number of months from 1 to {most}", most=q.LONGEST),
              say("months over which training is spread; in a forecast, its length"), "12"),
        Field("revenue_per_user", OTHER_COSTS, q.amount, MONEY,
              say("monthly revenue per paying user"), "20 USD"),
        Field("paying_share", OTHER_COSTS, q.share, SHARE,
              say("share of users who pay"), "5%"),
        Field("spread", UNCERTAINTY, q.number, say("a number like 1.5"),
              say("uneven usage: standard deviation of requests per user over the mean"), "1.5"),
        Field("percentiles", UNCERTAINTY, q.percentiles, say("ranks and numbers like 50:10,90:60"),
              say("requests per user at these percentiles, instead of the mean"),
              "50:10, 90:60", many=True),
        Field("growth", UNCERTAINTY, q.growth, say("a pace like 5%/month or 2x/year"),
              say("growth of the number of users, in a forecast"), "5%/month"),
        Field("decline", UNCERTAINTY, q.decline, say("a pace like 20%/quarter or 10x/year"),
              say("decline of prices after the last known one, in a forecast"), "10x/year"),
        Field("model", PRICES, words, say("names like qwen-long,deepseek/*"),
              say("models to compare; default: the main models"), "qwen-*", many=True),
        Field("provider", PRICES, words, say("names like alibaba"),
              say("only models sold by these providers"), "alibaba", many=True),
        Field("discount", PRICES, q.discounts,
              say("providers and shares like openai:15% or openai:5%@100k/15%@1M"),
              say("discounts that you negotiated, by the volume of a year"), "openai:15%",
              many=True),
        Field("tax", PRICES, q.share, SHARE, say("tax on the bill"), "6%"),
        Field("copies", REQUEST, q.copies,
              say("a file, or a length like 50000 words or 73k characters"),
              say("text of which a budget buys copies, as input"), "50000 words"),
        Field("acquisition_cost", OTHER_COSTS, q.amount, MONEY,
              say("cost of winning a user, to be paid back by the margin"), "12.5 yuan"),
        Field("vs", PRICES, word, say("a model, or a price like 0.12/k or $10/M"),
              say("model or price of tokens to compare with"), "gpt-4-turbo"),
        Field("currency", PRICES, currency, say("a currency like CNY, USD or EUR"),
              say("display currency"), "CNY"),
        Field("fx", PRICES, q.rates, say("a number like 7.1, or pairs like EUR/USD:1.12"),
              say("CNY for one USD, or rates of other pairs"), "7.1"),
        Field("as_of", PRICES, word, say("a date like 2026-11-22"),
              say("prices in force on this day; default: today"), "2026-11-22"),
    )
}  # fmt: skip
