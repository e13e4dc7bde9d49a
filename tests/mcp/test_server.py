"""`llmcost mcp` as its clients meet it: a real server process, and the SDK's own client.

Every answer is what the command prints with `--format json`.
"""

import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from paths import CLI, ROOT

from llmcost.cli.app import main
from llmcost.errors import UnreadableInput, install

PRICES = str(CLI / "tiny.yaml")
DAY = "2026-11-22"
WHY = "needs the extra [mcp]"
TEXT = "床前明月光，疑是地上霜。 And some English."
LONGEST = 1_000_000
SERVER = ("-W", "error", "-m", "llmcost", "mcp")


class Answer(NamedTuple):
    text: str
    document: Any
    failed: bool


Call = Callable[..., Answer]
Printed = Callable[..., Any]


class Client:
    """The SDK's client, asked from outside of its loop."""

    def __init__(self, inner: Any, portal: Any) -> None:
        self.inner = inner
        self.portal = portal

    def call(self, tool: str, /, **arguments: Any) -> Answer:
        return answer_of(self.portal.call(self.inner.call_tool, tool, arguments))

    def together(self, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Answer]:
        futures = [self.portal.start_task_soon(self.inner.call_tool, *one) for one in calls]
        return [answer_of(one.result()) for one in futures]

    def tools(self) -> dict[str, Any]:
        return {one.name: one for one in self.portal.call(self.inner.list_tools).tools}


def answer_of(result: Any) -> Answer:
    (content,) = result.content
    return Answer(content.text, result.structured_content, result.is_error)


class Place(NamedTuple):
    """Folders of a test, and what a server in them is told of the world."""

    folder: Path
    env: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    cache = tmp_path_factory.getbasetemp() / "llmcost-cache"
    settings = {
        "LLMCOST_CACHE_DIR": str(cache),
        "LLMCOST_CONFIG_DIR": str(cache / "no-config"),
        "LLMCOST_PRICES": PRICES,
    }
    folder = tmp_path_factory.mktemp("mcp")
    (folder / "open" / "prompts").mkdir(parents=True)
    (folder / "closed").mkdir()
    (folder / "open" / "prompts" / "one.txt").write_text(TEXT, encoding="utf-8")
    (folder / "open" / "prompts" / "[two] $(x).md").write_text("two " * 50, encoding="utf-8")
    (folder / "open" / "gbk.txt").write_text("汉字", encoding="gb18030")
    (folder / "closed" / "secret.txt").write_text("secret", encoding="utf-8")
    return Place(folder, settings)


@contextmanager
def connected(place: Place, *words: str) -> Iterator[Client]:
    pytest.importorskip("mcp_types", reason=WHY)
    from anyio.from_thread import start_blocking_portal
    from mcp import Client as Inner
    from mcp import StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable, args=[*SERVER, *words], env=place.env, cwd=place.folder
    )
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Inner(server)) as inner,
    ):
        yield Client(inner, portal)


@pytest.fixture(scope="module")
def client(place: Place) -> Iterator[Client]:
    """A server that may read below `open`."""
    with connected(place, "--allow", "open") as found:
        yield found


@pytest.fixture
def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: Place
) -> Printed:
    """What a command line prints as JSON, run where the server was started."""
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place.folder)

    def run(*words: str, text: str = "") -> Any:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        capsys.readouterr()
        main([*words, "--format", "json"])
        return json.loads(capsys.readouterr().out)

    return run


# --- what a client sees ---


def test_the_tools_are_listed_with_typed_arguments(client: Client) -> None:
    from jsonschema import Draft202012Validator

    tools = client.tools()

    assert list(tools) == ["estimate", "count", "budget", "price", "host", "train"]
    for one in tools.values():
        Draft202012Validator.check_schema(one.input_schema)
        assert one.input_schema["type"] == "object"
        assert one.input_schema["additionalProperties"] is False
        assert one.annotations.read_only_hint
        assert not one.annotations.open_world_hint
        for name, property in one.input_schema["properties"].items():
            assert property["description"], name
    assert str(Path("open").name) in tools["estimate"].description


