"""What requests, workloads and months ahead cost by docs/arithmetic.md, in exact fractions.

Written from that page and docs/prices.md, and not from the program: it reads the YAML of a price
file by itself, sends each request of a conversation, and looks at each quarter of an hour of a
month. Nothing of llmcost is imported here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from holidays import country_holidays

Yaml = dict[str, Any]
Prices = dict[str, Fraction]
MILLION, THOUSAND = Fraction(1_000_000), Fraction(1_000)
QUARTER = timedelta(minutes=15)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LIFETIMES = ("5m", "30m", "1h", "12h", "24h", "any")
CONDITIONS = {"peak", "batch", "tiers"}
NO_PRICES = {"input_up_to", "input_below", "output_up_to", "output_below", "fees", "regions"}
OFFICE = "1 1 1 1 1 1 1 2 5 9 10 10 5 7 10 10 10 9 5 3 3 2 2 1"
OFFICE_WEEKEND = "1 1 1 1 1 1 1 1 1 2 2 2 2 2 2 2 2 2 1 1 1 1 1 1"
EVENING = "4 2 1 1 1 1 2 3 4 4 4 4 6 5 4 4 4 5 7 9 10 10 9 6"
EVENING_WEEKEND = "6 3 2 1 1 1 1 2 4 6 7 7 7 7 7 7 7 7 9 11 12 12 11 8"
PROFILES = {
    "flat": (" ".join("1" * 24),) * 2,
    "office": (OFFICE, OFFICE_WEEKEND),
    "evening": (EVENING, EVENING_WEEKEND),
}


@dataclass(frozen=True)
class Request:
    """Tokens of a request: `read` and `written` are parts of `input`."""

    input: int
    output: int
    read: int = 0
    written: int = 0


@dataclass(frozen=True)
class Terms:
    """What changes the price of a request."""

    peak: bool = False
    batch: bool = False
    tier: str = ""
    region: str = ""
    lifetime: str = ""
    thinking: bool = False
    discount: Fraction = Fraction(1)


@dataclass
class Workload:
    """A month of use, in the words of a workload file; money and shares are fractions."""

    mau: int = 1
    conversations: Fraction = Fraction(1)
    turns: int = 1
    history: str = "full"
    input: int = 0
    output: int = 0
    system: int = 0
    context: int = 0
    thinking: int = 0
    tool_calls: int = 0
    call: int = 0
    result: int = 0
    tool_history: str = "keep"
    retries: Fraction = Fraction(0)
    batch_share: Fraction = Fraction(0)
    hit: Fraction = Fraction(0)
    minimum: int = 1024
    lifetime: str = ""
    storage_hours: Fraction = Fraction(0)
    tier: str = ""
    region: str = ""
    traffic: str = "flat"
    zone: str = "Asia/Shanghai"
    fees: Mapping[str, Fraction] = field(default_factory=dict)
    free_quota: bool = False
    packs: bool = False
    fine_tune_tokens: int = 0
    deployment: str = ""
    instances: int = 1
    deployment_hours: Fraction | None = None
    months: int = 1


@dataclass
class Bill:
    """A month's parts, as functions of nothing else: `gross` is the tokens' cost before quota and
    packs."""

    tokens: Fraction = Fraction(0)
    gross: Fraction = Fraction(0)
    calls: Fraction = Fraction(0)
    fixed: Fraction = Fraction(0)
    quota: int = 0
    packs: tuple[tuple[int, Fraction], ...] = ()

    def total(self, users: int) -> Fraction:
        used, gross = self.tokens * users, self.gross * users
        left = max(Fraction(0), used - self.quota)
        price = gross / used if used else Fraction(0)
        paid = cheapest(self.packs, left, price) if used else gross
        return paid + self.calls * users + self.fixed


def cheapest(packs: tuple[tuple[int, Fraction], ...], left: Fraction, price: Fraction) -> Fraction:
    """Of all numbers of one size, and of the other for the rest: as many as are full, or one more,
    or none, as far as they save."""
    if not packs:
        return left * price
    (size, cost), *others = packs
    return min(
        number * cost + cheapest(tuple(others), max(Fraction(0), left - number * size), price)
        for number in (range(ceil(left / size) + 1) if others else around(left, size))
    )


def around(left: Fraction, size: int) -> tuple[int, ...]:
    """The cost is a straight line between no pack and as many as are full."""
    return 0, int(left // size), ceil(left / size)


# --- one request ---------------------------------------------------------------------------------


@cache
def day_of(text: str) -> date:
    return date.fromisoformat(text[:10])


@cache
def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def row_of(rows: list[Yaml], begun: list[bool], day: date) -> Yaml | None:
    last = next((row for row, has in zip(rows[::-1], begun[::-1], strict=True) if has), None)
    return None if last is None or ("until" in last and day_of(last["until"]) <= day) else last


def row_on(rows: list[Yaml], day: date) -> Yaml | None:
    """At the end of a day, where the vendor is."""
    return row_of(rows, [day_of(row["from"]) <= day for row in rows], day)


def row_at(rows: list[Yaml], at: datetime) -> Yaml | None:
    """At an instant; `at` says which day it is."""
    begun = [
        instant(row["from"]) <= at if "T" in row["from"] else day_of(row["from"]) <= at.date()
        for row in rows
    ]
    return row_of(rows, begun, at.date())


def bands_of(row: Yaml) -> list[Yaml]:
    found: list[Yaml] = row.get("bands", [row])
    return found


def limits(band: Yaml, side: str) -> int | None:
    """The most tokens that a band holds."""
    if f"{side}_up_to" in band:
        return int(band[f"{side}_up_to"])
    return int(band[f"{side}_below"]) - 1 if f"{side}_below" in band else None


def holds(band: Yaml, input: int, output: int) -> bool:
    pairs = ((limits(band, "input"), input), (limits(band, "output"), output))
    return all(most is None or tokens <= most for most, tokens in pairs)


def price_set(found: Yaml) -> Prices:
    prices: Prices = {}
    for item, price in found.items():
        if item == "cache_write":
            prices |= {f"cache_write.{time}": Fraction(one) for time, one in price.items()}
        elif item == "combined":
            prices |= {"input": Fraction(price), "output": Fraction(price)}
        elif item not in CONDITIONS | NO_PRICES and isinstance(price, str) and is_number(price):
            prices[item] = Fraction(price)
    return prices


def is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def prices_of(row: Yaml, band: Yaml, terms: Terms) -> Prices:
    prices = price_set(band)
    names = [("peak", terms.peak), ("batch", terms.batch)]
    chosen = [band.get(name, row.get(name)) for name, is_on in names if is_on]
    chosen.append(band.get("tiers", {}).get(terms.tier, row.get("tiers", {}).get(terms.tier)))
    for one in chosen:
        if isinstance(one, str):
            prices = {item: price * Fraction(one) for item, price in prices.items()}
        elif one is not None:
            prices |= price_set(one)
    factor = Fraction(row.get("regions", {}).get(terms.region, 1)) * terms.discount
    return {item: price * factor for item, price in prices.items()}


def write_item(prices: Prices, lifetime: str) -> str:
    for time in LIFETIMES[LIFETIMES.index(lifetime) if lifetime else 0 :]:
        if f"cache_write.{time}" in prices:
            return f"cache_write.{time}"
    return "input"


def cost(row: Yaml, request: Request, terms: Terms) -> Fraction | None:
    """None: the model is unfit."""
    bands = bands_of(row)
    place = next((n for n, b in enumerate(bands) if holds(b, request.input, request.output)), None)
    if place is None:
        return None
    reached = prices_of(row, bands[place], terms)
    if (request.input and "input" not in reached) or (request.output and "output" not in reached):
        return None
    marks = [0, request.read, request.read + request.written, request.input]

    def input_of(prices: Prices, low: int, high: int) -> Fraction:
        read = "cache_read_explicit" if terms.lifetime else "cache_read"
        read = read if read in prices else "cache_read"
        items = (read, write_item(prices, terms.lifetime), "input")
        return sum(
            (
                max(0, min(high, end) - max(low, start)) * prices.get(item, prices["input"])
                for item, start, end in zip(items, marks, marks[1:], strict=False)
            ),
            Fraction(0),
        )

    def output_of(prices: Prices, tokens: int) -> Fraction:
        thinks = terms.thinking and "output_thinking" in prices
        return tokens * prices["output_thinking" if thinks else "output"] if tokens else Fraction(0)

    if row.get("mode") != "marginal":
        return (input_of(reached, 0, request.input) + output_of(reached, request.output)) / MILLION
    side = "output" if any(limits(band, "output") is not None for band in bands) else "input"
    whole = request.output if side == "output" else request.input
    total, low = Fraction(0), 0
    for band in bands:
        most = limits(band, side)
        high = whole if most is None else min(whole, most)
        prices = prices_of(row, band, terms)
        total += input_of(prices, low, high) if side == "input" else output_of(prices, high - low)
        low = high
    rest = (
        output_of(reached, request.output)
        if side == "input"
        else input_of(reached, 0, request.input)
    )
    return (total + rest) / MILLION


# --- a conversation ------------------------------------------------------------------------------

Segments = list[tuple[str, int]]
"""The parts of an input, each with a name of its own."""


def common(one: Segments, other: Segments) -> int:
    """The tokens of the beginning that both have."""
    found = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        found += left[1]
    return found


def sent(work: Workload) -> Iterator[tuple[Segments, int, bool]]:
    """Each request: its input, its output, and whether it is one that sums up."""
    kind, _, size = work.history.partition(":")
    turns: list[Segments] = []
    start: Segments = [("system", work.system)]
    summary: Segments = []
    for turn in range(work.turns):
        kept = turns[len(turns) - min(int(size), len(turns)) :] if kind == "window" else turns
        history = [*summary, *(one for several in kept for one in several)]
        asked = (f"user {turn}", work.input)
        past = [*start, *history, asked, (f"context {turn}", work.context)]
        tools: Segments = []
        for number in range(work.tool_calls):
            yield [one for one in [*past, *tools] if one[1]], work.call, False
            tools += [
                (f"call {turn} {number}", work.call),
                (f"result {turn} {number}", work.result),
            ]
        yield [one for one in [*past, *tools] if one[1]], work.output + work.thinking, False
        remembered = tools if work.tool_history == "keep" else []
        turns.append([asked, *remembered, (f"answer {turn}", work.output)])
        if kind == "summary":
            whole = [*summary, *(one for several in turns for one in several)]
            tokens = sum(one for _, one in whole)
            if tokens > int(size):
                if turn + 1 < work.turns and int(size):
                    yield whole, int(size), True
                summary, turns = [(f"summary {turn}", int(size))], []


def requests(work: Workload, writes: bool) -> tuple[list[Request], int]:
    """The requests of a conversation, and the longest beginning that one leaves to the next."""
    found, longest = [], 0
    several = list(sent(work))
    talk = [input for input, _, sums_up in several if not sums_up]
    place = 0
    for input, output, sums_up in several:
        tokens = sum(one for _, one in input)
        if sums_up:
            found.append(Request(tokens, output))
            continue
        known = common(talk[place - 1], input) if place else work.system
        left = common(input, talk[place + 1]) if place + 1 < len(talk) else work.system
        place += 1
        longest = max(longest, left)
        read = int(work.hit * known) if work.hit and known >= work.minimum else 0
        fills = writes and work.hit and left >= work.minimum
        found.append(Request(tokens, output, read, max(0, left - read) if fills else 0))
    return found, longest if work.hit and longest >= work.minimum else 0


def bills_writes(row: Yaml, work: Workload) -> bool:
    sold = {item.partition(".")[0] for band in bands_of(row) for item in price_set(band)}
    if "cache_write" not in sold or not {"cache_read", "cache_read_explicit"} & sold:
        return False
    return "cache_read_explicit" not in sold or bool(work.lifetime)


# --- hours ---------------------------------------------------------------------------------------


@cache
def off(country: str, year: int) -> frozenset[date]:
    return frozenset(country_holidays(country, years=year))


def month_after(first: date) -> date:
    return (first + timedelta(31)).replace(day=1)


@cache
def quarters(first: date, zone: str, traffic: str) -> list[tuple[datetime, int]]:
    """Each quarter of an hour of a month, on the clocks of the users, and its weight."""
    week, weekend = (
        [int(one) for one in text.split()] for text in PROFILES.get(traffic, PROFILES["flat"])
    )
    last, found, info = month_after(first), [], ZoneInfo(zone)
    at = datetime(first.year, first.month, 1, tzinfo=UTC) - timedelta(days=1)
    while at < datetime(last.year, last.month, 1, tzinfo=UTC) + timedelta(days=1):
        local = at.astimezone(info)
        if first <= local.date() < last:
            holiday = zone == "Asia/Shanghai" and local.date() in off("CN", local.year)
            hours = weekend if holiday or local.weekday() > 4 else week
            found.append((local, hours[local.hour]))
        at += QUARTER
    return found


Spans = tuple[tuple[str, str], ...]


def hours_of(schedule: Yaml) -> tuple[str, str, Spans]:
    """The zone, the country and the windows of a schedule."""
    spans = tuple((one["days"], hours) for one in schedule["peak"] for hours in one["hours"])
    return schedule["zone"], schedule.get("holidays", ""), spans


@cache
def share_in(
    month: date, zone: str, traffic: str, place: str, country: str, spans: Spans
) -> Fraction:
    """The share of a month's requests in the peak hours of a place."""
    whole = quarters(month, zone, traffic)
    peak = sum(weight for at, weight in whole if in_peak(place, country, spans, at.astimezone(UTC)))
    return Fraction(peak, sum(weight for _, weight in whole))


