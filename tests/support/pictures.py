"""Pictures of what a terminal shows of a command, in its colors."""

import io
import re
from html import unescape

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

WIDTH = 80


def picture(command: str, output: str) -> str:
    """An SVG of the command line and its output, with the escapes of a terminal. It loads nothing:
    the font is the reader's own."""
    console = Console(file=io.StringIO(), record=True, width=WIDTH, force_terminal=True)
    console.print(Text(f"$ {command}"))
    console.print(Text.from_ansi(output))
    drawn = console.export_svg(title="", theme=DIMMED_MONOKAI, unique_id="terminal")
    drawn = re.sub(r"\s*@font-face \{.*?\}\n|<!--.*?-->", "\n", drawn, flags=re.DOTALL)
    return re.sub(r'textLength="([\d.]+)"([^>]*>)([^<]*)', spread, drawn)


def spread(text: re.Match[str]) -> str:
    """The length of a text, for which rich counts a wide character as one column."""
    words = unescape(text[3])
    length = float(text[1]) / len(words) * cell_len(words) if words else float(text[1])
    return f'textLength="{length:g}"{text[2]}{text[3]}'


def words(drawn: str) -> str:
    """The text of a picture, without blanks: rich may place it otherwise in another release."""
    return "".join(unescape("".join(re.findall(r"<text[^>]*>(.*?)</text>", drawn))).split())
