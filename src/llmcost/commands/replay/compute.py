"""Sessions on each model: what its cache reads and writes, what it costs, and when to switch.

Requests that a price set bills alike are added up as tokens, turn by turn, and are money at the
end. Sessions do not share a cache, so that their costs add up; the warm start is the other bound.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from llmcost.money import ZERO, Exchange, Range, convert
from llmcost.pricing.billing import Excluded, refuse
from llmcost.pricing.cache_rules import NO_CACHE, CacheOffer, CacheTerms
from llmcost.pricing.cost import PLAIN, Conditions, cost_of, prices_of, sum_of, token_parts
from llmcost.pricing.price_rows import Mode, Model, PriceRow, PriceState
from llmcost.pricing.prompt_cache import (
    CacheUse,
    PrefixTree,
    hits,
    stored_seconds,
    use_columns,
    uses,
)
from llmcost.pricing.schedule import Calendar, Schedule, peak_window
from llmcost.pricing.usage import SAME, TokenRange, Usage

HOUR = 3600
QUARTER = 900
TokenRatio = tuple[int, int]
"""Tokens of one tokenizer for so many of another, as a fraction."""
Group = tuple[str, str, str]
"""Session, day and project."""
SCALE = 10_000


class Session(msgspec.Struct, frozen=True):
    """Requests that follow each other, as a tree of their prefixes. `source`: the model that they
    were sent to, whose tokens they have; None: each model's own. `is_dated`: the seconds are since
    1970; `days`: of each request, where they are not all of `day`."""

    tree: PrefixTree
    name: str = ""
    day: str = ""
    project: str = ""
    source: Model | None = None
    is_dated: bool = True
    days: Sequence[str] = ()

    @property
    def group(self) -> Group:
        return self.name, self.day, self.project


class ReplayTarget(msgspec.Struct, frozen=True):
    """A model that sessions are replayed on: the row that bills it, its schedule if that has one,
    and the caches that it offers."""

    model: Model
    row: PriceRow | None
    currency: str
    offers: tuple[CacheOffer, ...]
    schedule: Schedule | None = None

    @property
    def is_free(self) -> bool:
        return self.row is not None and self.row.state is PriceState.FREE


class TokenSums(msgspec.Struct):
    """Tokens of requests that a price set bills alike; `again` had been cached before."""

    requests: int = 0
    input: int = 0
    output: int = 0
    read: int = 0
    written: int = 0
    again: int = 0

    def add_use(self, one: CacheUse) -> None:
        """A request more."""
        self.requests += 1
        self.input += one.input
        self.output += one.output
        self.read += one.read
        self.written += one.written
        self.again += one.again

    def add(self, other: "TokenSums") -> None:
        self.requests += other.requests
        self.input += other.input
        self.output += other.output
        self.read += other.read
        self.written += other.written
        self.again += other.again

    @property
    def usage(self) -> Usage:
        return Usage(self.input, self.output, self.read, self.written)

    @property
    def cold(self) -> Usage:
        """Of the same requests without anything in the cache."""
        writes = self.read + self.written if self.written else 0
        return Usage(self.input, self.output, 0, writes)


class CacheClass(msgspec.Struct, frozen=True):
    """What several models may have in common, so that a session is followed once for them: terms,
    tokenizer and vendor, which bound of its tokens, limits of bands, schedule. `warm`: the cache
    has the system prompt; `answers`: the model whose length of answers counts, if it is scaled."""

    terms: CacheTerms
    tokenizer: tuple[str, str, str]
    limits: tuple[tuple[int | None, int | None], ...]
    schedule: Schedule | None
    warm: bool = False
    by_turn: bool = True
    answers: str = ""


class ClassSums:
    """The tokens of a class by turn (the first is 0, and has all where turns do not matter), place
    of the band (-1: no band holds it) and peak window; by group; what is stored. `single`: bills of
    marginal bands need each request."""

    def __init__(self) -> None:
        self.turns: dict[tuple[int, int, str], TokenSums] = {}
        self.groups: dict[Group, dict[tuple[int, str], TokenSums]] = {}
        self.stored = 0
        self.single: list[tuple[Usage, int, str, Group]] = []


AnswersOf = Callable[[Model | None, Model], TokenRatio]
Totals = dict[tuple[CacheTerms, TokenRatio, bool, TokenRatio], TokenSums]
"""Of a session: what classes have in common that differ in their bounds alone."""


class Replay:
    """Follows sessions one by one; what is kept of them does not grow with their number, but for
    their groups."""

    def __init__(
        self,
        targets: Sequence[ReplayTarget],
        ratio_of: Callable[[Model, Model], TokenRange],
        calendar: Calendar,
        peak: Callable[[Schedule], str],
        *,
        by: Callable[[Session], Group] | None = None,
        answers: AnswersOf | None = None,
    ) -> None:
        """`answers`: how many times as long as a source's a model's answers are; None: as they
        were."""
        self.targets = [one for one in targets if one.row is not None]
        self.unpriced = [one for one in targets if one.row is None]
        self.requests = self.sessions = self.input = self.output = 0
        self._answers = answers
        self.largest: dict[tuple[str, TokenRatio], tuple[tuple[int, int], tuple[int, int]]] = {}
        self._ratio_of = ratio_of
        self.sources: dict[str, Model | None] = {}
        self._ratios: dict[tuple[str, str, str, str], TokenRatio] = {}
        self._calendar, self._peak, self._by = calendar, peak, by
        self._windows: dict[tuple[int, Schedule], str] = {}
        self.classes: dict[CacheClass, ClassSums] = {}
        self._models: dict[tuple[str, str, str], Model] = {}
        self._writers: dict[str, Model] = {}
        self._known: dict[tuple[str, int, str, bool], CacheClass] = {}
        for target in self.targets:
            for number, offer in enumerate(self.offers_of(target)):
                for bound in BOUNDS:
                    for warm in (False, True) if bound == "terms" else (False,):
                        found = self._class_of(target, offer, bound, warm=warm)
                        self._known[target.model.key, number, bound, warm] = found
                        self.classes.setdefault(found, ClassSums())
                        self._models.setdefault(found.tokenizer, target.model)
                        self._writers.setdefault(found.answers, target.model)

    @staticmethod
    def offers_of(target: ReplayTarget) -> tuple[CacheOffer, ...]:
        """What a user can choose: a cache that has to be asked for can be left out."""
        optional = all(one.explicit for one in target.offers)
        return (*target.offers, *((NO_CACHE,) if optional else ()))

    def _class_of(
        self, target: ReplayTarget, offer: CacheOffer, bound: str, *, warm: bool
    ) -> CacheClass:
        assert target.row is not None
        part = {"terms": "value", "best": "low", "worst": "high"}[bound]
        limits = tuple(
            (
                None if one.input is None else one.input.most,
                None if one.output is None else one.output.most,
            )
            for one in target.row.bands
        )
        limits = EACH if target.row.mode is Mode.MARGINAL else limits
        tokenizer = (target.model.tokenizer, target.model.provider, part)
        by_turn = bound == "terms" and not warm
        terms = getattr(offer, bound)
        answers = target.model.key if self._answers else ""
        return CacheClass(terms, tokenizer, limits, target.schedule, warm, by_turn, answers)

    def ratio(self, source: Model | None, target: Model) -> TokenRatio:
        """The target's tokens for one of the source's."""
        return self._ratio(source, target, (target.tokenizer, target.provider, "value"))

    def _ratio(
        self, source: Model | None, target: Model, tokenizer: tuple[str, str, str]
    ) -> TokenRatio:
        key = (key_of(source), *tokenizer)
        if key not in self._ratios:
            span = SAME if source is None else self._ratio_of(source, target)
            self._ratios[key] = fraction(getattr(span, tokenizer[2]))
        return self._ratios[key]

    def add(self, session: Session) -> None:
        """Follow a session on all models."""
        tree = session.tree
        if not tree.leaves:
            return
        sizes = [
            (tree.ends[leaf], out) for leaf, out in zip(tree.leaves, tree.outputs, strict=True)
        ]
        self.sessions += 1
        self.sources[key_of(session.source)] = session.source
        self.requests += len(sizes)
        self.input += sum(one for one, _ in sizes)
        self.output += sum(one for _, one in sizes)
        trees = self._trees(session)
        found: dict[tuple[float, bool, str, int, bool], list[int]] = {}
        totals: Totals = {}
        for how, sums in self.classes.items():
            terms = how.terms
            is_warm = how.warm and tree.warm != 0
            key = (terms.seconds, terms.refreshed, terms.matching, terms.look_back, is_warm)
            if key not in found:
                found[key] = hits(tree, terms, warm=is_warm)
            scale, written = trees[how.answers]
            scaled_session = msgspec.structs.replace(session, tree=written)
            self._follow(scaled_session, how, sums, found[key], totals, scale, is_warm=is_warm)

    def _trees(self, session: Session) -> dict[str, tuple[TokenRatio, PrefixTree]]:
        """The requests with the answers of each model that writes its own length."""
        found, known = {}, {}
        for key, model in self._writers.items():
            scale = self.answers(session.source, model)
            if scale not in known:
                known[scale] = session.tree.with_answers(*scale)
                self._measure(key_of(session.source), scale, known[scale])
            found[key] = scale, known[scale]
        return found

    def answers(self, source: Model | None, target: Model) -> TokenRatio:
        """How many times as long the target's answers are."""
        return self._answers(source, target) if self._answers else AS_LONG

    def scales(self, source: Model | None) -> dict[str, TokenRatio]:
        """These of all models, of sessions that were sent to one model or to none."""
        source = source if self.sources.keys() - {""} else None
        return {key: self.answers(source, one) for key, one in self._writers.items() if key}

    def _measure(self, source: str, scale: TokenRatio, tree: PrefixTree) -> None:
        sizes = [
            (tree.ends[leaf], out) for leaf, out in zip(tree.leaves, tree.outputs, strict=True)
        ]
        before = self.largest.get((source, scale), ((0, 0), (0, 0)))
        self.largest[source, scale] = (
            max(before[0], *sizes, key=sum),
            max(before[1], *sizes, key=lambda one: one[1]),
        )

    def _follow(
        self,
        session: Session,
        how: CacheClass,
        sums: ClassSums,
        found: Sequence[int],
        totals: Totals,
        scale: TokenRatio,
        *,
        is_warm: bool,
    ) -> None:
        tree = session.tree
        ratio = self._ratio(session.source, self._models[how.tokenizer], how.tokenizer)
        windows = self._peaks(session, how.schedule)
        if how.terms.stores:
            sums.stored += stored_seconds(tree, how.terms, ratio)
        names = self._groups(session)
        if windows or names or not is_one_band(tree, how.limits, ratio):
            follow_each(uses(tree, found, how.terms, ratio), how, sums, windows, names)
        elif how.by_turn:
            follow_turns(use_columns(tree, found, how.terms, ratio), sums.turns)
        else:
            key = (how.terms, ratio, is_warm, scale)
            if key not in totals:
                totals[key] = TokenSums(
                    len(tree.leaves), *map(sum, use_columns(tree, found, how.terms, ratio))
                )
            sums.turns.setdefault((0, 0, ""), TokenSums()).add(totals[key])

    def _groups(self, session: Session) -> Sequence[Group]:
        """The group of each request, if there are groups."""
        if self._by is None:
            return []
        name, day, project = self._by(session)
        days = session.days or [day] * len(session.tree.leaves)
        return [(name, one, project) for one in days]

    def _peaks(self, session: Session, schedule: Schedule | None) -> list[str]:
        """The peak window of each request."""
        if schedule is None:
            return []
        if not session.is_dated:
            return [self._peak(schedule)] * len(session.tree.leaves)
        return [self._window(int(one) // QUARTER, schedule) for one in session.tree.seconds]

    def _window(self, quarter: int, schedule: Schedule) -> str:
        key = (quarter, schedule)
        if key not in self._windows:
            at = datetime.fromtimestamp(quarter * QUARTER, UTC)
            window = peak_window(schedule, at, self._calendar)
            self._windows[key] = "" if window is None else str(window)
        return self._windows[key]

    def sums(
        self, target: ReplayTarget, number: int, bound: str = "terms", *, warm: bool = False
    ) -> ClassSums:
        return self.classes[self._known[target.model.key, number, bound, warm]]

    def refusal(self, target: ReplayTarget, at: datetime) -> Excluded | None:
        """Why a model cannot take the requests."""
        usages = []
        for key, source in self.sources.items():
            ratio = self.ratio(source, target.model)
            for input, output in self.largest.get((key, self.answers(source, target.model)), ()):
                usages.append(Usage(scaled(input, ratio), scaled(output, ratio)))
        return refuse(target.model, target.row, usages, at)


AS_LONG = (1, 1)
NO_GROUP = ("", "", "")
EACH = ((None, -1),)
"""Limits of a row whose bands bill parts of a request."""
BOUNDS = ("terms", "best", "worst")


def is_one_band(
    tree: PrefixTree, limits: Sequence[tuple[int | None, int | None]], ratio: TokenRatio
) -> bool:
    """Whether the first band bills all requests."""
    if limits == EACH or len(limits) <= 1:
        return limits != EACH
    largest = max(tree.ends[leaf] for leaf in tree.leaves)
    return not place_of(scaled(largest, ratio), scaled(max(tree.outputs), ratio), limits)


def follow_turns(
    columns: Sequence[Sequence[int]], turns: dict[tuple[int, int, str], TokenSums]
) -> None:
    """Add the requests of a session that one price bills, by turn."""
    for turn, (input, output, read, written, again) in enumerate(zip(*columns, strict=True)):
        held = turns.get((turn, 0, ""))
        if held is None:
            held = turns[turn, 0, ""] = TokenSums()
        held.requests += 1
        held.input += input
        held.output += output
        held.read += read
        held.written += written
        held.again += again


def follow_each(
    found: Iterable[CacheUse],
    how: CacheClass,
    sums: ClassSums,
    windows: Sequence[str],
    names: Sequence[Group],
) -> None:
    """Add the requests of a session, each in its band, peak window and group."""
    for turn, one in enumerate(found):
        window = windows[turn] if windows else ""
        place = 0 if len(how.limits) <= 1 else place_of(one.input, one.output, how.limits)
        key = (turn, place, window) if how.by_turn else (0, place, window)
        if key not in sums.turns:
            sums.turns[key] = TokenSums()
        sums.turns[key].add_use(one)
        name = names[turn] if names else NO_GROUP
        if names:
            group = sums.groups.setdefault(name, {})
            group.setdefault((place, window), TokenSums()).add_use(one)
        if how.limits == EACH:
            usage = Usage(one.input, one.output, one.read, one.written)
            sums.single.append((usage, turn, window, name))


def key_of(source: Model | None) -> str:
    return "" if source is None else source.key


def fraction(ratio: Decimal) -> TokenRatio:
    return int(ratio * SCALE), SCALE


def scaled(tokens: int, ratio: TokenRatio) -> int:
    return tokens * ratio[0] // ratio[1]


def place_of(input: int, output: int, limits: Sequence[tuple[int | None, int | None]]) -> int:
    for place, (most, longest) in enumerate(limits):
        if (most is None or input <= most) and (longest is None or output <= longest):
            return place
    return -1


class ReplayCost(msgspec.Struct, frozen=True):
    """What a cache offer costs: all sessions cold and warm, and cold between the bounds; tokens.
    `turns`: amounts by turn, and those of the same turn with nothing cached."""

    offer: CacheOffer
    cold: Decimal
    warm: Decimal
    low: Decimal
    high: Decimal
    tokens: TokenSums
    turns: Sequence[tuple[Decimal, Decimal]]
    groups: Mapping[Group, tuple[Decimal, TokenSums]]


class SwitchTurn(msgspec.Struct, frozen=True):
    """Each session goes on with a model from its request `turn` on (1: all of it), whose cache is
    empty then: what that `saves`, in the currency of the result. `latest`: the last turn at which
    it would have saved anything."""

    turn: int
    latest: int
    saves: Decimal


class ReplayLine(msgspec.Struct, frozen=True, kw_only=True):
    """The sessions on one model. `best`: the cache offer that costs least, whose figures the row
    has; `others`: the other offers. `cost`: cold, in the currency of the result."""

    rank: int
    target: ReplayTarget
    best: ReplayCost
    others: Sequence[ReplayCost]
    cost: Range
    warm: Decimal
    switch: SwitchTurn | None = None

    @property
    def model(self) -> Model:
        return self.target.model

    @property
    def is_free(self) -> bool:
        return self.target.is_free

    @property
    def read_share(self) -> Decimal:
        tokens = self.best.tokens
        return Decimal(tokens.read) / tokens.input if tokens.input else ZERO


class Replayed(msgspec.Struct, frozen=True):
    """The lines, the cheapest first, free models last; and who cannot take the sessions. `base`:
    the model that they were sent to, or that was named first; `answers`: how many times as long
    those of a model are, by its key; empty: as long as they were."""

    lines: tuple[ReplayLine, ...]
    excluded: tuple[Excluded, ...]
    exchange: Exchange
    at: datetime
    requests: int
    sessions: int
    input: int
    output: int
    base: str = ""
    answers: Mapping[str, TokenRatio] = {}


def replayed(
    replay: Replay, exchange: Exchange, at: datetime, base: str = "", *, lifetime: str = ""
) -> Replayed:
    """What all sessions cost. `lifetime`: of caches that are sold by it, instead of the best."""
    excluded, lines = [], []
    for target in [*replay.targets, *replay.unpriced]:
        refused = replay.refusal(target, at)
        if refused is not None:
            excluded.append(refused)
            continue
        lines.append(line_of(replay, target, exchange, lifetime))
    lines.sort(key=lambda one: (one.is_free, one.cost.amount, one.model.key))
    paid = sum(not one.is_free for one in lines)
    old = next((one for one in lines if one.model.key == base), None)
    ranked = [
        msgspec.structs.replace(
            one,
            rank=place if place <= paid else 0,
            switch=None if old is None else switch_of(old, one, exchange),
        )
        for place, one in enumerate(lines, 1)
    ]
    return Replayed(
        *(tuple(ranked), tuple(excluded), exchange, at),
        *(replay.requests, replay.sessions, replay.input, replay.output),
        base if old is not None else "",
        replay.scales(old.model if old is not None else None),
    )


def line_of(replay: Replay, target: ReplayTarget, exchange: Exchange, lifetime: str) -> ReplayLine:
    costs = [
        cost_on(replay, target, number, offer)
        for number, offer in enumerate(replay.offers_of(target))
    ]
    chosen = [one for one in costs if one.offer.lifetime == lifetime] if lifetime else []
    best = min(chosen or costs, key=lambda one: one.cold)
    found = Range(best.cold, best.low, best.high, target.currency)
    return ReplayLine(
        rank=0,
        target=target,
        best=best,
        others=tuple(one for one in costs if one is not best),
        cost=found.to(exchange.currency, exchange.rates),
        warm=convert(best.warm, target.currency, exchange.currency, exchange.rates),
    )


def group_amounts(
    sums: ClassSums, target: ReplayTarget, offer: CacheOffer
) -> dict[Group, tuple[Decimal, TokenSums]]:
    """What each group costs, without storage, and its tokens."""
    found = {}
    for name, held in sums.groups.items():
        amounts = (
            amount(one.usage, place, window, target, offer)
            for (place, window), one in held.items()
            if not sums.single  # else each request is billed by itself, below
        )
        found[name] = sum(amounts, ZERO), added(held.values())
    for usage, _turn, window, name in sums.single:
        cost = cost_of(usage, row_of(target), conditions(target, offer, window))
        if name in found and cost is not None:
            found[name] = found[name][0] + cost.amount, found[name][1]
    return found


def cost_on(replay: Replay, target: ReplayTarget, number: int, offer: CacheOffer) -> ReplayCost:
    cold = replay.sums(target, number)
    amounts = list(turn_amounts(cold, target, offer))
    tokens = added(cold.turns.values())
    whole = sum((one for one, _ in amounts), ZERO) + storage(cold, target, offer)
    warm = total(replay.sums(target, number, warm=True), target, offer)
    bounds = [total(replay.sums(target, number, one), target, offer) for one in BOUNDS[1:]]
    return ReplayCost(
        *(offer, whole, min(warm, whole), min(whole, *bounds), max(whole, *bounds)),
        *(tokens, amounts, group_amounts(cold, target, offer)),
    )


def added(some: Iterable[TokenSums]) -> TokenSums:
    found = TokenSums()
    for one in some:
        found.add(one)
    return found


def total(sums: ClassSums, target: ReplayTarget, offer: CacheOffer) -> Decimal:
    found = sum((one for one, _ in turn_amounts(sums, target, offer)), ZERO)
    return found + storage(sums, target, offer)


def turn_amounts(
    sums: ClassSums, target: ReplayTarget, offer: CacheOffer
) -> Iterator[tuple[Decimal, Decimal]]:
    """What each turn costs, and what it would with nothing cached."""
    found: dict[int, list[Decimal]] = {}
    if sums.single:
        for usage, turn, window, _group in sums.single:
            pair = found.setdefault(turn, [ZERO, ZERO])
            writes = usage.cache_read + usage.cache_write if usage.cache_write else 0
            plain = Usage(usage.input, usage.output, 0, writes)
            for side, one in enumerate((usage, plain)):
                cost = cost_of(one, row_of(target), conditions(target, offer, window))
                pair[side] += ZERO if cost is None else cost.amount
    else:
        for (turn, place, window), tokens in sums.turns.items():
            pair = found.setdefault(turn, [ZERO, ZERO])
            pair[0] += amount(tokens.usage, place, window, target, offer)
            pair[1] += amount(tokens.cold, place, window, target, offer)
    for turn in sorted(found):
        yield found[turn][0], found[turn][1]


def row_of(target: ReplayTarget) -> PriceRow:
    assert target.row is not None
    return target.row


def conditions(target: ReplayTarget, offer: CacheOffer, window: str) -> Conditions:
    return msgspec.structs.replace(
        PLAIN,
        peak=window,
        lifetime=offer.lifetime,
        explicit_cache=offer.explicit,
        discount=target.model.discount,
    )


def amount(
    usage: Usage, place: int, window: str, target: ReplayTarget, offer: CacheOffer
) -> Decimal:
    """The bill of requests of one band; nothing where no band holds them: such a model is left
    out."""
    row = row_of(target)
    if place < 0 or not row.bands:
        return ZERO
    how = conditions(target, offer, window)
    prices, steps = prices_of(row.bands[place], row, how)
    if "output" not in prices and usage.output:
        return ZERO
    return sum_of(token_parts(usage, prices, steps, how))


def storage(sums: ClassSums, target: ReplayTarget, offer: CacheOffer) -> Decimal:
    """Of what is stored, by the hour."""
    if not sums.stored:
        return ZERO
    prices, _ = prices_of(row_of(target).bands[0], row_of(target), conditions(target, offer, ""))
    return sums.stored * prices.get("cache_storage", ZERO) / HOUR / 1_000_000


def switch_of(old: ReplayLine, new: ReplayLine, exchange: Exchange) -> SwitchTurn | None:
    """When each session should have gone on with another model; None: never."""
    if old is new:
        return None

    def converted(line: ReplayLine) -> list[tuple[Decimal, Decimal]]:
        code = line.target.currency
        return [
            (
                convert(warm, code, exchange.currency, exchange.rates),
                convert(cold, code, exchange.currency, exchange.rates),
            )
            for warm, cold in line.best.turns
        ]

    stays, goes = converted(old), converted(new)
    rest_old = rest_new = ZERO
    best: tuple[Decimal, int] | None = None
    latest = 0
    for turn in range(len(stays) - 1, -1, -1):
        saves = stays[turn][0] + rest_old - goes[turn][1] - rest_new
        rest_old += stays[turn][0]
        rest_new += goes[turn][0]
        if saves > 0:
            latest = latest or turn + 1
            if best is None or saves >= best[0]:
                best = saves, turn + 1
    return None if best is None else SwitchTurn(best[1], latest, best[0])
