"""What a command returns, and how it is written to the terminal, the pipe or an HTML page."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from errno import EBADF
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost.errors import BadFile, LlmcostError, OutputLost, UsageError, reason
from llmcost.language import _
from llmcost.messages import say, visible
from llmcost.render.table import Format, Grid, csv_text, json_text, markdown, ndjson_text, tsv
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.standard_streams import talk

if TYPE_CHECKING:
    from llmcost.render.quality_scores import Scores

WIDE = 100  # columns from which on a table has room for everything


class Output(msgspec.Struct, frozen=True):
    """`text` is data and goes to stdout; `notes` are talk and go to stderr.

    `failure`, a gate that failed, is reported after both.
    """

    text: str
    notes: Sequence[str] = ()
    failure: LlmcostError | None = None


def format_for(chosen: Format | None) -> Format:
    """The format of this run. All but a table are UTF-8, whatever the terminal's encoding."""
    format = chosen or (Format.TABLE if sys.stdout.isatty() else Format.TSV)
    if format is not Format.TABLE:
        streams.write_utf8()
    return format


def render(
    format: Format,
    *,
    human: Callable[[], Grid],
    machine: Callable[[], Grid],
    document: Callable[[], dict[str, Any]],
) -> str:
    """The result in the format asked for; only that form of it is made."""
    match format:
        case Format.TABLE:
            return draw(human())
        case Format.MD:
            return markdown(human())
        case Format.TSV:
            return tsv(machine())
        case Format.CSV:
            return csv_text(machine())
        case Format.JSON:
            return json_text(document())
        case Format.HTML:
            raise ValueError("a page has more than a grid: it is made by cli.paged")
        case Format.NDJSON:
            whole = document()
            return ndjson_text({"schema": whole["schema"], **one} for one in whole["results"])


def width() -> int:
    """Columns of the terminal; a table that is piped has room."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE


def draw(grid: Grid) -> str:
    from llmcost.render import table as screen  # rich costs as much as everything else together

    return screen.table(grid, width(), color=has_color(), legible=streams.legible)


def has_color() -> bool:
    quiet = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not quiet


def emit(output: Output) -> None:
    """Writes data, then talk. Raises the failure, if there is one, when all is written."""
    try:
        sys.stdout.write(output.text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise lost(error) from None
    talk(_("note: {text}", text=note) for note in output.notes)
    if output.failure is not None:
        raise output.failure


def lost(error: OSError) -> OutputLost:
    """What keeps stdout from being written."""
    why = say("standard output is closed") if error.errno == EBADF else reason(error)
    return OutputLost(say("cannot write the result: {why}", why=why))


def report_error(error: LlmcostError) -> None:
    """`error:` with what happened, `hint:` with what to do; no character of a name acts."""
    problems = error.problems if isinstance(error, BadFile) else [str(error)]
    talk(visible(_("error: {text}", text=one)) for one in problems)
    if error.hint:
        talk([visible(_("hint: {text}", text=error.hint))])


def scores_of(file: Path | None, format: Format) -> "Scores | None":
    """What --quality names. Raises UsageError unless a page is asked for, and for bad files."""
    if file is None:
        return None
    if format is not Format.HTML:
        raise UsageError(
            say("--quality is drawn on a page only"), hint=say("add --format html > report.html")
        )
    from llmcost.render.quality_scores import load_scores

    return load_scores(file)
