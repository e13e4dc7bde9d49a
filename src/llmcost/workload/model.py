"""A workload: who sends how many requests a month, of what size and when, and their conversations.

In a conversation every turn repeats what came before it, and some of it is cached.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache

import msgspec

from llmcost.money import ZERO, Money
from llmcost.pricing.billing import Pile, pile_of
from llmcost.pricing.contract import Discounts
from llmcost.pricing.usage import Count, Usage
from llmcost.workload.quantities import HistoryLimit, Keep, Pace, TokenMix

ONE = Decimal(1)
FLAT = "flat"
ZONE = "Asia/Shanghai"
PEAK = "peak"
OFF_PEAK = "off-peak"
ANY = "any"


class Profile(msgspec.Struct, frozen=True):
    """When the traffic comes: relative weights of the hours of the week, in a time zone.

    `weights` has 7 days from Monday on, of 24 hours each. On a public holiday of `holidays` (a
    country code, or empty) the hours weigh as on a Sunday.
    """

    name: str
    weights: tuple[tuple[Decimal, ...], ...]
    zone: str = ZONE
    holidays: str = ""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """One month of use. Tokens are of one request, each model's own; shares are 0 to 1.

    `input_tokens` is what the user sends in a turn, `output_tokens` what the model answers; a turn
    is one request, or more with tool calls. None: not said.
    """

    # who, and with how much money a month
    mau: int | None = None
    budget: Money | None = None
    total_budget: Money | None = None
    # a request
    requests_per_user: Decimal | None = None
    conversations_per_user: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    system_tokens: int = 0
    system_prompt: Mapping[str, Count] | None = None  # by tokenizer; on top of system_tokens
    context_tokens: int = 0
    thinking_tokens: int = 0
    effort: str = ""
    answers: Mapping[str, tuple[int, int]] = {}  # output and thinking, by key of a model, if known
    mix: TokenMix = TokenMix(Decimal(3), ONE)
    # a conversation
    turns: int = 1
    history: HistoryLimit = HistoryLimit()
    tool_calls: int = 0
    tool_call_tokens: int = 0
    tool_result_tokens: int = 0
    tool_history: str = "keep"  # what later turns send of tool calls and results: keep or drop
    # what is searched for each request; top_k chunks of it are context_tokens
    corpus_tokens: int = 0
    chunk_size: int = 0
    chunk_overlap: int = 0
    reindex: Decimal = ONE  # times a month that all documents are embedded
    rerank_candidates: int = 0
    # how it is sent
    retries: Decimal = ZERO
    batch_share: Decimal = ZERO
    cache_hit: Decimal = ZERO
    cache_minimum: int = 1024
    cache_minimums: Mapping[str, int] = {}  # by key of a model, as its vendor's rule has it
    cache_lifetime: str = ""
    cache_storage_hours: Decimal = ZERO
    tier: str = ""
    region: str = ""
    # when: a profile, or PEAK or OFF_PEAK for all of it
    traffic: Profile | str = OFF_PEAK
    zone: str = ZONE  # where the months of such hours begin; a profile has its own
    # what else it costs
    fine_tune_tokens: int = 0
    fine_tuning: str = ANY  # its name, or the cheapest
    deployment: str | None = None  # its name, or "any": the cheapest that the model has
    instances: int = 1
    deployment_hours: Decimal | None = None
    fees: Mapping[str, Decimal] = {}  # calls per request, by the name of the fee
    packs: bool = False
    free_quota: bool = False
    months: int = 1  # that one-off costs are spread over
    # what it brings in
    revenue_per_user: Money | None = None
    paying_share: Decimal = ONE
    acquisition_cost: Money | None = None
    # what is paid of the list prices
    discount: Discounts = {}  # by provider
    tax: Decimal = ZERO
    # what is not certain
    spread: Decimal | None = None  # standard deviation of requests per user, over their mean
    percentiles: Mapping[Decimal, Decimal] | None = None  # requests per user
    growth: Pace = Pace(ONE, 1)
    decline: Pace = Pace(ONE, 1)


def workload_on(workload: Workload, model: str) -> Workload:
    """Return the workload with the answers of a model, by its key, where their length is known."""
    found = workload.answers.get(model)
    if found is None:
        return workload
    output, thinking = found
    return msgspec.structs.replace(
        workload, output_tokens=output, thinking_tokens=thinking, answers={}
    )


MOST_REQUESTS = 10_000


class RequestTokens(msgspec.Struct, frozen=True):
    """Tokens of one request. Its first `repeats` tokens were sent before, by the last request or,
    for the first one, by other conversations; the first `keeps` are sent again by a later one."""

    input: int
    output: int
    repeats: int = 0
    keeps: int = 0


class Load(msgspec.Struct, frozen=True):
    """A conversation as it is billed. `prefix` is the longest part of it that a cache keeps."""

    pile: Pile
    turns: int
    prefix: int


def conversation(workload: Workload, system: int) -> Mapping[RequestTokens, int]:
    """Every distinct request with a system prompt of `system` tokens, and how often it is sent."""
    found: dict[RequestTokens, int] = {}
    for request in requests(workload, system):
        found[request] = found.get(request, 0) + 1
    return found


def requests(workload: Workload, system: int) -> Iterator[RequestTokens]:
    """The requests in their order. Retrieved context stands at the end of a turn's input, before
    its tool calls. Like thinking it is not sent again, so that in the next turn the calls follow
    something else, and no cache has them."""
    said, exchange, history, repeats = workload.input_tokens or 0, exchange_of(workload), 0, system
    behind = 0 if workload.context_tokens else repeated_calls(workload)
    for turn in range(1, workload.turns + 1):
        is_last = turn == workload.turns
        front = system + history + said
        history, extends, summary = next_history(workload, turn, history + exchange)
        keeps = front + behind if extends and not is_last else system
        yield from turn_requests(workload, front, repeats, keeps)
        if summary is not None and not is_last:
            yield summary
        repeats = keeps


def exchange_of(workload: Workload) -> int:
    """The tokens that a turn adds to the history."""
    answered = workload.output_tokens or 0
    return (workload.input_tokens or 0) + repeated_calls(workload) + answered


def repeated_calls(workload: Workload) -> int:
    """Tokens of a turn's tool calls and results in the history."""
    if workload.tool_history == "drop":
        return 0
    return workload.tool_calls * (workload.tool_call_tokens + workload.tool_result_tokens)


