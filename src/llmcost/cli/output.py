"""What a command returns, and how it is written to the terminal, the pipe or an HTML page."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from errno import EBADF
from typing import Any, TextIO

import msgspec

from llmcost.errors import BadFile, LlmcostError, OutputLost, reason
from llmcost.language import _, _n, told
from llmcost.messages import Caution, Required, cautions_of, say, visible
from llmcost.render.table import (
    Format,
    Grid,
    csv_text,
    json_text,
    literal,
    markdown,
    ndjson_text,
    tsv,
)
from llmcost.runtime import standard_streams as streams

WIDE = 100  # columns from which on a table has room for everything


class Output(msgspec.Struct, frozen=True):
    """`text` is data and goes to stdout, `notes` to stderr, where cautions are warnings.

    `brief`: the few lines, in parts, that a terminal has in place of the notes; None: all notes.
    `failure`, a gate that failed, is reported after all.
    """

    text: str
    notes: Sequence[str] = ()
    failure: LlmcostError | None = None
    brief: Sequence[Sequence[str]] | None = None


def format_for(chosen: Format | None) -> Format:
    """The format of this run. All but a table are UTF-8, whatever the terminal's encoding."""
    format = chosen or (Format.TABLE if sys.stdout.isatty() else Format.TSV)
    if format is not Format.TABLE:
        streams.write_utf8()
    return format


def render(
    format: Format,
    *,
    machine: Callable[[], Grid],
    document: Callable[[], dict[str, Any]],
    human: Callable[[], Grid] | None = None,
    everything: bool = True,
) -> str:
    """The result in the format asked for; only that form of it is made. `human`: its table for
    people, where that is another. `everything`: more rows than fit on the screen, too."""
    match format:
        case Format.TABLE:
            return first_rows((human or machine)(), everything=everything)
        case Format.MD:
            return markdown((human or machine)())
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
    return streams.terminal_size().columns if sys.stdout.isatty() else WIDE


def notes_width() -> int | None:
    """Columns of the terminal that notes go to; None where they go elsewhere."""
    return streams.terminal_size().columns if sys.stderr.isatty() else None


LEAST_ROWS, MOST_ROWS = 8, 20
NOTE_LINES = 2
PROMPTS = 2  # the command line above, and the next one


def rows_beside(others: int) -> int:
    """How many rows a table has on this screen beside so many other lines."""
    if not sys.stdout.isatty():
        return MOST_ROWS
    room = streams.terminal_size().lines - others - PROMPTS
    return min(MOST_ROWS, max(LEAST_ROWS, room))


def fitting_rows(table: Grid, others: int) -> Grid:
    """The first rows of a table that fit on this screen beside so many other lines, two lines of
    notes and the prompts; anywhere else all of them."""
    lines = screen_room()
    if lines is None:
        return table
    room = max(LEAST_ROWS, lines - others)
    rows = table.rows[: room - 1]
    while len(rows) > 1 and draw(msgspec.structs.replace(table, rows=rows)).count("\n") > room:
        rows = rows[:-1]
    return msgspec.structs.replace(table, rows=rows)


def first_rows(table: Grid, *, everything: bool) -> str:
    """The table as far as it fits on this screen, and how many rows are left out."""
    from llmcost.render.wording import more_rows

    shown = table if everything else fitting_rows(table, 0)
    return draw(shown) + more_rows(len(table.rows) - len(shown.rows))


def screen_room() -> int | None:
    """The lines of this screen beside two lines of notes and the prompts; None where there is no
    screen."""
    lines = streams.terminal_size().lines - NOTE_LINES - PROMPTS
    return lines if sys.stdout.isatty() else None


def fits_screen(texts: Iterable[str]) -> bool:
    """Whether the texts fit on this screen with two lines of notes; anywhere else they do."""
    room = screen_room()
    return room is None or sum(text.count("\n") for text in texts) <= room


def screen_lines(texts: Iterable[str]) -> list[str]:
    """The lines that the texts take on this terminal."""
    every = (line for text in texts for line in text.splitlines())
    return [part for line in every for part in streams.wrapped(line).splitlines() or [""]]


