"""Cached input of a log on other models: its sessions replayed under the rules of each cache.

Requests of no session, without a time, or summed up in the log keep the share that it states.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from llmcost.commands.replay.compute import Replay, ReplayTarget, Session, TokenSums, added, cost_on
from llmcost.commands.usage.alternatives import BOUNDS, ReplayedLog
from llmcost.commands.usage.charges import WRITES, Charge, sum_by
from llmcost.logs.aggregation import INPUTS, LoggedRequest, RequestSums, SharedTerms
from llmcost.logs.log_files import SESSION
from llmcost.logs.session_reader import LoggedSession, SessionCollector, tree_of
from llmcost.money import ZERO
from llmcost.pricing.cache_rules import CacheOffer
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.prompt_cache import PrefixTree
from llmcost.pricing.schedule import Calendar
from llmcost.pricing.usage import RatioOf, between

if TYPE_CHECKING:
    from llmcost.logs.model_names import LoggedNames


class LoggedTree(NamedTuple):
    """A session of a log: its requests as prefixes, None if these are not known. Tokens are of
    all `requests`."""

    model: str
    provider: str
    second: int | None
    tree: PrefixTree | None
    input: int
    read: int
    written: int
    requests: int


ModelOf = Callable[[LoggedTree], Model | None]


class FollowedSessions(SessionCollector):
    """The sessions of logs that `usage` reads. Requests that are of none, without their texts, are
    added up."""

    def __init__(self) -> None:
        super().__init__()
        self.trees: list[LoggedTree] = []

    def begin(self) -> None:
        super().begin()
        self._alone: dict[tuple[str, str], LoggedTree] = {}

    def keep(self, one: LoggedRequest) -> None:
        if one.caller[0] or one.prefix is not None:
            super().keep(one)
        elif one.id is None or one.id not in self._known:
            self._known |= set() if one.id is None else {one.id}
            key, sizes = (one.model, one.provider), one.sizes
            old = self._alone.get(key) or LoggedTree(*key, one.second, None, 0, 0, 0, 0)
            self._alone[key] = old._replace(
                input=old.input + sizes.input,
                read=old.read + sizes.cache_read,
                written=old.written + sizes.cache_write,
                requests=old.requests + one.count,
            )

    def share(self, line: bytes, requests: Sequence[LoggedRequest]) -> Sequence[LoggedRequest]:
        """Take the requests of a line; return them without the names that are for sessions."""
        self.line(line)
        names = len(SESSION)
        self.take(replace(one, caller=one.caller[-names:]) for one in requests)
        return [replace(one, caller=one.caller[:-names]) for one in requests]

    def finish(self) -> None:
        """The end of a log that could be read."""
        self.trees += [*map(logged_tree, self.end()), *self._alone.values()]


def logged_tree(one: LoggedSession) -> LoggedTree:
    sizes = [each.sizes for each in one.requests]
    is_whole = one.is_known and not one.undated and all(each.count == 1 for each in one.requests)
    return LoggedTree(
        *(one.model, one.provider, one.requests[0].second, tree_of(one) if is_whole else None),
        *(sum(each.input for each in sizes), sum(each.cache_read for each in sizes)),
        *(sum(each.cache_write for each in sizes), sum(each.count for each in one.requests)),
    )


class LoggedInput(msgspec.Struct):
    """Tokens that were sent to a model: all, and, of requests that cannot be replayed, how many
    were read and written where they were. `kept`: requests of these."""

    all: int = 0
    read: int = 0
    written: int = 0
    left: int = 0
    kept: int = 0


class ElsewhereCache(msgspec.Struct, frozen=True):
    """The cache of a model that costs least, and its tokens by bound, source, and place of the band
    and peak window. `logged`: by source."""

    offer: CacheOffer
    tokens: Mapping[tuple[str, str], Mapping[tuple[int, str], TokenSums]]
    logged: Mapping[str, LoggedInput]

    def applied(
        self, charge: Charge, cell: SharedTerms, place: int, window: str, bound: str
    ) -> tuple[SharedTerms, RequestSums]:
        """The requests of a charge with what this cache reads and writes of their input."""
        sums = charge.sums
        source = charge.model.key if charge.model is not None else ""
        by_band = self.tokens.get((bound, source))
        if not by_band or any("_cache_read" in item for item in sums.others):
            return cell, sums  # tokens of other modalities are cached as they were
        held = by_band.get((place, window)) or added(by_band.values())
        logged = self.logged[source]
        whole = Decimal(logged.all - logged.left) / logged.all
        room = sums.input - sum_by(sums, sums.others, INPUTS)
        read = portion(room, whole * held.read / held.input + Decimal(logged.read) / logged.all)
        wrote = whole * held.written / held.input + Decimal(logged.written) / logged.all
        written = min(portion(room, wrote), room - read) if self.offer.terms.writes else 0
        others = {item: sums.others[item] for item in sums.others if not item.startswith(WRITES)}
        if written and self.offer.lifetime:
            others[f"{WRITES}{self.offer.lifetime}"] = written
        return (
            msgspec.structs.replace(cell, explicit_cache=self.offer.explicit),
            msgspec.structs.replace(sums, cache_read=read, cache_write=written, others=others),
        )

    @property
    def read_share(self) -> Decimal:
        """Of all input that was replayed."""
        whole = added(
            one
            for (bound, _), held in self.tokens.items()
            if bound == BOUNDS[0]
            for one in held.values()
        )
        return Decimal(whole.read) / whole.input if whole.input else ZERO


def portion(tokens: int, share: Decimal) -> int:
    return min(tokens, int(tokens * share))


def replayed_log(
    sessions: Iterable[LoggedTree],
    model_of: ModelOf,
    targets: Sequence[ReplayTarget],
    ratio_of: RatioOf,
    calendar: Calendar,
) -> ReplayedLog:
    """Follow the sessions on all targets."""
    replay = Replay(
        targets,
        lambda source, target: between(source, target, ratio_of),
        calendar,
        lambda schedule: "",
        by=lambda session: (session.source.key if session.source else "", "", ""),
    )
    logged: dict[str, LoggedInput] = {}
    for one in sessions:
        model = model_of(one)
        if model is None:  # without a price, and compared with nothing
            continue
        found = logged.setdefault(model.key, LoggedInput())
        found.all += one.input
        if one.tree is not None:
            replay.add(Session(one.tree, source=model))
            continue
        found.left += one.input
        found.read += one.read
        found.written += one.written
        found.kept += one.requests
    kept = sum(one.kept for one in logged.values())
    if not replay.sessions:
        return ReplayedLog(kept=kept)
    return ReplayedLog(
        {one.model.key: cache_on(replay, one, logged) for one in replay.targets}, kept
    )


def cache_on(
    replay: Replay, target: ReplayTarget, logged: Mapping[str, LoggedInput]
) -> ElsewhereCache:
    """The offer that costs least; caches that are paid by the hour are left out."""
    offers = [
        (number, one) for number, one in enumerate(replay.offers_of(target)) if not one.terms.stores
    ]
    number, offer = min(offers, key=lambda one: cost_on(replay, target, *one).cold)
    tokens = {}
    for bound in BOUNDS:
        is_warm = bound == "warm"
        sums = replay.sums(target, number, "terms" if is_warm else bound, warm=is_warm)
        for (source, _day, _project), held in sums.groups.items():
            tokens[bound, source] = held
    return ElsewhereCache(offer, tokens, logged)


def caches_of_log(
    sessions: FollowedSessions,
    table: "PriceTable",
    targets: Sequence[Model],
    names: "LoggedNames",
    at: datetime,
) -> ReplayedLog:
    """The sessions of a log on the models of --what-if, under the rules of a day."""
    from llmcost.commands.replay.log_sessions import targets_of
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.tokenizers.estimator import RATIOS

    def model_of(one: LoggedTree) -> Model | None:
        when = at if one.second is None else datetime.fromtimestamp(one.second, UTC)
        return names.find(one.model, one.provider, when).model

    chosen = targets_of(table, targets, at)
    return replayed_log(sessions.trees, model_of, chosen, RATIOS.__getitem__, RealCalendar())