def test_without_a_folder_no_tool_offers_paths(place: Place) -> None:
    with connected(place) as client:
        tools = client.tools()
        refused = client.call("estimate", paths=["open"])

    assert "paths" not in tools["estimate"].input_schema["properties"]
    assert "paths" not in tools["count"].input_schema["properties"]
    assert refused.failed
    assert "no folder is allowed" in refused.text
    assert "--allow FOLDER" in refused.text


def test_the_words_of_a_workload_are_the_arguments_of_budget(client: Client) -> None:
    from llmcost.workload.fields import FIELDS

    known = set(client.tools()["budget"].input_schema["properties"])
    left_out = {"system_prompt", "total_budget", "growth", "decline", "model", "provider"}

    assert known == (FIELDS.keys() - left_out) | {
        *("models", "providers", "top", "quality", "min_quality")
    }


# --- the answers are those of the commands ---


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"models": ["acme-long", "acme-office"]}, ("-m", "acme-long,acme-office")),
        ({"models": ["acme-*"], "output_tokens": 50}, ("-m", "acme-*", "-o", "50")),
        (
            {"models": ["acme-*"], "output_ratio": 0.5, "calls": 1000, "top": 1},
            ("-m", "acme-*", "--output-ratio", "0.5", "--calls", "1000", "--top", "1"),
        ),
        (
            {"models": ["acme-long"], "currency": "USD", "fx": 7, "cached": "40%", "batch": True},
            ("-m", "acme-long", "--currency", "USD", "--fx", "7", "--cached", "40%", "--batch"),
        ),
        ({"providers": ["acme"], "thinking": True}, ("--provider", "acme", "--thinking")),
    ],
)
def test_estimate(
    client: Client, printed: Printed, arguments: dict[str, Any], words: tuple[str, ...]
) -> None:
    found = client.call("estimate", text=TEXT, as_of=DAY, **arguments)
    top = () if "top" in arguments else ("--top", "20")

    assert not found.failed
    assert found.document == printed("estimate", "--as-of", DAY, *top, *words, text=TEXT)
    assert found.text.startswith("1. acme/")


def test_the_table_of_all_is_cut_at_top(client: Client, printed: Printed) -> None:
    found = client.call("estimate", text=TEXT, as_of=DAY)

    assert len(found.document["results"]) == 20
    assert found.document == printed("estimate", "--as-of", DAY, "--top", "20", text=TEXT)
    assert "more models" in found.text


def test_count(client: Client, printed: Printed) -> None:
    found = client.call("count", text=TEXT, tokenizers=["qwen", "claude*"])

    assert found.document == printed("count", "-t", "qwen", "-t", "claude*", text=TEXT)
    assert found.text.splitlines()[0] == f"qwen: {found.document['totals'][0]['count']} tokens"
    assert "estimated" in found.text


def test_count_as_models_do(client: Client, printed: Printed) -> None:
    found = client.call("count", text=TEXT, models=["gpt-4o"])

    assert found.document == printed("count", "-m", "gpt-4o", text=TEXT)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mau": 5_000_000, "budget": "10000 yuan"}, ("--mau", "5000000", "--yuan", "10000")),
        (
            {"mau": "1万", "requests_per_user": 2.5, "input_tokens": 500, "models": ["acme-*"]},
            ("--mau=1万", "--requests-per-user=2.5", "--input-tokens=500", "-m", "acme-*"),
        ),
        (
            {"mau": 9, "percentiles": {"50": 10, "90": 60}, "output_tokens": 7, "packs": True},
            ("--mau", "9", "--percentiles", "50:10,90:60", "--output-tokens", "7", "--packs"),
        ),
    ],
)
def test_budget(
    client: Client, printed: Printed, arguments: dict[str, Any], words: tuple[str, ...]
) -> None:
    found = client.call("budget", as_of=DAY, top=3, **arguments)

    assert not found.failed
    assert found.document == printed("budget", "--as-of", DAY, "--top", "3", *words)
    assert found.text.startswith("1. ")


