"""The sessions of a replay: from logs, or from a shape; with the options that say so."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.option_groups import OptionGroup, TimeOptions, set_options
from llmcost.commands.replay.compute import Replay, ReplayTarget, Session
from llmcost.errors import LlmcostError, UsageError
from llmcost.logs.log_formats import LogForm
from llmcost.messages import Caution, caution, say, say_plural, visible
from llmcost.pricing.schedule import Schedule
from llmcost.pricing.terms import Hours
from llmcost.runtime import option_values

if TYPE_CHECKING:
    from llmcost.commands.replay.compute import AnswersOf
    from llmcost.logs.session_reader import LoggedSession, SessionLogs
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.usage import TokenRange

ZONE = "Asia/Shanghai"
ENOUGH = 2_000
"""Characters of a log's own texts, from which on they say how many tokens another model makes."""
STRING = re.compile(
    rb'"(?:text|content|thinking|arguments|output|input_text)":\s*("(?:[^"\\]|\\.)*")'
)

ShapeOption = Annotated[
    str | None,
    options.option(
        "--shape KEY=N,…",
        "A session that does not exist yet: turns=51,system=12k,user=200,tool_result=2k,"
        "output=350,gap=40s.",
    ),
]


class ReplayOutput(StrEnum):
    """How long the answers of other models are taken to be."""

    LOG = "log"
    MEASURED = "measured"


class ReplayTimeOptions(TimeOptions, frozen=True):
    """Whose prices bill the sessions; peak hours are those of the log's own clock."""

    zone: Annotated[
        str | None,
        options.option("--zone ZONE", f"Time zone of days; default: {ZONE}."),
    ] = None
    output: Annotated[
        ReplayOutput,
        options.option(
            "--output", "Answers as long as in the log, or as LiveBench measured the models."
        ),
    ] = ReplayOutput.LOG


class ReplayLogOptions(OptionGroup, frozen=True):
    """How logs are read."""

    input_format: Annotated[
        LogForm | None,
        options.option(
            "--input-format", "Log format; default: detected from the fields of each line."
        ),
    ] = None
    encoding: options.Encoding = "utf-8"
    skip_bad: options.SkipBad = False


class LoggedTraffic(msgspec.Struct, frozen=True):
    """Sessions that were replayed. `base`: the model that they were sent to, by its key; `copies`:
    how many sessions the one of a shape stands for."""

    replay: Replay
    base: str = ""
    notes: Sequence[str] = ()
    cautions: Sequence[Caution] = ()
    legend: Sequence[str] = ()
    failure: LlmcostError | None = None
    copies: int = 1


def targets_of(table: "PriceTable", models: Sequence["Model"], at: datetime) -> list[ReplayTarget]:
    """The models with the rows in force, and the caches that they offer."""
    from llmcost.price_data.bundled_files import load_cache_rules
    from llmcost.pricing.cache_rules import offers
    from llmcost.pricing.catalog import row_at

    rules = load_cache_rules().rules
    found = []
    for model in models:
        row = row_at(model, at)
        provider = table.providers[model.provider]
        prices = row.bands[0].prices if row is not None and row.bands else {}
        caches = tuple(offers(rules, model, prices, at.date()))
        schedule = provider.schedules.get(row.schedule) if row is not None else None
        found.append(ReplayTarget(model, row, provider.currency, caches, schedule))
    return found


def answers_as_measured(ratio_of: Any, at: datetime) -> "AnswersOf":
    """How much longer a model's answers are than a source's, or, of a shape, than the middle
    model's: in its own tokens, as they are counted on the same tasks."""
    from decimal import Decimal

    from llmcost.commands.replay.compute import AS_LONG, fraction
    from llmcost.runtime.answer_lengths import verbosity

    lengths = verbosity("agent-step", at.date())

    def answers(source: "Model | None", target: "Model") -> tuple[int, int]:
        own, other = 1.0 if source is None else lengths.of(source), lengths.of(target)
        if own is None or other is None or (source is not None and source.key == target.key):
            return AS_LONG
        same_text = Decimal(1) if source is None else ratio_of(source, target).value
        return fraction(Decimal(other / own) / same_text)  # the tree has the source's tokens

    return answers


