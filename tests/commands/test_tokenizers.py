"""`llmcost tokenizers`: the list, and vocabularies that a user adds, from files and from a hub.

The hub is a real server on the loopback interface.
"""

import errno
import json
import os
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from shipped import TABLE

from llmcost.cli.app import main
from llmcost.commands.tokenizers.listing import TokenizerKind, kind, notice
from llmcost.download import DownloadLimits
from llmcost.errors import LlmcostError, UsageError
from llmcost.price_data import parser as vocabularies
from llmcost.pricing.usage import base_name
from llmcost.tokenizers import claude as reconstructed
from llmcost.tokenizers import installed as added
from llmcost.tokenizers import installed as hub
from llmcost.tokenizers.registry import TOKENIZERS

RANKS = b"".join(b64encode(bytes([byte])) + b" %d\n" % byte for byte in range(256))
OTHERS = RANKS + b"YWI= 256\n"  # `ab` is one token

Answer = Callable[[BaseHTTPRequestHandler], None]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty config folder; what was added lies in its folder `tokenizers`."""
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "config" / "tokenizers"


@pytest.fixture
def ranks(tmp_path: Path) -> str:
    path = tmp_path / "bytes.tiktoken"
    path.write_bytes(RANKS)
    return str(path)


def run(*words: str) -> int:
    return main(list(words))


def counted(capsys: Capture, tokenizer: str, text: str, folder: Path, *options: str) -> Any:
    """The JSON of a count."""
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    assert run("count", str(path), "-t", tokenizer, "--format", "json", *options) == 0
    return json.loads(capsys.readouterr().out)["totals"][0]


def listed(capsys: Capture, *words: str) -> dict[str, Any]:
    assert run("tokenizers", *words, "--format", "json") == 0
    return {one["tokenizer"]: one for one in json.loads(capsys.readouterr().out)["results"]}


def failed(capsys: Capture, *words: str, code: int = 1) -> str:
    """What is said of a command that fails."""
    assert run(*words) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_every_tokenizer_is_used_or_there_for_a_reason() -> None:
    """And every model of our table has one."""
    used = {base_name(model.tokenizer) for model in TABLE.models}

    assert used == TOKENIZERS.keys()


def test_every_vocabulary_has_its_source_and_licence() -> None:
    """Out of the NOTICE that travels with it: the one place that says so."""
    for one in TOKENIZERS.values():
        if one.exact:
            found = notice(one.pack)
            assert all((found.vocabulary, found.package, found.licence)), one.name
            assert found.digest.startswith("sha256:")


def test_the_list_tells_of_every_tokenizer_what_is_known(
    capsys: Capture, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exact one is never off, an estimate always may be."""
    monkeypatch.setattr(reconstructed, "is_installed", lambda: False)
    found = listed(capsys)

    assert found.keys() == TOKENIZERS.keys()
    for name, one in found.items():
        assert (one["kind"] == "exact") == TOKENIZERS[name].exact == bool(one["licence"])
        assert (one["kind"] == "exact") != any(one["off"].values())
    assert found["claude"]["off"]["chinese"] == TOKENIZERS["claude"].estimate.bars.han  # type: ignore[union-attr]
    for name, one in found.items():
        using = {one.key for one in TABLE.models if base_name(one.tokenizer) == name}
        assert set(one["models"]) <= using
    assert found["deepseek"]["models"]


@pytest.mark.parametrize("format", ["table", "tsv", "csv", "ndjson", "md"])
def test_the_list_has_every_format(format: str, capsys: Capture, config: Path) -> None:
    assert run("tokenizers", "--format", format) == 0
    out = capsys.readouterr().out

    assert all(name.replace("_", "\\_" if format == "md" else "_") in out for name in TOKENIZERS)


def test_a_list_of_names_and_globs(capsys: Capture, config: Path) -> None:
    assert list(listed(capsys, "glm*", "kimi")) == ["glm4", "glm5", "kimi"]
    assert "unknown tokenizer, and no file: `klingon`" in failed(capsys, "tokenizers", "klingon")


