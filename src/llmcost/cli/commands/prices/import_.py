"""`llmcost prices import`: what would a price tracker's file add to the table?"""

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import BadPriceFile, LlmcostError, UsageError, reason
from llmcost.messages import say, say_plural

if TYPE_CHECKING:
    from llmcost.planning.proposal import Finding, Proposal
    from llmcost.planning.tracked import Listing

LARGEST = 64_000_000  # bytes


class Tracker(StrEnum):
    GENAI_PRICES = "genai-prices"
    LITELLM = "litellm"
    MODELS_DEV = "models.dev"
    OPENROUTER = "openrouter"


def import_(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="Of the tracker; https only.")],
    tracker: Annotated[
        Tracker | None, typer.Option("--from", help="Its format; default: as its content tells.")
    ] = None,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The day of the file; default: today."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", metavar="FILE", help="Write the proposal as a price file.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="FILE", help="Add it to this price file.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show what agrees, too.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Propose rows from the file of a price tracker, and change nothing.

    What is flagged is shown and never written; -m and --provider choose what is.

    Example: llmcost prices import --from litellm model_prices.json -o proposal.yaml
    """
    from llmcost.cli.tables import load_table
    from llmcost.planning.proposal import propose
    from llmcost.report import proposal as report

    at = options.instant(as_of, clock.now())
    table = load_table(prices)
    listing = listing_of(source, tracker.value if tracker else None)
    found = narrowed(propose(table, listing, at), options.words(model), options.words(provider))
    text = render(
        format_for(format),
        human=lambda: report.human(found, everything=all_),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found),
    )
    said: list[str] = list(report.notes(found))
    accepted = [one for one in found.findings if one.is_accepted]
    for path, is_new in ((output, True), (apply, False)):
        if path is not None:
            said.append(save(path, accepted, is_new=is_new, prices=prices))
    return Output(text, said)


def listing_of(source: str, tracker: str | None = None) -> "Listing":
    """A tracker's file, from this machine or an address."""
    from llmcost.prices.trackers import read_tracker

    if "://" not in source:
        from llmcost.prices.load import read_file

        return read_tracker(read_file(Path(source)), Path(source).name, tracker)
    from llmcost.prices.fetch import Limits, checked_address, fetch

    answer = fetch(checked_address(source), Limits(largest=LARGEST))
    if answer is None:
        raise LlmcostError(say("{place}: nothing was sent", place=source))
    return read_tracker(answer.content, source, tracker)


def narrowed(found: "Proposal", patterns: Sequence[str], providers: Sequence[str]) -> "Proposal":
    """Only what one of the patterns and one of the providers name."""
    import msgspec

    from llmcost.planning.matching import is_named

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
    from llmcost.cli.files import create
    from llmcost.cli.known import tokenizer_names
    from llmcost.cli.tables import load_table
    from llmcost.prices.load import read_file
    from llmcost.prices.parse import parse_table
    from llmcost.prices.trackers.written import EMPTY, added
    from llmcost.report.figures import visible

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
            create(path, written)
        except UsageError as error:
            raise UsageError(str(error), hint=say("name another file with -o")) from None
    return say_plural(
        "`{path}`: 1 row added",
        "`{path}`: {number} rows added",
        len(accepted),
        path=visible(str(path)),
    )


def replace(path: Path, content: bytes) -> None:
    """Written beside, then given the name of the file that is there, and its rights."""
    target = path.resolve()  # a link stays one
    beside = target.parent / f".llmcost.{os.getpid()}"
    try:
        try:
            beside.write_bytes(content)
            beside.chmod(target.stat().st_mode)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        said = say("cannot write `{path}`: {why}", path=path, why=reason(error))
        raise LlmcostError(said) from None
