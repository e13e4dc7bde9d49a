"""Help pages, and help and errors of Typer in the reader's language.

`-h` is a short page, with the options that most people need; `--help` has all of them, under
headings. Help texts are English in the source and are translated when they are printed. Errors are
recognized by their form, since Typer has its own copy of click, whose messages cannot be exchanged.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Any, NamedTuple

from llmcost.language import told
from llmcost.messages import Text, say
from llmcost.render import text as wrap
from llmcost.runtime.standard_streams import terminal_size

WIDEST = 80
NARROWEST = 50
INDENT = 2
FIRST = 30  # columns of an option, at most, before what it means


class Section(NamedTuple):
    """A heading, the names below it, and the option without which a command has no such part."""

    heading: Text
    names: str
    beside: str = ""


SECTIONS = (
    Section(
        say("Users and money"),
        "--mau --requests-per-day --yuan --usd --budget --total-budget --preset --requests-per-user"
        " --conversations-per-user --spread --percentiles --seed --growth --decline --months"
        " --revenue-per-user --paying-share --acquisition-cost --copies",
        beside="--mau",
    ),
    Section(
        say("Models"),
        "--basket --since --score --model --provider --tokenizer --what-if --map --min-context"
        " --kind --free --retired",
    ),
    Section(
        say("Request"),
        "--input-tokens --output-tokens --output-ratio --task --effort --learn --calls"
        " --system-tokens --system-prompt"
        " --context-tokens --thinking-tokens --mix --turns --history --tool-calls"
        " --tool-call-tokens --tool-result-tokens --tool-history --retries --batch-share --cached"
        " --cache-write --batch --tier --region --thinking --split --video",
    ),
    Section(
        say("Cache"),
        "--shape --cache-hit --cache-minimum --cache-lifetime --cache-storage-hours",
    ),
    Section(
        say("Retrieval"),
        "--embed --corpus-tokens --chunk-size --chunk-overlap --reindex --rerank"
        " --rerank-candidates --top-k",
    ),
    Section(say("Hours"), "--traffic --peak-to-mean --zone --holidays --month", beside="--traffic"),
    Section(say("Training"), "--parameters --tokens --epochs --flop --mfu --paid", beside="--flop"),
    Section(
        say("Machines"), "--gpu --gpu-hour --spare --buy --life --power --model-config --kv-bits"
    ),
    Section(
        say("Ownership"),
        "--fine-tune-tokens --fine-tuning --deployment --instances --deployment-hours --fees"
        " --packs",
    ),
    Section(
        say("Prices"),
        "--vs --discount --tax --currency --fx --as-of --at --zone --free-quota --prices",
    ),
    Section(
        say("Inputs"),
        "--git --file --scenario --workload --text --text-lang --from --with --allow --encoding"
        " --input-format --field --column --unique --keep-repeats --skip-bad --max-bytes --bill",
    ),
    Section(
        say("Large inputs"),
        "--sample --precision --seed --workers --cluster --resume --no-progress",
    ),
    Section(
        say("Output"),
        "--top --all --sort --by --per-file --per-request --only-changed --format --quality"
        " --min-quality --quiet --get --notes --explain --init --schema",
    ),
    Section(say("Checks"), "--fail-over --fail-increase --max-age --strict"),
)
"""Where an option stands in the help of all commands. Options that are not here come last."""
OTHER = say("Options")
MAIN = tuple(
    f"--{name}"
    for name in (
        *("shape", "fit", "mau", "requests-per-day", "yuan", "usd", "preset"),
        *("requests-per-user", "input-tokens", "output-tokens", "gpu-hour", "peak-to-mean"),
        *("git", "by", "what-if", "model", "provider", "calls", "currency", "as-of", "top", "all"),
        *("format", "fail-over", "tokenizer", "quiet", "apply", "dry-run", "kind", "free"),
    )
)
"""The options of the short page, in this order, at most SHORT of them."""
SHORT = 10
COMMAND_SECTIONS = (
    Section(say("Price texts"), "estimate count diff"),
    Section(say("Plan"), "budget forecast whatif host train tasks"),
    Section(say("Look up"), "models prices"),
    Section(say("Logs"), "usage replay plans"),
    Section(say("Set up"), "config tokenizers mcp"),
)
EXAMPLES = re.compile(r"Examples:|示例：\n")
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
    """Give a command of the framework, and all below it, the help of the reader's language."""
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


