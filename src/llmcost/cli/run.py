"""A run over inputs: who counts, what is shown of it, and what is kept for the next run."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from llmcost.cli.output import talk
from llmcost.cli.progress import Progress
from llmcost.errors import Interrupted
from llmcost.language import _
from llmcost.messages import say, say_plural
from llmcost.planning.estimate import Input
from llmcost.report.figures import visible
from llmcost.sources.counted import Counted
from llmcost.sources.read import TextStream
from llmcost.tokens.crew import Crew

if TYPE_CHECKING:
    from llmcost.sources.journal import Journal


class How(msgspec.Struct, frozen=True):
    """How a run is to go: in how many processes (None: one for each processor), with a bar where a
    person sees it, with which journal, and on which cluster."""

    workers: int | None = None
    progress: bool = True
    resume: str | None = None
    cluster: str | None = None


class Run(msgspec.Struct, frozen=True):
    """What counts, and beside it. `streams` are the inputs without the journal itself."""

    streams: Sequence[TextStream]
    crew: Crew
    progress: Progress
    journal: "Journal | None" = None

    def counted(self, stream: TextStream, count: Callable[[], Counted]) -> Counted:
        """What the journal knows of a stream, or else what `count` finds."""
        return count() if self.journal is None else self.journal.counted(stream, count)


class Stopped(Exception):
    """Ctrl-C came while an input was read; `input` is what had been counted of it."""

    def __init__(self, input: Input) -> None:
        super().__init__(input.name)
        self.input = input


def interrupted(run: Run, finished: int, *, in_one: bool) -> Interrupted:
    """What to say of a run that a person stopped: `in_one`, of which a part is known, or between
    two inputs."""
    inputs = len(run.streams)
    if in_one and inputs == 1:
        said = say("stopped: these are the figures of a part")
    elif in_one:
        said = say(
            "stopped: these are the figures of {finished:,} of {inputs:,} inputs and a part of one",
            finished=finished,
            inputs=inputs,
        )
    else:
        said = say(
            "stopped: these are the figures of {finished:,} of {inputs:,} inputs",
            finished=finished,
            inputs=inputs,
        )
    if run.journal is not None:
        return Interrupted(said, hint=say("the same command goes on from here"))
    return Interrupted(said, hint=say("--resume FILE keeps what is done"))


@contextmanager
def running(
    how: How, streams: Sequence[TextStream], made_from: Callable[[], Mapping[str, str]]
) -> Iterator[Run]:
    """Everything open for a run. `made_from`: what counts depend on, for a journal.

    Raises LlmcostError for a journal that cannot be used.
    """
    with ExitStack() as stack:
        journal = None
        if how.resume is not None:
            from llmcost.sources.journal import Journal

            journal = stack.enter_context(Journal(Path(how.resume), made_from()))
            if journal.damaged:
                note = say_plural(
                    "the journal `{path}` is damaged in 1 line: what it held is counted anew",
                    "the journal `{path}` is damaged in {number:,} lines: what they held is "
                    "counted anew",
                    journal.damaged,
                    path=journal.path,
                )
                talk([visible(_("note: {text}", text=note))])
            own = os.path.abspath(how.resume)  # noqa: PTH100 - of a hundred thousand names
            streams = [one for one in streams if os.path.abspath(one.name) != own]  # noqa: PTH100
        crew = stack.enter_context(Crew(how.workers))
        progress = stack.enter_context(Progress(streams, wanted=how.progress))
        yield Run(streams, crew, progress, journal)
