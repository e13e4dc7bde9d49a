"""`llmcost usage`: what it reads, prints and refuses."""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paths import CLI

from llmcost.cli.app import main
from llmcost.logs import log_files as parts

Run = Callable[..., tuple[int, str, str]]
TINY = CLI / "tiny.yaml"
SECRET = "sk-live-4711-abcdefghijklmnop"


def line(model: str = "acme-v2", tokens: int = 1000, day: str = "2026-10-12", **others: Any) -> str:
    body = {"model": model, "timestamp": f"{day}T10:00:00+08:00", **others}
    return json.dumps({**body, "usage": {"prompt_tokens": tokens, "completion_tokens": 100}}) + "\n"


LOG = line() + line("acme-office") + line("acme-office", day="2026-10-11") + line(tokens=500)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `llmcost usage` over the invented table, in a folder with a log."""
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text(LOG)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["usage", "--prices", str(TINY), *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def document(run: Run, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--format", "json")[1])
    return found


def test_the_cost_is_one_number(run: Run) -> None:
    """1,500 tokens at 1 yuan a million, 200 at 3."""
    Path("log.jsonl").write_text(line() + line(tokens=500))

    assert run("log.jsonl", "-q") == (0, "0.0021\n", "")


def test_a_line_costs_what_estimate_says(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a text of as many tokens, in the same peak hour."""
    Path("text.txt").write_text("hello")
    Path("log.jsonl").write_text(line("acme-office", tokens=1, day="2026-10-12"))
    asked = ("estimate", "text.txt", "-o", "100", "-m", "acme-office", "-q")
    main([*asked, "--at", "2026-10-12T10:00:00+08:00", "--prices", str(TINY)])

    assert capsys.readouterr().out == run("log.jsonl", "-q")[1]


def compressed() -> list[tuple[str, Callable[[bytes], bytes]]]:
    return [("log.gz", gzip.compress), ("log.bz2", bz2.compress), ("log.xz", lzma.compress)]


@pytest.mark.parametrize(("name", "pack"), compressed(), ids=[one[0] for one in compressed()])
def test_logs_may_be_compressed(run: Run, name: str, pack: Callable[[bytes], bytes]) -> None:
    plain = run("log.jsonl", "-q")
    Path(name).write_bytes(pack(LOG.encode()))

    assert run(name, "-q") == plain


LAYOUTS = {
    "an array": "[" + ",".join(LOG.splitlines()) + "]",
    "an array over lines": json.dumps([json.loads(one) for one in LOG.splitlines()], indent=2),
    "bodies over lines": "".join(
        json.dumps(json.loads(one), indent=1) + "\n" for one in LOG.splitlines()
    ),
    "events": "".join(f"event: x\ndata: {one}\n\n" for one in LOG.splitlines()) + "data: [DONE]\n",
    "with a mark": "\ufeff" + LOG,
    "with blank lines": LOG.replace("\n", "\r\n \n"),
    "without a last line end": LOG.rstrip("\n"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(run: Run, layout: str) -> None:
    plain = run("log.jsonl", "-q")
    Path("other.json").write_text(LAYOUTS[layout], encoding="utf-8")

    assert run("other.json", "-q") == plain


def test_other_encodings_and_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run("log.jsonl", "-q")
    Path("wide.jsonl").write_text(LOG, encoding="utf-16")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))

    assert run("wide.jsonl", "-q") == plain
    assert run("-q") == plain


def test_folders(run: Run) -> None:
    Path("logs").mkdir()
    for name in ("a.jsonl", "b.jsonl"):
        Path("logs", name).write_text(LOG)

    found = document(run, "logs")

    assert [one["requests"] for one in found["inputs"]] == [4, 4]
    assert found["total"]["requests"] == 8