def test_a_file_that_is_added_counts_from_then_on(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    """In the place of an estimate of its name, and until it is removed."""
    before = counted(capsys, "llama3", "abc", tmp_path)
    assert run("tokenizers", "add", "llama3", ranks) == 0
    printed = capsys.readouterr()
    found = counted(capsys, "llama3", "abc", tmp_path)

    assert sha256(RANKS).hexdigest() in printed.out
    assert "supplied" in printed.out
    assert "taken to be like cl100k" in printed.err
    assert found["count"] == 3
    assert found["exact"]
    assert found["method"] == f"supplied: {ranks}, cut like cl100k"
    assert listed(capsys, "llama3")["llama3"]["kind"] == "supplied"
    assert run("tokenizers", "remove", "llama3") == 0
    capsys.readouterr()
    assert counted(capsys, "llama3", "abc", tmp_path) == before
    assert list(config.iterdir()) == []


def test_what_was_added_does_not_need_its_source(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    assert run("tokenizers", "add", "my-bpe", ranks, "--family", "qwen") == 0
    Path(ranks).unlink()
    printed = capsys.readouterr()

    assert "no model is counted with it yet" in printed.err
    assert counted(capsys, "my-bpe", "123", tmp_path)["count"] == 3


def test_another_of_the_name_needs_force(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    """And then takes its place, with nothing left of it."""
    other = tmp_path / "other.tiktoken"
    other.write_bytes(OTHERS)
    assert run("tokenizers", "add", "mine", ranks) == 0
    capsys.readouterr()

    assert "was added before" in failed(capsys, "tokenizers", "add", "mine", str(other))
    assert counted(capsys, "mine", "ab", tmp_path)["count"] == 2
    assert run("tokenizers", "add", "mine", str(other), "--force") == 0
    capsys.readouterr()
    assert counted(capsys, "mine", "ab", tmp_path)["count"] == 1
    assert len(list(config.iterdir())) == 2


def test_an_exact_tokenizer_is_replaced_by_force_only(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    assert "is counted exactly without a file" in failed(capsys, "tokenizers", "add", "qwen", ranks)
    assert run("tokenizers", "add", "qwen", ranks, "--force") == 0
    capsys.readouterr()
    assert counted(capsys, "qwen", "hello", tmp_path)["count"] == 5


@pytest.mark.parametrize("name", ["", "../up", "A", "a b", ".hidden", "a/b", "ä", "x" * 65, "-x"])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        added.checked_name(name)


@pytest.mark.parametrize("name", ["o200k_base", "qwen3.5", "my-bpe", "2", "x" * 64])
def test_a_name_is_what_a_table_can_name(name: str) -> None:
    assert added.checked_name(name) == name


def test_added_tokenizers_and_those_of_price_files_are_named_alike() -> None:
    """Two rooms that do not know of each other say the same of names."""
    assert added.NAME == vocabularies.NAME


def test_what_was_not_added_cannot_be_removed(capsys: Capture, config: Path) -> None:
    assert "no tokenizer `qwen` was added" in failed(capsys, "tokenizers", "remove", "qwen")


@pytest.mark.parametrize("words", [("missing.json",), ("./org/name",), ("a b",)])
def test_a_source_that_is_neither_file_nor_model_is_refused(
    words: tuple[str, ...], capsys: Capture, config: Path
) -> None:
    assert "there is no such file" in failed(capsys, "tokenizers", "add", "mine", *words)
    assert not config.exists()


def test_what_is_no_tokenizer_is_not_kept(capsys: Capture, config: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html>")

    said = failed(capsys, "tokenizers", "add", "mine", str(tmp_path / "page.html"))

    assert "as a tokenizer" in said
    assert not config.exists()


@pytest.mark.parametrize("at", [1, 2], ids=["vocabulary", "what it is"])
def test_a_full_disk_leaves_what_was_there(
    at: int,
    capsys: Capture,
    config: Path,
    ranks: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever of the two files no longer fits."""
    other = tmp_path / "other.tiktoken"
    other.write_bytes(OTHERS)
    assert run("tokenizers", "add", "mine", ranks) == 0
    capsys.readouterr()
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    said = failed(capsys, "tokenizers", "add", "mine", str(other), "--force")

    assert "No space left on device" in said
    assert counted(capsys, "mine", "ab", tmp_path)["count"] == 2


def test_a_folder_that_cannot_be_written_is_an_error(
    capsys: Capture, config: Path, ranks: str
) -> None:
    config.parent.mkdir()
    config.write_text("a file where the folder would be")

    assert "cannot keep or remove" in failed(capsys, "tokenizers", "add", "mine", ranks)


def test_a_damaged_entry_is_named_and_can_be_removed(
    capsys: Capture, config: Path, ranks: str
) -> None:
    assert run("tokenizers", "add", "mine", ranks) == 0
    (config / "mine.about").write_text("{")
    capsys.readouterr()

    assert "llmcost tokenizers remove mine" in failed(capsys, "tokenizers")
    assert run("tokenizers", "remove", "mine") == 0
    assert run("tokenizers", "--format", "tsv") == 0


def test_a_changed_vocabulary_is_not_counted_with(
    capsys: Capture, config: Path, ranks: str
) -> None:
    assert run("tokenizers", "add", "mine", ranks) == 0
    capsys.readouterr()
    (file,) = (one for one in config.iterdir() if one.suffix != ".about")
    file.write_bytes(OTHERS)

    assert "is not the file that was expected" in failed(capsys, "count", ranks, "-t", "mine")


OWN = """
schema: 1
tokenizers:
  my-bpe: {path: %s}
  llama3: {path: sub/bytes.tiktoken, family: qwen}
providers:
  - id: acme
    name: Acme
    currency: CNY
    models:
      - id: large
        tokenizer: my-bpe
        prices: [{from: 2026-01-01, input: 1, output: 2, source: a letter, checked: 2026-01-02}]
"""


def own_prices(tmp_path: Path) -> str:
    """A price file that brings its tokenizers, in a folder below its own."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bytes.tiktoken").write_bytes(RANKS)
    path = tmp_path / "own.yaml"
    path.write_text(OWN % "sub/bytes.tiktoken", encoding="utf-8")
    return str(path)


def test_a_price_file_brings_tokenizers_for_its_models(
    capsys: Capture, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths lead from the file, wherever the program runs; read from the cache the second time."""
    prices = own_prices(tmp_path)
    (tmp_path / "text.txt").write_text("12345")
    for folder in (tmp_path, tmp_path / "sub", tmp_path):
        monkeypatch.chdir(folder)
        words = ["estimate", str(tmp_path / "text.txt"), "-m", "acme/large", "--format", "json"]
        assert run(*words, "--prices", os.path.relpath(prices)) == 0
        (line,) = json.loads(capsys.readouterr().out)["results"]
        assert line["tokens"]["count"] == 5
        assert line["tokens"]["method"].startswith("supplied: ")
    found = listed(capsys, "my-bpe", "llama3", "--prices", prices)
    assert found["my-bpe"]["models"] == ["acme/large"]
    assert found["llama3"]["method"].endswith("bytes.tiktoken, cut like qwen")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("my-bpe: tokenizer.json", "4: expected tokenizer `my-bpe` as `key: value` lines"),
        ("My BPE: {path: a.json}", "4: `My BPE` is not a valid tokenizer name"),
        ("my-bpe: {family: qwen}", "4: tokenizer `my-bpe` has no `path`"),
        ("my-bpe: {path: a, colour: red}", "4: unknown key `colour` in tokenizer `my-bpe`"),
        ('my-bpe: {path: ""}', "4: expected `path` as a line of text, got nothing"),
        ("llama3: {path: a}", "5: duplicate key `llama3`"),
    ],
)
def test_a_wrong_tokenizer_of_a_price_file_is_told_with_its_line(
    line: str, told: str, capsys: Capture, config: Path, tmp_path: Path
) -> None:
    own = Path(own_prices(tmp_path))
    own.write_text(own.read_text().replace("my-bpe: {path: sub/bytes.tiktoken}", line))

    assert f"own.yaml:{told}" in failed(capsys, "models", "--prices", str(own))


def test_a_tokenizer_that_is_gone_is_missed_only_where_it_counts(
    capsys: Capture, config: Path, tmp_path: Path
) -> None:
    prices = own_prices(tmp_path)
    (tmp_path / "sub" / "bytes.tiktoken").unlink()

    assert run("models", "acme/large", "--prices", prices) == 0
    capsys.readouterr()
    said = failed(capsys, "estimate", prices, "-m", "acme/large", "--prices", prices)
    assert "bytes.tiktoken`: there is no such file" in said


def test_what_is_added_may_be_named_in_price_files(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    prices = tmp_path / "own.yaml"
    start, end = OWN.index("tokenizers:"), OWN.index("providers:")
    prices.write_text(OWN[:start] + OWN[end:])

    assert "expected `tokenizer` as one of" in failed(capsys, "models", "--prices", str(prices))
    assert run("tokenizers", "add", "my-bpe", ranks) == 0
    assert run("models", "acme/large", "--prices", str(prices)) == 0


def test_budgets_know_no_ratio_of_a_tokenizer_of_the_users(
    capsys: Capture, config: Path, tmp_path: Path
) -> None:
    """And take that of an unknown one for how much text a token is."""
    prices = own_prices(tmp_path)

    assert run("budget", "--yuan", "10", "-m", "acme/large", "--prices", prices) == 0
    assert "large" in capsys.readouterr().out


def test_a_file_counts_for_the_models_that_are_named(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    (tmp_path / "text.txt").write_text("12345")
    words = ["estimate", str(tmp_path / "text.txt"), "--format", "json", "-t", f"{ranks}#qwen"]
    assert run(*words, "-m", "openai/gpt-4o") == 0
    (line,) = json.loads(capsys.readouterr().out)["results"]

    assert line["tokens"]["count"] == 5
    assert line["tokens"]["method"] == f"supplied: {ranks}, cut like qwen"


def test_a_file_for_a_model_leaves_the_frame_of_its_chats(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    """Only what the words are counted with is another."""
    chat = {"model": "m", "messages": [{"role": "user", "content": "12345"}]}
    (tmp_path / "chat.jsonl").write_text(json.dumps(chat))
    words = ["estimate", str(tmp_path / "chat.jsonl"), "-m", "alibaba/qwen-plus"]
    methods = []
    for more in ([], ["-t", ranks]):
        assert run(*words, *more, "--format", "json") == 0
        (line,) = json.loads(capsys.readouterr().out)["results"]
        methods.append(line["tokens"]["method"].partition(", ")[2])

    assert methods[1].endswith(methods[0])
    assert "template" in methods[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-t", "qwen"), "--tokenizer is for models that are named"),
        (("-t", "glm*", "-m", "gpt-4o"), "--tokenizer takes one tokenizer, not 2"),
    ],
)
def test_an_estimate_is_told_whose_tokenizer_it_is(
    words: tuple[str, ...], told: str, capsys: Capture, config: Path, ranks: str
) -> None:
    assert told in failed(capsys, "estimate", ranks, *words, code=2)


def test_a_name_goes_before_a_file_that_is_called_like_it(
    capsys: Capture, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "qwen").write_bytes(RANKS)

    assert counted(capsys, "qwen", "hello", tmp_path)["count"] == 1
    assert counted(capsys, "./qwen", "hello", tmp_path)["count"] == 5


def test_two_files_of_one_name_are_told_apart(
    capsys: Capture, config: Path, ranks: str, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    other = tmp_path / "sub" / Path(ranks).name
    other.write_bytes(OTHERS)
    (tmp_path / "text.txt").write_text("ab")
    words = ["count", str(tmp_path / "text.txt"), "-t", ranks, "-t", str(other)]
    assert run(*words, "--format", "json") == 0

    found = json.loads(capsys.readouterr().out)["totals"]
    assert {one["tokenizer"]: one["count"] for one in found} == {
        "bytes.tiktoken": 2,
        str(other): 1,
    }


class Hub:
    """A server of one answer for each path; all others are missing."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.asked.append(self.path)
                hub.answers.get(self.path, status(404))(self)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, config: Path) -> Iterator[Hub]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    hub = Hub()
    monkeypatch.setenv("HF_ENDPOINT", hub.address + "/")
    yield hub
    hub.server.shutdown()
    hub.thread.join()
    hub.server.server_close()


def status(code: int, **headers: str) -> Answer:
    return sends(b"", code, None, **headers)


def sends(content: bytes, code: int = 200, size: int | None = None, **headers: str) -> Answer:
    """An answer that states its length, rightly unless another is given."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Length", str(len(content) if size is None else size))
        for key, value in headers.items():
            request.send_header(key.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def slowly(request: BaseHTTPRequestHandler) -> None:
    """A byte at a time, without end."""
    request.send_response(200)
    request.end_headers()
    try:
        for _ in range(1000):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.005)
    except OSError:  # the other side has enough
        pass


FILE = "/org/name/resolve/main/tokenizer.json"
RANKS_AT = "/org/name/resolve/main/tiktoken.model"


def test_a_model_of_a_hub_is_downloaded_and_kept(
    mirror: Hub, capsys: Capture, config: Path, tmp_path: Path
) -> None:
    """The first of the files that it may have; its commit is remembered."""
    mirror.answers[RANKS_AT] = sends(RANKS, X_Repo_Commit="c0ffee0123456789")
    assert run("tokenizers", "add", "llama3", "org/name") == 0
    printed = capsys.readouterr()

    assert "org/name@c0ffee012345 tiktoken.model" in printed.out
    assert mirror.asked[0] == FILE
    asked = len(mirror.asked)
    found = counted(capsys, "llama3", "abc", tmp_path)
    assert found["method"] == "supplied: org/name@c0ffee012345 tiktoken.model, cut like cl100k"
    assert len(mirror.asked) == asked  # counting asks nobody


def test_a_revision_and_a_file_may_be_named(mirror: Hub, capsys: Capture, config: Path) -> None:
    mirror.answers["/org/name/resolve/refs%2Fpr%2F1/vocab.tiktoken"] = sends(RANKS)
    words = ["tokenizers", "add", "mine", "org/name@refs/pr/1", "--file", "vocab.tiktoken"]

    assert run(*words) == 0
    assert "org/name@refs/pr/1 vocab.tiktoken" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (status(404), "`org/name` has no tokenizer.json or tokenizer.model"),
        (status(401), "HTTP 401"),
        (status(403), "may be gated"),
        (status(500), "HTTP 500"),
        (sends(RANKS[:99], size=len(RANKS)), "the connection broke after 99 of"),
        (sends(b"<html>log in</html>"), "as a tokenizer"),
        (sends(b""), "it is empty"),
        (sends(b"", size=10**12), "is larger than 100,000,000 bytes"),
        (sends(RANKS, X_Linked_Etag=f'"{"0" * 64}"'), "is not what the hub says it is"),
        (status(302, Location="http://127.0.0.2:9/elsewhere"), "an address that is not HTTPS"),
        (status(302, Location="ftp://127.0.0.1/x"), "an address that is not HTTPS"),
        (status(302, Location="file:///etc/passwd"), "HTTP 302"),
        (status(302, Location=FILE), "HTTP 302"),  # round and round
    ],
    ids=[
        *("missing", "unauthorized", "forbidden", "broken", "truncated", "a page", "nothing"),
        *("huge", "another content", "plain HTTP", "ftp", "file", "a loop"),
    ],
)
def test_a_download_that_fails_is_an_error_and_keeps_nothing(
    answer: Answer, told: str, mirror: Hub, capsys: Capture, config: Path
) -> None:
    mirror.answers[FILE] = answer

    assert told in failed(capsys, "tokenizers", "add", "mine", "org/name")
    assert not config.exists()


def test_a_redirect_within_the_named_host_is_followed(
    mirror: Hub, capsys: Capture, config: Path
) -> None:
    """As hubs do for large files; what was said on the way is checked against what came."""
    digest = sha256(RANKS).hexdigest()
    mirror.answers[FILE] = status(302, Location="/cdn/x", X_Linked_Etag=f'"{digest}"')
    mirror.answers["/cdn/x"] = sends(RANKS, ETag='"another"')

    assert run("tokenizers", "add", "mine", "org/name") == 0
    assert digest in capsys.readouterr().out


def test_nobody_there_is_an_error(
    capsys: Capture, config: Path, monkeypatch: pytest.MonkeyPatch, mirror: Hub
) -> None:
    """Port 9 of the loopback interface, where nothing listens."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    said = failed(capsys, "tokenizers", "add", "mine", "org/name")
    assert "cannot fetch http://127.0.0.1:9/org/name/" in said
    assert "HF_ENDPOINT" in said


@pytest.mark.parametrize("endpoint", ["hub.example", "ftp://hub.example", "https://", "file:///x"])
def test_an_endpoint_that_is_none_is_wrong_usage(endpoint: str) -> None:
    with pytest.raises(UsageError, match="HF_ENDPOINT"):
        hub.checked_endpoint(endpoint)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (DownloadLimits(longest=0.05), "not complete after 0.05 seconds"),
        (DownloadLimits(largest=20), "is larger than"),
    ],
    ids=["time", "size"],
)
def test_an_answer_without_end_is_left(limits: DownloadLimits, told: str, mirror: Hub) -> None:
    mirror.answers[FILE] = slowly

    with pytest.raises(LlmcostError, match=told):
        hub.download("org/name", endpoint=mirror.address, limits=limits)


def test_a_hub_that_says_nothing_is_left(mirror: Hub) -> None:
    """After as long as one is willing to wait for a byte."""
    told = threading.Event()

    def waits(request: BaseHTTPRequestHandler) -> None:
        told.wait(5)

    mirror.answers[FILE] = waits

    with pytest.raises(LlmcostError, match="no answer in time"):
        hub.download("org/name", endpoint=mirror.address, limits=DownloadLimits(patience=0.05))
    told.set()


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Qwen/Qwen3-8B", True),
        ("meta-llama/Llama-3.1-8B@main", True),
        ("org/name@refs/pr/1", True),
        ("name", False),
        ("./org/name", False),
        ("../name", False),
        ("/org/name", False),
        ("org/name/tokenizer.json", False),
        ("https://huggingface.co/org/name", False),
        ("org/na me", False),
        ("org/..", False),
    ],
)
def test_what_a_model_of_a_hub_looks_like(text: str, is_one: bool) -> None:
    assert hub.is_id(text) == is_one


def test_claude_is_estimated_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for installed in (True, False):
        monkeypatch.setattr(reconstructed, "is_installed", lambda found=installed: found)
        expected = TokenizerKind.RECONSTRUCTED if installed else TokenizerKind.ESTIMATED

        assert kind(TOKENIZERS["claude"]) is kind(TOKENIZERS["claude-4.7"]) is expected
        assert kind(TOKENIZERS["grok"]) is TokenizerKind.ESTIMATED
        assert kind(TOKENIZERS["qwen"]) is TokenizerKind.EXACT
