"""Standard streams that are closed or cannot be written, or whose encoding lacks a character."""

import codecs
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

LEGIBLE = "llmcost.legible"
"""Replaces what an encoding lacks by other signs of the same meaning, or spells it out."""
SIGNS = {
    **{"¥": "CNY ", "€": "EUR ", "±": "+/-", "→": "->", "…": "...", "×": "x", "≈": "~", "·": "."},
    **dict.fromkeys("–—−", "-"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    # of charts: one character each, so that columns stay
    **dict(zip("▁▂▃▄▅▆▇█", "_.,-=+*#", strict=True)),
    **dict.fromkeys("▏▎▍▌▋▊▉▐", "#"),
    **{"│": "|", "─": "-", "┤": "+", "└": "+", "\u2800": " "},
    **{chr(code): "." for code in range(0x2801, 0x2900)},  # Braille
}

closed: set[int] = set()
"""Those of the file descriptors 0, 1 and 2 that were closed when this process began."""


def prepare() -> None:
    """Make the standard streams usable, whatever the caller did to them."""
    occupy()
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    codecs.register_error(LEGIBLE, replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=LEGIBLE)


def occupy() -> None:
    """Open the null device in place of closed streams: a file of the user's that got the number of
    one would be written over. Nothing can be written to such a standard output."""
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            closed.add(number)
            handle = os.open(os.devnull, flags)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            os.set_inheritable(number, True)  # other processes need it as much


def has_input() -> bool:
    """Whether something is piped in: no terminal, not the null device, and not empty."""
    stream = sys.stdin
    if stream is None or 0 in closed:
        return True  # an error of its own
    try:
        if stream.isatty() or stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
            return False
        peek = getattr(stream.buffer, "peek", None)
        return peek is None or bool(peek(1))
    except (OSError, ValueError, AttributeError):
        return True


def write_utf8() -> None:
    """Write what follows on stdout as UTF-8: it is data or a file, and not for a terminal alone."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors=LEGIBLE)


def replaced(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks: the handler of LEGIBLE."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(SIGNS.get(one) or spelled(one) for one in found), error.end


def spelled(character: str) -> str:
    """Return a character as ASCII spells it out."""
    return character.encode("ascii", "backslashreplace").decode("ascii")


def legible(text: str) -> str:
    """Return the text as stdout will have it, so that columns can be aligned."""
    if text.isascii():
        return text
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, LEGIBLE).decode(encoding)


def abandon(stream: TextIO) -> None:
    """Have what a stream still holds go nowhere, so that Python does not fail on it at the end."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def talk(lines: Iterable[str]) -> None:
    """Print notes and errors, broken at words on a terminal and left whole in a log."""
    for line in lines:
        write_stderr(wrapped(line) if sys.stderr.isatty() else line)


def write_stderr(line: str) -> None:
    """Print a line on stderr. That nobody can read it does not matter to the result."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        abandon(sys.stderr)


def terminal_size() -> os.terminal_size:
    """As `shutil` has it, of which a start needs nothing else: COLUMNS and LINES, or what the
    terminal says, or 80 x 24."""
    named = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    columns, lines = (int(text) if text.isdecimal() else 0 for text in named)
    if not columns or not lines:
        size = os.terminal_size((0, 0))
        with suppress(AttributeError, ValueError, OSError):
            size = os.get_terminal_size(sys.__stdout__.fileno())  # type: ignore[union-attr]
        columns, lines = columns or size.columns or 80, lines or size.lines or 24
    return os.terminal_size((columns, lines))


def wrapped(line: str) -> str:
    """Return the line broken to the width of the terminal, where some characters take two
    columns."""
    from llmcost.render import text as wrap

    columns = terminal_size().columns
    if wrap.has_wide(line):
        return "\n".join(wrap.lines(line, columns))
    import textwrap

    return textwrap.fill(line, columns, break_long_words=False, break_on_hyphens=False)
