"""`llmcost prices update`: put the newest published prices in the place of the bundled ones."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import UsageError
from llmcost.language import _
from llmcost.messages import joined, say, visible
from llmcost.render.table import Format
from llmcost.runtime import clock

if TYPE_CHECKING:
    from llmcost.price_data.loader import Source
    from llmcost.price_data.updater import RequestedTable
    from llmcost.pricing.price_rows import PriceTable


def update(
    url: Annotated[
        str | None, options.option("--url URL", "Table; default: LLMCOST_PRICES_URL.")
    ] = None,
    sha256: Annotated[
        str | None, options.option("--sha256 HEX", "Its SHA-256; default: URL.sha256.")
    ] = None,
    key: Annotated[
        str | None,
        options.option(
            "--key BASE64",
            "The Ed25519 key that signed it, in URL.sig; default: LLMCOST_PRICES_KEY.",
        ),
    ] = None,
    no_key: Annotated[
        bool, options.option("--no-key", "Accept an unsigned table after a signed one.")
    ] = False,
    allow_older: Annotated[
        bool, options.option("--allow-older", "Accept prices older than those in use.")
    ] = False,
    rollback: Annotated[
        bool, options.option("--rollback", "Restore the prices from before the last update.")
    ] = False,
    dry_run: Annotated[
        bool, options.option("--dry-run", "Show the changes without writing them.")
    ] = False,
    format: options.FormatName = None,
) -> Output:
    """Fetch a published price table, check it, and use it in place of the one that came with us.

    Your own price files still lie over it. Nothing is ever fetched unless this command is run.

    Example: llmcost prices update --url https://prices.example/prices.yaml --dry-run
    """
    if format is not None and not dry_run:
        said = say("--format goes with --dry-run")
        raise UsageError(said, hint=say("it shows what would change"))
    if rollback:
        if sha256 or key or no_key or allow_older:  # an address may be set for every run
            said = say("--rollback fetches nothing")
            raise UsageError(said, hint=say("it goes with --dry-run alone"))
        return back(dry_run, format)
    if not url:  # the variable and the settings file have filled it in
        raise UsageError(
            say("no address of a price table; llmcost has no server of its own"),
            hint=say("--url URL, or LLMCOST_PRICES_URL"),
        )
    if key and no_key:
        raise UsageError(say("--key and --no-key: name a key, or none"))
    from llmcost.price_data.loader import pinned_key
    from llmcost.price_data.updater import RequestedTable

    named = "" if no_key else key or os.environ.get("LLMCOST_PRICES_KEY", "")
    pinned = "" if named or no_key else pinned_key()
    wanted = RequestedTable(url, sha256 or "", named or pinned, bool(pinned), allow_older)
    return forward(wanted, dry_run, format)


def forward(wanted: "RequestedTable", dry_run: bool, format: Format | None) -> Output:
    from llmcost.price_data.loader import latest_day
    from llmcost.price_data.updater import download, take
    from llmcost.runtime.tokenizer_choice import tokenizer_names

    url = wanted.url
    with alone(dry_run):
        base, before = in_use()
        new = download(wanted, base, before, tokenizer_names(), latest_day(clock.now()))
        if new is None:
            return Output("", [say("already current: {prices}", prices=described(base, before))])
        if dry_run:
            return proposal(before, new.table, [str(base.path), url], format)
        take(new, base)
    return Output(
        _("prices of {day} from {url}", day=new.origin.day, url=visible(url)) + "\n",
        [summary(before, new.table), say("`llmcost prices update --rollback` goes back")],
    )


def back(dry_run: bool, format: Format | None) -> Output:
    from llmcost.price_data.updater import before_update, roll_back
    from llmcost.runtime.tokenizer_choice import tokenizer_names

    with alone(dry_run):
        target, after = before_update(tokenizer_names())
        base, before = in_use()
        if dry_run:
            return proposal(before, after, [str(base.path), str(target.path)], format)
        roll_back()
    said = _("back to {prices}", prices=described(target, after))
    return Output(f"{said}\n", [summary(before, after)])


def alone(dry_run: bool) -> AbstractContextManager[None]:
    """What writes nothing needs no lock, and makes no folder for one."""
    from llmcost.price_data.updater import updating

    return nullcontext() if dry_run else updating()


def in_use() -> tuple["Source", "PriceTable"]:
    from llmcost.price_data.loader import load_base
    from llmcost.runtime.price_table import tell
    from llmcost.runtime.tokenizer_choice import tokenizer_names

    return load_base(tokenizer_names(), clock.now().date(), tell)


def described(source: "Source", table: "PriceTable") -> str:
    from llmcost.price_data.loader import newest

    if source.update is None:
        return say("prices of {day} that llmcost brings", day=newest(table))
    url = visible(source.update.origin.url)
    return say("prices of {day} from {url}", day=newest(table), url=url)


def proposal(
    before: "PriceTable", after: "PriceTable", sides: Sequence[str], format: Format | None
) -> Output:
    """What would change, as `prices diff` shows two files."""
    from llmcost.commands.prices import diff_view as report
    from llmcost.pricing.price_changes import between_tables

    found = list(between_tables(before, after))
    text = render(
        format_for(format),
        human=lambda: report.human(found),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found, sides),
    )
    return Output(text, [*report.notes(found), say("nothing was written")])


def summary(before: "PriceTable", after: "PriceTable") -> str:
    """`row added 12, model added 3`."""
    from llmcost.pricing.price_changes import between_tables

    kinds = Counter(one.kind.value for one in between_tables(before, after))
    parts = [say("{what} {number}", what=kind, number=count) for kind, count in kinds.items()]
    return joined(parts) if parts else say("no difference")
