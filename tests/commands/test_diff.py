"""`llmcost diff` of git revisions, folders and files, as a command in a real repository."""

import gzip
import json
import os
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from llmcost.cli.app import main
from llmcost.inputs.git_blobs import Blobs, BlobStream
from llmcost.inputs.git_revisions import compared, revisions

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

Run = Callable[..., tuple[int, str, str]]
CHAT = '{"messages": [{"role": "user", "content": "hello"}]}\n'
MODEL = ("-m", "gpt-4o")


def git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def write(name: str, content: str | bytes = "Answer briefly.\n") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit() -> str:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    return git("rev-parse", "HEAD")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in an empty repository, which no setting of the machine reaches."""
    for name in [one for one in os.environ if one.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "a person")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.org")
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    git("init", "--quiet", "--initial-branch=main")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def document(run: Run, *words: str, paths: Sequence[str] = ()) -> dict[str, Any]:
    code, out, err = run("diff", *MODEL, *words, "--format", "json", "--", *paths)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def rows(run: Run, *words: str, paths: Sequence[str] = ()) -> list[tuple[str, str, str | None]]:
    """Status, name and old name of each file."""
    (result,) = document(run, *words, paths=paths)["results"]
    return [(one["status"], one["name"], one["old_name"]) for one in result["files"]]


def test_what_a_branch_does_to_its_prompts(run: Run) -> None:
    for name in ("changed.md", "gone.md", "kept.md"):
        write(f"prompts/{name}")
    write("prompts/old.md", "A prompt that is long enough to be known again.\n" * 5)
    write("prompts/chat.jsonl", CHAT)
    first = commit()
    write("prompts/changed.md", "Answer briefly, and in one sentence.\n")
    write("prompts/chat.jsonl", CHAT * 2)
    write("prompts/新.md", "请简短回答。\n")
    git("rm", "--quiet", "prompts/gone.md")
    git("mv", "prompts/old.md", "prompts/new.md")
    git("add", "--all")
    expected = [
        ("changed", "prompts/changed.md", None),
        ("changed", "prompts/chat.jsonl", None),
        ("removed", "prompts/gone.md", None),
        ("unchanged", "prompts/kept.md", None),
        ("renamed", "prompts/new.md", "prompts/old.md"),
        ("added", "prompts/新.md", None),
    ]

    assert rows(run, "--git", "main") == expected
    found = document(run, "--git", "main", "--calls", "1000")
    (line,) = found["results"]
    assert (found["before"], found["after"], found["calls"]) == (first, None, 1000)
    by_name = {one["name"]: one for one in line["files"]}
    assert by_name["prompts/chat.jsonl"]["percent"] == "100"
    assert by_name["prompts/new.md"]["cost"]["change"]["amount"] == "0"
    assert by_name["prompts/新.md"]["cost"]["before"]["amount"] == "0"
    assert by_name["prompts/gone.md"]["percent"] == "-100"
    last = commit()
    assert rows(run, "--git", f"{first}..{last}") == expected
    assert rows(run, "--git", f"{first}..") == expected
    assert rows(run, "--git", "main~1") == expected


def test_a_file_costs_what_estimate_says(run: Run) -> None:
    """Of chats, of a batch, compressed or in another encoding; from the tree and from git."""
    write("chat.jsonl", CHAT)
    write("text.md", "你好\n".encode("utf-16"))
    write("text.md.gz", gzip.compress(b"hello\n"))
    commit()
    for name in ("chat.jsonl", "text.md", "text.md.gz"):
        _, alone, _ = run("estimate", *MODEL, name, "-o", "10", "-q")
        (line,) = document(run, "--git", "HEAD", "-o", "10", paths=[name])["results"]

        assert line["native"]["after"]["amount"] == alone.strip()
        Path(name).write_bytes(b"")
        _, change, _ = run("diff", *MODEL, "-o", "10", "--git", "HEAD", "-q", "--", name)
        assert change.startswith("-")


def test_names_are_what_they_are(run: Run) -> None:
    names = [
        "new\nline.md",
        "a b.md",
        "-x",
        "-",
        "tab\t.md",
        "*.md",
        ":(exclude)a.md",
        "é.md",
        "'\".md",
    ]
    for name in names:
        write(f"./{name}")
    commit()
    for name in names:
        write(f"./{name}", "Answer in full, please.\n")

    found = rows(run, "--git", "HEAD")
    assert sorted(name for _, name, _ in found) == sorted(
        [*names[1:4], "new\\x0aline.md", "tab\\x09.md", *names[5:]]
    )
    assert {status for status, _, _ in found} == {"changed"}
    for name in ("*.md", ":(exclude)a.md", "-x"):  # which are no patterns, and no options
        assert [one for _, one, _ in rows(run, "--git", "HEAD", paths=[name])] == [name]


def test_paths_choose_also_from_below(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.md", "prompts/b.md", "prompts/c.txt", ".github/d.md"):
        write(name)
    commit()
    everything = ["a.md", "prompts/b.md", "prompts/c.txt"]
    cases: list[tuple[list[str], list[str]]] = [
        ([], everything),
        (["prompts"], everything[1:]),
        (["prompts/"], everything[1:]),
        (["*.md"], everything[:2]),
        ([".github"], [".github/d.md"]),
    ]
    for paths, expected in cases:
        assert [name for _, name, _ in rows(run, "--git", "main", paths=paths)] == expected
    monkeypatch.chdir("prompts")
    assert [name for _, name, _ in rows(run, "--git", "main")] == everything
    assert [name for _, name, _ in rows(run, "--git", "main", paths=["."])] == everything[1:]
    assert [name for _, name, _ in rows(run, "--git", "main", paths=["../a.md"])] == ["a.md"]


def test_what_is_no_prompt_is_passed_over_and_told(run: Run) -> None:
    write("a.md")
    write("image.png", b"\x89PNG\0\0")
    Path("link.md").symlink_to("a.md")
    git("init", "--quiet", "other")
    os.chdir("other")
    commit()
    os.chdir("..")
    git("submodule", "--quiet", "add", "./other", "module")
    write(".gitignore", "other\nignored.md\n")
    commit()
    write("ignored.md")
    write("new.md")
    _, out, err = run("diff", *MODEL, "--git", "HEAD", "--only-changed")

    assert out.count("\n") == 1
    assert [line for line in err.splitlines() if "over" in line or "git" in line] == [
        "note: passed over (a link): link.md",
        "note: passed over (a submodule): module",
        "note: passed over (hidden): .gitignore, .gitmodules",
        "note: passed over (binary): image.png",
        "note: not known to git, and so left out (`git add` them): new.md",
    ]


def test_a_file_that_became_a_link_is_gone(run: Run) -> None:
    write("a.md")
    write("b.md")
    commit()
    Path("a.md").unlink()
    Path("a.md").symlink_to("b.md")

    assert rows(run, "--git", "HEAD") == [("removed", "a.md", None), ("unchanged", "b.md", None)]


def test_a_conflict_counts_as_it_lies_there(run: Run) -> None:
    write("a.md", "one\n")
    commit()
    git("switch", "--quiet", "--create", "side")
    write("a.md", "two\n")
    commit()
    git("switch", "--quiet", "main")
    write("a.md", "three\n")
    commit()
    subprocess.run(["git", "merge", "side"], capture_output=True, check=False)

    assert rows(run, "--git", "HEAD") == [("changed", "a.md", None)]


def test_three_dots_leave_out_what_the_other_branch_did(run: Run) -> None:
    write("a.md")
    commit()
    git("switch", "--quiet", "--create", "side")
    write("b.md", "Answer in full.\n")
    commit()
    git("switch", "--quiet", "main")
    write("c.md", "你好\n")
    commit()

    assert rows(run, "--git", "main..side", "--only-changed") == [
        ("added", "b.md", None),
        ("removed", "c.md", None),
    ]
    assert rows(run, "--git", "main...side", "--only-changed") == [("added", "b.md", None)]


def test_before_the_first_commit_everything_is_new(run: Run) -> None:
    write("a.md")
    git("add", "a.md")

    assert rows(run, "--git", "HEAD") == [("added", "a.md", None)]


def test_settings_of_the_user_change_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("prompts/a.md")
    write("b.md")
    commit()
    write("b.md", "Another one.\n")
    before = rows(run, "--git", "HEAD")
    for name, value in (
        *(("diff.relative", "true"), ("color.ui", "always"), ("diff.noprefix", "true")),
        *(("diff.external", "false"), ("diff.renames", "false"), ("core.quotePath", "true")),
    ):
        git("config", name, value)
    monkeypatch.chdir("prompts")

    assert rows(run, "--git", "HEAD") == before


ERRORS = [
    (("--git", "nope"), 1, "error: git knows no revision `nope`"),
    (("--git", "main..nope"), 1, "error: git knows no revision `nope`"),
    (("--git", "main:a.md"), 1, "error: git knows no revision `main:a.md`"),
    (("--git", "^main"), 1, "error: git knows no revision `^main`"),
    (("--git", ""), 1, "error: git knows no revision ``"),
    (("--git", "main..--help"), 1, "error: git knows no revision `--help`"),
    (("--git=--output=x",), 2, "error: --git takes a revision, not `--output=x`"),
    (("--git", "main", "nowhere"), 1, "error: there is nothing to compare in nowhere"),
    (("--git", "main", "../.."), 1, "error: git cannot compare: "),
    ((), 2, "error: diff takes an old and a new one, or a revision with --git"),
    (("a.md",), 2, "error: diff takes an old and a new one, or a revision with --git"),
    (("a.md", "."), 2, "error: two files or two folders, not one of each: `a.md` `.`"),
    (("a.md", "b.md"), 1, "error: no such file: `b.md`"),
    (("*.m?", "a.md"), 2, "error: `*.m?` is a pattern, and diff takes files or folders"),
    (("-", "-"), 2, "error: standard input can be read once: `-` is there twice"),
    (("a.md", "a.md", "--scenario", "x"), 2, "error: --scenario needs a workload file"),
]


@pytest.mark.parametrize(("words", "code", "error"), ERRORS)
def test_what_cannot_be_compared(run: Run, words: Sequence[str], code: int, error: str) -> None:
    write("a.md")
    commit()
    found = run("diff", *MODEL, *words)

    assert found[:2] == (code, "")
    assert found[2].startswith(error)
    assert not Path("x").exists()


def test_outside_of_a_repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("diff", "--git", "main")

    assert (code, out) == (1, "")
    assert err.startswith("error: git cannot read this folder: ")
    assert "\nhint: " in err


def test_without_git(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert run("diff", "--git", "main") == (
        1,
        "",
        "error: git is not installed, or not on the PATH\n"
        "hint: without --git, two files or folders are compared\n",
    )


def test_a_shallow_clone_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.md")
    commit()
    commit()
    git("clone", "--quiet", "--depth=1", f"file://{Path.cwd()}", "../shallow")
    monkeypatch.chdir("../shallow")

    assert run("diff", "--git", "HEAD~1")[2] == (
        "error: git knows no revision `HEAD~1`\n"
        "hint: this is a shallow clone: `git fetch` the revision first\n"
    )


# two folders, two files


def test_folders_are_compared_place_by_place(run: Run) -> None:
    write("old/a.md")
    write("old/b/c.md")
    write("new/a.md")
    write("new/b/c.md", "Answer in full.\n")
    write("new/d.md")
    expected = [("unchanged", "a.md", None), ("changed", "b/c.md", None), ("added", "d.md", None)]

    assert rows(run, paths=["old", "new"]) == expected
    assert rows(run, paths=["old/", "./new"]) == expected
    assert rows(run, "--only-changed", paths=["old", "new"]) == expected[1:]


def test_two_files(run: Run) -> None:
    write("old.md", "Answer.\n")
    write("new.md", "Answer briefly.\n")

    assert rows(run, paths=["old.md", "new.md"]) == [("changed", "new.md", "old.md")]
    code, out, _ = run("diff", "old.md", "new.md", "-q", "--calls", "1000000")
    assert (code, float(out) > 0) == (0, True)


def test_a_version_that_cannot_be_read_is_neither_added_nor_removed(run: Run) -> None:
    for folder in ("old", "new"):
        write(f"{folder}/a.md", f"{folder}\n")
        write(f"{folder}/b.gz", b"\x1f\x8b\x08")
    write("old/b.gz", "text\n")
    code, out, err = run("diff", *MODEL, "old", "new", "--format", "json")
    found = json.loads(out)

    assert code == 1
    assert "error: " in err
    assert [one["name"] for one in found["failed"]] == ["new/b.gz"]
    assert [one["name"] for one in found["results"][0]["files"]] == ["a.md"]


def test_broken_requests_are_told_unless_they_are_left_out(run: Run) -> None:
    write("old.jsonl", CHAT)
    write("new.jsonl", CHAT * 2 + "{\n")

    assert run("diff", *MODEL, "old.jsonl", "new.jsonl")[0] == 1
    assert run("diff", *MODEL, "old.jsonl", "new.jsonl", "--skip-bad")[0] == 0
    assert run("diff", *MODEL, "old.jsonl", "new.jsonl", "--input-format", "text")[0] == 0


# models, workload, limits


def test_without_models_the_cheapest_stands_for_them(run: Run) -> None:
    """The one that an estimate of what has changed ranks first, of those that are paid for."""
    write("a.md")
    write("b.md", "Another prompt.\n" * 100)
    commit()
    write("a.md", "Answer as briefly as you can.\n")
    _, out, err = run("diff", "--git", "HEAD", "--format", "json")
    _, ranked, _ = run("estimate", "a.md", "-o", "0", "--format", "json")
    paid = [one for one in json.loads(ranked)["results"] if one["state"] == "priced"]

    assert [one["model"] for one in json.loads(out)["results"]] == [paid[0]["model"]]
    assert "note: using the cheapest main model (choose with -m)" in err


WORKLOAD = """\
schema: 1
mau: 1000
requests_per_user: 30
tool_calls: 1
retries: 5%
input_tokens: 500
output_tokens: 200
thinking_tokens: 50
cache_hit: 80%
scenarios:
  small: {mau: 10}
  large: {mau: 1M}
