"""Help and errors of Typer in the reader's language.

Help texts are English in the source and are translated when they are printed. Errors are known by
their form, since Typer has its own copy of click, whose messages cannot be exchanged.
"""

import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

from llmcost.language import told
from llmcost.messages import Text, say
from llmcost.render import text as wrap

WIDEST = 80
NARROWEST = 50
INDENT = 2
FIRST = 30  # columns of an option, at most, before what it means
HEADINGS = {str(one): one for one in (say("Options"), say("Arguments"), say("Commands"))}
OWN = {
    str(one): one
    for one in (
        say("Show this message and exit."),
        say("Install completion for the current shell."),
        say("Show completion for the current shell, to copy it or customize the installation."),
    )
}
EXTRA = r"(.*?)(?:  )?\[((?:default: |required|x[<>]|-?\d+<).*)\]"
EXTRAS = (say("default: {value}"), say("required"))
ERRORS = (
    say("no such option: {name}"),
    say("option {name} requires an argument"),
    say("option {name} requires {amount} arguments"),
    say("option {name} does not take a value"),
    say("no such command {name}"),
    say("missing command"),
    say("got unexpected extra argument(s) ({words})"),
    say("missing argument {name}"),
    say("missing option {name}"),
    say("invalid value for {name}: {why}"),
    say("invalid value: {why}"),
    say("{value} is not a valid int range"),
    say("{value} is not a valid int"),
    say("{value} is not in the range {range}"),
    say("{value} is not one of {choices}"),
)
"""Beginning with a small letter and without the last point, as ours do."""
PRINTED = (
    say("{shell} completion installed in {path}"),
    say("Completion will take effect once you restart the terminal"),
)


def message(text: str) -> str:
    """A message of the framework as one that can be said in another language."""
    found = filled(text, ERRORS)
    if found is None:
        return text
    why = found.values.get("why")
    values = dict(found.values) | ({"why": message(why)} if isinstance(why, str) else {})
    return Text(found.forms, values)


def filled(text: str, known: Sequence[Text]) -> Text | None:
    """The text as the first of these forms that it fits."""
    for one in known:
        form = one.forms[0]
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(form))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return Text((form,), found.groupdict())
    return None


def translate(command: Any) -> None:
    """Gives a command of the framework, and all below it, the help of the reader's language."""
    command.context_class = type("Context", (command.context_class,), {"formatter_class": HelpPage})
    if command.help:
        # a summary is cut at a point in English; elsewhere it is the first line
        command.help = known(command.help)
        command.short_help = command.help.partition("\n\n")[0].rstrip("。")
    command.options_metavar = known(command.options_metavar)
    for one in command.params:
        if one.name == "install_completion":
            one.callback = heard(one.callback)
        one.help = known(one.help) if one.help else one.help
        one.metavar = known(one.metavar) if one.metavar else one.metavar
    if hasattr(command, "commands"):
        command.subcommand_metavar = known(command.subcommand_metavar)
        for one in command.commands.values():
            translate(one)


def heard(callback: Callable[..., Any]) -> Callable[..., Any]:
    """What a callback of the framework prints, in the reader's language."""

    def run(*values: Any) -> Any:
        out = io.StringIO()
        try:
            with redirect_stdout(out):
                return callback(*values)
        finally:
            for line in out.getvalue().splitlines():
                print(told(filled(line, PRINTED) or line))

    return run


def known(text: str) -> str:
    """A text of the source that is no message yet."""
    return told(Text((text,)))


class HelpPage:
    """A help page, with the columns that wide characters take. It has what the framework asks of
    its own one."""

    def __init__(self, width: int | None = None, max_width: int | None = None) -> None:
        columns = min(shutil.get_terminal_size().columns, max_width or WIDEST)
        self.width = width or max(columns - INDENT, NARROWEST)
        self._indent = 0
        self._lines: list[str] = []

    def getvalue(self) -> str:
        return "".join(f"{line.rstrip()}\n" for line in self._lines)

    def write_usage(self, program: str, arguments: str = "") -> None:
        first = told(say("Usage: {program}", program=program)) + " "
        self._write(arguments, first, " " * wrap.width(first))

    def write_paragraph(self) -> None:
        if self._lines:
            self._lines.append("")

    def write_text(self, text: str) -> None:
        for at, paragraph in enumerate(text.split("\n\n")):
            if at:
                self._lines.append("")
            margin = " " * self._indent
            self._write(unbroken(paragraph), margin, margin)

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None:
        """Options with what they mean, in two columns."""
        margin = " " * self._indent
        widest = max((wrap.width(first) for first, _ in rows), default=0)
        column = self._indent + min(widest, FIRST) + INDENT
        for first, second in rows:
            name = margin + first
            if wrap.width(name) + INDENT > column:
                self._lines.append(name)
                name = ""
            before = name + " " * (column - wrap.width(name))
            self._write(meaning(second), before, " " * column)

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        self.write_paragraph()
        heading = told(HEADINGS.get(name, name))
        self._lines.append(told(say("{heading}:", heading=heading)))
        with self.indentation():
            yield

    @contextmanager
    def indentation(self) -> Iterator[None]:
        self._indent += INDENT
        try:
            yield
        finally:
            self._indent -= INDENT

    def _write(self, text: str, first: str, rest: str) -> None:
        self._lines += wrap.lines(text, self.width, first, rest)


def unbroken(paragraph: str) -> str:
    """The paragraph in one line; what is broken between wide characters needs no blank."""
    whole, *rest = (line.strip() for line in paragraph.split("\n"))
    for line in rest:
        is_wide = bool(whole and line) and wrap.breaks(whole[-1], line[0])
        whole += line if is_wide else f" {line}"
    return whole


def meaning(text: str) -> str:
    """What an option means, with what the framework adds about its value."""
    found = re.fullmatch(EXTRA, text, re.DOTALL)
    if found is None:
        return told(OWN.get(text, text))
    parts = [told(filled(one, EXTRAS) or one) for one in found[2].split("; ")]
    help = told(OWN.get(found[1], found[1]))
    return f"{help} [{told(say('; ')).join(parts)}]".strip()