def traffic_of(
    shape: str | None,
    paths: Sequence[str] | None,
    logs: ReplayLogOptions,
    table: "PriceTable",
    time: ReplayTimeOptions,
    models: Sequence["Model"],
    *,
    is_grouped: bool = False,
    also: Callable[[Session], None] = lambda session: None,
    days: int = 0,
) -> LoggedTraffic:
    """Replay what the options name; `also` gets each session, those of a shape for so many `days`,
    of which one is replayed. Raises UsageError, UnreadableInput."""
    from llmcost.price_data.calendar import RealCalendar

    when = time.when

    def peak(schedule: Schedule) -> str:
        """The window of requests that have no clock."""
        from llmcost.pricing.schedule import peak_window

        if when.hours is Hours.OFF_PEAK:
            return ""
        if when.hours is Hours.PEAK:
            return str(schedule.peak[0])
        found = peak_window(schedule, when.hours, RealCalendar())
        return "" if found is None else str(found)

    def group(session: Session) -> tuple[str, str, str]:
        return session.group

    def replay_with(ratio_of: Any) -> Replay:
        chosen = targets_of(table, models, when.at)
        answers = answers_as_measured(ratio_of, when.at) if time.output == "measured" else None
        by = group if is_grouped else None
        return Replay(chosen, ratio_of, RealCalendar(), peak, by=by, answers=answers)

    if shape is not None:
        named = [*set_options(logs), *(["--zone"] if time.zone is not None else [])]
        options.refuse_beside("--shape", True, dict.fromkeys(named, True))
        if paths:
            raise UsageError(say("--shape replaces a log"), hint=say("leave one of them out"))
        from llmcost.commands.replay.shape import parse_shape, session_of, sessions_in
        from llmcost.pricing.usage import SAME

        replay = replay_with(lambda source, target: SAME)
        parsed = parse_shape(shape)
        session = session_of(parsed)
        replay.add(session)
        for one in sessions_in(parsed, session, days, when.at):
            also(one)
        copies = max(1, days * parsed.sessions)
        return LoggedTraffic(replay, copies=copies, legend=[say("tokens are each model's own")])
    return replay_logs(paths or logs_of_agents(), logs, table, time, replay_with, also)


def logs_of_agents() -> list[str]:
    """The logs of this machine, where neither a path nor standard input names one."""
    from llmcost.runtime.standard_streams import has_input

    if has_input():
        return []
    from llmcost.logs.agent_folders import logs_here

    return [file for one in logs_here() for file in one.files]


def replay_logs(
    paths: Sequence[str],
    logs: ReplayLogOptions,
    table: "PriceTable",
    time: ReplayTimeOptions,
    replay_with: Any,
    also: Callable[[Session], None],
) -> LoggedTraffic:
    from llmcost.logs.model_names import LoggedNames
    from llmcost.logs.session_reader import SessionLogs
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How

    zone = option_values.known_zone(time.zone or ZONE)
    asked = Asked(list(paths), logs.encoding, how=How(None, False))
    read = SessionLogs(asked, zone, logs.input_format or LogForm.AUTO)
    ratios = TextRatios(read, table)
    replay: Replay = replay_with(ratios)
    names = LoggedNames(table, {})
    sent: dict[str, int] = {}
    undated = unnamed = 0
    unknown: dict[str, int] = {}
    for one in read.sessions():
        session = session_of(one, names, time, zone)
        if session.source is None:
            unknown[one.model or "?"] = unknown.get(one.model or "?", 0) + len(one.requests)
        else:
            key = session.source.key
            sent[key] = sent.get(key, 0) + len(one.requests)
        undated += one.undated
        unnamed += 0 if one.is_known else len(one.requests)
        replay.add(session)
        also(session)
    return LoggedTraffic(
        replay,
        max(sent, key=lambda key: sent[key]) if sent else "",
        log_notes(read, ratios, unnamed),
        log_cautions(undated, unknown),
        (),
        None if logs.skip_bad and replay.requests else read.failure(),
    )