def printed_lines(notes: Sequence[str], brief: Sequence[Sequence[str]] | None) -> list[str]:
    """What `emit` prints on stderr."""
    cautions = [_("warning: {text}", text=one) for one in cautions_of(notes)]
    if brief is not None:
        return [*cautions, *filter(None, map(fitted, brief))]
    plain = (one for one in notes if not isinstance(one, Caution))
    return [*cautions, *(_("note: {text}", text=one) for one in plain)]


def screen_notes(notes: Sequence[str]) -> list[list[str]] | None:
    """Those of the notes that fit on two lines of the terminal, the first ones first, and how many
    there are more; None where notes go elsewhere."""
    plain = [told(one) for one in notes if not isinstance(one, Caution)]
    chosen: list[str] = []

    def line(shown: Sequence[str]) -> str:
        rest = len(plain) - len(shown)
        more = _n("{number} more note: --notes", "{number} more notes: --notes", rest)
        return DOT.join([*shown, *([more] if rest else [])])

    for note in plain:
        if len(screen_lines([line([*chosen, note])])) <= NOTE_LINES:
            chosen.append(note)
    return [[line(chosen)]] if sys.stderr.isatty() else None


def around(format: Format, head: str, table: str, end: str) -> str:
    """A table for people between its headline and its conclusion."""
    written = literal if format is Format.MD else broken
    return "\n".join(
        part if part is table else written(part) for part in (head, table, end) if part
    )


def broken(text: str) -> str:
    """The lines broken at words to the width of the terminal."""
    if not sys.stdout.isatty():
        return text
    return "".join(f"{line}\n" for line in screen_lines([text]))


def draw(grid: Grid) -> str:
    from llmcost.render import table as screen  # rich costs as much as everything else together

    return screen.table(grid, width(), color=has_color(), legible=streams.legible)


def has_color(stream: TextIO | None = None) -> bool:
    quiet = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return (stream or sys.stdout).isatty() and not quiet


RED, CYAN, YELLOW, DIM = "31", "36", "33", "2"


def tell(lines: Iterable[str], style: str, *, whole: bool = False) -> None:
    """Lines on stderr, broken at words on a terminal and left whole in a log; their first word, or
    the `whole` of them, in the style where there is color."""
    for line in lines:
        text = streams.wrapped(line) if sys.stderr.isatty() else line
        if has_color(sys.stderr):
            end = len(text) if whole else 1 + min(text.find(mark) % len(text) for mark in ":：")
            text = f"\033[{style}m{text[:end]}\033[0m{text[end:]}"
        streams.write_stderr(text)


def emit(output: Output) -> None:
    """Writes data, then notes. Raises the failure, if there is one, when all is written."""
    try:
        sys.stdout.write(output.text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise lost(error) from None
    cautions = len(cautions_of(output.notes))
    lines = printed_lines(output.notes, output.brief)
    tell(lines[:cautions], YELLOW)
    tell(lines[cautions:], DIM, whole=True)
    if output.failure is not None:
        raise output.failure


def fitted(parts: Sequence[str]) -> str:
    """The parts on one line of the terminal, without the last ones that have no room; those that
    are required stay longest."""
    from llmcost.render.text import width as width_of

    left = [part for part in parts if part]
    room = notes_width()
    while len(left) > 1 and room is not None and width_of(DOT.join(map(told, left))) > room:
        others = [place for place, part in enumerate(left) if not isinstance(part, Required)]
        left.pop(others[-1] if others else -1)
    return DOT.join(map(told, left))


DOT = " · "


def lost(error: OSError) -> OutputLost:
    """What keeps stdout from being written."""
    why = say("standard output is closed") if error.errno == EBADF else reason(error)
    return OutputLost(say("cannot write the result: {why}", why=why))


def report_error(error: LlmcostError) -> None:
    """`error:` with what happened, `hint:` with what to do; no character of a name acts."""
    problems = error.problems if isinstance(error, BadFile) else [str(error)]
    tell((visible(_("error: {text}", text=one)) for one in problems), RED)
    if error.hint:
        tell([visible(_("hint: {text}", text=error.hint))], CYAN)