def is_peak(schedule: Yaml, at: datetime) -> bool:
    return in_peak(*hours_of(schedule), at.astimezone(UTC))


@cache
def in_peak(zone: str, country: str, spans: Spans, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    if country and local.date() in off(country, local.year):
        return False
    minute = local.hour * 60 + local.minute
    return any(
        DAYS[local.weekday()] in days_of(days) and opens <= minute < closes
        for days, (opens, closes) in ((days, span_of(hours)) for days, hours in spans)
    )


@cache
def days_of(text: str) -> frozenset[str]:
    found: set[str] = set()
    for part in text.split(","):
        first, _, last = (one.strip() for one in part.partition("-"))
        found |= set(DAYS[DAYS.index(first) : DAYS.index(last or first) + 1])
    return frozenset(found)


@cache
def span_of(text: str) -> tuple[int, int]:
    opens, closes = (int(one[:2]) * 60 + int(one[3:]) for one in text.split("-"))
    return opens, closes


# --- months --------------------------------------------------------------------------------------


class Simulator:
    """Answers of a price file."""

    def __init__(self, text: str) -> None:
        read: Yaml = yaml.load(text, Loader=yaml.CBaseLoader)  # all values are texts
        self.providers = {one["id"]: one for one in read["providers"]}
        self.models = {
            f"{name}/{one['id']}": one
            for name, provider in self.providers.items()
            for one in provider.get("models", [])
        }

    def bill(self, key: str, work: Workload, day: date, month: date) -> Bill | None:
        """A month on the prices of a day; None: the model is unfit."""
        rows = self.models[key]["prices"]
        row = row_on(rows, day)
        return None if row is None else self.month(key, work, row, month, day)

    def month(
        self,
        key: str,
        work: Workload,
        row: Yaml,
        month: date,
        day: date,
        peak: Fraction | None = None,
    ) -> Bill | None:
        """As if the row held for all of it; `peak` is the share of peak hours, if that is known."""
        provider, model = self.providers[key.partition("/")[0]], self.models[key]
        discount = Fraction(model.get("discount", provider.get("discount", 1)))
        plain = Terms(
            tier=work.tier,
            region=work.region,
            lifetime=work.lifetime,
            thinking=work.thinking > 0,
            discount=discount,
        )
        each, prefix = requests(work, bills_writes(row, work))
        tokens = [one.input + one.output for one in each]
        if max(tokens) > int(model.get("context", 10**12)):
            return None
        if max(one.output for one in each) > int(model.get("max_output", 10**12)):
            return None
        if any(name not in row.get("fees", {}) for name in work.fees):
            return None
        share = self.peak_share(provider, row, work, month) if peak is None else peak
        found = Bill(tokens=sum(tokens) * (1 + work.retries) * work.conversations)
        for hour, hours in ((True, share), (False, 1 - share)):
            for batch, part in ((True, work.batch_share), (False, 1 - work.batch_share)):
                terms = Terms(**{**vars(plain), "peak": hour, "batch": batch})
                costs = [cost(row, one, terms) for one in each]
                if None in costs:
                    return None
                whole = sum((one for one in costs if one is not None), Fraction(0))
                found.gross += hours * part * whole * (1 + work.retries) * work.conversations
        fees = sum(
            (n * Fraction(row["fees"][name]) * discount for name, n in work.fees.items()),
            Fraction(0),
        )
        found.calls = fees / THOUSAND * work.turns * (1 + work.retries) * work.conversations
        band = next((one for one in bands_of(row) if holds(one, prefix, 0)), None)
        if band is not None:
            price = prices_of(row, band, plain).get("cache_storage", Fraction(0))
            found.calls += prefix * work.storage_hours * price / MILLION * work.conversations
        return self.with_offers(key, work, found, month, day, discount)

    def with_offers(
        self, key: str, work: Workload, found: Bill, month: date, day: date, discount: Fraction
    ) -> Bill | None:
        provider, model = self.providers[key.partition("/")[0]], self.models[key]
        if work.free_quota:
            found.quota = max(
                (
                    int(one["tokens"])
                    for one in provider.get("free_quota", [])
                    if day_of(one.get("from", "0001-01-01")) <= day
                    and day < day_of(one.get("until", "9999-01-01"))
                ),
                default=0,
            )
        offers = {
            kind: [one for one in model.get(kind, []) if day_of(one["from"]) <= day]
            for kind in ("packs", "fine_tuning", "deployment")
        }
        if work.packs:
            found.packs = tuple(
                (int(one["tokens"]), Fraction(one["price"]) * discount) for one in offers["packs"]
            )
        if work.fine_tune_tokens:
            if not offers["fine_tuning"]:
                return None
            price = min(Fraction(one["training"]) for one in offers["fine_tuning"]) * discount
            found.fixed += work.fine_tune_tokens * price / MILLION / work.months
        if work.deployment:
            chosen = [
                self.deployed(one, work, month) * discount
                for one in offers["deployment"]
                if work.deployment in ("any", one.get("what"))
            ]
            if not chosen:
                return None
            found.fixed += min(chosen) * work.instances
        return found

    def deployed(self, offer: Yaml, work: Workload, month: date) -> Fraction:
        most = Fraction((month_after(month) - month).days * 24)
        hours = most if work.deployment_hours is None else min(most, work.deployment_hours)
        units = {"hour": hours, "day": Fraction(ceil(hours / 24)), "month": Fraction(1)}
        return units[offer["per"]] * Fraction(offer["price"])

    def peak_share(self, provider: Yaml, row: Yaml, work: Workload, month: date) -> Fraction:
        if "schedule" not in row or work.traffic in ("peak", "off-peak"):
            return Fraction("schedule" in row and work.traffic == "peak")
        schedule = provider["schedules"][row["schedule"]]
        return share_in(month, work.zone, work.traffic, *hours_of(schedule))

    def forecast(
        self, key: str, work: Workload, day: date, first: date, growth: Fraction, decline: Fraction
    ) -> list[Fraction] | None:
        """The cost of each month, of a model that is sold to the end."""
        found, month = [], first
        for number in range(work.months):
            users = int(work.mau * growth**number + Fraction(1, 2))
            bill = self.month_ahead(key, work, day, (first, month), decline)
            if bill is None:
                return None
            bill.quota = bill.quota if number == 0 else 0
            found.append(bill.total(users))
            month = month_after(month)
        return found

    def month_ahead(
        self, key: str, work: Workload, day: date, months: tuple[date, date], decline: Fraction
    ) -> Bill | None:
        """A month cut where another row begins."""
        provider, rows, (first, month) = (
            self.providers[key.partition("/")[0]],
            self.models[key]["prices"],
            months,
        )
        weights: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for at, weight in quarters(month, work.zone, work.traffic):
            place = self.place_at(rows, day, at)
            if place is None:
                return None
            schedule = provider.get("schedules", {}).get(rows[place].get("schedule"))
            peak = (work.traffic == "peak") if work.traffic in ("peak", "off-peak") else None
            if peak is None:
                peak = schedule is not None and is_peak(schedule, at)
            weights[place][bool(peak and schedule is not None)] += weight
        whole, total = sum(map(sum, weights.values())), None
        for place, (quiet, busy) in weights.items():
            if not quiet + busy:
                continue
            share, peak_share = Fraction(quiet + busy, whole), Fraction(busy, quiet + busy)
            bill = self.month(key, work, rows[place], month, day, peak_share)
            if bill is None:
                return None
            factor = decline ** steps(rows[place], day, first, month, work.zone)
            if total is None:
                total = Bill(bill.tokens, fixed=bill.fixed, quota=bill.quota)
                total.packs = tuple((size, price * factor) for size, price in bill.packs)
            total.gross += bill.gross * share * factor
            total.calls += bill.calls * share * factor
        return total

    def place_at(self, rows: list[Yaml], day: date, at: datetime) -> int | None:
        """The row at an instant: the last that had begun by the day of the question, or since."""
        for place, row in reversed(list(enumerate(rows))):
            start = row["from"]
            since = instant(start) <= at if "T" in start else day_of(start) <= at.date()
            if day_of(start) <= day or since:
                return place
        return None

    def request(self, key: str, at: datetime, one: Request) -> Fraction | None:
        """A request of a log, at its own time."""
        provider, model = self.providers[key.partition("/")[0]], self.models[key]
        row = row_at(model["prices"], at.astimezone(ZoneInfo("Asia/Shanghai")))
        if row is None:
            return None
        schedule = provider.get("schedules", {}).get(row.get("schedule"))
        discount = Fraction(model.get("discount", provider.get("discount", 1)))
        peak = schedule is not None and is_peak(schedule, at)
        return cost(row, one, Terms(peak=peak, discount=discount))


def steps(row: Yaml, day: date, first: date, month: date, zone: str) -> int:
    """Whole months that a price has fallen by the first day of `month`."""
    start = first
    if day_of(row["from"]) > day:
        text = row["from"]
        begins = day_of(text)
        if "T" in text:
            begins = instant(text).astimezone(ZoneInfo(zone)).date()
        start = max(first, begins)
    number = 12 * (month.year - start.year) + month.month - start.month
    return max(0, number - (start.day > 1))
