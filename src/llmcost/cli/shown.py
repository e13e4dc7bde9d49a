"""A diff on the page: tables for people, a comment, or data."""

import sys
from collections.abc import Iterator, Sequence

import msgspec

from llmcost.cli.compared import Versioned
from llmcost.cli.counted import failed_document
from llmcost.cli.options import Format
from llmcost.cli.output import draw, render, wrapped
from llmcost.language import _n, told
from llmcost.messages import say
from llmcost.planning.estimate import Estimate
from llmcost.planning.versions import Diff, FileLine, ModelLine
from llmcost.report import sides, versions
from llmcost.report.comment import comment

TOP = 20
MOST_TABLES = 4


class Page(msgspec.Struct, frozen=True):
    """The answer with all that is told of it, in any format. `everything`: also the files that have
    not changed, and those of every model."""

    answer: Diff
    result: Estimate
    found: Versioned
    shown: versions.Shown
    notes: Sequence[str]
    everything: bool

    def written(self, format: Format) -> str:
        answer, unread = self.answer, self.found.read.unread
        match format:
            case Format.TABLE:
                return "\n".join(self.tables())
            case Format.MD:
                return self.comment()
        return render(
            format,
            human=lambda: sides.machine(answer),
            machine=lambda: sides.machine(answer),
            document=lambda: {
                **sides.document(answer, self.result, self.found.sides, self.notes),
                **failed_document(unread, partial=False),
            },
        )

    def tables(self) -> Iterator[str]:
        """For people: what has changed, the sums, and the files of a model."""
        calls = self.result.terms.calls
        head = told(versions.headline(self.answer, calls))
        head = wrapped(head) if sys.stdout.isatty() else head
        drawn = draw(versions.sums(self.answer.lines, self.shown)) if self.answer.lines else ""
        yield f"{head}\n{drawn}"
        for line in self.listed():
            every = self.files(line)
            kept = every if self.everything else every[:TOP]
            rest = len(every) - len(kept)
            more = _n("{number} more; --all shows them", "{number} more; --all shows them", rest)
            if kept:
                table = draw(versions.files(line, kept, self.shown))
                yield f"{told(versions.title(line))}\n{table}" + (f"{more}\n" if rest else "")

    def comment(self) -> str:
        tables = [(line, self.files(line)) for line in self.listed()]
        calls = self.result.terms.calls
        return comment(self.answer, tables, calls, self.notes, self.shown)

    def left_out(self, format: Format) -> Iterator[str]:
        """What a person does not see, and would with --all."""
        if format in (Format.TABLE, Format.MD) and len(self.listed()) < len(self.answer.lines):
            yield say(
                "files of the first {number} models; --all shows those of each", number=MOST_TABLES
            )

    def listed(self) -> Sequence[ModelLine]:
        return self.answer.lines if self.everything else self.answer.lines[:MOST_TABLES]

    def files(self, line: ModelLine) -> Sequence[FileLine]:
        return line.files if self.everything else versions.moved(line)