def test_several_processes_find_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few lines, so that they are several."""
    Path("log.jsonl").write_text(LOG * 30 + "{\n")
    whole = document(run, "log.jsonl", "--workers", "1", "--by", "day,model")
    monkeypatch.setattr(parts, "SIZE", 1000)

    assert document(run, "log.jsonl", "--workers", "2", "--by", "day,model") == whole
    assert "log.jsonl:121: not JSON" in run("log.jsonl", "--workers", "2")[2]


def test_lines_that_cannot_be_read(run: Run) -> None:
    """The rest is billed, the exit code is 1; with --skip-bad they are left out."""
    plain = run("log.jsonl", "-q")[1]
    Path("log.jsonl").write_text("{nothing\n" + LOG + '{"usage": {"prompt_tokens": -1}}\n7\n')

    code, out, err = run("log.jsonl", "-q")

    assert (code, out) == (1, plain)
    assert "error: 3 lines could not be read: log.jsonl:1: not JSON: " in err
    assert "log.jsonl:6: a negative number of tokens; log.jsonl:7: not as in any known log" in err
    code, out, err = run("log.jsonl", "-q", "--skip-bad")
    assert (code, out) == (0, plain)
    assert "warning: 3 lines could not be read: log.jsonl:1" in err
    assert document(run, "log.jsonl", "--skip-bad")["lines"]["bad"] == 3


def test_quiet_warns_of_what_is_not_in_the_total(run: Run) -> None:
    Path("log.jsonl").write_text(LOG + line("acme-v9") + '{"a": 1}\n')

    assert run("log.jsonl", "-q")[2].startswith("warning: left out (not in the price table): acme")
    assert "note:" not in run("log.jsonl", "-q")[2]


def test_lines_of_something_else_are_no_errors(run: Run) -> None:
    """They have no usage; broken lines are errors all the same."""
    Path("log.jsonl").write_text('{"model": {"a": 1}, "type": 5, "created": []}\n' + line())

    assert run("log.jsonl", "-q")[0] == 0
    assert document(run, "log.jsonl")["lines"] == {"bad": 0, "openai": 1, "without_usage": 1}


def test_what_a_limit_of_bytes_cuts_is_no_error(run: Run) -> None:
    Path("log.jsonl").write_text(line() * 3)

    code, out, _ = run("log.jsonl", "-q", "--max-bytes", str(len(line()) + 20))

    assert (code, out) == (0, "0.0013\n")
    assert "only the first" in run("log.jsonl", "--max-bytes", "200")[2]


def test_the_hour_of_requests_without_a_time(run: Run) -> None:
    """Off-peak unless --at says one."""
    Path("log.jsonl").write_text('{"model": "acme-office", "usage": {"prompt_tokens": 1000000}}')

    assert run("log.jsonl", "-q", "--at", "2026-10-12")[1] == "2\n"
    assert run("log.jsonl", "-q", "--at", "2026-10-12T10:00:00+08:00")[1] == "4\n"
    assert (
        "1 request has no time: billed as at 2026-10-12T10"
        in (run("log.jsonl", "--at", "2026-10-12T10:00:00+08:00")[2])
    )


def test_an_answer_is_billed_once(run: Run) -> None:
    """However often it was logged, in whatever file; --keep-repeats bills every line."""
    Path("log.jsonl").write_text(line(id="a") * 3 + line(id="b") + line())

    assert document(run, "log.jsonl")["total"]["requests"] == 3
    assert "note: not billed: 2 more copies of answers" in run("log.jsonl")[2]
    again = document(run, "log.jsonl", "log.jsonl")
    assert (again["total"]["requests"], again["lines"]["repeated"]) == (4, 6)
    assert [one["requests"] for one in again["inputs"]] == [1, 3]
    kept = document(run, "log.jsonl", "--keep-repeats")
    assert (kept["total"]["requests"], "repeated" in kept["lines"]) == (5, False)


def test_an_unknown_model_has_no_cost_and_is_told(run: Run) -> None:
    Path("log.jsonl").write_text(LOG + line("acme-v2-2026-01-01") * 2)

    code, _, err = run("log.jsonl")
    found = document(run, "log.jsonl")

    assert code == 0
    assert "warning: left out (not in the price table): acme-v2-2026-01-01: 2 requests" in err
    assert found["total"]["unpriced_requests"] == 2
    assert [one["cost"] for one in found["results"] if one["model"] == "acme-v2-2026-01-01"] == [
        None
    ]
    assert [(one["model"], one["requests"]) for one in found["unpriced"]] == [
        ("acme-v2-2026-01-01", 2)
    ]


def test_a_name_may_be_mapped(run: Run) -> None:
    Path("log.jsonl").write_text(line("ours"))
    mapped = run("log.jsonl", "-q", "--map", "ours=acme/acme-v2")
    Path("log.jsonl").write_text(line("acme-v2"))

    assert mapped == run("log.jsonl", "-q")


def test_a_limit(run: Run) -> None:
    """Of what is known; what is not known can be more."""
    assert run("log.jsonl", "-q", "--fail-over", "1 yuan")[0] == 0
    code, _, err = run("log.jsonl", "-q", "--fail-over", "0.001 dollar")
    assert (code, "error: over 0.001 USD: the log 0.00" in err) == (3, True)
    Path("log.jsonl").write_text(LOG + line("gpt-99"))
    code, _, err = run("log.jsonl", "-q", "--fail-over", "1 yuan")
    assert (code, "--fail-over cannot be judged: 1 request has no price" in err) == (1, True)
    assert run("log.jsonl", "-q", "--fail-over", "0.001 yuan")[0] == 3


def test_without_any_request_or_price_it_fails(run: Run) -> None:
    Path("log.jsonl").write_text('{"level": "info"}\n')
    assert run("log.jsonl", "-q")[0] == 1
    Path("log.jsonl").write_text(line("gpt-99"))
    code, out, err = run("log.jsonl", "-q")
    assert (code, out) == (1, "")
    assert "no request of the log has a price" in err


def test_no_format_shows_a_key(run: Run) -> None:
    Path("log.jsonl").write_text(line(api_key=SECRET) + line(api_key=SECRET, user="bob"))

    for format in ("table", "tsv", "csv", "md", "json", "ndjson"):
        code, out, err = run("log.jsonl", "--by", "key,user", "--format", format)
        assert code == 0
        assert SECRET[:12] not in out + err
        assert "…mnop" in out.replace("\\u2026", "…")


def test_csv_has_a_row_a_group_and_one_another_model(run: Run) -> None:
    _, out, _ = run("log.jsonl", "--by", "day", "--what-if", "acme-v2,acme-long", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))

    assert [(one["what"], one["day"], one["model"], one["requests"]) for one in rows] == [
        ("logged", "2026-10-11", "", "1"),
        ("logged", "2026-10-12", "", "3"),
        ("what-if", "", "acme-long", "4"),
        ("what-if", "", "acme-v2", "4"),
    ]


def test_a_name_in_a_log_is_text(run: Run) -> None:
    """No terminal, spreadsheet or Markdown acts on it."""
    Path("log.jsonl").write_text(line("\x1b[31mred\u202e") + line("=1+1") + line())

    assert "\x1b" not in run("log.jsonl", "--format", "table")[1]
    assert "'=1+1" in run("log.jsonl", "--format", "csv")[1]
    assert "\\x1b" in run("log.jsonl", "--format", "tsv")[1]


REFUSED = [
    (["log.jsonl", "--by", "colour"], "--by cannot be `colour`"),
    (["log.jsonl", "--map", "gpt"], "--map takes a name and a model: `gpt`"),
    (["log.jsonl", "--zone", "Mars"], "no time zone is called `Mars`"),
    (["log.jsonl", "--at", "soon"], "not a date: `soon`"),
]


@pytest.mark.parametrize(("words", "problem"), REFUSED)
def test_wrong_usage(run: Run, words: list[str], problem: str) -> None:
    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert f"error: {problem}\n" in err


@pytest.mark.parametrize(
    "words",
    [["--what-if", "gpt-99"], ["--map", "a=gpt-99"], ["--provider", "nobody"], ["missing.jsonl"]],
)
def test_what_is_not_there(run: Run, words: list[str]) -> None:
    assert run("log.jsonl", *words)[0] == 1


def test_a_csv_is_a_log(run: Run) -> None:
    """Also with other names of columns, in another encoding, and with numbers as texts."""
    plain = run("log.jsonl", "-q")[1]
    rows = [json.loads(one) for one in LOG.splitlines()]
    cells = [[one["model"], one["timestamp"], *map(str, one["usage"].values())] for one in rows]
    for names, encoding in (
        ("model,timestamp,prompt_tokens,completion_tokens", "utf-8-sig"),
        ("模型,时间,输入,输出", "gb18030"),
    ):
        text = "\r\n".join([names, *(",".join(one) for one in cells)])
        Path("log.csv").write_bytes(text.encode(encoding))

        assert run("log.csv", "-q") == (0, plain, "")


MENDED = [
    {"prompt_tokens": 1000.0, "completion_tokens": "100"},
    {"prompt_tokens": "1,000", "completion_tokens": 100, "cost": "¥0.02"},
    {"prompt_tokens": 1000, "completion_tokens": 100, "service_tier": 2},
]


@pytest.mark.parametrize("usage", MENDED)
def test_fields_of_other_types_lose_no_line(run: Run, usage: dict[str, Any]) -> None:
    plain = json.loads(line())
    Path("log.jsonl").write_text(json.dumps({**plain, "type": 2, "usage": usage}))

    assert run("log.jsonl", "-q") == (0, "0.0013\n", "")


def test_usage_that_is_not_understood_is_an_error(run: Run) -> None:
    """By the names of its fields: a total without it would look right."""
    Path("log.jsonl").write_text(line() + '{"agent": "x", "spentTokens": 900}\n')

    code, out, err = run("log.jsonl", "-q")

    assert (code, out) == (1, "0.0013\n")
    assert "usage in a form that is not known: spentTokens" in err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder with the logs of two agents; nothing is piped in."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("CODEX_HOME", raising=False)
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    claude = tmp_path / ".claude/projects/x/a.jsonl"
    claude.parent.mkdir(parents=True)
    around = {"sessionId": "s1", "cwd": "/home/li/tea", "type": "assistant"}
    claude.write_text(
        "".join(
            json.dumps(
                {
                    **{**around, "timestamp": f"2026-10-12T0{hour}:30:00Z"},
                    "message": {
                        **{"id": f"m{hour}", "type": "message", "model": "acme-v2"},
                        "usage": {"input_tokens": 1000, "output_tokens": 100},
                    },
                }
            )
            + "\n"
            for hour in (1, 2, 7)
        )
    )
    codex = tmp_path / "elsewhere/sessions/2026/10/12/rollout-1.jsonl"
    codex.parent.mkdir(parents=True)
    codex.write_text('{"type": "session_meta", "payload": {"id": "c"}}\n')
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        yield tmp_path


@pytest.mark.usefixtures("home")
def test_without_a_path_it_reads_what_agents_have_logged(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows of five hours begin with the first hour that has requests."""
    found = document(run)
    here = found["overview"]

    assert here["agents"] == [{"name": "Claude Code", "files": 1}]
    assert (here["all"]["requests"], here["today"]["requests"]) == (3, 0)
    assert here["all"]["cost"] == {"amount": "0.0039", "currency": "CNY"}
    assert [(one["project"], one["requests"]) for one in here["by_project"]] == [("tea", 3)]
    assert [(one["session"], one["requests"]) for one in here["by_session"]] == [("s1", 3)]
    windows = [("2026-10-12 09:00", 2), ("2026-10-12 15:00", 1)]
    assert [(one["window"], one["requests"]) for one in here["by_window"]] == windows
    assert "note: Claude Code: 1 file" in run()[2]

    monkeypatch.setenv("CODEX_HOME", str(Path.home() / "elsewhere"))
    assert [one["name"] for one in document(run)["overview"]["agents"]] == ["Claude Code", "Codex"]
    table = run("--format", "table")[1]
    assert all(one in table for one in ("this month", "tea", "2026-10-12 15:00"))