def test_scores_are_those_of_the_commands(client: Client, printed: Printed, place: Place) -> None:
    """A set, and a file of the user's below an allowed folder."""
    file = place.folder / "open" / "scores.csv"
    file.write_text("model,score,source\nacme-long,5,us\nacme-office,7,us\n", "utf-8")
    own = {"quality": str(file), "min_quality": 5, "models": ["acme-long", "acme-office"]}
    words = ("--quality", str(file), "--min-quality", "5", "-m", "acme-long,acme-office")
    load = {"mau": 9, "requests_per_user": 3, "input_tokens": 500, "output_tokens": 5}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in load.items()]
    public = {"quality": "livebench", "effort": "max", "models": ["claude-opus-5"]}
    found = client.call("estimate", text=TEXT, as_of=DAY, **own)
    month = client.call("budget", as_of=DAY, **load, **own)
    of_set = client.call("estimate", text=TEXT, as_of="2026-11-30", output_tokens=9, **public)

    assert found.document == printed("estimate", "--as-of", DAY, *words, text=TEXT)
    assert month.document == printed("budget", "--as-of", DAY, *options, *words)
    assert "best value: " in found.text
    assert "best value: " in month.text
    assert of_set.document["results"][0]["quality"]["set"] == "LiveBench 2026-06-25"
    file.unlink()


@pytest.mark.parametrize(
    ("quality", "message"),
    [
        ("nosuch", "no set of scores is called `nosuch`"),
        ("closed/secret.txt", "is not below a folder that is allowed"),
        ("/etc/passwd", "no set of scores is called"),
        ("open/missing.csv", "cannot read the scores"),
    ],
)
def test_scores_elsewhere_are_not_read(client: Client, quality: str, message: str) -> None:
    found = client.call("estimate", text=TEXT, as_of=DAY, quality=quality)
    assert found.failed
    assert message in found.text


LOAD = ("--input-tokens", "4000", "--output-tokens", "500", "--as-of", DAY)


def test_host(client: Client, printed: Printed) -> None:
    load = {"input_tokens": 4000, "output_tokens": 500, "as_of": DAY}
    found = client.call("host", requests_per_day=3e6, models=["glm-5.3"], gpu="H200", **load)
    words = ("--requests-per-day", "3M", "-m", "glm-5.3", "--gpu", "H200")

    assert not found.failed, found.text
    assert found.document == printed("host", *words, *LOAD)
    assert found.text.startswith("1. glm-5.3, 344 x h200_sxm: ")
    assert "pays from 89 % use" in found.text
    refused = client.call("host", requests_per_day="3M", gpu="H20", **load)
    assert refused.failed
    assert "no throughput of `H20` is known" in refused.text
    assert "budget" not in client.tools()["host"].input_schema["properties"]


def test_train(client: Client, printed: Printed) -> None:
    found = client.call("train", flop=2.15e25, paid="$63M", gpu="A100", as_of=DAY)

    assert found.document == printed(
        *("train", "--flop", "2.15e25", "--paid", "$63M", "--gpu", "A100", "--as-of", DAY)
    )
    assert "paid: 63000000 USD, 2.93 per 1e18 FLOP" in found.text


def test_price(client: Client, printed: Printed) -> None:
    found = client.call("price", models=["acme-long"], as_of=DAY, at="peak")

    assert found.document == printed("prices", "show", "acme-long", "--as-of", DAY, "--at", "peak")
    assert found.text.startswith("acme/acme-long, ")


def test_price_before(client: Client, printed: Printed) -> None:
    found = client.call("price", models=["qwen-long"], as_of=DAY, history=True)

    assert found.document == printed("prices", "history", "qwen-long", "--as-of", DAY)
    assert "2024-05-21: input 0.5, output 2 (input -97.5%, output -90%)" in found.text


def test_a_pattern_of_many_prices_is_cut_at_top(client: Client, printed: Printed) -> None:
    found = client.call("price", models=["qwen*"], as_of=DAY, top=2)
    whole = printed("prices", "show", "qwen*", "--as-of", DAY)

    assert found.document == {**whole, "results": whole["results"][:2]}
    assert f"note: {len(whole['results']) - 2} more; name fewer, or raise top" in found.text


def test_files_below_an_allowed_folder(client: Client, printed: Printed, place: Place) -> None:
    whole = str(place.folder / "open" / "prompts")
    for paths in (["open/prompts"], ["open/**/*.txt", "open/prompts/[two] $(x).md"], [whole]):
        found = client.call("estimate", paths=paths, models=["acme-long"], as_of=DAY)

        words = ("-m", "acme-long", "--as-of", DAY, "--top", "20")
        assert found.document == printed("estimate", *paths, *words)
        assert not found.failed


