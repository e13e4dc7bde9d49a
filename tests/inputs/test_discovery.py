"""Paths as files: what folders and patterns give, in which order, and what they pass over."""

import errno
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.errors import UnreadableInput
from llmcost.inputs import discovery as walk
from llmcost.inputs.discovery import DiscoveredFiles, Skipped, expand
from llmcost.inputs.patterns import translate

GIT = shutil.which("git")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test stands in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str, content: bytes = b"text") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def files(*paths: str, hidden: bool = False) -> list[str]:
    return list(expand(paths, hidden=hidden).files)


def reasons(*paths: str) -> dict[str, str]:
    return {one.path: one.reason for one in expand(paths).skipped}


# --- files and folders --------------------------------------------------------------------------


def test_a_file_stays_itself_whatever_it_is() -> None:
    """Who names a file wants it: binary, hidden, ignored, missing or `-`."""
    write("b.bin", content=b"\0")
    write(".hidden", "f.log")
    write(".gitignore", content=b"*.log")
    names = ["f.log", "b.bin", ".hidden", "-", "missing", "f.log"]

    assert expand(names) == DiscoveredFiles(tuple(names), ())


def test_a_folder_gives_its_files_by_their_bytes() -> None:
    """The order is that of whole paths, the same on every system and in every locale."""
    write("d/b", "d/a/z", "d/a-b", "d/a.txt", "d/B", "d/é", "d/z/y/x", "d/a/é", "d/价")

    assert files("d") == sorted(files("d"), key=os.fsencode)
    assert files("d")[:4] == ["d/B", "d/a-b", "d/a.txt", "d/a/z"]
    assert len(files("d")) == 9


@pytest.mark.parametrize(
    ("path", "file"),
    [("d", "d/f"), ("d/", "d/f"), (".", "./d/f"), ("./d", "./d/f"), ("d/../d", "d/../d/f")],
)
def test_paths_are_shown_as_they_were_named(path: str, file: str) -> None:
    """A file below a folder begins with the folder's name as it was given."""
    write("d/f")

    assert files(path) == [file]


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x1b[31m", "[red]", "*", "two words", "价格", "-", "\udcff"]
)
def test_any_name_comes_through(name: str) -> None:
    """Also one that is not Unicode, and one that would be an option or standard input."""
    write(f"d/{name}")
    (found,) = files("d")

    assert found == f"d/{name}"
    assert Path(found).read_bytes() == b"text"


def test_a_file_called_like_standard_input_is_a_file() -> None:
    """A pattern that matches a file named `-` does not mean standard input."""
    write("-")

    assert files("?") == ["./-"]


@pytest.fixture
def deep() -> Iterator[str]:
    """A file in so many folders that neither pathlib nor shutil can make or remove them."""
    folders = ["d"]
    for _ in range(1200):
        folders.append(folders[-1] + "/x")
    for folder in folders:
        os.mkdir(folder)  # noqa: PTH102
    file = folders[-1] + "/f"
    Path(file).touch()
    yield file
    os.remove(file)  # noqa: PTH107
    for folder in reversed(folders):
        os.rmdir(folder)  # noqa: PTH106


def test_folders_may_nest_deeper_than_calls(deep: str) -> None:
    assert files("d") == [deep]


def test_paths_keep_their_order_and_each_mention_counts() -> None:
    write("b/f", "a/f", "c")

    assert files("b", "c", "a", "c") == ["b/f", "c", "a/f", "c"]


# --- what a folder passes over ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        pytest.param(b"", True, id="empty"),
        pytest.param(b"\x80\xff", True, id="no UTF-8"),
        pytest.param(b"a\0b", False, id="NUL"),
        pytest.param(b"x" * 8191 + b"\0", False, id="NUL at the end of the head"),
        pytest.param(b"x" * 8192 + b"\0", True, id="NUL behind the head"),
        pytest.param("text".encode("utf-16"), True, id="UTF-16 with its mark"),
        pytest.param("text".encode("utf-32"), True, id="UTF-32 with its mark"),
        pytest.param("text".encode("utf-16-le"), False, id="UTF-16 without a mark"),
    ],
)
def test_binary_files_are_passed_over(content: bytes, taken: bool) -> None:
    """A NUL in the first 8 KB is the sign, as git has it."""
    write("d/f", content=content)

    assert expand(["d"]) == (
        DiscoveredFiles(("d/f",), ())
        if taken
        else DiscoveredFiles((), (Skipped("d/f", walk.BINARY),))
    )