def session_of(one: "LoggedSession", names: Any, time: TimeOptions, zone: str) -> Session:
    from llmcost.logs.session_reader import day_of, tree_of

    seconds = [each.second for each in one.requests]
    at = time.when.at if seconds[0] is None else datetime.fromtimestamp(seconds[0], UTC)
    model = names.find(one.model, one.provider, at).model
    day = day_of(seconds[0], zone)
    days = [] if day_of(seconds[-1], zone) == day else [day_of(each, zone) for each in seconds]
    is_dated = seconds[0] is not None
    return Session(tree_of(one), one.name, day, one.project, model, is_dated, days)


def log_notes(read: "SessionLogs", ratios: "TextRatios", unnamed: int) -> list[str]:
    found = list(read.notes)
    if read.collector.folded:
        found.append(
            say_plural(
                "1 copy of an answer is left out",
                "{number:,} copies of answers are left out",
                read.collector.folded,
            )
        )
    if unnamed:
        found.append(
            say_plural(
                "1 request is of no session: only what its vendor read was sent before",
                "{number:,} requests are of no session: only what their vendors read was sent "
                "before",
                unnamed,
            )
        )
    if ratios.is_measured:
        found.append(say("tokens of other models: as they count the texts of the log"))
    return found


def log_cautions(undated: int, unknown: dict[str, int]) -> list[Caution]:
    found = []
    if undated:
        found.append(
            caution(
                say_plural(
                    "1 request has no time: it follows the last one at once",
                    "{number:,} requests have no time: they follow the last one at once",
                    undated,
                )
            )
        )
    for name, number in unknown.items():
        found.append(
            caution(
                say(
                    "{name} is not in the price table: its tokens are taken as each model's own "
                    "({number:,} requests)",
                    name=f"`{visible(name)}`",
                    number=number,
                )
            )
        )
    return found


class TextRatios:
    """How many tokens a model makes of one of another's: of the texts of the log where it has
    enough, else of prose."""

    def __init__(self, read: "SessionLogs", table: "PriceTable") -> None:
        self._read, self._table = read, table
        self._texts: str | None = None
        self.is_measured = False
        self._spans: dict[tuple[str, str], TokenRange] = {}

    def __call__(self, source: "Model", target: "Model") -> "TokenRange":
        from llmcost.pricing.usage import SAME, between
        from llmcost.tokenizers.estimator import RATIOS

        span = between(source, target, RATIOS.__getitem__)
        if span == SAME or source.tokenizer == target.tokenizer:
            return span
        if self._texts is None:
            self._texts = texts_of(bytes(self._read.collector.texts))
        if len(self._texts) < ENOUGH:
            return span
        key = (source.tokenizer, target.tokenizer)
        if key not in self._spans:
            self._spans[key] = self._measured(*key)
        self.is_measured = True
        return self._spans[key]

    def _measured(self, source: str, target: str) -> "TokenRange":
        from decimal import Decimal

        from llmcost.pricing.usage import TokenRange
        from llmcost.runtime.tokenizer_choice import known_tokenizers
        from llmcost.tokenizers.counter import count

        counts = count(self._texts or "", [source, target], known_tokenizers(self._table))
        one, other = counts[source], counts[target]
        return TokenRange(
            *(
                Decimal(over) / max(1, under)
                for over, under in (
                    (other.tokens, one.tokens),
                    (other.low, one.high),
                    (other.high, one.low),
                )
            )
        )


def texts_of(lines: bytes) -> str:
    """What the lines of a log say, of fields that hold texts."""
    found = []
    for match in STRING.finditer(lines):
        try:
            found.append(msgspec.json.decode(match[1], type=str))
        except (msgspec.MsgspecError, ValueError):
            continue
    return "\n".join(found).encode("utf-8", "replace").decode("utf-8", "replace")