"""


def test_a_workload_says_how_often_and_how_much(run: Run) -> None:
    """A turn is a request, a tool call one more, and retries are sent twice."""
    write("workload.yaml", WORKLOAD)
    write("old.md", "Answer.\n")
    write("new.md", "Answer briefly.\n")
    words = ("--workload", "workload.yaml", "--scenario", "small")
    found = document(run, *words, paths=["old.md", "new.md"])
    (line,) = found["results"]

    assert found["calls"] == 10 * 30 * 2 * 105 // 100
    assert document(run, "--calls", "630", "-o", "250", paths=["old.md", "new.md"])["results"] == [
        line
    ]
    assert "not used of workload.yaml: input_tokens, cache_hit" in found["notes"]
    assert document(run, *words, "--calls", "7", paths=["old.md", "new.md"])["calls"] == 7
    code, _, err = run("diff", "old.md", "new.md", "--workload", "workload.yaml")
    assert (code, err.splitlines()[0]) == (2, "error: which of the scenarios? `small`, `large`")


def test_a_workload_without_requests(run: Run) -> None:
    write("workload.yaml", "schema: 1\nmau: 5\n")
    write("a.md")

    code, _, err = run("diff", "a.md", "a.md", "--workload", "workload.yaml")
    assert (code, err.splitlines()[0]) == (
        1,
        "error: workload.yaml:2: add a workload (--requests-per-user)",
    )


def test_a_limit_that_is_passed_hides_nothing(run: Run) -> None:
    """Exit 3, with all of the data; two limits are both told."""
    write("old.md", "Answer.\n")
    write("new.md", "Answer briefly, in one sentence.\n")
    words = ("diff", *MODEL, "old.md", "new.md", "--calls", "1000000")
    _, plain, _ = run(*words)
    limits = ("--fail-increase", "5%", "--fail-over", "1 yuan")
    code, out, err = run(*words, *limits)

    assert (code, out) == (3, plain)
    assert "warning: over 1 CNY: `openai/gpt-4o` " in err
    assert err.splitlines()[-1].startswith("error: the cost rises by more than 5%: `openai/gpt-4o`")
    assert run(*words, "--fail-increase", "100 yuan")[0] == 0
    assert run("diff", *MODEL, "new.md", "old.md", "--fail-increase", "0%")[0] == 0


def test_a_table_is_short_and_says_so(run: Run) -> None:
    """Twenty files on one model; data is complete."""
    models = ("--as-of", "2026-11-22", "-m", "gpt-4o,gpt-4o-mini,gpt-4.1,gpt-4.1-mini,gpt-5.1")
    for number in range(23):
        write(f"old/{number}.md", "Answer.\n")
        write(f"new/{number}.md", "Answer briefly.\n")
    _, table, said = run("diff", *models, "old", "new", "--format", "table")
    _, whole, _ = run("diff", *models, "old", "new", "--format", "table", "--all")
    _, data, _ = run("diff", *models, "old", "new")

    assert table.count("\nfiles on ") == 1
    assert table.count("\n3 more rows; --all shows them\n") == 1
    assert "note: files of the first model; --all shows those of each\n" in said
    assert whole.count("\nfiles on ") == 5
    assert "more" not in whole
    assert data.count("\n") == 1 + 5 * (1 + 23)


def test_ctrl_c_ends_it_without_half_of_an_answer(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(self: BlobStream) -> None:
        raise KeyboardInterrupt

    write("a.md")
    commit()
    monkeypatch.setattr(BlobStream, "__iter__", stopped)

    assert run("diff", *MODEL, "--git", "HEAD")[:2] == (130, "")


# git itself


def test_files_of_git_are_read_in_the_memory_of_a_block(run: Run) -> None:
    """And one that was left half-way does not disturb the next."""
    write("large.md", "a line of text\n" * 1_000_000)
    write("small.md")
    commit()
    hashes = {
        one.after.name: one.after.hash
        for one in compared(revisions("HEAD"), []).files
        if one.after is not None
    }
    with Blobs() as blobs:
        large = BlobStream("large.md", "utf-8", blobs, hashes["large.md"])
        tracemalloc.start()
        first = next(iter(large))
        small = "".join(BlobStream("small.md", "utf-8", blobs, hashes["small.md"]))
        read = sum(map(len, BlobStream("large.md", "utf-8", blobs, hashes["large.md"])))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert (first[:7], small, read) == ("a line ", "Answer briefly.\n", 15_000_000)
    assert most < 6_000_000


def test_a_model_has_its_score_beside_the_change(run: Run) -> None:
    write("old.md", "Answer.\n")
    write("new.md", "Answer briefly.\n")
    write("ours.csv", "model,score,source\ngpt-4o,7,us\ngpt-4o-mini,5,us\n")
    words = ("diff", "-m", "gpt-4o,gpt-4o-mini,gpt-4.1", "--quality", "ours.csv")
    paths = ("--", "old.md", "new.md")

    found = json.loads(run(*words, "--format", "json", *paths)[1])["results"]
    assert {one["model"]: one["quality"] and one["quality"]["value"] for one in found} == {
        "gpt-4o-mini": "5", "gpt-4o": "7", "gpt-4.1": None
    }  # fmt: skip
    head, *others = run(*words, "--format", "tsv", *paths)[1].splitlines()
    assert head.split("\t")[-1] == "quality"
    assert [one.split("\t")[-1] for one in others] == ["5", "5", "", "", "7", "7"]
    table = run(*words, "--format", "md", *paths)[1]
    assert "| ★ 5 |" in table
    few = json.loads(run(*words, "--min-quality", "6", "--format", "json", *paths)[1])
    assert [one["model"] for one in few["results"]] == ["gpt-4o"]
