"""`llmcost prices import` and `compare`: what trackers add, and where they disagree."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from llmcost import files, money
from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.output import Output, format_for, render, screen_notes
from llmcost.errors import BadPriceFile, GateFailed, LlmcostError, UsageError, reason
from llmcost.messages import say, say_plural, visible
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.price_data.trackers.matching import TrackerListing
    from llmcost.price_data.trackers.proposal import Finding, Proposal

LARGEST = 64_000_000  # bytes


class Tracker(StrEnum):
    GENAI_PRICES = "genai-prices"
    LITELLM = "litellm"
    MODELS_DEV = "models.dev"
    OPENROUTER = "openrouter"
    MODEL_BANK = "model-bank"
    MODEL_PRICES = "model-prices"
    METERGRAPH = "metergraph"
    PI_AI = "pi-ai"


def import_(
    source: Annotated[
        str, Argument(metavar="FILE|URL", help="File or https address of the tracker.")
    ],
    tracker: Annotated[
        Tracker | None, options.option("--from", "Format of the file; default: detected.")
    ] = None,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    as_of: Annotated[
        str | None, options.option("--as-of DATE", "The day of the file; default: today.")
    ] = None,
    output: Annotated[
        Path | None, options.option("-o FILE", "Write the proposal as a price file.")
    ] = None,
    apply: Annotated[
        Path | None, options.option("--apply FILE", "Add it to this price file.")
    ] = None,
    all_: Annotated[bool, options.option("--all", "Show prices that agree as well.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Propose rows from the file of a price tracker, and change nothing.

    What is flagged is shown and never written; -m and --provider choose what is.

    Example: llmcost prices import --from litellm model_prices.json -o proposal.yaml
    """
    from llmcost.commands.prices import trackers_view as report
    from llmcost.price_data.trackers.proposal import propose
    from llmcost.runtime.price_table import load_table

    at = option_values.instant(as_of, clock.now())
    table = load_table(prices)
    listing = listing_of(source, tracker.value if tracker else None)
    found = narrowed(
        propose(table, listing, at), option_values.words(model), option_values.words(provider)
    )
    text = render(
        format_for(format),
        human=lambda: report.human(found, everything=all_),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found),
        everything=all_,
    )
    said: list[str] = list(report.notes(found))
    accepted = [one for one in found.findings if one.is_accepted]
    for path, is_new in ((output, True), (apply, False)):
        if path is not None:
            said.append(save(path, accepted, is_new=is_new, prices=prices))
    return Output(text, said, brief=screen_notes(said))


def listing_of(source: str, tracker: str | None = None) -> "TrackerListing":
    """A tracker's file, from this machine or an address."""
    from llmcost.price_data.trackers import read_tracker

    if "://" not in source:
        from llmcost.price_data.loader import read_file

        return read_tracker(read_file(Path(source)), Path(source).name, tracker)
    from llmcost.download import DownloadLimits, checked_address, fetch

    answer = fetch(checked_address(source), DownloadLimits(largest=LARGEST))
    if answer is None:
        raise LlmcostError(say("{place}: nothing was sent", place=source))
    return read_tracker(answer.content, source, tracker)


def narrowed(found: "Proposal", patterns: Sequence[str], providers: Sequence[str]) -> "Proposal":
    """Only what one of the patterns and one of the providers name."""
    import msgspec

    from llmcost.price_data.trackers.matching import is_named

    kept = tuple(
        one for one in found.findings if is_named(one.entry.provider, one.id, patterns, providers)
    )
    return msgspec.structs.replace(found, findings=kept)


def save(
    path: Path, accepted: Sequence["Finding"], *, is_new: bool, prices: Sequence[Path] | None
) -> str:
    """Writes a file that the loader takes, whole or not at all; what was done in words.

    Raises UsageError for one that is in the way, BadPriceFile for one that cannot take the rows.
    """
    from llmcost.price_data.loader import read_file
    from llmcost.price_data.parser import parse_table
    from llmcost.price_data.trackers.yaml_writer import EMPTY, added
    from llmcost.runtime.price_table import load_table
    from llmcost.runtime.tokenizer_choice import tokenizer_names

    if not accepted:
        return say("`{path}`: nothing to write", path=visible(str(path)))
    base = load_table(prices)
    content = EMPTY if is_new else read_file(path)
    if not is_new:
        parse_table(path, content, tokenizer_names(), base)
    written = added(path, content, accepted)
    try:
        parse_table(path, written, tokenizer_names(), base)
    except BadPriceFile as error:
        raise BadPriceFile(error.problems, hint=say("nothing was written")) from None
    if not is_new:
        replace(path, written)
    else:
        try:
            files.create(path, written)
        except UsageError as error:
            raise UsageError(str(error), hint=say("name another file with -o")) from None
    return say_plural(
        "`{path}`: 1 row added",
        "`{path}`: {number} rows added",
        len(accepted),
        path=visible(str(path)),
    )


def replace(path: Path, content: bytes) -> None:
    """Write a file that is there anew, with the rights that it has. Raise LlmcostError."""
    target = path.resolve()  # a link stays one
    try:
        files.replace({target: content}, mode=target.stat().st_mode)
    except OSError as error:
        said = say("cannot write `{path}`: {why}", path=path, why=reason(error))
        raise LlmcostError(said) from None


DEFAULT = "0.5%"


def compare(
    with_: Annotated[
        list[str], options.option("--with FILE|URL", "File or address of a tracker; repeatable.")
    ],
    tolerance: Annotated[
        str, options.option("--tolerance %", "Tolerance within which prices agree.")
    ] = DEFAULT,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    all_: Annotated[bool, options.option("--all", "Show prices that agree as well.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Compare our prices with trackers' files; exit 3 if any disagree.

    The content of each file tells its format. Plain prices only: no batch, tiers or peak hours.

    Example: llmcost prices compare --with data.json --with model_prices.json
    """
    from llmcost.commands.prices import trackers_view as report
    from llmcost.price_data.trackers.proposal import assemble, narrowed
    from llmcost.runtime.price_table import load_table

    most = share(tolerance)
    at = option_values.instant(as_of, clock.now())
    panel = assemble(load_table(prices), [listing_of(one) for one in with_], at)
    panel = narrowed(panel, option_values.words(model), option_values.words(provider))
    pairs = report.shown(panel, most, everything=all_)
    text = render(
        format_for(format),
        machine=lambda: report.table(panel, pairs),
        document=lambda: report.comparison_document(panel, most, everything=all_),
        everything=all_,
    )
    apart = sum(not line.agrees(most) for one in panel.subjects for line in one.lines)
    notes = report.comparison_notes(panel, most)
    return Output(text, notes, gate(apart) if apart else None, screen_notes(notes))


def share(text: str) -> Decimal:
    """`1%` as 0.01."""
    found = money.positive(text.removesuffix("%"))
    if found is None or not text.endswith("%"):
        said = say("--tolerance is not a percentage: `{text}`", text=text)
        raise UsageError(said, hint=say("for example {example}", example=DEFAULT))
    return found / 100


def gate(apart: int) -> GateFailed:
    prices = say_plural("1 price disagrees", "{number} prices disagree", apart)
    return GateFailed(prices, hint=say("read it at the vendor's page; trackers copy each other"))
