"""docs/design.md has the packages and layers that the source has."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "scripts" / "build_design.py"
    spec = importlib.util.spec_from_file_location("build_design", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_script_makes(script: ModuleType) -> None:
    assert script.updated(PAGE) == PAGE, "run python scripts/build_design.py"


def test_every_package_is_on_the_page_with_its_modules(script: ModuleType) -> None:
    lines = set(PAGE.splitlines())
    source = ROOT / "src" / "llmcost"
    folders = {path.parent.relative_to(source).as_posix() for path in source.rglob("*/__init__.py")}
    assert len(folders) > 15
    assert {f"**`{name}`**" for name in folders - {"."}} <= lines


def test_a_page_without_markers_is_refused(script: ModuleType) -> None:
    with pytest.raises(ValueError, match="no markers of packages"):
        script.updated("# Design\n")


def test_packages_say_what_belongs_in_them() -> None:
    """A paragraph, not a line: what is in it, and what is elsewhere."""
    short = [
        path.parent.name
        for path in (ROOT / "src" / "llmcost").rglob("__init__.py")
        if len(path.read_text(encoding="utf-8").split('"""')[1].split()) < 20
    ]
    assert not short


def test_every_module_begins_with_a_sentence_of_one_line(script: ModuleType) -> None:
    """It is what an editor, `help()` and this page show of it."""
    broken = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src" / "llmcost").rglob("*.py")
        if not script.docstring(path).partition("\n")[0].endswith((".", "?"))
        or not (script.docstring(path) + "\n\n").partition("\n")[2].startswith("\n")
    ]
    assert not broken
