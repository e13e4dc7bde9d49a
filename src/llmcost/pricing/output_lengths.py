"""How long answers are: distributions of output tokens by task, effort and model, and their source.

The figures are those of `data/output_lengths.yaml` and of the benchmarks in `data/quality`; a model
without a measurement has the distribution of its class, with the spread between models added.
"""

import itertools
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from math import exp, hypot, log
from statistics import median

import msgspec

from llmcost.messages import joined, say
from llmcost.pricing.price_rows import Model
from llmcost.pricing.quality import OLD, UNSTATED, QualityRow, QualitySet

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How hard a model is asked to think; `none`: not at all."""
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
REACH = 1.2815515655446004
"""Standard deviations from the middle to HIGH in a normal distribution."""
UNCOUNTED = "grok-build-0.1"
"""A row of LiveBench whose thinking is not in its tokens."""
MEASURED_AS = "livebench: "
"""Before the name of a row among the sources of a length."""
LEAST = 1e-9
HALVINGS = 40

Quantiles = dict[str, float]
"""`p5` … `p99` and `mean`, as a source states them."""


class LengthSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trace or benchmark: what was measured, under which licence, of how many requests."""

    title: str
    licence: str
    source: str
    day: date | None = msgspec.field(default=None, name="date")
    n: int | None = None
    input: Quantiles = {}
    output: Quantiles = {}
    thinking_share: Quantiles = {}
    of_means: bool = False


class OutputTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of request; see the comments of the file. `mean`: a source that has the mean alone;
    `near`: the name of the group of LiveBench's tasks that are of the kind, `same`: those that are
    this very task; `words`: a set of scores with the words of each model's answers."""

    answer: tuple[str, ...]
    input: str = ""
    thinking: tuple[str, ...] = ()
    near: str = ""
    same: tuple[str, ...] = ()
    ratio: bool = False
    mean: str = ""
    words: str = ""


class TaskGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tasks of one kind, and how models differ on them, in logarithms of tokens: `spread` between
    models on one task, `slope` of a task on the other tasks of a model, and the `residual` of it;
    without `tasks`, those of a model do not tell of each other."""

    tasks: tuple[str, ...]
    spread: float
    slope: float = 0
    residual: float = 0


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workload of a kind: the task of its answers, and the source of its input."""

    task: str
    input: str


NO_GROUP = TaskGroup((), 0)


