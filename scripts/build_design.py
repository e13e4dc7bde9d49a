#!/usr/bin/env python3
"""Make the lists of packages and layers in docs/design.md from the source and pyproject.toml.

    python scripts/build_design.py           # write them between their markers
    python scripts/build_design.py --check   # write nothing; exit code 1 if it would change

A package is listed with the docstring of its `__init__.py` and the names of its modules, a
module outside of packages with the first line of its docstring. Layers
are those of the first contract of import-linter.
"""

import argparse
import ast
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "llmcost"
PAGE = ROOT / "docs" / "design.md"
WIDTH = 140


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and compare")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    wanted = updated(page)
    if options.check:
        print(f"{PAGE.name} is {'up to date' if page == wanted else 'out of date'}")
        return int(page != wanted)
    PAGE.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


def updated(page: str) -> str:
    """Return the page with both lists as they should be. Raise ValueError without markers."""
    for name, lines in (("packages", packages()), ("layers", layers())):
        start = f"<!-- {name}: made by scripts/build_design.py -->\n"
        end = f"<!-- end of {name} -->\n"
        text = "\n".join(lines)
        before, has_start, rest = page.partition(start)
        _, has_end, after = rest.partition(end)
        if not has_start or not has_end:
            raise ValueError(f"{PAGE.name} has no markers of {name}")
        page = f"{before}{start}\n{text}\n\n{end}{after}"
    return page


def layers() -> Iterator[str]:
    """Yield the layers of the contract, the uppermost first, as a block of code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    yield "```"
    for layer in project["tool"]["importlinter"]["contracts"][0]["layers"]:
        names = [name.removeprefix("llmcost.") for name in layer.replace(":", "|").split(" | ")]
        package, *others = {name.partition(".")[0] for name in names}
        above = {"cli": "cli (all but those above)", "commands": "commands (all but commands.mcp)"}
        is_rest = len(names) > 1 and not others and package in above
        yield above[package] if is_rest else " | ".join(names)
    yield "```"


def packages() -> Iterator[str]:
    """Yield the lines of the list: modules outside of packages, then each package by its path."""
    for path in modules(SOURCE):
        first = docstring(path).partition("\n")[0]
        yield from wrapped(f"- `{path.stem}`: {first}", subsequent_indent="  ")
    for path in sorted(SOURCE.rglob("__init__.py")):
        folder = path.parent
        if folder != SOURCE:
            yield ""
            yield f"**`{folder.relative_to(SOURCE).as_posix()}`**"
            yield ""
            yield from wrapped(" ".join(docstring(path).split()))
            names = ", ".join(f"`{one.stem}`" for one in modules(folder))
            yield from ("", *wrapped(f"Modules: {names}.")) if names else ()


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")


def docstring(path: Path) -> str:
    """Return the docstring of a module. Raise ValueError if it has none."""
    found = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not found:
        raise ValueError(f"{path.relative_to(ROOT)} has no docstring")
    return found


def item(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, break_on_hyphens=False, initial_indent="- ", subsequent_indent="  "
    )


def wrapped(text: str, subsequent_indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        subsequent_indent=subsequent_indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    sys.exit(main())
