"""A diff as the comment of a pull request: Markdown, short enough to be posted, with a mark by
which a bot finds its own comment again."""

from collections.abc import Iterator, Sequence
from html import escape

from llmcost.language import _, _n, told
from llmcost.planning.versions import Diff, FileLine, ModelLine
from llmcost.report.grid import Grid, literal, markdown
from llmcost.report.versions import Shown, files, headline, sums, title

MARK = "<!-- llmcost:diff -->"
"""The first line, which stays as it is."""
LONGEST = 60_000
"""Characters; GitHub takes 65,536."""
LONGEST_NOTE = 1_000
SAID_OF_REST = 100


def comment(
    found: Diff,
    tables: Sequence[tuple[ModelLine, Sequence[FileLine]]],
    calls: int,
    talk: Sequence[str],
    shown: Shown,
) -> str:
    """The whole of it, ending in a line end. `tables`: the models whose files are listed."""
    head = (
        f"{MARK}\n### {_('LLM cost of this change')}\n\n{literal(told(headline(found, calls)))}\n"
    )
    foot = "".join(note_line(one) for one in talk)
    left = LONGEST - len(head) - len(foot)
    text = ""
    for part in parts(found, tables, shown):
        text += cut(part, left - len(text))
    return head + text + (f"\n{foot}" if foot else "")


def note_line(note: str) -> str:
    words = told(note)
    kept = words if len(words) <= LONGEST_NOTE else words[:LONGEST_NOTE] + "…"
    return f"- {literal(kept)}\n"


def parts(
    found: Diff, tables: Sequence[tuple[ModelLine, Sequence[FileLine]]], shown: Shown
) -> Iterator[tuple[str, Grid, str]]:
    """What stands before a table, the table, and what stands behind it."""
    if found.lines:
        yield "\n", sums(found.lines, shown), ""
    for line, of_files in tables:
        if of_files:
            name = escape(told(title(line)))  # in HTML, Markdown is text
            before = f"\n<details><summary>{name}</summary>\n\n"
            yield before, files(line, of_files, shown), "\n</details>\n"


def cut(part: tuple[str, Grid, str], room: int) -> str:
    """A part with as many rows as there is room for, and how many there are more."""
    before, table, behind = part
    head, rule, *rows = markdown(table).splitlines(keepends=True)
    text = before + head + rule
    room -= len(text) + len(behind) + SAID_OF_REST
    if room < 0:
        return ""
    for number, row in enumerate(rows):
        room -= len(row)
        if room < 0:
            rest = len(rows) - number
            return text + "\n" + _n("{number} more", "{number} more", rest) + "\n" + behind
        text += row
    return text + behind
