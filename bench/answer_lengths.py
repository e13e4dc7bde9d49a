"""How far the bounds of answer lengths hold, and what orders the cost of tasks.

    python -m bench lengths

On LiveBench's table each model is held out in turn: its tokens on each task against the bounds that
the other models give (what a model without a measurement gets), and against those that its own
tokens on other writing tasks give (what a measured one gets). On logs that are drawn from the
public distributions, in the order of time: bounds learned from the first half against the second.
The order of cost is compared with the dollars that LiveBench paid.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from math import exp, isnan, log, nan, sqrt
from random import Random
from statistics import NormalDist, fmean, median

from bench.results import Figure, Section, Target
from llmcost.commands.estimate.compute import estimate
from llmcost.money import Exchange
from llmcost.price_data.bundled_files import load_output_lengths, load_quality_set
from llmcost.price_data.calendar import RealCalendar
from llmcost.price_data.loader import load, load_exchange_rates
from llmcost.pricing.learned_lengths import bounds
from llmcost.pricing.output_lengths import UNCOUNTED, Quantiles, TaskGroup, quantile
from llmcost.pricing.price_rows import Model, PriceTable, VendorZone
from llmcost.pricing.quality import QualityRow
from llmcost.pricing.terms import Amount, Hours, Terms
from llmcost.pricing.usage import Count, Input
from llmcost.runtime.tokenizer_choice import tokenizer_names

SHARES = {0.8: 0.04, 0.9: 0.03}
"""Of what the bounds should hold, and how far they may be off."""
WRITING = ("paraphrase", "simplify", "story_generation", "summarize")
ANSWERS = 10_000
"""Of each distribution, in logs of one size."""
SIZES = (30, 100, 1000)
CACHED = Decimal("0.938")
"""Of the input: that of agents is nearly all sent again, and read from the cache. LiveBench does
not say how much; a day of coding with OpenCode was 92.04 % reads and 6.08 % other input
(`data/plans.yaml`, mimo-v2.6-pro; real-api-pricing, 2026-09)."""
CACHED_SHARES = [Decimal(one) / 20 for one in range(21)]
SET, DAY = date(2026, 6, 25), date(2026, 8, 22)
"""Of LiveBench's questions, and of its table."""


def rows() -> list[QualityRow]:
    return [one for one in load_quality_set("livebench").rows if one.row != UNCOUNTED]


def groups() -> dict[str, TaskGroup]:
    """The groups whose tasks tell of each other, and all tasks as one, of which most are of another
    kind."""
    known = {name: one for name, one in load_output_lengths().groups.items() if one.tasks}
    return {**known, "all": TaskGroup(tuple(rows()[0].tokens), 0)}


def held_out_models(share: float) -> list[bool]:
    """Whether each model's tokens on each task are between the bounds of all the others."""
    found = []
    every = rows()
    for task in every[0].tokens:
        for one in every:
            others = sorted((log(other.tokens[task]), 1) for other in every if other is not one)
            limits = bounds(others, share)
            assert limits is not None
            found.append(limits[0] <= log(one.tokens[task]) <= limits[1])
    return found


def widened_models(share: float, group: TaskGroup) -> list[bool]:
    """Whether each model's tokens on a task of a group are within the spread between models, as the
    class is widened by it: a normal one of logarithms, fitted to the other models."""
    found, every = [], rows()
    reach = NormalDist().inv_cdf((1 + share) / 2)
    for one in every:
        others = [other for other in every if other is not one]
        middles = {task: median(log(x.tokens[task]) for x in others) for task in group.tasks}
        squares = [(log(x.tokens[task]) - middles[task]) ** 2 for x in others for task in middles]
        spread = sqrt(fmean(squares))
        found += [abs(log(one.tokens[task]) - middles[task]) <= reach * spread for task in middles]
    return found


def held_out_tasks(share: float, group: TaskGroup) -> list[bool]:
    """Whether each model's tokens on a task are between the bounds that its other tasks of the
    group give, by a slope and a residual that the other models give."""
    found, every = [], rows()
    reach = NormalDist().inv_cdf((1 + share) / 2)
    for one in every:
        others = [other for other in every if other is not one]
        middles = {task: median(log(x.tokens[task]) for x in others) for task in group.tasks}
        pairs = [pair for other in others for pair in deviations(other, middles)]
        slope, residual = fit(pairs)
        found += [abs(y - slope * x) <= reach * residual for x, y in deviations(one, middles)]
    return found


def deviations(one: QualityRow, middles: dict[str, float]) -> Iterator[tuple[float, float]]:
    """How far a model is from the middle one on its other tasks, and on each task."""
    for task, middle in middles.items():
        near = [other for other in middles if other != task]
        yield factor(one, near, middles), log(one.tokens[task]) - middle


