"""What each tool answers, and the folders that a client may name.

Arguments become values for the functions that the command line calls too: the user's settings
stand below them. Raises LlmcostError for what a command would refuse, and UsageError for arguments
that are none. Files must lie below the folders that the user allowed, by their real places, so that
neither `..` nor a link leads out of them.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcost.errors import LlmcostError, UnknownTokenizer, UnreadableInput, UsageError
from llmcost.inputs import conversion
from llmcost.inputs.compression import kind_of
from llmcost.inputs.discovery import expand_one, head_of
from llmcost.inputs.documents import BINARIES
from llmcost.inputs.patterns import MAGIC, split
from llmcost.inputs.request_forms import Form
from llmcost.inputs.text_stream import STDIN, SuppliedText, TextStream, stated
from llmcost.mcp.arguments import (
    MOST_CHARACTERS,
    BudgetArguments,
    CountArguments,
    EstimateArguments,
    HostArguments,
    PriceArguments,
    TrainArguments,
    beside_workload,
    in_words,
    read,
)
from llmcost.messages import say, visible
from llmcost.pricing.terms import Terms
from llmcost.runtime import clock, option_values
from llmcost.runtime.count_inputs import Asked, Opened, chosen_tokenizers, read_inputs, read_texts
from llmcost.runtime.gates import days_of
from llmcost.runtime.market import Billing, BillingMarket, market_of
from llmcost.runtime.open_inputs import How
from llmcost.runtime.price_table import chosen_models, load_table
from llmcost.runtime.settings import APART, completed, located, setting_notes

if TYPE_CHECKING:
    from llmcost.runtime.quality_choice import QualityChoice

MOST_FILES = 1000
MOST_BYTES = 10_000_000
"""Of all files of a call together, unpacked, and of the text of a document."""
MOST_SECONDS = 60.0
"""In which all documents of a call are converted."""
START = say("start the server with `llmcost mcp --allow FOLDER`")


def real_folders(folders: Sequence[Path]) -> list[Path]:
    """Return where the folders really are. Raise UsageError for what is none."""
    for folder in folders:
        if not folder.is_dir():
            said = say("--allow: `{path}` is not a folder", path=visible(str(folder)))
            raise UsageError(said, hint=say("name a folder that is there"))
    return [folder.resolve() for folder in folders]


def checked(paths: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Return the paths as inputs. Raise UsageError for one that may not be read, or that is neither
    file nor folder, and if there is too much to read."""
    if not folders:
        raise UsageError(say("paths: no folder is allowed"), hint=START)
    found = [f"./{path}" if path == STDIN else path for path in paths]
    for path in found:
        check(path, folders)
    check_size(found)
    return found


def check(path: str, folders: Sequence[Path]) -> None:
    """Refuse a path that leads out of the folders, or to what is neither file nor folder. Raise
    UsageError, UnreadableInput."""
    place = path
    is_there = False
    try:
        is_there = os.path.lexists(path)
        if not is_there and MAGIC.search(path):
            place = split(path)[0]
        real = Path(os.path.realpath(place))
    except ValueError:  # NUL, which no name has
        real = Path(os.devnull)
    if not any(real.is_relative_to(folder) for folder in folders):
        raise UsageError(
            say("paths: `{path}` is not below a folder that is allowed", path=visible(path)),
            hint=say("allowed: {folders}", folders=", ".join(visible(str(one)) for one in folders)),
        )
    if is_there and not is_plain(real):  # to open a FIFO is to wait
        raise UnreadableInput(say("`{path}` is neither a file nor a folder", path=visible(path)))


