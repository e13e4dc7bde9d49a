"""How far the bounds of answer lengths hold, and what orders the cost of tasks.

    python -m bench lengths

On LiveBench's table each model is held out in turn: its tokens on each task against the bounds that
the other models give (what a model without a measurement gets), and against those that its own
tokens on other writing tasks give (what a measured one gets). On logs that are drawn from the
public distributions, in the order of time: bounds learned from the first half against the second.
The order of cost is compared with the dollars that LiveBench paid.
"""

from collections.abc import Callable, Iterator, Sequence
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
from llmcost.pricing.output_lengths import UNCOUNTED, Quantiles, quantile
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
CACHED = Decimal("0.9")
"""Of the input: that of agents is nearly all sent again, and read from the cache."""
DAY = date(2026, 8, 22)
"""Of LiveBench's table."""


def rows() -> list[QualityRow]:
    return [one for one in load_quality_set("livebench").rows if one.row != UNCOUNTED]


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


def widened_models(share: float) -> list[bool]:
    """Whether each model's tokens on a writing task are within the spread between models, as the
    class is widened by it: a normal one of logarithms, fitted to the other models."""
    found, every = [], rows()
    reach = NormalDist().inv_cdf((1 + share) / 2)
    for task in WRITING:
        for one in every:
            others = [log(other.tokens[task]) for other in every if other is not one]
            middle = median(others)
            spread = sqrt(fmean((other - middle) ** 2 for other in others))
            found.append(abs(log(one.tokens[task]) - middle) <= reach * spread)
    return found


def held_out_tasks(share: float) -> list[bool]:
    """Whether each model's tokens on a writing task are between the bounds that its other writing
    tasks give, by a slope and a spread that the other models give."""
    found, every = [], rows()
    reach = NormalDist().inv_cdf((1 + share) / 2)
    for task in WRITING:
        near = [name for name in WRITING if name != task]
        for one in every:
            others = [other for other in every if other is not one]
            middles = {name: median(log(x.tokens[name]) for x in others) for name in WRITING}
            pairs = [
                (factor(x, near, middles), log(x.tokens[task]) - middles[task]) for x in others
            ]
            slope = sum(x * y for x, y in pairs) / sum(x * x for x, _ in pairs)
            residual = sqrt(fmean((y - slope * x) ** 2 for x, y in pairs))
            expected = middles[task] + slope * factor(one, near, middles)
            found.append(abs(log(one.tokens[task]) - expected) <= reach * residual)
    return found


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
    of a token of output; our cost of a question of equal length for all; with the length that each
    model's writing tasks give; with its own mean length. Input as LiveBench counted it."""
    table = load(tokenizer_names(), [], DAY)
    models = {one.key: one for one in table.models}
    every = [one for one in rows() if one.models and one.usd is not None]
    middles = {name: median(log(one.tokens[name]) for one in every) for name in WRITING}
    usual = median(one.output or 0 for one in every)
    dollars = [float(one.usd or 0) for one in every]
    slope = load_output_lengths().models.slope

    def costs(input: Callable[[QualityRow], float], output: Callable[[QualityRow], float]) -> float:
        found = [cost(table, models[one.models[0]], input(one), output(one)) for one in every]
        priced = zip(dollars, found, strict=True)
        return tau([(paid, ours) for paid, ours in priced if not isnan(ours)])

    def written(one: QualityRow) -> float:
        return usual * exp(slope * factor(one, WRITING, middles))

    return {
        "price of a token of output": costs(lambda one: 0, lambda one: 1000),
        "output of equal length": costs(lambda one: one.input or 0, lambda one: usual),
        "output as in writing tasks": costs(lambda one: one.input or 0, written),
        "output as measured": costs(lambda one: one.input or 0, lambda one: one.output or 0),
        "measured, without input": costs(lambda one: 0, lambda one: one.output or 0),
    }


def cost(table: PriceTable, model: Model, input: float, output: float) -> float:
    """What a question costs in dollars at the prices of LiveBench's day; NaN without one."""
    at = datetime(DAY.year, DAY.month, DAY.day, tzinfo=VendorZone())
    terms = Terms(
        at=at, hours=Hours.OFF_PEAK, output=Amount(round(output)), cached=Amount(share=CACHED)
    )
    count = Count(
        max(1, round(input)), max(1, round(input)), max(1, round(input)), "LiveBench", exact=True
    )
    inputs = [Input("question", 0, 0, {model.tokenizer: count})]
    exchange = Exchange("USD", (load_exchange_rates().on(DAY, "USD", "CNY"),))
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
            "other models, as widened": widened_models(share),
            "other tasks of the model": held_out_tasks(share),
            **{f"logs of {size}, later half": split_logs(share, size) for size in SIZES},
        }
        for name, found in cases.items():
            held = fmean(found)
            values = {"held": held, "off": abs(held - share), "cases": len(found)}
            title = f"{share:.0%} bounds, {name}"
            figures.append(Figure(title, dict(values), "off", Target(limit)))
    for name, value in orders().items():
        figures.append(Figure(f"tau, {name}", {"held": value}))
    return Section("lengths of answers", figures)