class OutputLengths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file, as it is read."""

    schema: int
    read: date
    sources: dict[str, LengthSource]
    tasks: dict[str, OutputTask]
    efforts: dict[str, float]
    groups: dict[str, TaskGroup]
    single: float
    presets: dict[str, Preset]
    requests_per_user: int


class Length(msgspec.Struct, frozen=True):
    """Output tokens of a request, or a ratio to its input: nine of ten are above `low`, nine of ten
    below `high`, half of them below `middle`; `mean` is what many cost. `sources` name where it is
    from; `is_measured`: of this very model; `is_ratio`: of output to input."""

    low: float
    middle: float
    high: float
    mean: float
    sources: tuple[str, ...] = ()
    is_measured: bool = False
    is_ratio: bool = False

    def scaled(self, factor: float) -> "Length":
        return msgspec.structs.replace(
            self,
            low=self.low * factor,
            middle=self.middle * factor,
            high=self.high * factor,
            mean=self.mean * factor,
        )

    def widened(self, spread: float) -> "Length":
        """With another cause of differences: the standard deviation of its logarithm."""
        reach = spread * REACH
        below, above = log(self.middle / self.low), log(self.high / self.middle)
        return msgspec.structs.replace(
            self,
            low=self.middle / exp(hypot(below, reach)),
            high=self.middle * exp(hypot(above, reach)),
        )


def points(values: Quantiles) -> list[tuple[float, float]]:
    """The shares that are stated, ascending, with their values; without any, the mean."""
    known = ((int(name[1:]) / 100, value) for name, value in values.items() if name != "mean")
    return sorted(known) or [(MIDDLE, values["mean"])]


def quantile(values: Quantiles, share: float) -> float:
    """The value below which a share of all lies, between those stated in logarithms of the value;
    beyond them, the last one."""
    known = points(values)
    if share <= known[0][0]:
        return known[0][1]
    for (before, least), (after, most) in itertools.pairwise(known):
        if share <= after:
            part = (share - before) / (after - before)
            return exp(log(max(least, LEAST)) * (1 - part) + log(max(most, LEAST)) * part)
    return known[-1][1]


def share_below(known: Sequence[tuple[float, float]], value: float) -> float:
    """The share of all that lies below a value of a distribution by its `points`; the inverse of
    `quantile`."""
    if value <= known[0][1]:
        return 0.0
    for (before, least), (after, most) in itertools.pairwise(known):
        if least < value <= most:
            low, high, middle = (log(max(one, LEAST)) for one in (least, most, value))
            return before + (after - before) * ((middle - low) / (high - low) if high > low else 1)
    return 1.0


def mixture(parts: Sequence[Quantiles], share: float) -> float:
    """The quantile of several distributions in equal parts."""
    if len(parts) == 1:
        return quantile(parts[0], share)
    low, high = (f(quantile(one, share) for one in parts) for f in (min, max))
    known = list(map(points, parts))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = sum(share_below(one, middle) for one in known) / len(parts)
        low, high = (middle, high) if below < share else (low, middle)
    return high


def length_of(parts: Sequence[Quantiles], sources: Sequence[str]) -> Length:
    low, middle, high = (mixture(parts, share) for share in (LOW, MIDDLE, HIGH))
    mean = sum(one["mean"] for one in parts) / len(parts)
    return Length(low, middle, high, mean, tuple(sources))


THINKING_SHARE = "servegen_deepseek_r1"
SINGLE = "token_economy"
"""The source of how far single answers of one model are apart."""


class AnswerLengths:
    """The lengths of answers to one task at one effort; empty: no effort is stated, and thinking is
    not counted unless `thinks`."""

    def __init__(
        self,
        lengths: OutputLengths,
        task: str,
        effort: str = "",
        *,
        thinks: bool = False,
        measured: QualitySet | None = None,
    ) -> None:
        self.lengths, self.name, self.effort = lengths, task, effort
        self.task = lengths.tasks[task]
        self.group = lengths.groups.get(self.task.near, NO_GROUP)
        self.thinks = effort != "none" if effort else thinks or self.always_thinks
        self.measured = measured
        self.of_class = msgspec.structs.replace(self._of_class(), is_ratio=self.task.ratio)

    @property
    def always_thinks(self) -> bool:
        """Whether no source has such answers without thinking."""
        return self.task.answer == self.task.thinking

    def _of_class(self) -> Length:
        """What is known of no model in particular."""
        task, sources = self.task, self.lengths.sources
        answer = self._mixed(task.answer)
        if task.mean:
            whole = sources[task.mean].output["mean"]
            answer = answer.scaled(whole / answer.mean)
            answer = msgspec.structs.replace(answer, sources=(*task.answer, task.mean))
        if not self.thinks:
            return answer
        efforts = self.lengths.efforts
        factor = efforts.get(self.effort, 1.0)
        if task.thinking:
            found = self._mixed(task.thinking)
        else:
            found = with_thinking(answer, sources[THINKING_SHARE].thinking_share)
        if task.same:  # most models at a high effort, or at their own
            factor = factor / efforts["max"] if self.effort in ("minimal", "low", "medium") else 1
        if factor == 1:
            return found
        sources_of = (*found.sources, "gpt_5_effort")
        return msgspec.structs.replace(found.scaled(factor), sources=sources_of)

    def _mixed(self, names: Sequence[str]) -> Length:
        """The length of these sources; where they state means, with what single answers differ."""
        sources = [self.lengths.sources[one] for one in names]
        found = length_of([one.output for one in sources], names)
        return self._single(found) if any(one.of_means for one in sources) else found

    def _single(self, found: Length) -> Length:
        wide = found.widened(self.lengths.single)
        return msgspec.structs.replace(wide, sources=(*found.sources, SINGLE))

    def of(self, model: Model, day: date, scale: float = 1.0) -> Length:
        """The length for a model, in tokens that are `scale` times those of the sources."""
        found, task = self.of_class, self.task
        if task.ratio:
            return found
        if not self.thinks:
            return self._worded(model, day, scale) or found.scaled(scale)
        # bounds of the very task are those of all models
        spread = 0.0 if task.same else self.group.spread
        tasks = task.same or self.group.tasks
        row = self.measured and nearest_row(self.measured, model, self.effort, day)
        if not row or self.measured is None or not tasks:
            return found.scaled(scale).widened(spread)
        slope = 1 if task.same else self.group.slope
        factor = factor_of(row, self.measured, tasks) ** slope
        named = (*found.sources, row_source(self.measured, row))
        known = msgspec.structs.replace(found.scaled(factor), sources=named)
        if not is_at(row, self.effort):  # as wordy as at another effort, within the same bounds
            return known.widened(spread)
        known = msgspec.structs.replace(known, is_measured=True)
        if task.same:  # the bounds of all models say nothing of one
            return self._single(point_of(known))
        return known.widened(self.group.residual)

    def _worded(self, model: Model, day: date, scale: float) -> Length | None:
        """The length of a model whose words were counted; None if they were not."""
        of, found = self.measured, self.of_class
        if of is None or of.name != self.task.words:
            return None
        row = next((one for one in of.rows_of(model, day) if one.words), None)
        if row is None or row.words is None:
            return None
        middle = median(one.words for one in of.rows if one.words)
        known = found.scaled(scale * row.words / middle)
        named = (*found.sources, row_source(of, row))
        known = msgspec.structs.replace(known, sources=named, is_measured=True)
        return self._single(point_of(known))


def point_of(length: Length) -> Length:
    """The middle alone."""
    return msgspec.structs.replace(length, low=length.middle, high=length.middle)


def with_thinking(answer: Length, share: Quantiles) -> Length:
    """The answer behind thinking that is a share of the output. For the bounds the share differs
    independently of the answer; for the mean, of the whole output, since short answers have the
    largest shares (3.4 times the answer, where published pairs of models have 3.1 and 3.5)."""
    low, middle, high = (1 / (1 - quantile(share, one)) for one in (LOW, MIDDLE, HIGH))
    below, above = log(middle / low), log(high / middle)
    middle *= answer.middle
    return Length(
        middle / exp(hypot(below, log(answer.middle / answer.low))),
        middle,
        middle * exp(hypot(above, log(answer.high / answer.middle))),
        max(middle, answer.mean / (1 - share["mean"])),
        (*answer.sources, THINKING_SHARE),
    )


def is_at(row: QualityRow, effort: str) -> bool:
    """Whether a row is of this effort; where none is named, with thinking or of no stated one."""
    return row.effort == effort if effort else row.effort in ("thinking", UNSTATED)


ORDER = ("thinking", UNSTATED, "high", "medium", "xhigh", "max", "low", "minimal")
"""The efforts at which a row says how wordy a model is, the best first."""


def nearest_row(measured: QualitySet, model: Model, effort: str, day: date) -> QualityRow | None:
    """The row of a model at this effort, else at the first of ORDER that was measured."""
    by_effort = {one.effort: one for one in measured.rows_of(model, day) if one.row != UNCOUNTED}
    names = (effort, *ORDER) if effort else ORDER
    return next((by_effort[one] for one in names if one in by_effort), None)


def factor_of(row: QualityRow, measured: QualitySet, near: Sequence[str]) -> float:
    """How many times the tokens of the middle model a model writes, on tasks of this kind."""
    logs = [
        log(row.tokens[task]) - middle_log(measured, task) for task in near if task in row.tokens
    ]
    return exp(sum(logs) / len(logs)) if logs else 1.0


class Verbosity:
    """How many times the output of the middle model a model has on a task, as it was measured at
    the first effort of ORDER; None if it was not."""

    def __init__(self, lengths: OutputLengths, measured: QualitySet, task: str, day: date) -> None:
        self._same, self._group = lengths.tasks[task].same, lengths.groups[lengths.tasks[task].near]
        self._measured, self._day = measured, day

    def of(self, model: Model) -> float | None:
        row = nearest_row(self._measured, model, "", self._day)
        if row is None:
            return None
        factor = factor_of(row, self._measured, self._same or self._group.tasks)
        return factor if self._same else factor**self._group.slope


def middle_log(measured: QualitySet, task: str) -> float:
    rows = (one for one in measured.rows if one.row != UNCOUNTED)
    return median(log(one.tokens[task]) for one in rows if task in one.tokens)


def whole_tokens(number: float) -> int:
    """Whole tokens, at least one."""
    return max(1, round(number))


def row_source(of: QualitySet, row: QualityRow) -> str:
    """A row of a set with its day and the number of questions."""
    number = row.n or of.n
    n = f", n = {number:,}" if number else ""
    return f"{of.name}: {row.row} ({of.published}{n})"


def named_sources(
    lengths: OutputLengths, names: Sequence[str], day: date | None = None
) -> Iterator[str]:
    """Each source with its day, its age on a day if it is old, number of requests and licence, for
    `--explain`."""
    for name in dict.fromkeys(names):
        one = lengths.sources.get(name)
        if one is None:
            yield name
            continue
        facts: list[str] = [] if one.day is None else [one.day.isoformat()]
        if one.day is not None and day is not None and (day - one.day).days > OLD:
            facts.append(say("{days:,} days old", days=(day - one.day).days))
        facts += [f"n = {one.n:,}"] if one.n else []
        yield say("{title} ({facts})", title=one.title, facts=joined([*facts, one.licence]))


def decimal_of(value: float) -> Decimal:
    """A ratio as an exact number of three digits."""
    return Decimal(f"{value:.3g}")
