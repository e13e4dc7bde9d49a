"""How the source is laid out: packages say what they hold, file names occur once, imports make no
circle, functions fit a screen, and a test is found by the path of its module."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from paths import ROOT, TESTS

SOURCE = ROOT / "src" / "llmcost"
FILES = sorted(SOURCE.rglob("*.py"))
ROLES = {"__init__", "__main__", "compute", "view", "page", "command"}  # the same in each package
LONGEST = 60  # lines of a function


def within(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def module(path: Path) -> str:
    """The dotted name that a file is imported by."""
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path) for path in FILES}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def run_time(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, but for what is there for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from run_time(child)


def imports(path: Path) -> set[str]:
    """The modules that a file imports when it runs, inside functions too."""
    names = set()
    for node in run_time(tree(path)):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{within(path)}:{node.lineno}: write the import in full"
            for each in node.names:
                full = f"{node.module}.{each.name}"
                names.add(full if full in MODULES else str(node.module))
    return names & MODULES


def test_no_module_imports_itself_through_others() -> None:
    try:
        TopologicalSorter({module(path): imports(path) for path in FILES}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_file_names_occur_once() -> None:
    stems = Counter(path.stem for path in FILES if path.stem not in ROLES)
    assert [stem for stem, times in stems.items() if times > 1] == []


@pytest.mark.parametrize("folder", sorted({within(path.parent) for path in FILES}))
def test_each_package_says_what_it_holds(folder: str) -> None:
    path = SOURCE / folder / "__init__.py"
    assert path.exists()
    assert ast.get_docstring(tree(path))


def test_functions_fit_a_screen() -> None:
    found = [
        f"{within(path)} {node.name}"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST
    ]
    assert found == []


def test_folders_of_tests_are_named_like_packages() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert [str(each) for each in folders if not (SOURCE / each / "__init__.py").exists()] == []


def test_public_classes_have_names_of_their_own() -> None:
    names = Counter(
        node.name
        for path in FILES
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, times in names.items() if times > 1] == []