def test_binary_files_that_can_be_read_are_kept() -> None:
    """The caller says by which endings it knows them."""
    write("d/a.PDF", "d/b.bin", content=b"\0")

    assert expand(["d"], keep=[".pdf"]) == DiscoveredFiles(
        ("d/a.PDF",), (Skipped("d/b.bin", walk.BINARY),)
    )


def test_hidden_names_are_passed_over_unless_asked_for() -> None:
    """The folder that git keeps its own files in is never of interest, nor mentioned."""
    write("d/.env", "d/.github/x", "d/.git/config", "d/f")

    assert files("d") == ["d/f"]
    assert reasons("d") == {"d/.env": walk.HIDDEN, "d/.github": walk.HIDDEN}
    assert files("d", hidden=True) == ["d/.env", "d/.github/x", "d/f"]
    assert files("d/.github") == ["d/.github/x"]


def test_links_to_files_are_followed_within_the_folder() -> None:
    """Links to folders are not, so no link can lead in a circle."""
    write("d/f", "outside")
    for name, target in {
        "inside": "f",
        "leaving": "../outside",
        "folder": ".",
        "nowhere": "missing",
        "circle": "circle",
    }.items():
        Path("d", name).symlink_to(target)

    assert files("d") == ["d/f", "d/inside"]
    assert reasons("d") == {
        "d/leaving": walk.LEAVES,
        "d/folder": walk.FOLDER_LINK,
        "d/nowhere": walk.NOWHERE,
        "d/circle": walk.NOWHERE,
    }


def test_a_link_that_is_named_is_followed() -> None:
    write("d/f")
    Path("link").symlink_to("d")

    assert files("link") == ["link/f"]


def test_pipes_and_sockets_in_a_folder_are_passed_over() -> None:
    """Reading one would wait for ever."""
    write("d/f")
    os.mkfifo("d/pipe")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("d/socket")

        assert expand(["d"]) == DiscoveredFiles(
            ("d/f",), (Skipped("d/pipe", walk.SPECIAL), Skipped("d/socket", walk.SPECIAL))
        )


def denied(call: Callable[[str], Any], path: str) -> Callable[[str], Any]:
    """The call, to which the system refuses one path; as root is refused nothing, it is staged."""

    def refusing(given: str) -> Any:
        if given == path:
            raise PermissionError(13, "Permission denied")
        return call(given)

    return refusing


def failures(*paths: str) -> dict[str, str]:
    return {one.name: one.reason for one in expand(paths).failed}


def test_what_cannot_be_read_is_told_and_the_rest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason of the system; it is not passed over, because nobody wanted that."""
    write("d/closed/f", "d/f", "d/secret")
    monkeypatch.setattr(os, "scandir", denied(os.scandir, "d/closed"))
    monkeypatch.setattr(walk, "head_of", denied(walk.head_of, "d/secret"))

    assert files("d") == ["d/f"]
    assert reasons("d") == {}
    assert failures("d") == {"d/closed": "Permission denied", "d/secret": "Permission denied"}


def test_a_named_folder_that_cannot_be_listed_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also one that a pattern starts from."""
    write("d/f", "e/f")
    monkeypatch.setattr(os, "scandir", denied(os.scandir, "d"))

    assert files("d", "e") == ["e/f"]
    assert failures("d", "e") == failures("d/*") == {"d": "Permission denied"}


