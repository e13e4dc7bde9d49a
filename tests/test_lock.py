"""The locked requirements: what README, CI and the action install, held against pyproject.toml."""

import importlib.util
import re
import tomllib
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from paths import ROOT

from llmcost.errors import EXTRAS, install

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MACHINES = [
    {
        "python_version": version,
        "python_full_version": f"{version}.9",
        **{"sys_platform": platform, "os_name": "nt" if platform == "win32" else "posix"},
        **{"platform_python_implementation": "CPython", "implementation_name": "cpython"},
        "platform_machine": "x86_64",
    }
    for version, platform in product(("3.11", "3.12", "3.13", "3.14"), ("linux", "darwin", "win32"))
]


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", ROOT / "scripts" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LOCK = script()


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def held(name: str) -> list[Requirement]:
    """The pins that pip finds in a file and in those that it reads before."""
    before = re.findall(r"^-r (\w+)\.txt$", text(name), re.MULTILINE)
    found = [Requirement(one) for one in LOCK.pins(text(name))]
    return [*(one for file in before for one in held(file)), *found]


def applies(one: Requirement, machine: dict[str, str]) -> bool:
    return one.marker is None or one.marker.evaluate(machine)


@pytest.mark.parametrize("name", LOCK.FILES)
def test_each_requirement_is_pinned_within_its_range(name: str) -> None:
    """On every Python and platform on which it holds. Out of step? `python scripts/lock.py`."""
    pins = held(name)
    missing = []
    for wanted, machine in product(map(Requirement, LOCK.ranges(name)), MACHINES):
        versions = {
            str(one.specifier).removeprefix("==")
            for one in pins
            if canonicalize_name(one.name) == canonicalize_name(wanted.name)
            and applies(one, machine)
        }
        fits = [wanted.specifier.contains(one, prereleases=True) for one in versions]
        if applies(wanted, machine) and fits != [True]:
            missing.append((str(wanted), machine["python_version"], machine["sys_platform"]))

    assert missing == []


@pytest.mark.parametrize("name", LOCK.FILES)
def test_each_line_is_a_pin_with_hashes_and_names_no_index(name: str) -> None:
    """A line of another kind would switch off that pip checks hashes, or choose where from."""
    rest = LOCK.PIN.sub("", text(name)).split("\n")
    hashes = re.findall(r"--hash=(\S+)", text(name))

    assert [line for line in rest if not re.fullmatch(r"(#.*|-r \w+\.txt)?", line)] == []
    assert len(hashes) >= len(LOCK.pins(text(name))) > 0
    assert [one for one in hashes if not re.fullmatch("sha256:[0-9a-f]{64}", one)] == []
    assert all(str(one.specifier).startswith("==") for one in held(name))


def test_extras_are_written_out() -> None:
    """Our own distribution is on no index, where anybody could take its name."""
    everything = [one for name in LOCK.FILES for one in LOCK.ranges(name)]

    assert [one for one in everything if one.startswith("llmcost")] == []
    assert "sentencepiece>=0.2" in LOCK.ranges("test")
    assert "mcp>=2.3,<3" in LOCK.ranges("all")
    assert "mcp>=2.3,<3" not in LOCK.ranges("dev")


def test_ranges_are_files_of_the_same_names(tmp_path: Path) -> None:
    LOCK.write_ranges(tmp_path)
    lines = [line for one in tmp_path.iterdir() for line in one.read_text().splitlines()]

    assert {one.stem for one in tmp_path.iterdir()} == set(LOCK.FILES)
    assert set(LOCK.ranges("all")) == {one for one in lines if one[:1] not in "#-"}
    assert "-r run.txt" in (tmp_path / "test.txt").read_text().splitlines()


def test_what_installs_a_checkout_is_locked() -> None:
    """README, CONTRIBUTING, .ci/run and the action name files that are there, and nothing that pip
    would look for itself: neither dependencies nor what builds the package."""
    for page in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "action.yml", "docs/ci.md"):
        said = (ROOT / page).read_text(encoding="utf-8")
        files = re.findall(r"requirements/(\w+)\.txt", said)
        commands = re.findall(r"pip install [^&\n`]*", said)

        assert set(files) <= set(LOCK.FILES), page
        assert files, page
        ours = [one for one in commands if re.search(r"(^|[ /\"'])\.($|[ \"'])|ACTION_PATH\"", one)]
        assert [one for one in ours if "--no-deps --no-build-isolation" not in one] == [], page


def test_hints_name_the_packages_of_extras() -> None:
    """As pyproject.toml has them; markers are said in words where they matter."""
    optional = PROJECT["project"]["optional-dependencies"]
    extras = {
        name: tuple(one.partition(";")[0].strip() for one in packages)
        for name, packages in optional.items()
        if name not in ("test", "reference", "browser", "dev")
    }

    assert extras == EXTRAS
    assert install("cluster") == 'pip install "dask[distributed]>=2025.2" "fsspec>=2025.2"'


def test_nobody_is_told_to_install_it_by_name() -> None:
    """It is on no index; what has its name there, today or one day, is somebody else's."""
    folders = ("src", "docs", "scripts", ".github")
    pages = [*ROOT.glob("*.*"), *(one for name in folders for one in (ROOT / name).rglob("*"))]
    by_name = re.compile(r"(install|pipx? run|uvx)\b.{0,40}llmcost-cli|OWNER/")
    found = [
        str(path.relative_to(ROOT))
        for path in pages
        if path.suffix in (".py", ".md", ".yml", ".yaml", ".po", ".toml")
        if by_name.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []
