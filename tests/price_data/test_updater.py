"""`llmcost prices update`: a published table takes the place of ours when all is right with it, and
nothing changes when anything is not."""

import base64
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.request import Request

import pytest

from llmcost import download as fetch
from llmcost import files as lock
from llmcost.cli.app import main
from llmcost.download import DownloadLimits
from llmcost.errors import LlmcostError, UsageError, install
from llmcost.files import updated_prices
from llmcost.price_data import loader as load
from llmcost.price_data import loader as published
from llmcost.price_data import updater as update
from llmcost.runtime import clock
from llmcost.runtime.price_table import load_table

Send = Callable[[BaseHTTPRequestHandler], None]


def yaml(price: str, checked: str, extra: str = "", schema: str = "1") -> bytes:
    return f"""\
schema: {schema}
{extra}providers:
  - id: acme
    name: Acme
    currency: CNY
    models:
      - id: small
        tokenizer: o200k_base
        prices: [{{from: 2026-01-01, input: {price}, output: 9, source: s, checked: {checked}}}]
""".encode()


BUNDLED = yaml("1", "2026-11-01")
FIRST = yaml("2", "2026-11-10")
SECOND = yaml("3", "2026-11-20")


class Site:
    """A server on this machine: what it sends for each path, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Send] = {}
        self.asked: list[tuple[str, str]] = []
        self.over = Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, self.headers.get("If-None-Match", "")))
                site.pages.get(self.path, status(404))(self)

            def do_CONNECT(self) -> None:
                site.asked.append((f"CONNECT {self.path}", ""))
                self.send_error(502)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.base}/prices.yaml"

    def publish(self, content: bytes, etag: str = "") -> None:
        self.pages["/prices.yaml"] = body(content, etag)
        self.pages["/prices.yaml.sha256"] = body(
            f"{sha256(content).hexdigest()}  prices.yaml".encode()
        )


def body(content: bytes, etag: str = "") -> Send:
    def send(to: BaseHTTPRequestHandler) -> None:
        if etag and to.headers.get("If-None-Match") == etag:
            to.send_response(304)
            to.end_headers()
            return
        to.send_response(200)
        to.send_header("Content-Length", str(len(content)))
        if etag:
            to.send_header("ETag", etag)
        to.end_headers()
        to.wfile.write(content)

    return send


def status(code: int, **headers: str) -> Send:
    def send(to: BaseHTTPRequestHandler) -> None:
        to.send_response(code)
        for name, value in headers.items():
            to.send_header(name, value)
        to.send_header("Content-Length", "0")
        to.end_headers()

    return send


def cut(content: bytes, *head: tuple[str, str]) -> Send:
    """The first half only, after a head that says what it likes."""

    def send(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        for name, value in head:
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(content[: len(content) // 2])

    return send


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    thread = Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.over.set()
    found.server.shutdown()
    found.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folders of the user's, and a small table in the place of ours."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "prices.yaml").write_bytes(BUNDLED)
    monkeypatch.setattr(load, "bundled", lambda name: tmp_path / "data" / name)
    for kind in ("CACHE", "CONFIG"):
        monkeypatch.setenv(f"LLMCOST_{kind}_DIR", str(tmp_path / kind.lower()))
    for name in ("LLMCOST_PRICES_URL", "LLMCOST_PRICES_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(site: Site, *words: str) -> int:
    return main(["prices", "update", "--url", site.url, *words])


def price() -> str:
    """Of the table in use."""
    return str(load_table([]).models[0].prices[0].bands[0].prices["input"])


def kept(home: Path) -> dict[str, bytes]:
    """All that is in the config folder and in the bundled one's, but for the lock."""
    files = [path for name in ("config", "data") for path in (home / name).rglob("*")]
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in files
        if path.is_file() and path.name != "lock"
    }


# --- when all is right --------------------------------------------------------------------------