def write_pages(command: Any, *, short: bool) -> None:
    """Give a command of the framework, and all below it, our help pages."""
    command.context_class = type("Context", (command.context_class,), {"formatter_class": HelpPage})
    write = write_main_options if short and len(command.params) > SHORT else write_options
    command.format_options = partial(write, command)
    for one in getattr(command, "commands", {}).values():
        write_pages(one, short=short)


def write_options(command: Any, context: Any, page: "HelpPage") -> None:
    """Write arguments, options under their headings, and commands."""
    write_arguments(command, context, page)
    rows = option_rows(command, context)
    every = {"", *rows}
    for section in SECTIONS:
        names = [name for name in section.names.split() if name in rows]
        if names and section.beside in every:
            with page.section(section.heading):
                page.write_dl([rows.pop(name) for name in names])
    if rows:
        with page.section(OTHER):
            page.write_dl([*rows.values()])
    write_commands(command, context, page)


def write_main_options(command: Any, context: Any, page: "HelpPage") -> None:
    """Write the options that most people need, and how many there are in all."""
    write_arguments(command, context, page)
    rows = option_rows(command, context)
    with page.section(OTHER):
        page.write_dl([rows[name] for name in MAIN if name in rows][:SHORT])
    page.write_paragraph()
    more = say(
        "`{command} --help` shows all {number} options",
        command=context.command_path,
        number=len(rows),
    )
    page.write_text(told(more))


def write_arguments(command: Any, context: Any, page: "HelpPage") -> None:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    rows = [row for one in arguments if (row := one.get_help_record(context)) and row[1]]
    if rows:
        with page.section(say("Arguments")):
            page.write_dl(rows)


def option_rows(command: Any, context: Any) -> dict[str, tuple[str, str]]:
    """Return what the line of each option holds, by its long name."""
    rows = {}
    for one in command.get_params(context):
        record = one.get_help_record(context)
        if record is not None and one.param_type_name == "option":
            rows[long_name(one)] = record
    return rows


def long_name(option: Any) -> str:
    return str(next((one for one in option.opts if one.startswith("--")), option.opts[0]))


def write_commands(command: Any, context: Any, page: "HelpPage") -> None:
    """Write the commands of a group, those of the program under headings."""
    commands = getattr(command, "commands", {})
    rows = {name: (name, summary_of(one)) for name, one in commands.items() if not one.hidden}
    widest = max(map(len, rows), default=0)
    for section in COMMAND_SECTIONS if context.parent is None else ():
        with page.section(section.heading):
            listed = [name for name in section.names.split() if name in rows]
            page.write_dl([rows.pop(name) for name in listed], widest)
    if rows:
        with page.section(say("Commands")):
            page.write_dl([*rows.values()])


def summary_of(command: Any) -> str:
    """Return the first paragraph of the help of a command, without its point."""
    return unbroken((command.help or "").partition("\n\n")[0]).rstrip(".。")


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
        columns = min(terminal_size().columns, max_width or WIDEST)
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
            if EXAMPLES.match(paragraph):
                self._lines += [margin + line for line in paragraph.splitlines()]
            else:
                self._write(unbroken(paragraph), margin, margin)

    def write_dl(self, rows: Sequence[tuple[str, str]], widest: int = 0) -> None:
        """Write options and their meanings in two columns, the first at least `widest` wide."""
        margin = " " * self._indent
        widest = max([widest, *(wrap.width(first) for first, _ in rows)])
        column = self._indent + min(widest, FIRST) + INDENT
        for first, second in rows:
            name = margin + first
            if wrap.width(name) + INDENT > column:
                self._lines.append(name)
                name = ""
            before = name + " " * (column - wrap.width(name))
            self._write(meaning(second), before, " " * column)

    @contextmanager
    def section(self, heading: Text | str) -> Iterator[None]:
        self.write_paragraph()
        self._lines.append(told(say("{heading}:", heading=told(heading))))
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
    parts = [told(known) for one in found[2].split("; ") if (known := filled(one, EXTRAS))]
    help = told(OWN.get(found[1], found[1]))
    return f"{help} [{told(say('; ')).join(parts)}]".strip() if parts else help