def is_plain(path: Path) -> bool:
    """Return whether it is a file, a folder, or gone."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True  # its reader will tell
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def size_of(path: str, most: int) -> int:
    """Return the bytes of a file; of a compressed one, of what is in it, unpacked up to `most`."""
    stream = TextStream(path, "utf-8", max(1, most))
    with suppress(OSError, UnreadableInput):  # its reader will tell
        if kind_of(head_of(path)):
            with stream.open() as file:
                return sum(map(len, stream.blocks(file)))
    return stated(path)


def check_size(paths: Sequence[str]) -> None:
    """Refuse too many files, or too much in them. Raise UsageError."""
    files = size = 0
    for path in paths:
        for one in expand_one(path, False, BINARIES):
            if isinstance(one, str):
                files += 1
                size += size_of(one, MOST_BYTES - size + 1)
            if files > MOST_FILES or size > MOST_BYTES:
                raise UsageError(
                    say(
                        "paths: more than {files:,} files, or {bytes:,} bytes",
                        files=MOST_FILES,
                        bytes=MOST_BYTES,
                    ),
                    hint=say("name fewer; `llmcost estimate` in a shell takes any number"),
                )


Given = Mapping[str, Any]
Folders = Sequence[Path]


class ToolResult(NamedTuple):
    """A document of the JSON contract in docs/output.md, its notes, and what failed beside it, for
    which a command would exit with another code than 0."""

    document: Mapping[str, Any]
    notes: Sequence[str] = ()
    failure: LlmcostError | None = None


def estimate(given: Given, folders: Folders) -> ToolResult:
    """Return what a text or files cost on each model."""
    from msgspec.structs import replace

    from llmcost.commands.estimate.compute import Estimate, with_usual_answer
    from llmcost.commands.estimate.compute import estimate as price
    from llmcost.commands.estimate.estimate_notes import (
        all_notes,
        failures,
        others_of_result,
        split_notes,
    )
    from llmcost.commands.estimate.view import document
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.runtime.answer_lengths import usual_terms
    from llmcost.runtime.quality_choice import quality_notes

    arguments = read(EstimateArguments, given)
    asked, found = inputs_of(arguments, folders)
    effort = arguments.effort or ("thinking" if arguments.thinking else "")
    quality = quality_of(arguments, effort, folders)
    options, used = completed(options_of(arguments))
    with located(used), counting():
        market = good_market(market_of(billing_of(arguments, options)), quality)
        asked = replace(asked, shares=bool(market.terms.cache_rules))
        inputs = read_inputs(asked, market.models, market.known, found)
    table, models, _, terms, exchange, selection = market
    calendar, key_of = RealCalendar(), inputs.key_of

    def again(terms: Terms) -> Estimate:
        sent = inputs.inputs
        return price(table, models, sent, terms, exchange, calendar, key_of, leaves_out=True)

    result = with_usual_answer(again(terms), lambda: usual_terms(terms, models), again)
    failure, also = failures(result, inputs, None, days_of(options["max_age"]), skip_bad=False)
    lines = result.lines[: arguments.top]
    rest = sum(not one.is_free for one in result.lines[arguments.top :])
    notes = [*selection.notes, *inputs.notes, *split_notes(result, None), *also]
    others = others_of_result(table, selection, result)
    notes += all_notes(result, lines, rest, False, others)
    ratings = quality.ratings(
        ((one.model, one.ranking.amount) for one in result.lines if not one.is_free),
        terms.at.date(),
    )
    shown, day = [one.model for one in lines], terms.at.date()
    best = ratings.best({one.key: visible(one.id) for one in shown})
    notes += quality_notes(quality.scores, shown, day)
    found_lines = {**document(result, lines, notes, ratings), **inputs.document()}
    return ToolResult(found_lines, [*setting_notes(used), *best, *notes], failure)


def quality_of(
    arguments: EstimateArguments | BudgetArguments, effort: str, folders: Folders
) -> "QualityChoice":
    """Return the scores, of a file only where it may be read. Raise UsageError, UnreadableInput,
    BadScores."""
    from llmcost.price_data.bundled_files import SETS
    from llmcost.runtime.quality_choice import NONE, no_set, quality_choice

    name, least = arguments.quality, arguments.min_quality
    if name is not None and name not in (*SETS, NONE):
        if not Path(name).suffix:
            raise no_set(name)
        (name,) = checked([name], folders)
    return quality_choice(name, None if least is None else str(least), effort)


def good_market(market: BillingMarket, quality: "QualityChoice") -> BillingMarket:
    """Return the market of the models that are good enough. Raise UnknownModel."""
    selection = quality.good_selection(market.selection, market.terms.at.date())
    return market._replace(models=selection.models, selection=selection)


def options_of(arguments: EstimateArguments) -> dict[str, Any]:
    """Return what the settings may stand in for, by the names of options."""
    return {
        "model": arguments.models,
        "provider": arguments.providers,
        "output_tokens": arguments.output_tokens,
        "output_ratio": arguments.output_ratio,
        "task": arguments.task,
        "effort": arguments.effort,
        "currency": arguments.currency,
        "fx": arguments.fx,
        "prices": None,
        "max_age": None,
    }


def billing_of(arguments: EstimateArguments, options: Mapping[str, Any]) -> Billing:
    """Return the keywords of an estimate; `options`: with the settings below them."""
    return Billing(
        models=options["model"],
        providers=options["provider"],
        output_tokens=options["output_tokens"],
        output_ratio=options["output_ratio"],
        task=options["task"],
        effort=options["effort"],
        cached=arguments.cached,
        cache_write=arguments.cache_write,
        calls=arguments.calls,
        batch=arguments.batch,
        thinking=arguments.thinking,
        tier=arguments.tier,
        region=arguments.region,
        currency=options["currency"],
        fx=options["fx"],
        as_of=arguments.as_of,
        at=arguments.at,
        prices=options["prices"],
    )


def count(given: Given, folders: Folders) -> ToolResult:
    """Return how many tokens a text or files have under each tokenizer."""
    from llmcost.commands.count.view import document
    from llmcost.runtime.tokenizer_choice import known_tokenizers, matching

    arguments = read(CountArguments, given)
    known = known_tokenizers()
    for name in arguments.tokenizers or ():
        if not matching(name, known):  # files are tokenizers too, but not those that an agent names
            raise UnknownTokenizer(
                say("unknown tokenizer: `{name}`", name=name),
                hint=say("known: {names}", names=", ".join(known)),
            )
    asked, found = inputs_of(arguments, folders)
    names, models = arguments.tokenizers, arguments.models
    options, used = completed({"model": models, "tokenizer": names, "prices": None})
    with located(used), counting():
        patterns = option_values.words(options["model"])
        chosen, known = chosen_tokenizers(names, patterns, options["prices"], clock.now())
        inputs = read_texts(asked, chosen, known, found)
    notes = [*setting_notes(used), *inputs.notes]
    answer = {**document(inputs.inputs, chosen), **inputs.document()}
    return ToolResult(answer, notes, inputs.failure(skip_bad=False))


def inputs_of(
    arguments: EstimateArguments | CountArguments, folders: Folders
) -> tuple[Asked, Opened | None]:
    """Return how inputs are read, and the text if it is one. Raise UsageError for neither text nor
    paths, both, or too much."""
    if (arguments.text is None) == (arguments.paths is None):
        raise UsageError(say("give text or paths, one of them"))
    how = How(workers=1, progress=False)  # no process counts
    if arguments.paths is not None:
        paths = checked(arguments.paths, folders)
        return Asked(paths, arguments.encoding, most=MOST_BYTES, how=how), None
    text = arguments.text or ""
    if len(text) > MOST_CHARACTERS:
        raise UsageError(
            say(
                "the text is too long: {number:,} characters, more than {most:,}",
                number=len(text),
                most=MOST_CHARACTERS,
            ),
            hint=say("give its file by paths, or use `llmcost` in a shell"),
        )
    return Asked([STDIN], form=Form.TEXT, how=how), Opened([SuppliedText(text)])


@contextmanager
def counting() -> Iterator[None]:
    """Bound the time of conversions in this `with`, and forget what counting has learnt: a server
    lives long, and would come to hold every vocabulary. To learn it again costs a small text next
    to nothing."""
    from llmcost.tokenizers import engine as engines
    from llmcost.tokenizers import gigatoken as giga

    try:
        with conversion.within(MOST_SECONDS):
            yield
    finally:
        engines.engine.cache_clear()
        giga.counter.cache_clear()


def budget(given: Given, folders: Folders) -> ToolResult:
    """Return what a month of a workload costs on each model, and what money buys there."""
    from llmcost.commands.budget import budget_answers as answers
    from llmcost.commands.budget.budget_notes import best_by_score
    from llmcost.commands.budget.document import document
    from llmcost.commands.budget.view import ranking_costs
    from llmcost.runtime.quality_choice import quality_notes
    from llmcost.runtime.scenario import model_notes, others_beside, refuse_idle, scenarios_of
    from llmcost.tokenizers.estimator import RATIOS

    arguments, entries = beside_workload(BudgetArguments, given)
    effort = entries["effort"].value if "effort" in entries else ""
    quality, top = quality_of(arguments, effort, folders), arguments.top
    options, used = completed({"prices": None, "max_age": None}, APART)
    with located(used):
        scenarios = scenarios_of(None, [], entries)
        questions = answers.questions_of(scenarios, None, options["prices"])
        questions = answers.good_questions(questions, quality)
        found = [answers.answer_of(one, answers.SEED) for one in questions]
        refuse_idle(entries, scenarios, answers.NEEDS)
    failure, also = answers.failures(found, None, days_of(options["max_age"]))
    cut = [answers.cut(one, top) for one in found]
    rests = [answers.rest_of(whole, part) for whole, part in zip(found, cut, strict=True)]
    notes = [*answers.all_notes(found, cut, rests, everything=False), *also]
    notes += model_notes(questions, [others_beside(one) for one in questions])
    day = found[0].budget.query.at.date()
    shown = [line.model for one in cut for line in one.budget.lines]
    notes += quality_notes(quality.scores, shown, day)
    ratings = [quality.ratings(ranking_costs(one), day) for one in found]
    best = [text for pair in zip(cut, ratings, strict=True) for text in best_by_score(*pair)]
    return ToolResult(
        document(cut, RATIOS, notes, ratings), [*setting_notes(used), *best, *notes], failure
    )


def host(given: Given, folders: Folders) -> ToolResult:
    """Return own GPUs and reserved throughput beside a month at the API."""
    from msgspec.structs import replace

    from llmcost.commands.host.host_answers import HostRequest, answer_of
    from llmcost.commands.host.view import HostTable, document, notes
    from llmcost.price_data.hosting_files import load_hosting
    from llmcost.render.result_table import Selection
    from llmcost.runtime.gates import nothing_priced
    from llmcost.runtime.scenario import scenarios_of

    arguments, entries = beside_workload(HostArguments, given)
    request = HostRequest(**in_words(arguments, "top"))
    options, used = completed({"prices": None}, APART)
    facts = load_hosting()
    with located(used):
        (scenario,) = scenarios_of(None, [], request.given(entries))
        answer = answer_of(scenario, options["prices"], Path(), facts, request, everything=False)
    failure = nothing_priced(answer.lines, answer.excluded, answer.name)
    if failure is not None:
        raise failure
    rows = answer.lines[: arguments.top]
    rest = len(answer.lines) - len(rows)
    table = HostTable(replace(answer, lines=rows), facts, Selection(rows, {}, (), rest))
    found = [*answer.notes, *notes(table, rows)]
    if rest:
        found.append(say("{number} more; name fewer, or raise top", number=rest))
    return ToolResult(document([table], found), [*setting_notes(used), *found])


def train(given: Given, folders: Folders) -> ToolResult:
    """Return what a training run takes, on GPUs and at vendors."""
    from llmcost.commands.train.train_answers import TrainingRequest, answer_of
    from llmcost.commands.train.view import document, notes
    from llmcost.price_data.hosting_files import load_hosting

    request = TrainingRequest(**in_words(read(TrainArguments, given)))
    options, used = completed({"prices": None})
    facts = load_hosting()
    with located(used):
        answer = answer_of(request, facts, options["prices"])
    found = notes(answer, facts)
    return ToolResult(document(answer, facts, found), [*setting_notes(used), *found])


def price(given: Given, folders: Folders) -> ToolResult:
    """Return what models cost on a day, or in the course of time."""
    arguments = read(PriceArguments, given)
    options, used = completed({"prices": None})
    prices = options["prices"]
    found = history_of(arguments, prices) if arguments.history else prices_of(arguments, prices)
    rows, notes = found.document["results"], setting_notes(used)
    if len(rows) > arguments.top:
        rest = len(rows) - arguments.top
        notes.append(say("{number} more; name fewer, or raise top", number=rest))
    document = {**found.document, "results": rows[: arguments.top]}
    return ToolResult(document, notes, found.failure)


def prices_of(arguments: PriceArguments, prices: Sequence[Path] | None) -> ToolResult:
    """Return the prices in force."""
    from llmcost.commands.prices.show_view import document, unpriced
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.pricing.quotes import listing

    now = clock.now()
    when = option_values.time_of(arguments.as_of, arguments.at, now)
    table = load_table(prices, since=when.at.date())
    names = option_values.words(arguments.models), option_values.words(arguments.providers)
    models, calendar = chosen_models(table, *names, when.at).models, RealCalendar()
    found = [listing(table, one, when.at, when.hours, calendar) for one in models]
    failure = unpriced(found, when.at.date())
    return ToolResult(document(found, when.at, now.date()), failure=failure)


def history_of(arguments: PriceArguments, prices: Sequence[Path] | None) -> ToolResult:
    """Return all prices, with each change."""
    from llmcost.commands.prices.history_view import document, histories_of

    at = option_values.instant(arguments.as_of, clock.now())
    names = option_values.words(arguments.models), option_values.words(arguments.providers)
    return ToolResult(document(histories_of(load_table(prices), *names, at), at))