def turn_requests(
    workload: Workload, front: int, repeats: int, keeps: int
) -> Iterator[RequestTokens]:
    """Each tool call is a request of its own, whose whole input the next one repeats."""
    input = front + workload.context_tokens
    for _ in range(workload.tool_calls):
        yield RequestTokens(input, workload.tool_call_tokens, repeats, keeps=input)
        repeats = input
        input += workload.tool_call_tokens + workload.tool_result_tokens
    written = (workload.output_tokens or 0) + workload.thinking_tokens
    yield RequestTokens(input, written, repeats, keeps)


def next_history(
    workload: Workload, turn: int, whole: int
) -> tuple[int, bool, RequestTokens | None]:
    """What the next turn sends of the past, of which there are `whole` tokens: how many of them,
    whether what was sent before is still their beginning, and the request that sums them up."""
    keep, size = workload.history.keep, workload.history.size
    if keep is Keep.FULL:
        return whole, True, None
    if keep is Keep.WINDOW:
        return min(turn, size) * exchange_of(workload), turn <= size, None
    if whole <= size:
        return whole, True, None
    return size, False, RequestTokens(whole, size) if size else None


def cache_minimum_of(workload: Workload, model: str) -> int:
    """Tokens from which on a model, by its key, keeps a prefix."""
    return workload.cache_minimums.get(model, workload.cache_minimum)


def load_of(workload: Workload, system: int, *, writes: bool) -> Load:
    """The conversation with what it reads from the cache, and writes to it where that is billed."""
    sent = conversation(workload, system)
    pile = pile_of(
        (usage_of(request, workload, writes=writes), times) for request, times in sent.items()
    )
    prefix = max(request.keeps for request in sent)
    is_kept = workload.cache_hit and prefix >= workload.cache_minimum
    return Load(pile, workload.turns, prefix if is_kept else 0)


Loads = Callable[[int, bool, str], Load]
"""The conversation with so many tokens of system prompt, with writes or without, on a model by its
key."""


def loads_of(workload: Workload) -> Loads:
    """Return the loads of a workload; equal ones are worked out once."""

    @cache
    def load(system: int, writes: bool, least: int, output: int | None, thinking: int) -> Load:
        answer = {"output_tokens": output, "thinking_tokens": thinking}
        how = msgspec.structs.replace(workload, cache_minimum=least, **answer)
        return load_of(how, workload.system_tokens + system, writes=writes)

    def loads(system: int, writes: bool, model: str) -> Load:
        own, least = workload_on(workload, model), cache_minimum_of(workload, model)
        return load(system, writes, least, own.output_tokens, own.thinking_tokens)

    return loads


def usage_of(request: RequestTokens, workload: Workload, *, writes: bool) -> Usage:
    """The hit share of what is repeated is read, in whole tokens; prefixes that are too short are
    not cached. What a later request repeats and was not read is written."""
    if not workload.cache_hit:
        return Usage(request.input, request.output)
    read = written = 0
    if request.repeats >= workload.cache_minimum:
        read = int(workload.cache_hit * request.repeats)
    if writes and request.keeps >= workload.cache_minimum:
        written = max(0, request.keeps - read)
    return Usage(request.input, request.output, read, written)


def conversations_of(workload: Workload) -> Decimal | None:
    """Conversations of a user in a month; None if it was not said."""
    if workload.conversations_per_user is not None:
        return workload.conversations_per_user
    if workload.requests_per_user is not None:
        return workload.requests_per_user / workload.turns
    return None