def test_a_file_that_vanishes_before_its_turn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the listing of its folder and the look at it."""
    write("d/f", "d/g")
    look = walk.head_of

    def late(path: str) -> bytes:
        Path("d/g").unlink(missing_ok=True)
        return look(path)

    monkeypatch.setattr(walk, "head_of", late)

    assert files("d") == ["d/f"]
    write("d/g")
    assert failures("d") == {"d/g": os.strerror(errno.ENOENT)}


# --- patterns -----------------------------------------------------------------------------------

TREE = ("a.py", "b.txt", "s/a.py", "s/t/b.py", "s/t/c.txt", "s/.h/d.py", ".e.py", "x/s/a.py")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.py", ["a.py"]),
        ("./*.py", ["./a.py"]),
        ("?.*", ["a.py", "b.txt"]),
        ("[b-z].txt", ["b.txt"]),
        ("[!b].py", ["a.py"]),
        ("s/*", ["s/a.py", "s/t/b.py", "s/t/c.txt"]),
        ("*/a.py", ["s/a.py"]),
        ("**/a.py", ["a.py", "s/a.py", "x/s/a.py"]),
        ("**/s/**/*.py", ["s/a.py", "s/t/b.py", "x/s/a.py"]),
        ("**/t", ["s/t/b.py", "s/t/c.txt"]),
        ("s/**", ["s/a.py", "s/t/b.py", "s/t/c.txt"]),
        ("**", ["a.py", "b.txt", "s/a.py", "s/t/b.py", "s/t/c.txt", "x/s/a.py"]),
        (".*.py", [".e.py"]),
        ("s/.h/*", ["s/.h/d.py"]),
        ("**/.h/*.py", ["s/.h/d.py"]),
    ],
)
def test_patterns_give_what_matches(pattern: str, expected: list[str]) -> None:
    """`**` stands for any folders, and a folder that matches gives all that is in it, once."""
    write(*TREE)

    assert files(pattern) == expected


def test_a_pattern_may_start_at_the_root(here: Path) -> None:
    write("d/a.py")

    assert files(f"{here}/d/*.py") == [f"{here}/d/a.py"]


def test_patterns_pass_over_what_folders_do() -> None:
    write("a.txt", "b.txt", ".c.txt")
    write("d.txt", content=b"\0")
    write(".gitignore", content=b"b.*")

    assert expand(["*.txt"]) == DiscoveredFiles(
        ("a.txt",),
        (
            Skipped(".c.txt", walk.HIDDEN),
            Skipped("b.txt", walk.IGNORED),
            Skipped("d.txt", walk.BINARY),
        ),
    )


def test_a_name_goes_before_a_pattern() -> None:
    """A file called `[a].txt` is meant by `[a].txt`."""
    write("[a].txt", "a.txt")

    assert files("[a].txt") == ["[a].txt"]


@pytest.mark.parametrize("pattern", ["*.rs", "missing/*", "**/missing", "f/*", "["])
def test_a_pattern_without_a_match_is_an_error(pattern: str) -> None:
    """With a hint, as nothing would be counted."""
    write("f", "d/g")
    with pytest.raises(UnreadableInput) as caught:
        expand([pattern])

    assert str(caught.value) == f"no file matches `{pattern}`"
    assert "hidden" in caught.value.hint


# --- .gitignore ---------------------------------------------------------------------------------


def test_ignored_folders_are_named_once() -> None:
    write("d/node_modules/a/b.js", "d/node_modules/c.js", "d/a.log", "d/keep.log", "d/f")
    write("d/.gitignore", content=b"# comment\nnode_modules/\n*.log\n!keep.log\n")

    assert files("d") == ["d/f", "d/keep.log"]
    assert reasons("d") == {
        "d/.gitignore": walk.HIDDEN,
        "d/a.log": walk.IGNORED,
        "d/node_modules": walk.IGNORED,
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_rules_are_read_from_plain_files_only() -> None:
    """A pipe would be waited for."""
    write("d/f")
    os.mkfifo("d/.gitignore")

    assert files("d") == ["d/f"]


def test_the_nearest_file_decides() -> None:
    write("d/a.log", "d/s/a.log", "d/s/b.txt", "d/s/t/b.txt")
    write("d/.gitignore", content=b"*.log")
    write("d/s/.gitignore", content=b"!*.log\n/b.txt\n")

    assert files("d") == ["d/s/a.log", "d/s/t/b.txt"]


@pytest.mark.parametrize("repository", [True, False])
def test_files_above_count_up_to_the_repository(repository: bool) -> None:
    """Outside of a repository nothing above the folder is looked at."""
    write("r/s/d/a.log", "r/s/d/a.tmp", "r/s/d/f")
    write(".gitignore", content=b"f")
    write("r/.gitignore", content=b"*.log\n*.tmp")
    write("r/s/.gitignore", content=b"!*.tmp")
    if repository:
        write("r/.git/HEAD")

    assert files("r/s/d") == [
        *([] if repository else ["r/s/d/a.log"]),
        *("r/s/d/a.tmp", "r/s/d/f"),
    ]


def test_a_repository_in_a_repository_has_its_own() -> None:
    write("r/.git/HEAD", "r/s/.git", "r/s/a.log")
    write("r/.gitignore", content=b"*.log")

    assert files("r/s") == ["r/s/a.log"]


def test_an_ignored_folder_that_is_named_is_read() -> None:
    write("r/.git/HEAD", "r/build/out/a.txt")
    write("r/.gitignore", content=b"build/")

    assert files("r") == []
    assert files("r/build/out") == ["r/build/out/a.txt"]


def test_a_broken_gitignore_ignores_what_it_can() -> None:
    """A mark, line ends of Windows, bytes that are no text, and lines without sense."""
    write("d/a", "d/b", "d/[", "d/c\\")
    write("d/.gitignore", content=b"\xef\xbb\xbfa\r\n[\r\nc\\\r\n!\r\n/\r\n\xff\r\n")

    assert files("d") == ["d/[", "d/b", "d/c\\"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("[[:alpha:][:digit:]]", "(?!/)[a-zA-Z0-9]"), ("[z-a]", "(?!)"), ("[!z-a]", "[^/]")],
)
def test_sets_are_translated(pattern: str, expected: str) -> None:
    """Classes of POSIX; a range that runs backwards has no members."""
    assert translate(pattern) == expected


def test_no_pattern_takes_for_ever() -> None:
    """Of many stars: each way to spread a name over them would be tried."""
    write(f"d/{'a' * 250}")
    write("d/.gitignore", content=b"*a" * 100 + b"b\n" + b"a**" * 200 + b"b")

    assert files("d") == [f"d/{'a' * 250}"]


NAMES = ("a", "b", "ab", "a.txt", "b.py", "build", "x y")
FRAGMENTS = (
    *("a", "b", "*", "?", "/", "/", "!", "#", " ", "\\", "[ab]", "[!a]", ".txt", "build", "x "),
    *("[[:alpha:]]", "[]a]", "[a-c]*", "[a-]", "[a", "[z-a]", "\\*", "\\ ", "[\\]a]", "?d", "-"),
)
PATTERNS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "!", "/", "!/", "**/", "!**/"]),
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4).map("".join),
    st.sampled_from(["", "/", "/**", "/**/b", "/*", "\r"]),
)
FOLDERS = ("", "a", "build", "a/build", "a/build/a", "x y")


def sensible(line: str) -> bool:
    """Git takes the stars of `b**` for folders where a plain prefix is before them, against its own
    manual."""
    return "**" not in line.lstrip("!")[1:].replace("/**", "")


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> str:
    if GIT is None:
        pytest.skip("needs git, whose rules these are")
    path = str(tmp_path_factory.mktemp("git"))
    subprocess.run([GIT, "init", "-q", "--bare", path], check=True)
    return path


@settings(max_examples=60, deadline=None)
@given(
    rules=st.dictionaries(
        st.sampled_from(FOLDERS), st.lists(PATTERNS.filter(sensible), min_size=1, max_size=4)
    )
)
def test_git_ignores_the_same(rules: dict[str, list[str]], repository: str) -> None:
    """For any patterns in any folders, the files are those that git would add."""
    with tempfile.TemporaryDirectory() as root:
        for folder in FOLDERS:
            Path(root, folder).mkdir(exist_ok=True)
        for folder, name in product(FOLDERS, NAMES):
            if f"{folder}/{name}".lstrip("/") not in FOLDERS:
                Path(root, folder, name).touch()
        for folder, lines in rules.items():
            Path(root, folder, ".gitignore").write_text("\n".join(lines), newline="")
        found = [os.path.relpath(one, root) for one in files(root, hidden=True)]

        assert sorted(found) == sorted(untracked(root, repository))


def untracked(root: str, repository: str) -> list[str]:
    assert GIT is not None
    command = [GIT, f"--git-dir={repository}", f"--work-tree={root}", "-c", "core.bare=false"]
    command += ["-c", "core.excludesFile=/dev/null", "ls-files", "-o", "-z", "--exclude-standard"]
    found = subprocess.run(command, check=True, capture_output=True, cwd=root)
    return found.stdout.decode().split("\0")[:-1]
