"""The GitHub Action and the hooks of pre-commit, run as their files state them, on a repository."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from paths import ROOT

BASH = shutil.which("bash") or ""
pytestmark = pytest.mark.skipif(not (BASH and shutil.which("git")), reason="needs bash and git")

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {one["name"]: one for one in ACTION["runs"]["steps"]}
HOOKS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
)
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
LLMCOST = """#!{python}
import sys
from llmcost.cli.app import main
sys.exit(main())
"""
GH = """#!{python}
# A GitHub that writes down what it is asked, and has the comments of a file.
import json, os, sys
from pathlib import Path
words = sys.argv[1:]
bodies = [Path(one[6:]).read_text() for one in words if one.startswith("body=@")]
with open(os.environ["ASKED"], "a") as file:
    file.write(json.dumps([words, bodies]) + "\\n")
if os.environ.get("GH_FAILS"):
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
if "--jq" in words:
    sys.stdout.write(os.environ.get("IDS", ""))
"""
PYTHON = """#!{python}
# Makes a folder in the place of a virtual environment, whose python writes down its words.
import json, os, shutil, sys
from pathlib import Path
with open(os.environ["INSTALLED"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if "venv" in sys.argv:
    place = Path(sys.argv[-1], os.environ["LIKE"])
    place.parent.mkdir(parents=True)
    shutil.copy(__file__, place)
"""


class Runner(msgspec.Struct):
    """What runs the steps of the action, as GitHub does. `asked`: what gh was asked."""

    folder: Path
    inputs: dict[str, str]
    event: dict[str, str]
    variables: dict[str, str]

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        """One step, with its environment; like GitHub's `shell: bash`."""
        step = STEPS[name]
        assert step["shell"] == "bash"
        own = {key: self.filled(str(text)) for key, text in step.get("env", {}).items()}
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**os.environ, **self.variables, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        return done

    def all(self) -> list[int]:
        """The exit codes of the steps behind the installation, up to the first that fails."""
        codes = []
        for name in ("Compare", "Comment", "Limits"):
            if name == "Comment" and not self.comments():
                continue
            codes.append(self.step(name).returncode)
            if codes[-1]:
                break
        return codes

    def comments(self) -> bool:
        """The condition of the step, which is written down here a second time."""
        condition = "inputs.comment == 'true' && github.event.pull_request.number"
        assert STEPS["Comment"]["if"] == condition
        return self.value("inputs.comment") == "true" and bool(
            self.value("github.event.pull_request.number")
        )

    def filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.value(found[1]), text)

    def value(self, name: str) -> str:
        if name.startswith("inputs."):
            key = name.removeprefix("inputs.")
            default = str(ACTION["inputs"][key]["default"])
            return self.inputs.get(key, self.filled(default))
        if name.startswith("steps.diff.outputs."):
            return self.outputs()[name.removeprefix("steps.diff.outputs.")]
        return self.event.get(name, "")

    def outputs(self) -> Mapping[str, str]:
        lines = Path(self.variables["GITHUB_OUTPUT"]).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def asked(self) -> list[Any]:
        path = Path(self.variables["ASKED"])
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(name: str, content: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", "one")


def program(path: Path, text: str) -> None:
    path.write_text(text.replace("{python}", sys.executable))
    path.chmod(0o755)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A shallow clone of a pull request's merge, as actions/checkout makes it."""
    folder = tmp_path_factory.mktemp("github")
    with pytest.MonkeyPatch.context() as patch:
        quiet_git(patch)
        (folder / "origin").mkdir()
        patch.chdir(folder / "origin")
        git("init", "--quiet", "--initial-branch=main")
        git("config", "uploadpack.allowAnySHA1InWant", "true")
        write("prompts/a.md", "Answer briefly.\n")
        commit()
        git("switch", "--quiet", "--create", HOSTILE_BRANCH)
        write("prompts/a.md", "Answer briefly, and in one sentence.\n")
        write(f"prompts/{HOSTILE_NAME}", "Answer.\n")
        commit()
        git("switch", "--quiet", "main")
        write("prompts/of others.md", "This is not of the pull request.\n")
        commit()
        git("merge", "--quiet", "--no-edit", HOSTILE_BRANCH)
        git("clone", "--quiet", "--depth=1", f"file://{Path.cwd()}", "../clone")
        yield folder / "clone"
    assert not list(folder.rglob("injected*"))


def quiet_git(patch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches git."""
    for name in [one for one in os.environ if one.startswith(("GIT_", "GITHUB_"))]:
        patch.delenv(name)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{role}_NAME", "a person")
        patch.setenv(f"GIT_{role}_EMAIL", "a@example.org")


@pytest.fixture
def runner(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    quiet_git(monkeypatch)
    programs, temporary = tmp_path / "programs", tmp_path / "temporary"
    for folder in (programs, temporary):
        folder.mkdir()
    program(programs / "gh", GH)
    installed = temporary / "llmcost" / "bin" / "llmcost"
    installed.parent.mkdir(parents=True)
    program(installed, LLMCOST)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    shutil.copytree(clone, tmp_path / "clone")
    monkeypatch.chdir(tmp_path / "clone")
    variables = {
        "RUNNER_TEMP": str(temporary),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_REPOSITORY": "someone/project",
        **{f"GITHUB_{one}": str(temporary / one) for one in ("OUTPUT", "STEP_SUMMARY", "PATH")},
        "ASKED": str(temporary / "asked"),
        "INSTALLED": str(temporary / "installed"),
    }
    event = {"github.event.pull_request.number": "7", "github.token": "a token"}
    inputs = {"models": "gpt-4o", "calls": "1000", "paths": "prompts\n"}
    yield Runner(tmp_path, inputs, event, variables)
    assert not list(tmp_path.rglob("injected*"))


HOSTILE = "$(touch injected1)`touch injected2`'\";touch injected3;#"
HOSTILE_NAME = f"{HOSTILE}|<script>.md"
HOSTILE_BRANCH = "side$(touch${IFS}injected4)"


def test_nothing_is_written_into_a_script() -> None:
    """Inputs reach a script by its environment alone."""
    assert not [name for name, step in STEPS.items() if EXPRESSION.search(step["run"])]
    assert all(set(step) <= {"name", "id", "if", "shell", "env", "run"} for step in STEPS.values())


def test_every_input_is_used_and_said() -> None:
    used = re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text(encoding="utf-8"))

    assert set(used) == set(ACTION["inputs"])
    assert all(one["description"] for one in ACTION["inputs"].values())


def test_a_pull_request_gets_a_comment(runner: Runner) -> None:
    """With what it changes itself, although its base is not in the clone."""
    assert runner.all() == [0, 0, 0]
    posted = Path(runner.outputs()["file"]).read_text()
    (listed, _), (asked, bodies) = runner.asked()

    assert listed[:3] == ["api", "--paginate", "repos/someone/project/issues/7/comments"]
    assert asked[:4] == ["api", "--method", "POST", "repos/someone/project/issues/7/comments"]
    assert bodies == [posted]
    assert Path(runner.variables["GITHUB_STEP_SUMMARY"]).read_text() == posted
    assert posted.startswith("<!-- llmcost:diff -->\n")
    assert "files: 1 changed, 1 added, 1 unchanged; 1,000 calls each" in posted
    assert "<script>" not in posted


def test_the_comment_that_is_there_is_updated(runner: Runner) -> None:
    runner.variables["IDS"] = "11\n12\n"

    assert runner.all() == [0, 0, 0]
    assert runner.asked()[1][0][:4] == [
        *("api", "--method", "PATCH", "repos/someone/project/issues/comments/11"),
    ]


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_only_comments_of_ours_are_updated(runner: Runner) -> None:
    """Anybody can write the mark."""
    runner.all()
    words = runner.asked()[0][0]
    mark, bot, nobody = "<!-- llmcost:diff -->\n", {"type": "Bot"}, {"type": "User"}
    comments = [
        {"id": 1, "body": f"{mark}x", "user": nobody, "author_association": "NONE"},
        {"id": 2, "body": f"see {mark}", "user": bot, "author_association": "NONE"},
        {"id": 3, "body": f"{mark}x", "user": bot, "author_association": "NONE"},
        {"id": 4, "body": f"{mark}x", "user": nobody, "author_association": "MEMBER"},
    ]
    found = subprocess.run(
        ["jq", words[words.index("--jq") + 1]],
        input=json.dumps(comments),
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.split() == ["3", "4"]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"fail-increase": "5%"}, 3),
        ({"fail-over": "0 yuan"}, 3),
        ({"fail-increase": "100 yuan"}, 0),
        ({"fail-increase": HOSTILE}, 2),
        ({"models": HOSTILE}, 1),
        ({"paths": "nowhere"}, 1),
        ({"paths": f"prompts\n{HOSTILE}\n--output=x"}, 0),
    ],
)
def test_the_job_ends_with_the_code_of_the_command(
    runner: Runner, limits: Mapping[str, str], code: int
) -> None:
    """A limit that is passed has its comment before it; an error has none."""
    runner.inputs |= limits

    assert runner.all() == [0, 0, code]
    assert runner.outputs()["exit-code"] == str(code)
    assert len(runner.asked()) == (2 if code in (0, 3) else 0)


def test_what_may_not_comment_still_has_its_limit_and_its_summary(runner: Runner) -> None:
    """As a pull request from a fork."""
    runner.variables["GH_FAILS"] = "yes"
    runner.inputs["fail-increase"] = "5%"

    assert runner.all() == [0, 0, 3]
    assert runner.step("Comment").stdout.startswith("::warning title=llmcost::")
    assert Path(runner.variables["GITHUB_STEP_SUMMARY"]).read_text()


@pytest.mark.parametrize("change", [{"comment": "false"}, {}])
def test_nothing_is_posted_unasked(runner: Runner, change: Mapping[str, str]) -> None:
    """Nor where there is no pull request."""
    runner.inputs |= change
    if not change:
        runner.event.clear()

    assert runner.all() == [0, 0]
    assert runner.asked() == []


@pytest.mark.parametrize(
    ("base", "code"),
    [("main~1", 128), (HOSTILE_BRANCH, 0), ("main", 0), ("--upload-pack=touch injected5", 2)],
)
def test_a_base_of_ones_own(runner: Runner, base: str, code: int) -> None:
    """A branch that is not there is fetched."""
    runner.inputs["base"] = base

    assert runner.step("Compare").returncode == code


def test_all_inputs_reach_the_command(runner: Runner) -> None:
    """Each as one word, and in Chinese."""
    program(
        Path(runner.variables["RUNNER_TEMP"], "llmcost", "bin", "llmcost"),
        "#!/bin/sh\nprintf '%s\\n' \"$@\" $LLMCOST_LANG\n",
    )
    words = ("models", "calls", "output-tokens", "workload", "currency", "fail-increase")
    runner.inputs = {one: f"{one} 1" for one in (*words, "fail-over")}
    runner.inputs |= {"only-changed": "true", "paths": "a b\n\n*.md", "base": "main", "lang": "zh"}
    assert runner.step("Compare").returncode == 0
    found = Path(runner.outputs()["file"]).read_text().splitlines()

    assert found == [
        *("diff", "--git", "main", "--format", "md", "--no-progress", "--model=models 1"),
        *(f"--{one}={one} 1" for one in (*words[1:], "fail-over")),
        *("--only-changed", "--", "a b", "*.md", "zh"),
    ]


@pytest.mark.parametrize("python", ["bin/python", "Scripts/python.exe"])
def test_the_tree_of_the_action_is_installed_with_what_it_locks(
    runner: Runner, python: str
) -> None:
    """Into a folder of its own, on Windows, too; nothing of a pull request's folder is run."""
    program(runner.folder / "programs" / "python3", PYTHON)
    home = Path(runner.variables["RUNNER_TEMP"]) / "llmcost"
    shutil.rmtree(home)
    runner.variables["LIKE"] = python

    assert runner.step("Install llmcost").returncode == 0
    told = Path(runner.variables["INSTALLED"]).read_text().splitlines()
    environment, locked, tree = map(json.loads, told)
    assert environment == ["-I", "-m", "venv", str(home)]
    assert locked[:4] == tree[:4] == ["-I", "-m", "pip", "install"]
    assert locked[-2:] == ["-r", f"{ROOT}/requirements/run.txt"]
    assert tree[-3:] == ["--no-deps", "--no-build-isolation", str(ROOT)]


def test_later_steps_keep_their_programs(runner: Runner) -> None:
    """Neither python nor pip nor anything else of that folder comes before theirs."""
    program(runner.folder / "programs" / "python3", PYTHON)
    shutil.rmtree(Path(runner.variables["RUNNER_TEMP"]) / "llmcost")
    runner.variables["LIKE"] = "bin/python"
    runner.variables |= {f"GITHUB_{one}": str(runner.folder / one) for one in ("PATH", "ENV")}

    assert runner.step("Install llmcost").returncode == 0
    assert [one.name for one in runner.folder.iterdir() if one.name in ("PATH", "ENV")] == []
    assert "GITHUB_PATH" not in (ROOT / "action.yml").read_text(encoding="utf-8")


def test_the_program_of_windows_is_found(runner: Runner) -> None:
    home = Path(runner.variables["RUNNER_TEMP"]) / "llmcost"
    (home / "Scripts").mkdir()
    (home / "bin" / "llmcost").rename(home / "Scripts" / "llmcost.exe")

    assert runner.all() == [0, 0, 0]


# pre-commit


def hook(id: str, files: list[str], args: list[str] | None = None) -> tuple[int, str]:
    """A hook as pre-commit runs it: its entry, arguments, and the names of staged files."""
    (found,) = [one for one in HOOKS if one["id"] == id]
    words = [*found["entry"].split(), *(found["args"] if args is None else args), *files]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_hooks_look_at_what_is_staged(runner: Runner) -> None:
    program(runner.folder / "programs" / "llmcost", LLMCOST)
    write("prompts/a.md", "Answer in full, with an example and a source for each fact.\n")
    write("prompts/--format=json", "Answer.\n")
    git("add", "--all")
    files = ["prompts/a.md", "prompts/--format=json"]
    model = ["-m", "gpt-4o", "--calls", "1000000"]

    code, shown = hook("llmcost-diff", files)
    assert (code, "files: 1 changed, 1 added" in shown) == (0, True)
    assert "note: using the cheapest main model" in shown
    assert hook("llmcost-diff", files, [*model, "--fail-increase", "5%", "--"])[0] == 3
    assert hook("llmcost-estimate", files, [*model, "--"])[0] == 0
    assert hook("llmcost-estimate", files, [*model, "--fail-over", "1 yuan", "--"])[0] == 3


def test_pre_commit_takes_the_hooks() -> None:
    clientlib = pytest.importorskip("pre_commit.clientlib")

    assert clientlib.load_manifest(ROOT / ".pre-commit-hooks.yaml")