def fit(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The slope, and the standard deviation of what is left."""
    slope = sum(x * y for x, y in pairs) / sum(x * x for x, _ in pairs)
    return slope, sqrt(fmean((y - slope * x) ** 2 for x, y in pairs))


def factor(one: QualityRow, near: Sequence[str], middles: dict[str, float]) -> float:
    return fmean(log(one.tokens[name]) - middles[name] for name in near)


def split_logs(share: float, size: int, seed: int = 1) -> list[bool]:
    """Whether the answers of the second half of each log are between the bounds of the first."""
    random, found = Random(seed), []
    for source in distributions():
        for _log in range(max(5, ANSWERS // size)):
            answers = [drawn(source, random.random()) for _ in range(2 * size)]
            limits = bounds(sorted((one, 1) for one in answers[:size]), share)
            if limits is not None:
                found += [limits[0] <= one <= limits[1] for one in answers[size:]]
    return found


def distributions() -> Iterator[Quantiles]:
    """The outputs of public traces of which the quantiles are known."""
    return (one.output for one in load_output_lengths().sources.values() if len(one.output) > 6)


def drawn(source: Quantiles, share: float) -> float:
    """An answer of a distribution, which goes on a little beyond the last quantiles."""
    known = sorted(int(name[1:]) / 100 for name in source if name != "mean")
    if share < known[0]:
        return quantile(source, known[0]) * share / known[0]
    if share > known[-1]:
        return quantile(source, known[-1]) * exp((share - known[-1]) / (1 - known[-1]))
    return quantile(source, share)


def orders() -> dict[str, float]:
    """Kendall's tau of the order of LiveBench's dollars a question and of what orders it: the price
    of a token of output; our cost of a question with the length that is the same for all, that each
    model's writing tasks give, or its own mean. Input as LiveBench counted it; cached as CACHED,
    not at all, or as fits the dollars of all the other models best."""
    table = load(tokenizer_names(), [], DAY)
    models = {one.key: one for one in table.models}
    every = [one for one in rows() if one.models and one.usd is not None]
    middles = {name: median(log(one.tokens[name]) for one in every) for name in WRITING}
    usual = median(one.output or 0 for one in every)
    slope = groups()["writing"].slope

    def written(one: QualityRow) -> float:
        return usual * exp(slope * factor(one, WRITING, middles))

    def costs(
        output: Callable[[QualityRow], float], cached: Decimal = CACHED, input: float = 1
    ) -> list[float]:
        return [
            cost(table, models[one.models[0]], one, input * (one.input or 0), output(one), cached)
            for one in every
        ]

    def measured(one: QualityRow) -> float:
        return one.output or 0

    dollars = [float(one.usd or 0) for one in every]
    by_share = {share: costs(measured, share) for share in CACHED_SHARES}
    ours = costs(measured)
    off = [abs(log(found / paid)) for paid, found in zip(dollars, ours, strict=True) if found > 0]
    found = {
        "price of a token of output": costs(lambda one: 1000, input=0),
        "output of equal length": costs(lambda one: usual),
        "output as in writing tasks": costs(written),
        "output as measured": ours,
        "measured, no input cached": costs(measured, Decimal(0)),
        "measured, without input": costs(measured, input=0),
        "measured, share by the other models": left_out(dollars, by_share),
    }
    taus = {name: order_of(dollars, amounts) for name, amounts in found.items()}
    return {**taus, "median factor to the dollars": exp(median(off))}


def left_out(dollars: Sequence[float], by_share: Mapping[Decimal, list[float]]) -> list[float]:
    """Each model's cost at the cached share that orders all the other models best."""
    found = []
    for place in range(len(dollars)):
        others = {
            share: order_of(*(one[:place] + one[place + 1 :] for one in ([*dollars], costs)))
            for share, costs in by_share.items()
        }
        found.append(by_share[max(others, key=lambda share: others[share])][place])
    return found


def order_of(dollars: Sequence[float], costs: Sequence[float]) -> float:
    """Tau of the two orders, of the models that have a cost."""
    return tau([pair for pair in zip(dollars, costs, strict=True) if not isnan(pair[1])])


def run_on(model: Model, row: QualityRow) -> date:
    """The day when LiveBench can have run a model at the earliest: its questions were there, it was
    released, and had a price."""
    days = (SET, model.released, row.start, min(one.start for one in model.prices))
    return min(DAY, max(one for one in days if one is not None))


def cost(
    table: PriceTable, model: Model, row: QualityRow, input: float, output: float, cached: Decimal
) -> float:
    """What a question costs in dollars at the prices of the day it was run; NaN without one."""
    day = run_on(model, row)
    at = datetime(day.year, day.month, day.day, tzinfo=VendorZone())
    terms = Terms(
        at=at, hours=Hours.OFF_PEAK, output=Amount(round(output)), cached=Amount(share=cached)
    )
    tokens = max(1, round(input))
    inputs = [
        Input("q", 0, 0, {model.tokenizer: Count(tokens, tokens, tokens, "LiveBench", exact=True)})
    ]
    exchange = Exchange("USD", (load_exchange_rates().on(day, "USD", "CNY"),))
    lines = estimate(table, [model], inputs, terms, exchange, RealCalendar()).lines
    return float(lines[0].cost.amount) if lines else nan


def tau(pairs: Sequence[tuple[float, float]]) -> float:
    """Kendall's tau-b."""
    agree = ties_one = ties_two = 0
    total = 0
    for (a, b), (c, d) in combinations(pairs, 2):
        total += 1
        one, two = (a > c) - (a < c), (b > d) - (b < d)
        agree += one * two
        ties_one += one == 0
        ties_two += two == 0
    return agree / sqrt((total - ties_one) * (total - ties_two))


def measure() -> Section:
    """Coverage of the bounds, and the orders of cost."""
    figures = []
    for share, limit in SHARES.items():
        cases = {
            "other models": held_out_models(share),
            **{
                f"{name}: {title}": test(share, group)
                for title, test in (
                    ("other models, as widened", widened_models),
                    ("other tasks of the model", held_out_tasks),
                )
                for name, group in groups().items()
            },
            **{f"logs of {size}, later half": split_logs(share, size) for size in SIZES},
        }
        for name, found in cases.items():
            held = fmean(found)
            values = {"held": held, "off": abs(held - share), "cases": len(found)}
            title = f"{share:.0%} bounds, {name}"
            figures.append(Figure(title, dict(values), "off", Target(limit)))
    for name, value in orders().items():
        figures.append(Figure(f"LiveBench's dollars: {name}", {"tau": value}))
    return Section("lengths of answers", figures)
