"""How much of large inputs is to be read, and what is said of the sample that was."""

from collections.abc import Mapping
from decimal import Decimal
from math import ceil, isfinite

import msgspec

from llmcost.cli import options
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.planning.quantities import share
from llmcost.report.figures import visible

AUTO = "auto"
LARGE = 100_000_000
"""Bytes, above which `auto` takes a sample."""
PRECISION = Decimal("0.01")  # of `auto`
HINT = say("for example --sample auto, --sample 1% or --sample 500MB")


class Wanted(msgspec.Struct, frozen=True):
    """How much is to be read: bytes, or a `share` of all; neither: as the `precision` needs."""

    amount: int | None
    share: Decimal | None
    precision: Decimal | None
    seed: int

    def limit(self, bytes: int) -> int | None:
        return self.amount if self.share is None else ceil(self.share * bytes)

    def is_less_than(self, bytes: int) -> bool:
        """Whether so many bytes are to be sampled, and not counted whole."""
        limit = self.limit(bytes)
        return bytes > (LARGE if limit is None else limit)


class Figures(msgspec.Struct, frozen=True):
    """How a sample was taken. `relative`: how far off the least certain of its totals may be."""

    read: int
    bytes: int
    files: int
    relative: float
    wanted: Wanted

    def note(self) -> str:
        read, all = amount(self.read), amount(self.bytes)
        found = say("sampled: {read} of {all} read", read=read, all=all)
        if not self.relative:
            return found
        found = say(
            "{what}; totals hold to ±{relative} in 95 of 100 samples (--seed {seed})",
            what=found,
            relative=percent(self.relative),
            seed=self.wanted.seed,
        )
        precision = self.wanted.precision
        if precision is None or self.relative <= precision:
            return found
        return say(
            "{what}, and not to {precision}: --sample SIZE reads more",
            what=found,
            precision=percent(float(precision)),
        )

    def document(self) -> dict[str, object]:
        """The key of a JSON contract."""
        return {
            "sample": {
                "bytes_read": self.read,
                "bytes": self.bytes,
                "files": self.files,
                "relative": round(self.relative, 6) if isfinite(self.relative) else None,
                "seed": self.wanted.seed,
            }
        }


def wanted_of(
    text: str | None, precision: str | None, seed: int, others: Mapping[str, bool]
) -> Wanted | None:
    """What --sample, --precision and --seed say; `others` are options that need all of an input, by
    name. Raises UsageError."""
    if text is not None and any(others.values()):
        name = next(name for name, value in others.items() if value)
        said = say("{option} is about whole inputs, and --sample reads parts of them", option=name)
        raise UsageError(said, hint=say("leave one of the two out"))
    if text is None:
        if precision is not None:
            said = say("--precision is that of a sample")
            raise UsageError(said, hint=say("add --sample auto"))
        return None
    sure = PRECISION if text == AUTO else None
    if precision is not None:
        sure = share(precision)
        if not sure or sure >= 1:
            shown = visible(precision)
            said = say("--precision must be above 0% and below 100%: `{text}`", text=shown)
            raise UsageError(said, hint=say("for example 1%"))
    if text == AUTO:
        return Wanted(None, None, sure, seed)
    if text.endswith("%"):
        part = share(text)
        if not part:
            said = say("--sample must be above 0% and at most 100%: `{text}`", text=visible(text))
            raise UsageError(said, hint=HINT)
        return Wanted(None, part, sure, seed)
    try:
        return Wanted(options.size(text, "--sample"), None, sure, seed)
    except UsageError:
        said = say("--sample must be `auto`, a share or a size: `{text}`", text=visible(text))
        raise UsageError(said, hint=HINT) from None


def amount(bytes: int) -> str:
    """`11,200 MB`, `4.2 MB`, `31 kB`."""
    if bytes < 1_000_000:
        return f"{ceil(bytes / 1000):,} kB"
    return f"{bytes / 1e6:,.{0 if bytes >= 100_000_000 else 1}f} MB"


def percent(share: float) -> str:
    """With a digit behind the point, and never less than it is."""
    return f"{ceil(round(share * 1000, 6)) / 10:g}%" if isfinite(share) else "?"
