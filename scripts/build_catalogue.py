#!/usr/bin/env python3
"""Brings src/llmcost/locale up to date with the messages of the source, and compiles it.

    python scripts/build_catalogue.py [--lang zh] [FRAGMENT.json]...

Translations are kept. A fragment adds or replaces some: {"English form": "中文 {x}"}; of a message
with two forms, the key is the plural, and the value a list where the language has several forms.
What is not translated yet is listed, and the exit code is 1; so are fragments' keys that no message
has. A language that has no catalogue gets one.
"""

import argparse
import ast
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from llmcost.language import CATALOGUES, DOMAIN

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "llmcost"
LANGUAGE = "zh"
KEYWORDS = {"say": 1, "_": 1, "say_each": 1, "say_plural": 2, "_n": 2}
"""What makes a message, and of how many forms."""
SINCE = datetime(2026, 11, 22, tzinfo=UTC)  # the same header in every run
HELP = "the help of the command line"
WORD = re.compile(r"[A-Z]{2}|[A-Z]\b.*[a-z]")  # a metavar with something to translate

Id = str | tuple[str, str]


def po_file(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


PO = po_file(LANGUAGE)
MO = PO.with_suffix(".mo")


def messages() -> dict[Id, set[str]]:
    """Every form of the source and every help text, with the files that have it."""
    found: dict[Id, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for one in forms_of(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(one, set()).add(str(path.relative_to(ROOT)))
    for text in helps():
        found.setdefault(text, set()).add(HELP)
    return found


def forms_of(source: ast.AST) -> Iterator[Id]:
    """The literal forms of all calls that make a message."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            number = KEYWORDS.get(node.func.id, 0)
            texts = [one.value for one in node.args[:number] if isinstance(one, ast.Constant)]
            if texts and node.func.id == "say_each":
                yield from str(texts[0]).split(", ")
            elif texts and len(texts) == number and all(texts):
                yield (str(texts[0]), str(texts[1])) if number == 2 else str(texts[0])


def helps() -> Iterator[str]:
    """What the framework shows of every command: they are looked up when they are shown."""
    import typer

    from llmcost.cli.framework import app_for
    from llmcost.cli.workload_options import help_of
    from llmcost.commands import COMMANDS, GROUPS
    from llmcost.workload.fields import FIELDS

    ours = {help_of(field) for field in FIELDS.values()}  # made of messages
    for name in ("", *COMMANDS, *GROUPS):
        command: Any = typer.main.get_command(app_for([name, "--help"] if name else []))
        texts = texts_of(command if not name else command.commands[name])
        yield from (text for text in texts if text not in ours)


def texts_of(command: Any) -> Iterator[str]:
    yield from filter(None, [command.help, command.options_metavar])
    for one in command.params:
        yield from filter(None, [one.help])
        yield from (text for text in [one.metavar] if text and WORD.search(text))
    if hasattr(command, "commands"):
        yield command.subcommand_metavar
        for one in command.commands.values():
            yield from texts_of(one)


def updated(
    old: Catalog, fragments: Mapping[str, str | list[str]], language: str = LANGUAGE
) -> Catalog:
    """The messages of the source, with the translations that there are."""
    new = Catalog(
        locale=language,
        project="llmcost",
        header_comment="# llmcost",
        last_translator="The llmcost developers",
        language_team=language,
        creation_date=SINCE,
        revision_date=SINCE,
        fuzzy=False,
    )
    for one, places in sorted(messages().items(), key=lambda item: (sorted(item[1]), str(item[0]))):
        known = old.get(one)
        said = known.string if known is not None and not known.fuzzy else ""
        key = one if isinstance(one, str) else one[1]
        if key in fragments:
            said = fragments[key]
            if not isinstance(one, str):
                said = (said,) if isinstance(said, str) else tuple(said)
        new.add(one, said, locations=[(place, 0) for place in sorted(places)])
    return new


def catalogue(language: str = LANGUAGE) -> Catalog:
    if not po_file(language).exists():
        return Catalog(locale=language)
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def missing(known: Catalog) -> list[str]:
    return [key_of(one) for one in known if one.id and not all(strings(one))]


def wrong(known: Catalog) -> list[str]:
    """Messages whose translation does not have the same holes."""
    return [
        f"{key_of(one)}  ->  {string}"
        for one in known
        if one.id
        for string in strings(one)
        if string and holes(string) not in [holes(form) for form in forms(one)]
    ]


def holes(form: str) -> list[tuple[str, str]]:
    """Names and format specifications, in alphabetical order. Braces without a name stand for
    themselves: such a form has no values."""
    try:
        parts = [part for part in Formatter().parse(form) if part[1] is not None]
    except ValueError:
        return []
    return sorted({(name or "", f"{kind or ''}:{spec or ''}") for _, name, spec, kind in parts})


def forms(one: Message) -> Iterable[str]:
    return [one.id] if isinstance(one.id, str) else one.id


def strings(one: Message) -> Iterable[str]:
    return [one.string] if isinstance(one.string, str) else one.string or [""]


def key_of(one: Message) -> str:
    return list(forms(one))[-1]


def po_of(known: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, known, width=100, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def mo_of(known: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, known)
    return out.getvalue()


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lang", default=LANGUAGE, help="two letters, as a locale begins")
    parser.add_argument("fragments", nargs="*", type=Path, metavar="FRAGMENT.json")
    options = parser.parse_args(argv)
    fragments: dict[str, str | list[str]] = {}
    for path in options.fragments:
        fragments |= json.loads(path.read_text(encoding="utf-8"))
    new = updated(catalogue(options.lang), fragments, options.lang)
    file = po_file(options.lang)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(po_of(new))
    file.with_suffix(".mo").write_bytes(mo_of(catalogue(options.lang)))
    found = {
        "not translated": missing(new),
        "other holes": wrong(new),
        "in no message": sorted(fragments.keys() - {key_of(one) for one in new}),
    }
    for what, keys in found.items():
        print(*(f"{what}: {key!r}" for key in keys), sep="\n", end="\n" if keys else "")
    print(f"{len(new)} messages, {len(found['not translated'])} not translated")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