def test_settings_are_those_of_the_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server lives long, and its user edits the file meanwhile."""
    pytest.importorskip("mcp_types", reason=WHY)
    from llmcost.mcp import server

    monkeypatch.setenv("LLMCOST_CONFIG", str(tmp_path / "config.yaml"))
    tool = server.tools([])["estimate"]
    found = []
    for rate in ("7", "8"):
        (tmp_path / "config.yaml").write_text(f"fx: {rate}\nmodels: gpt-4o\ncurrency: CNY\n")
        found.append(server.answer(tool, {"text": TEXT}, []).document or {})

    assert [one["fx"]["rate"] for one in found] == ["7", "8"]
    assert [line["model"] for one in found for line in one["results"]] == ["gpt-4o"] * 2


def test_no_command_line_is_loaded_for_an_answer() -> None:
    code = "import sys; from llmcost.mcp import calls; calls.price({'models': ['gpt-4o']}, []);"
    code += "calls.budget({'mau': 5, 'budget': '1 yuan'}, []); calls.count({'text': 'a'}, []);"
    code += "calls.estimate({'text': 'a'}, []); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"typer", "click", "rich", "llmcost.cli"} & {*found.stdout.split()}


def test_a_text_has_no_encoding(client: Client) -> None:
    found = client.call("count", text="汉字", encoding="gb18030", tokenizers=["qwen"])

    assert found.document["inputs"] == [{"name": "-", "bytes": 6, "characters": 2}]


def test_a_file_in_another_encoding(client: Client) -> None:
    found = client.call("count", paths=["open/gbk.txt"], encoding="gb18030", tokenizers=["qwen"])

    assert found.document["inputs"] == [{"name": "open/gbk.txt", "bytes": 4, "characters": 2}]


# --- what is refused ---


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("estimate", {}, "error: give text or paths, one of them"),
        ("estimate", {"text": "x", "paths": ["open"]}, "error: give text or paths, one of them"),
        ("estimate", {"text": "x", "models": ["acme-logn"]}, "hint: did you mean `acme-long`"),
        ("estimate", {"text": "x", "model": ["a"]}, "`model`"),
        ("estimate", {"text": "x", "models": "acme-long"}, "`$.models`"),
        ("estimate", {"text": "x", "models": []}, "`$.models`"),
        ("estimate", {"text": "x", "output_tokens": -1}, "`$.output_tokens`"),
        ("estimate", {"text": "x", "top": 101}, "`$.top`"),
        ("estimate", {"text": "x", "as_of": "then"}, "error: not a date: `then`"),
        (
            "estimate",
            {"text": "x", "at": "9999-12-31T23:59-12:00"},
            "error: not a usable date: `9999-12-31T23:59-12:00`",
        ),
        ("estimate", {"text": "x", "cached": "٥"}, "--cached takes tokens or a share: `٥`"),
        ("estimate", {"text": "x", "currency": "doubloons"}, "doubloons"),
        ("estimate", {"text": "x", "models": ["\x1b[31m<b>"]}, "`\\x1b[31m<b>`"),
        ("estimate", {"text": "x" * (LONGEST + 1)}, "1,000,001 characters, more than 1,000,000"),
        ("count", {"text": "x", "tokenizers": ["open/gbk.txt"]}, "unknown tokenizer"),
        ("budget", {}, "error: add a budget (--yuan) or a workload (--requests-per-user)"),
        ("budget", {"mau": "many"}, "error: --mau must be a whole number above zero"),
        ("budget", {"mau": {"a": [1]}}, "error: bad arguments: `mau` takes a whole number"),
        ("budget", {"mau": True}, "error: bad arguments: `mau` takes a whole number"),
        ("budget", {"mau": 1.5}, "error: --mau must be a whole number above zero"),
        ("budget", {"tier": 5}, "error: bad arguments: `tier` takes a service tier"),
        ("budget", {"models": [5]}, "error: bad arguments: `models` takes names"),
        ("budget", {"cache_hit": 1.5}, "error: --cache-hit must be a share like 40% or 0.4: `1.5`"),
        ("budget", {"mua": 5}, "hint: did you mean `mau`?"),
        ("budget", {"system_prompt": "open/gbk.txt"}, "no word `system_prompt`"),
        ("budget", {"mau": 5, "top": 0}, "`$.top`"),
        ("price", {}, "`models`"),
        ("price", {"models": ["nothing-like-it"]}, "error: unknown model: `nothing-like-it`"),
    ],
)
def test_a_bad_call_is_an_answer(
    client: Client, tool: str, arguments: dict[str, Any], said: str
) -> None:
    found = client.call(tool, **arguments)

    assert found.failed
    assert said in found.text
    assert found.text.startswith("error: ")
    assert found.document is None
    assert "Traceback" not in found.text


def test_what_was_found_is_given_although_it_failed(client: Client, printed: Printed) -> None:
    found = client.call("price", models=["acme-long"], as_of="2001-01-01")

    assert found.failed
    assert "error: no price known for 2001-01-01\nhint: " in found.text
    assert found.document == printed("prices", "show", "acme-long", "--as-of", "2001-01-01")


def test_an_unknown_tool_is_an_error_of_the_protocol(client: Client) -> None:
    from mcp.shared.exceptions import MCPError

    with pytest.raises(MCPError, match="unknown tool: buy; known: estimate, count, budget, price"):
        client.call("buy")
    assert not client.call("count", text="still there", tokenizers=["qwen"]).failed


@pytest.mark.parametrize(
    "path",
    [
        *("closed/secret.txt", "closed", "closed/*", "open/../closed/secret.txt", "*/secret.txt"),
        *("out/secret.txt", "open/link.txt", "open/away/secret.txt", "open/away"),
        *("/etc/passwd", "-", "", "open\0", "~", "."),
    ],
)
def test_nothing_outside_is_read(client: Client, place: Place, path: str) -> None:
    links = {
        "open/link.txt": "../closed/secret.txt",
        "open/away": "../closed",
        "out": "closed",
    }
    for link, target in links.items():
        at = place.folder / link
        at.unlink(missing_ok=True)
        at.symlink_to(target)

    found = client.call("count", paths=[path], tokenizers=["qwen"])

    assert found.failed
    assert found.document is None
    assert "is not below a folder that is allowed\nhint: allowed: " in found.text

    for link in links:
        (place.folder / link).unlink()


def test_a_folder_is_read_without_the_links_that_leave_it(client: Client, place: Place) -> None:
    link = place.folder / "open" / "prompts" / "link.txt"
    link.symlink_to(place.folder / "closed" / "secret.txt")

    found = client.call("count", paths=["open/prompts"], tokenizers=["qwen"])

    link.unlink()
    assert [one["name"] for one in found.document["inputs"]] == [
        "open/prompts/[two] $(x).md",
        "open/prompts/one.txt",
    ]
    assert "note: passed over (a link that leaves the folder): open/prompts/link.txt" in found.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo_is_not_waited_for(client: Client, place: Place) -> None:
    os.mkfifo(place.folder / "open" / "pipe")

    found = client.call("count", paths=["open/pipe"])

    (place.folder / "open" / "pipe").unlink()
    assert found.text == "error: `open/pipe` is neither a file nor a folder"


def test_what_unpacks_to_more_than_allowed(client: Client, place: Place) -> None:
    """It is the unpacked size that counts, of all files together."""
    large = place.folder / "open" / "large"
    large.mkdir()
    for number in range(3):
        (large / f"{number}.txt.gz").write_bytes(gzip.compress(b"a " * 1_800_000))

    most = client.call("count", paths=["open/large/0.txt.gz", "open/large/1.txt.gz"])
    more = client.call("count", paths=["open/large"])

    shutil.rmtree(large)
    assert not most.failed
    assert "error: paths: more than 1,000 files, or 10,000,000 bytes" in more.text


def test_the_text_of_a_document_is_bounded(client: Client, place: Place) -> None:
    pytest.importorskip("markdownify")
    page = place.folder / "open" / "page.html"
    page.write_text("<li>" * 100 + "a")
    sound = client.call("count", paths=["open/page.html"])
    page.write_text("<div>" * 100_000)
    deep = client.call("count", paths=["open/page.html"])

    page.unlink()
    assert not sound.failed
    assert "error: cannot convert `open/page.html`: it is nested too deeply" in deep.text


def test_documents_of_a_call_share_its_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("markdownify")
    from llmcost.mcp import calls

    monkeypatch.setattr(calls, "MOST_SECONDS", 0.5)
    monkeypatch.chdir(tmp_path)
    for name in ("a.html", "b.html"):
        Path(name).write_text("<!--" * 1_000_000)
    with pytest.raises(UnreadableInput, match=r"2 of 2 inputs.*more than 0 seconds"):
        calls.count({"paths": ["a.html", "b.html"]}, [tmp_path.resolve()])


def test_more_files_than_allowed(client: Client, place: Place) -> None:
    large = place.folder / "open" / "large"
    large.mkdir()
    with (large / "sparse.txt").open("wb") as file:
        file.truncate(10_000_001)

    found = client.call("count", paths=["open/large/sparse.txt"])

    (large / "sparse.txt").unlink()
    large.rmdir()
    assert "error: paths: more than 1,000 files, or 10,000,000 bytes" in found.text


# --- the server ---


def test_the_page_shows_how_clients_are_told() -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    blocks = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    servers = [one for block in blocks for key in block for one in block[key].values()]

    assert len(servers) == 2
    for one in servers:
        assert one["command"] == "llmcost"
        assert one["args"][0] == "mcp"


def test_calls_at_once_get_their_own_answers(client: Client) -> None:
    texts = [f"{'word ' * number}end" for number in range(8)]
    calls = [("count", {"text": one, "tokenizers": ["qwen"]}) for one in texts]

    found = client.together([*calls, ("price", {"models": ["acme-long"], "as_of": DAY})])

    characters = [one.document["inputs"][0]["characters"] for one in found[:-1]]
    assert characters == [len(one) for one in texts]
    assert found[-1].document["schema"] == "llmcost.prices.show/1"


@contextmanager
def started(place: Place) -> Iterator["subprocess.Popen[bytes]"]:
    """A server after the handshake, spoken to by hand."""
    pytest.importorskip("mcp_types", reason=WHY)
    pipe = subprocess.PIPE
    command = [sys.executable, *SERVER]
    env = os.environ | place.env
    process = subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=pipe)
    with process:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
        params = hello | {"clientInfo": {"name": "test", "version": "1"}}
        told(process, {"id": 0, "method": "initialize", "params": params})
        assert json.loads(line_of(process))["result"]["serverInfo"]["name"] == "llmcost"
        told(process, {"method": "notifications/initialized"})
        yield process


def told(process: "subprocess.Popen[bytes]", message: Mapping[str, Any] | str) -> None:
    text = message if isinstance(message, str) else json.dumps({"jsonrpc": "2.0", **message})
    assert process.stdin is not None
    process.stdin.write(text.encode() + b"\n")
    process.stdin.flush()


def line_of(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def request(number: int, tool: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"id": number, "method": "tools/call", "params": params}


def test_stdout_has_only_the_protocol_and_nonsense_ends_nothing(place: Place) -> None:
    with started(place) as process:
        for nonsense in ("{", "[]", '"x"', "\0", '{"jsonrpc": "2.0", "id": 1}'):
            told(process, nonsense)
        told(process, request(2, "count", text="床前\u202e [b]", tokenizers=["qwen"]))
        told(process, {"id": 3, "method": "ping"})
        answers = {one["id"]: one for one in (json.loads(line_of(process)) for _ in range(2))}
        out, err = process.communicate(timeout=60)

    assert answers[2]["result"]["structuredContent"]["inputs"][0]["characters"] == 7
    assert answers[3]["result"] == {}
    assert (out, err) == (b"", b"")
    assert process.returncode == 0


def test_a_client_that_goes_away_ends_the_server(place: Place) -> None:
    with started(place) as process:
        told(process, request(1, "estimate", text="some words 床前 " * 3000))
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.close()
        code = process.wait(timeout=60)
        err = process.stderr.read() if process.stderr else b""

    assert (code, err) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_server_at_once(place: Place) -> None:
    with started(place) as process:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
        err = process.stderr.read() if process.stderr else b""

    assert (code, err) == (-signal.SIGINT, b"")


def test_a_folder_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["mcp", "--allow", str(tmp_path / "nowhere")]) == 2
    assert "is not a folder\nhint: name a folder that is there\n" in capsys.readouterr().err


def test_without_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp_types", None)

    assert main(["mcp"]) == 1
    assert capsys.readouterr() == (
        "",
        f"error: serving agents needs the package `mcp`\nhint: {install('mcp')}\n",
    )
