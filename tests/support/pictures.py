"""Pictures of what a terminal shows of a command, in its colors."""

import io
import re
from html import unescape

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
    return re.sub(r"\s*@font-face \{.*?\}\n", "\n", drawn, flags=re.DOTALL)


def words(drawn: str) -> str:
    """The text of a picture, without blanks: rich may place it otherwise in another release."""
    return "".join(unescape("".join(re.findall(r"<text[^>]*>(.*?)</text>", drawn))).split())