def test_where_no_agent_keeps_logs_it_says_so(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: home / "nobody")

    code, out, err = run()

    assert (code, out) == (1, "")
    assert "error: no logs of coding agents in" in err


def test_groups_of_a_session_and_its_windows(run: Run) -> None:
    Path("log.jsonl").write_text(
        line(session_id="a", cwd="C:\\work\\tea") + line(session_id="b", cwd="/work/tea/")
    )

    found = document(run, "log.jsonl", "--by", "project,session,window")

    assert [(one["project"], one["session"], one["window"]) for one in found["results"]] == [
        ("tea", "a", "2026-10-12 10:00"),
        ("tea", "b", "2026-10-12 10:00"),
    ]


def span(name: str, parent: str, **others: Any) -> str:
    attributes = {"gen_ai.request.model": "acme-v2", "gen_ai.usage.input_tokens": 1000, **others}
    return json.dumps(
        {
            **{"name": name, "context": {"trace_id": "t", "span_id": name}, "parent_id": parent},
            **{"start_time": "2026-10-12T10:00:00+08:00", "attributes": attributes},
        }
    )


def test_a_span_above_a_call_is_its_sum(run: Run) -> None:
    """Whatever it is called, and in whatever order they were exported."""
    lines = [span("step", "run"), span("chat", "step"), span("run", ""), span("other", "")]
    for some in (lines, lines[::-1]):
        Path("log.jsonl").write_text("\n".join(some))
        found = document(run, "log.jsonl")

        assert (found["total"]["requests"], found["lines"]["agent_span"]) == (2, 2)
