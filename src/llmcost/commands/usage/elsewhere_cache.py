"""Cached input of a log on other models: its sessions replayed under the rules of each cache.

Requests of no session, without a time, or summed up in the log keep the share that it states.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from llmcost.commands.replay.compute import Replay, ReplayTarget, Session, TokenSums, added, cost_on
from llmcost.commands.usage.alternatives import BOUNDS, ReplayedLog
from llmcost.commands.usage.charges import WRITES, Charge, sum_by
from llmcost.logs.aggregation import INPUTS, RequestSums, SharedTerms
from llmcost.logs.session_reader import LoggedSession, tree_of
from llmcost.money import ZERO
from llmcost.pricing.cache_rules import CacheOffer
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.schedule import Calendar
from llmcost.pricing.usage import RatioOf, between

if TYPE_CHECKING:
    from llmcost.commands.usage.usage_options import LogOptions
    from llmcost.logs.model_names import LoggedNames

NamesOf = Callable[[LoggedSession], Model | None]


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
    sessions: Sequence[LoggedSession],
    model_of: NamesOf,
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
        input = sum(each.sizes.input for each in one.requests)
        found.all += input
        if one.is_known and not one.undated and all(each.count == 1 for each in one.requests):
            replay.add(Session(tree_of(one), source=model))
            continue
        found.left += input
        found.read += sum(each.sizes.cache_read for each in one.requests)
        found.written += sum(each.sizes.cache_write for each in one.requests)
        found.kept += sum(each.count for each in one.requests)
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
    paths: Sequence[str],
    inputs: "LogOptions",
    table: "PriceTable",
    targets: Sequence[Model],
    names: "LoggedNames",
    zone: str,
    at: datetime,
) -> ReplayedLog:
    """Read the sessions of a log, which was read before, for the models of --what-if, under the
    rules of a day."""
    from llmcost.commands.replay.log_sessions import targets_of
    from llmcost.logs.log_formats import LogForm
    from llmcost.logs.session_reader import SessionLogs
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.runtime.open_inputs import How
    from llmcost.tokenizers.estimator import RATIOS

    def model_of(one: LoggedSession) -> Model | None:
        second = one.requests[0].second
        when = at if second is None else datetime.fromtimestamp(second, UTC)
        return names.find(one.model, one.provider, when).model

    asked = inputs.asked(paths, How(None, False))
    read = SessionLogs(asked, zone, inputs.input_format or LogForm.AUTO)
    chosen = targets_of(table, targets, at)
    return replayed_log(list(read.sessions()), model_of, chosen, RATIOS.__getitem__, RealCalendar())