def test_published_prices_take_the_place_of_ours(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first run afterwards uses them, and says what changed."""
    assert price() == "1"
    site.publish(FIRST)

    assert run(site) == 0

    assert capsys.readouterr() == (
        f"prices of 2026-11-10 from {site.url}\n",
        "note: row edited 1\nnote: `llmcost prices update --rollback` goes back\n",
    )
    assert price() == "2"


def test_the_bundled_file_is_never_written(home: Path, site: Site) -> None:
    site.publish(FIRST)
    assert run(site) == 0

    assert kept(home)["data/prices.yaml"] == BUNDLED


def test_the_address_may_be_in_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.publish(FIRST)
    monkeypatch.setenv("LLMCOST_PRICES_URL", site.url)

    assert main(["prices", "update"]) == 0
    assert price() == "2"


def test_nothing_is_fetched_unless_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address alone is no wish."""
    monkeypatch.setenv("LLMCOST_PRICES_URL", site.url)

    assert price() == "1"
    assert main(["prices", "check"]) == 0
    assert site.asked == []


def test_ones_own_prices_lie_over_the_updated_ones(home: Path, site: Site) -> None:
    site.publish(FIRST)
    assert run(site) == 0
    own = "schema: 1\nproviders:\n  - {id: acme, models: [{id: small, discount: 0.5}]}\n"
    (home / "config" / "prices.yaml").write_text(own)

    main(["models", "acme/small"])

    (model,) = load_table(None).models
    assert str(model.discount) == "0.5"
    assert str(model.prices[0].bands[0].prices["input"]) == "2"


def test_check_names_the_table_in_use(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.publish(FIRST)
    assert run(site) == 0
    assert main(["prices", "check", "--format", "table"]) == 0

    assert f"{home / 'config' / 'published' / 'prices.yaml'}: no problems" in (
        capsys.readouterr().out.replace("\n", " ")
    )


def test_a_table_that_is_known_is_not_sent_again(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """304: the table is in use, and neither file nor checksum is asked for."""
    site.publish(FIRST, etag='"one"')
    assert run(site) == 0
    before, site.asked = kept(home), []
    capsys.readouterr()

    assert run(site) == 0

    assert site.asked == [("/prices.yaml", '"one"')]
    note = f"note: already current: prices of 2026-11-10 from {site.url}\n"
    assert capsys.readouterr() == ("", note)
    assert kept(home) == before


@pytest.mark.parametrize("content", [BUNDLED, FIRST], ids=["as bundled", "as updated"])
def test_without_an_etag_the_same_bytes_are_no_update(
    content: bytes, home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.publish(FIRST)
    if content == FIRST:
        assert run(site) == 0
    site.publish(content)
    before = kept(home)

    assert run(site) == 0
    assert "already current: prices of 2026-11-" in capsys.readouterr().err
    assert kept(home) == before


@pytest.mark.parametrize("other", ["--sha256", "--url", "damage"])
def test_an_etag_is_only_told_of_what_was_checked_as_now(
    other: str, home: Path, site: Site
) -> None:
    """Of another address, hash or content the server's word would be worth nothing."""
    site.publish(FIRST, etag='"one"')
    assert run(site) == 0
    site.publish(SECOND, etag='"one"')
    site.pages["/other.yaml"] = site.pages["/prices.yaml"]
    site.pages["/other.yaml.sha256"] = site.pages["/prices.yaml.sha256"]
    words = {
        "--sha256": ["--sha256", sha256(SECOND).hexdigest().upper()],
        "--url": ["--url", f"{site.base}/other.yaml"],
        "damage": [],
    }
    if other == "damage":
        updated_prices().write_bytes(b"#\n")

    assert run(site, *words[other]) == 0
    assert price() == "3"


def test_a_dry_run_shows_the_difference_and_writes_nothing(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even a folder."""
    site.publish(FIRST)

    assert run(site, "--dry-run", "--format", "table") == 0

    shown = capsys.readouterr()
    assert [line.split() for line in shown.out.splitlines()] == [
        ["model", "what", "before", "after", "change"],
        ["acme/small", "!", "row", "edited", "2026-01-01"],
        ["checked:", "2026-11-01", "->", "2026-11-10"],
        ["input", "¥1", "¥2", "+100%"],
        ["output", "¥9", "¥9", "0%"],
    ]
    assert shown.err.endswith("note: nothing was written\n")
    assert kept(home) == {"data/prices.yaml": BUNDLED}
    assert not (home / "config").exists()
    assert price() == "1"


def test_a_redirect_on_this_machine_is_followed(site: Site) -> None:
    site.publish(FIRST)
    site.pages["/latest"] = status(302, Location="/prices.yaml")
    site.pages["/latest.sha256"] = site.pages["/prices.yaml.sha256"]

    assert run(site, "--url", f"{site.base}/latest") == 0
    assert price() == "2"


def test_older_prices_may_be_asked_for(site: Site) -> None:
    site.publish(yaml("8", "2020-01-01"))

    assert run(site, "--allow-older") == 0
    assert price() == "8"


# --- and back -----------------------------------------------------------------------------------


def test_rollback_returns_to_the_table_before_and_then_to_ours(
    home: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte, and says when there is nothing left to go back to. Nothing is fetched."""
    monkeypatch.setenv("LLMCOST_PRICES_URL", "https://prices.example/")
    site.publish(FIRST)
    assert run(site) == 0
    first = kept(home)
    site.publish(SECOND)
    assert run(site) == 0
    assert price() == "3"

    assert main(["prices", "update", "--rollback"]) == 0
    assert (price(), kept(home)) == ("2", first)
    assert main(["prices", "update", "--rollback"]) == 0
    assert (price(), kept(home)) == ("1", {"data/prices.yaml": BUNDLED})
    capsys.readouterr()
    assert main(["prices", "update", "--rollback"]) == 1
    assert capsys.readouterr().err.startswith("error: nothing to roll back")


def test_a_dry_rollback_writes_nothing(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.publish(FIRST)
    assert run(site) == 0
    before = kept(home)

    assert main(["prices", "update", "--rollback", "--dry-run", "--format", "tsv"]) == 0
    assert "\tinput\t\t\t2\t1\t" in capsys.readouterr().out
    assert kept(home) == before


def test_a_rollback_never_goes_to_a_damaged_table(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (FIRST, SECOND):
        site.publish(content)
        assert run(site) == 0
    published.previous().write_bytes(published.previous().read_bytes()[:-1])
    before = kept(home)

    assert main(["prices", "update", "--rollback"]) == 1
    assert "previous.yaml` are damaged or were edited" in capsys.readouterr().err
    assert (price(), kept(home)) == ("3", before)


def test_a_rollback_mends_a_damaged_table(site: Site) -> None:
    for content in (FIRST, SECOND):
        site.publish(content)
        assert run(site) == 0
    updated_prices().write_bytes(b"")

    assert main(["prices", "update", "--rollback"]) == 0
    assert price() == "2"


def test_after_a_damaged_table_the_one_before_is_ours(home: Path, site: Site) -> None:
    """It was in use while the updated one could not be."""
    for content in (FIRST, SECOND):
        site.publish(content)
        assert run(site) == 0
    updated_prices().write_bytes(b"")
    assert run(site) == 0
    assert price() == "3"

    assert main(["prices", "update", "--rollback"]) == 0
    assert (price(), kept(home)) == ("1", {"data/prices.yaml": BUNDLED})


# --- faults: the old table stays, byte for byte --------------------------------------------------


def endless(to: BaseHTTPRequestHandler, site: Site, first: bytes) -> None:
    """A byte now and then, so that no timeout of a socket ends it."""
    try:
        to.wfile.write(first)
        while not site.over.wait(0.02):
            to.wfile.write(b"x")
    except OSError:  # the other side has gone
        to.close_connection = True


def table_of(fault: str, site: Site) -> Send:
    """What is sent for the table."""

    def silent(to: BaseHTTPRequestHandler) -> None:
        site.over.wait()

    def babble(to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"hello\r\n\r\n")

    plain = b"HTTP/1.0 200 OK\r\n"
    faults: dict[str, Send] = {
        "cut": cut(SECOND, ("Content-Length", str(len(SECOND)))),
        "cut without a length": cut(SECOND),
        "slow head": lambda to: endless(to, site, plain + b"X-Slow: "),
        "slow body": lambda to: endless(to, site, plain + b"\r\nschema: 1\n"),
        "silent": silent,
        "no HTTP": babble,
        "to plain HTTP": status(302, Location="http://prices.example/prices.yaml"),
        "to a file": status(302, Location="file:///etc/hostname"),
        "round and round": status(302, Location="/prices.yaml"),
        "304 unasked": status(304),
        "500": status(500),
        "404": status(404),
        "too large": body(SECOND + b"#" * 5000),
        "too large without a length": cut(SECOND + b"#" * 20000),
    }
    return faults.get(fault, body(SECOND))


CONTENTS = {
    "another schema": yaml("3", "2026-11-20", schema="2"),
    "older": yaml("3", "2026-10-31"),
    "a broken rule": yaml("-3", "2026-11-20"),
    "many broken rules": yaml("3", "2026-11-20", "".join(f"a{n}: 1\n" for n in range(9))),
    "no YAML": b"<html>\x00",
    "nothing": b"",
    "no models": b"schema: 1\nproviders: []\n",
    "files of this machine": yaml("3", "2026-11-20", "tokenizers: {own: {path: /etc/hostname}}\n"),
}
HASHES = {
    "wrong hash": body(b"0" * 64),
    "no hash": status(404),
    "an empty hash": body(b""),
    "a page for a hash": body(b"<html>not found</html>"),
    "hash 500": status(500),
}
FAULTS = {
    "cut": "prices.yaml: the connection broke after",
    "cut without a length": "is not what was published (SHA-256)",
    "slow head": "the update was not complete after 0.5 seconds",
    "slow body": "the update was not complete after 0.5 seconds",
    "silent": "no answer in time",
    "no HTTP": "cannot fetch",
    "to plain HTTP": "leads to an address that is not HTTPS: http://prices.example/prices.yaml",
    "to a file": "HTTP 302",
    "round and round": "HTTP 302",
    "304 unasked": "HTTP 304",
    "500": "HTTP 500",
    "404": "HTTP 404",
    "too large": "is larger than 4,000 bytes",
    "too large without a length": "is larger than 4,000 bytes",
    "another schema": "the published table has schema 2; this llmcost reads 1",
    "older": "the published prices are of 2026-10-31, older than those in use, of 2026-11-",
    "a broken rule": "prices.yaml:9: expected `input`",
    "many broken rules": "error: and 4 more problems",
    "no YAML": "prices.yaml:1: not text",
    "nothing": "the file is empty",
    "no models": "expected at least one of providers",
    "files of this machine": "names tokenizer files of this machine",
    "wrong hash": "is not what was published (SHA-256)",
    "no hash": "there is no SHA-256 at",
    "an empty hash": "there is no SHA-256 in",
    "a page for a hash": "there is no SHA-256 in",
    "hash 500": "HTTP 500",
}


@pytest.mark.parametrize("updated", [False, True], ids=["over ours", "over an update"])
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_the_table_in_use_stays(
    fault: str,
    updated: bool,
    home: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1, a message that says what it was, and every file as before."""
    if updated:
        site.publish(FIRST)
        assert run(site) == 0
    before, used = kept(home), price()
    patience = 0.2 if fault == "silent" else 5
    monkeypatch.setattr(
        update, "LIMITS", DownloadLimits(patience, 0.5 if "slow" in fault else 5, 4000)
    )
    site.publish(CONTENTS.get(fault, SECOND))
    if fault not in CONTENTS:
        site.pages["/prices.yaml"] = table_of(fault, site)
        site.pages["/prices.yaml.sha256"] = HASHES.get(fault, site.pages["/prices.yaml.sha256"])
    capsys.readouterr()

    assert run(site) == 1

    assert FAULTS[fault] in capsys.readouterr().err
    assert (kept(home), price()) == (before, used)


def test_offline_it_says_so_and_changes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/prices.yaml"
        assert main(["prices", "update", "--url", address]) == 1

    assert capsys.readouterr().err == (
        f"error: cannot fetch {address}: {os.strerror(errno.ECONNREFUSED)}\n"
        "hint: nothing was changed\n"
    )
    assert kept(home) == {"data/prices.yaml": BUNDLED}


@pytest.mark.parametrize("words", [[], ["--rollback"]])
def test_a_config_folder_that_cannot_be_is_told(
    words: list[str], home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in its place."""
    (home / "config").write_text("in the way")
    site.publish(FIRST)

    assert run(site, *words) == 1
    assert capsys.readouterr().err.startswith("error: cannot write `")
    assert price() == "1"


@pytest.mark.parametrize("place", ["os.fsync", "tempfile.mkstemp", "pathlib.Path.replace"])
@pytest.mark.parametrize("updated", [False, True], ids=["over ours", "over an update"])
def test_a_full_disk_leaves_the_old_table_and_nothing_else(
    place: str,
    updated: bool,
    home: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Wherever it is met."""
    if updated:
        site.publish(FIRST)
        assert run(site) == 0
    before, used = kept(home), price()
    site.publish(SECOND)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(place, full)
        assert run(site) == 1

    assert os.strerror(errno.ENOSPC) in capsys.readouterr().err
    assert (kept(home), price()) == (before, used)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from llmcost.cli.app import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_file_that_cannot_grow_is_not_left_half_written(home: Path, site: Site) -> None:
    """As the system itself refuses it, over the table that we ship."""
    pytest.importorskip("resource")
    site.publish(SECOND)

    words = ["prices", "update", "--url", site.url, "--allow-older"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "error: cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert kept(home) == {"data/prices.yaml": BUNDLED}


def test_two_updates_at_once_are_one(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second one is refused while the first one waits for its server, which then finishes."""
    site.publish(FIRST)
    asked, go, send = Event(), Event(), site.pages["/prices.yaml"]

    def wait(to: BaseHTTPRequestHandler) -> None:
        asked.set()
        go.wait()
        send(to)

    site.pages["/prices.yaml"] = wait
    first = subprocess.Popen(
        [sys.executable, "-c", UPDATE, str(home / "data" / "prices.yaml"), site.url]
    )
    assert asked.wait(60)

    assert run(site) == 1
    assert main(["prices", "update", "--rollback"]) == 1
    said = capsys.readouterr().err
    assert said.count("error: another update of the prices is running\nhint: wait for it") == 2
    assert kept(home) == {"data/prices.yaml": BUNDLED}
    go.set()
    assert first.wait(60) == 0
    assert price() == "2"


def test_an_update_leaves_the_next_one_free(
    home: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has no locks, and whether it succeeds or fails."""
    monkeypatch.setattr(lock, "find_spec", lambda name: None)
    assert run(site) == 1
    for content in (FIRST, SECOND):
        site.publish(content)
        assert run(site) == 0

    assert set(kept(home)) == {
        "config/published/prices.yaml",
        "config/published/previous.yaml",
        "data/prices.yaml",
    }


UPDATE = """
import sys
from pathlib import Path
from llmcost.cli.app import main
from llmcost.price_data import loader
loader.bundled = Path(sys.argv[1]).with_name
sys.exit(main(["prices", "update", "--url", sys.argv[2]]))
"""


# --- the addresses that are asked ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://prices.example/prices.yaml", "not HTTPS"),
        ("http://127.0.0.1.example/prices.yaml", "not HTTPS"),
        ("http://10.0.0.1/prices.yaml", "not HTTPS"),
        ("file:///etc/passwd", "no address"),
        ("ftp://prices.example/prices.yaml", "no address"),
        ("prices.example", "no address"),
        ("https:///prices.yaml", "no address"),
        ("https://prices.example:port/", "no address"),
        ("https://[::1", "no address"),
        ("https://me:secret@prices.example/", "a name or password"),
    ],
)
def test_only_https_or_this_machine_is_asked(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        fetch.checked_address(address)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://prices.example/prices.yaml",
        "https://prices.example:8443/p?token=1",
        "http://localhost:8000/prices.yaml",
        "http://[::1]/prices.yaml",
        "http://127.8.0.1/prices.yaml",
    ],
)
def test_these_are_asked(address: str) -> None:
    assert fetch.checked_address(address) == address


def test_a_server_on_https_does_not_lead_to_this_machine(tmp_path: Path) -> None:
    """What a stranger says is no reason to ask a plain server here."""
    with (tmp_path / "body").open("wb") as answer, pytest.raises(LlmcostError, match="not HTTPS"):
        fetch.HttpsRedirects().redirect_request(
            Request("https://prices.example/"), answer, 302, "", {}, "http://127.0.0.1/prices.yaml"
        )


def test_the_files_beside_have_their_ending_before_the_query() -> None:
    assert (
        fetch.beside("https://a.example/p.yaml?t=1", ".sig") == "https://a.example/p.yaml.sig?t=1"
    )


def test_the_proxy_of_the_environment_is_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For HTTPS; never for this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, site.base)

    assert main(["prices", "update", "--url", "https://prices.example/prices.yaml"]) == 1
    assert site.asked == [("CONNECT prices.example:443", "")]
    assert "cannot fetch https://prices.example/prices.yaml" in capsys.readouterr().err
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.publish(FIRST)
    assert run(site) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no address of a price table"),
        (["--url", "http://prices.example/"], "not HTTPS"),
        (["--url", "https://a.example", "--sha256", "abc"], "no SHA-256: `abc`"),
        (["--url", "https://a.example", "--key", "abc"], "no Ed25519 public key"),
        (["--url", "https://a.example", "--key", "é"], "no Ed25519 public key"),
        (["--rollback", "--sha256", "0" * 64], "--rollback fetches nothing"),
        (["--rollback", "--format", "json"], "--format goes with --dry-run"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_asked(
    words: list[str], said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "update", *words]) == 2
    assert said in capsys.readouterr().err
    assert kept(home) == {"data/prices.yaml": BUNDLED}


# --- signatures ---------------------------------------------------------------------------------


def signed(content: bytes) -> tuple[str, bytes]:
    """A new key in Base64, and its signature of the content."""
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    private = ed25519.Ed25519PrivateKey.generate()
    key = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return key, private.sign(content)


@pytest.mark.parametrize("form", [bytes, base64.b64encode, base64.encodebytes])
def test_a_table_signed_with_the_pinned_key_is_taken(
    form: Callable[[bytes], bytes], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raw or in Base64; and its ETag holds as long as the key is the same."""
    key, signature = signed(FIRST)
    site.publish(FIRST, etag='"one"')
    site.pages["/prices.yaml.sig"] = body(form(signature))
    monkeypatch.setenv("LLMCOST_PRICES_KEY", key)

    assert run(site) == 0
    assert price() == "2"
    assert run(site) == 0
    assert site.asked[-1] == ("/prices.yaml", '"one"')


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (body(b"\0" * 64), "is not signed with the key"),
        (body(base64.b64encode(b"\0" * 64)), "is not signed with the key"),
        (body(b"short"), "is not signed with the key"),
        (body(b""), "is not signed with the key"),
        (status(404), "HTTP 404"),
        (body(b"\0" * 5000), "is larger than 4,096 bytes"),
    ],
)
def test_a_table_that_is_not_signed_so_is_refused(
    signature: Send, said: str, home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even if it is known by its ETag, from a time when nobody asked for a signature."""
    key, _ = signed(FIRST)
    site.publish(FIRST, etag='"one"')
    assert run(site) == 0
    site.pages["/prices.yaml.sig"] = signature
    before = kept(home)

    assert run(site, "--key", key) == 1
    assert said in capsys.readouterr().err
    assert kept(home) == before


def test_without_the_package_a_signature_is_not_passed_over(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names the extra; without a key nobody needs it."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    site.publish(FIRST)

    assert run(site, "--key", base64.b64encode(b"\0" * 32).decode()) == 1
    assert f"hint: {install('signed')}\n" in capsys.readouterr().err
    assert site.asked == []
    assert run(site) == 0


def test_a_table_signed_once_is_not_replaced_by_one_that_is_not(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """From wherever it comes, and whoever else has signed it; --no-key takes it all the same."""
    key, signature = signed(FIRST)
    site.publish(FIRST)
    site.pages["/prices.yaml.sig"] = body(signature)
    assert run(site, "--key", key) == 0
    before = kept(home)
    site.publish(SECOND)
    hash = sha256(SECOND).hexdigest()
    for other in (status(404), body(signature), body(signed(SECOND)[1]), body(b"")):
        site.pages["/prices.yaml.sig"] = other
        for words in ((), ("--sha256", hash), ("--allow-older",)):
            capsys.readouterr()

            assert run(site, *words) == 1
            assert "the prices fetched before were signed" in capsys.readouterr().err
            assert kept(home) == before
    site.pages["/elsewhere.yaml"] = body(SECOND)
    site.pages["/elsewhere.yaml.sha256"] = body(hash.encode())
    assert main(["prices", "update", "--url", f"{site.base}/elsewhere.yaml"]) == 1
    assert kept(home) == before

    assert run(site, "--no-key") == 0
    assert price() == "3"
    site.publish(FIRST)
    assert run(site, "--allow-older") == 0  # nobody wants it signed any more


def test_the_key_of_the_last_table_is_held_against_the_next(
    home: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without naming it; another one that is named takes its place, and --no-key goes before the
    environment."""
    private = pytest.importorskip(
        "cryptography.hazmat.primitives.asymmetric.ed25519"
    ).Ed25519PrivateKey.generate()
    key = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    site.publish(FIRST)
    site.pages["/prices.yaml.sig"] = body(private.sign(FIRST))
    assert run(site, "--key", key) == 0
    site.publish(SECOND)
    site.pages["/prices.yaml.sig"] = body(private.sign(SECOND))
    assert run(site) == 0
    assert price() == "3"

    third = yaml("4", "2026-11-21")
    other, signature = signed(third)
    site.publish(third)
    site.pages["/prices.yaml.sig"] = body(signature)
    assert run(site) == 1
    assert run(site, "--key", other) == 0
    assert run(site, "--key", other, "--no-key") == 2
    monkeypatch.setenv("LLMCOST_PRICES_KEY", key)
    assert run(site) == 1
    assert run(site, "--no-key") == 0


def test_a_table_in_use_is_remembered_as_signed_when_its_signature_is_checked(
    home: Path, site: Site
) -> None:
    """It was taken before anybody asked for one; the one before it stays the one before."""
    site.publish(FIRST)
    assert run(site) == 0
    key, signature = signed(SECOND)
    site.publish(SECOND)
    site.pages["/prices.yaml.sig"] = body(signature)
    assert run(site) == 0
    assert run(site, "--key", key) == 0
    site.publish(yaml("4", "2026-11-21"))

    assert run(site) == 1
    assert main(["prices", "update", "--rollback"]) == 0
    assert price() == "2"


def test_a_signed_table_that_is_damaged_is_still_remembered(home: Path, site: Site) -> None:
    key, signature = signed(FIRST)
    site.publish(FIRST)
    site.pages["/prices.yaml.sig"] = body(signature)
    assert run(site, "--key", key) == 0
    path = updated_prices()
    path.write_bytes(path.read_bytes() + b"# edited")
    site.publish(SECOND)

    assert run(site) == 1


# --- days -----------------------------------------------------------------------------------------


NOW = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)  # in the first zone it is the 22nd


@pytest.mark.parametrize(
    ("day", "code"), [("2026-11-21", 0), ("2026-11-23", 0), ("2026-11-24", 1), ("2999-01-01", 1)]
)
def test_no_price_is_read_later_than_tomorrow(
    day: str,
    code: int,
    home: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In any zone; one that is said to be names its line."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    site.publish(yaml("4", day))
    before = kept(home)

    assert run(site) == code
    err = " ".join(capsys.readouterr().err.split())
    assert ("prices.yaml:9: expected `checked` as a day up to 2026-11-23" in err) is bool(code)
    assert (kept(home) == before) is bool(code)


def test_a_table_from_the_future_keeps_no_later_one_out(
    home: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was fetched when it was not yet refused."""
    future = yaml("9", "2999-01-01")
    monkeypatch.setattr(clock, "now", lambda: datetime(2999, 1, 1, tzinfo=UTC))
    site.publish(future)
    assert run(site) == 0
    monkeypatch.setattr(clock, "now", lambda: NOW)
    site.publish(SECOND)

    assert run(site) == 0
    assert price() == "3"


def test_a_table_from_the_future_does_not_outlive_a_newer_llmcost(
    home: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2999, 1, 1, tzinfo=UTC))
    site.publish(yaml("9", "2999-01-01"))
    assert run(site) == 0
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert price() == "9"
    monkeypatch.setattr(load, "__version__", "99")

    assert price() == "1"


# --- an updated table that cannot be used: never an error ----------------------------------------


def spoil_schema() -> bytes:
    """As a newer llmcost may have left it: whole, and not for us."""
    content = yaml("2", "2026-11-10", schema="2")
    known = published.read_published(updated_prices())
    assert known is not None
    origin = {**{name: getattr(known.origin, name) for name in known.origin.__struct_fields__}}
    origin["sha256"] = sha256(content).hexdigest()
    return published.written(published.Origin(**origin), content)


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "another digit": lambda whole: whole.replace(b"input: 2", b"input: 7"),
    "cut": lambda whole: whole[:-10],
    "empty": lambda whole: b"",
    "no head": lambda whole: whole.partition(b"\n")[2],
    "zeros": lambda whole: bytes(len(whole)),
    "another schema": lambda whole: spoil_schema(),
}


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_a_damaged_update_is_told_and_ours_is_used(
    spoil: str, warm: bool, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether a compiled table is there or not, and each time."""
    site.publish(FIRST)
    assert run(site) == 0
    if warm:
        assert price() == "2"
    updated_prices().write_bytes(SPOILED[spoil](updated_prices().read_bytes()))
    capsys.readouterr()

    for _ in range(2):
        assert price() == "1"
        said = capsys.readouterr().err
        assert said.startswith("note: the updated prices ")
        assert said.endswith("; the prices that came with llmcost are used\n")


def test_an_update_that_cannot_be_read_is_told_and_ours_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder in its place."""
    updated_prices().mkdir(parents=True)

    assert price() == "1"
    assert capsys.readouterr().err.startswith("note: cannot read the updated prices")


def test_a_broken_rule_of_ones_own_file_is_still_an_error(
    home: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no fault of the update."""
    site.publish(FIRST)
    assert run(site) == 0
    (home / "config" / "prices.yaml").write_bytes(yaml("-1", "2026-11-10"))

    assert main(["models", "acme/small"]) == 1
    assert "error: prices.yaml:9: expected `input`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("checked", "expected"), [("2026-11-10", "2"), ("2026-11-11", "5")], ids=["as old", "newer"]
)
def test_a_newer_llmcost_with_newer_prices_goes_before_an_old_update(
    checked: str, expected: str, home: Path, site: Site
) -> None:
    """An update that was forgotten does not hold the prices back."""
    site.publish(FIRST)
    assert run(site) == 0
    (home / "data" / "prices.yaml").write_bytes(yaml("5", checked, "# of the next release\n"))

    assert price() == expected
    assert price() == expected
