"""A cluster counts what one machine would have counted, whatever happens to it."""

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.cli.app import main
from llmcost.cluster import client as connecting
from llmcost.cluster import client as running
from llmcost.cluster import partition as pieces
from llmcost.cluster import worker as kernel
from llmcost.cluster import worker as reading
from llmcost.cluster.client import ClusterError, refusal
from llmcost.cluster.collect import Gathering, Joining, Landing
from llmcost.cluster.partition import (
    ListedFile,
    TaskPiece,
    line_border,
    listed,
    planned,
    text_border,
    within,
)
from llmcost.cluster.worker import CountingJob, PartOutcome
from llmcost.errors import install
from llmcost.inputs.text_stream import encoding_of
from llmcost.tokenizers.counter import count as whole
from llmcost.tokenizers.counter import told
from llmcost.tokenizers.registry import TextTotals, names, tokenizer

dask = pytest.importorskip("dask", reason="needs the extra `cluster`")
distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
fsspec = pytest.importorskip("fsspec", reason="needs the extra `cluster`")

# Dask closes connections and processes in its own time
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(distributed|dask|tornado)"),
]

Ran = tuple[int, str, str]
Run = Callable[..., Ran]
LINES = "".join(f"Line {n}: word w{n % 97}, 第{n}行，价格。\n\n    if x:\n" for n in range(3_000))
CHATS = "".join(
    json.dumps({"messages": [{"role": "user", "content": f"Say {n} — 价格 {n % 7}"}]}) + "\n"
    for n in range(700)
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A scheduler, and two workers with their nannies, each a process."""
    connecting.quiet()
    few = dask.config.set({"distributed.scheduler.allowed-failures": 1})
    with warnings.catch_warnings(), few:
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as found:
            yield found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in a folder, where pieces are small."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pieces, "SIZES", ((0, 20_000),))
    monkeypatch.setattr(connecting, "PATIENCE", 2)

    def run(*words: str) -> Ran:
        code = main(words)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def write(folder: Path) -> None:
    """Files of each kind, larger than a piece where they can be cut."""
    (folder / "small").mkdir()
    for n in range(5):
        (folder / "small" / f"{n}.txt").write_text(f"text {n}\n")
    (folder / "lines.txt").write_text(LINES)
    (folder / "wide.txt").write_bytes(LINES.encode("utf-16"))
    (folder / "odd.txt").write_bytes(LINES.encode()[:90_000].replace(b"word", b"w\xff\xe4rd"))
    (folder / "endless.txt").write_text("a" * 50_000)
    (folder / "packed.txt.gz").write_bytes(gzip.compress(LINES.encode()))
    (folder / "chats.jsonl").write_text(CHATS + "{broken\n" + CHATS)
    (folder / "array.json").write_text(json.dumps([json.loads(one) for one in CHATS.splitlines()]))


# ---- where files are cut

BLANKS = ("\n", "\n\n", " ", "  ", "\r\n", "\u3000", "\x85", "\x1c")
WORDS = ("/", "a", "B", "word ", "12", "3.5", "don't", "<table>", "!", "1a", "=\u0338")
OTHERS = ("é", "中", "，", "あ", "\u0301", "😀")
PARTS = st.lists(st.sampled_from([*BLANKS, *WORDS, *OTHERS]), max_size=120)
BAD = st.lists(st.tuples(st.integers(0, 400), st.sampled_from([0xFF, 0xE4, 0x80, 0xC3])))


def counted(path: Path, step: int, job: CountingJob) -> PartOutcome:
    """A file counted part by part, as workers do."""
    size, version = listed(str(path))
    file = ListedFile(1, path.name, str(path), size, version, is_named=True)
    joining = Joining()
    found: list[PartOutcome] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "SIZES", ((0, step),))
        for piece in reversed(list(planned([file], lambda file: True))):
            for part, outcome in zip(piece.parts, kernel.count(job, piece), strict=True):
                one = joining.add(part, outcome)
                found += [one[1]] if one else []
    return found[0]


@settings(deadline=None, max_examples=60)
@given(parts=PARTS, bad=BAD, step=st.sampled_from([5, 17, 60]))
def test_parts_add_up_under_every_tokenizer(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[str],
    bad: list[tuple[int, int]],
    step: int,
) -> None:
    """Whatever the text, the place of a cut, and the bytes that are no text."""
    data = bytearray("".join(parts).encode())
    for at, byte in bad:
        if at < len(data):
            data[at] = byte
    path = tmp_path_factory.mktemp("parts") / "text"
    path.write_bytes(data)
    found = counted(path, step, CountingJob(tuple(names())))
    totals = TextTotals(found.tokens, found.features)

    text = data.decode(encoding_of(bytes(data)), errors="replace")
    assert (found.bytes, found.characters) == (len(data), len(text))
    assert {name: told(tokenizer(name), totals) for name in names()} == whole(text, names())


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("gb18030", "gb18030"), ("gb18030", "utf-8"), ("big5", "big5"), ("cp1252", "cp1252")],
)
@pytest.mark.parametrize("before", ["", "plain\n" * 60_000])
def test_other_encodings_are_cut_at_lines(
    tmp_path: Path, encoding: str, named: str, before: str
) -> None:
    """In which the byte of a line's end is one; GB18030 needs no name."""
    text = before + LINES[:40_000].encode(encoding, "ignore").decode(encoding)
    path = tmp_path / "text"
    path.write_bytes(text.encode(encoding))
    found = counted(path, 3_000 + len(before) // 9, CountingJob(("o200k_base",), encoding=named))
    assert found.encoding == encoding
    assert found.tokens["o200k_base"] == whole(text, ["o200k_base"])["o200k_base"].tokens


def test_a_part_without_a_place_belongs_to_the_one_before() -> None:
    """And the first one is all, if there is none at all."""
    data = b"a" * 100 + b"\nb" + b"c" * 98

    def between(start: int, end: int) -> bytes:
        return data[max(0, start) : end]

    for find in (text_border("utf-8"), line_border):
        parts = [within(find, between, (at, at + 20), 200, 20) for at in range(0, 200, 20)]
        assert [one for one in parts if one] == [range(0, 101), range(101, 200)]


def test_small_files_are_grouped_and_large_ones_cut() -> None:
    """In parts that are larger where there are very many."""
    files = [ListedFile(n, str(n), str(n), 10_000) for n in range(300)]
    files.append(ListedFile(300, "large", "large", 300_000_000))
    found = list(planned(files, lambda file: True))
    assert [len(piece.parts) for piece in found] == [256, *[1] * 5, 44]
    assert {pieces.step_for(n) for n in (0, 5_000, 10**6)} == {64 * 10**6, 128 * 10**6, 256 * 10**6}


def test_lines_of_broken_requests_are_those_of_the_file(tmp_path: Path) -> None:
    """Although no worker knows how many lines are before its part."""
    path = tmp_path / "a.jsonl"
    path.write_text(('{"prompt": "hi"}\n' * 50 + "{broken\n") * 3)
    job = CountingJob(("qwen",), (("qwen", "qwen-plus", None),))
    found = counted(path, 300, job)
    assert [(one.place, one.line) for one in found.bad] == [
        (f":{51 * n}", 51 * n) for n in (1, 2, 3)
    ]
    assert found.found is not None
    assert found.found.requests == 150


# ---- the same figures

ESTIMATE = ("estimate", "-m", "gpt-4o,qwen-plus,claude-sonnet-5", "--format", "json")
COUNT = ("count", "-t", "o200k_base,deepseek,claude-4.7", "--format", "json")


@pytest.mark.parametrize("command", [ESTIMATE, COUNT], ids=["estimate", "count"])
def test_a_cluster_counts_what_one_machine_counts(
    run: Run, cluster: Any, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Files of all kinds, cut or not, to the token; in the order of the listing."""
    write(tmp_path)
    code, out, _ = run(*command, ".", "--per-file" if "estimate" in command else ".")
    there_code, there, talk = run(
        *(*command, ".", "--per-file" if "estimate" in command else "."),
        *("--cluster", cluster.scheduler_address),
    )
    here, on = json.loads(out), json.loads(there)
    for one in (here, on):
        one.pop("as_of", None)
    assert (there_code, on) == (code, here)
    assert "Traceback" not in talk


def test_parquet_is_cut_at_row_groups(run: Run, cluster: Any, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [f"row {n} {'价格' * (n % 9)} {n * n}" for n in range(9_000)]
    table = pyarrow.table({"text": rows})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=500, compression="none")
    words = ("estimate", "a.parquet", "--column", "text", "-m", "gpt-4o", "--format", "json")
    code, out, _ = run(*words)
    there = run(*words, "--cluster", cluster.scheduler_address)
    assert there[0] == code == 0
    assert json.loads(there[1])["results"] == json.loads(out)["results"]


# ---- what may go wrong

TOTAL = ("count", "lines.txt", "-t", "o200k_base", "-q")


def after_first(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something that happens in the middle, when a first piece is back."""
    landed = Landing.landed
    left = [happens]

    def then(self: Landing, piece: TaskPiece, finished: int) -> None:
        landed(self, piece, finished)
        if left:
            left.pop()()

    monkeypatch.setattr(Landing, "landed", then)


def process_of_a_worker(cluster: Any) -> int:
    with distributed.Client(cluster, set_as_default=False) as client:
        processes: dict[str, int] = client.run(os.getpid)
    return next(iter(processes.values()))


def test_a_worker_that_is_killed_changes_nothing(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL in the middle: its pieces are counted elsewhere, and the total is the same."""
    (tmp_path / "lines.txt").write_text(LINES * 8)
    alone = run(*TOTAL)
    victim = process_of_a_worker(cluster)
    killed: list[int] = []

    def kill() -> None:
        os.kill(victim, signal.SIGKILL)
        killed.append(victim)

    after_first(monkeypatch, kill)
    assert run(*TOTAL, "--cluster", cluster.scheduler_address) == alone
    assert killed


def test_a_worker_that_stands_still_is_waited_for(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For two seconds it does nothing and answers nothing; the total is the same."""
    (tmp_path / "lines.txt").write_text(LINES * 8)
    alone = run(*TOTAL)
    slow = process_of_a_worker(cluster)
    woken: list[int] = []

    def wake() -> None:
        os.kill(slow, signal.SIGCONT)
        woken.append(slow)

    timer = threading.Timer(2, wake)

    def stop() -> None:
        os.kill(slow, signal.SIGSTOP)
        timer.start()

    after_first(monkeypatch, stop)
    assert run(*TOTAL, "--cluster", cluster.scheduler_address) == alone
    timer.join()
    assert woken


def test_a_piece_that_kills_workers_is_named(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does for which there is too little memory: the other files are counted."""
    import cloudpickle

    (tmp_path / "good.txt").write_text("hello world")
    (tmp_path / "poison.txt").write_text("poison")  # in one piece with the other
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr(running.Tasks.__init__, "__kwdefaults__", {"count": deadly})
    code, out, talk = run(
        *("count", ".", "-t", "o200k_base", "--cluster", cluster.scheduler_address)
    )
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    assert code == 1
    assert "good.txt" in out
    assert "poison.txt: each worker that counted bytes" in talk
    assert "hint: the figures leave it out" in talk


def deadly(job: CountingJob, piece: TaskPiece) -> tuple[PartOutcome, ...]:
    """Dies over a part, as the system lets a process die."""
    if any("poison" in part.file.name and part.start == 0 for part in piece.parts):
        os._exit(1)
    return kernel.count(job, piece)


def test_a_file_that_vanishes_is_told(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the listing and the counting; the others are counted."""
    write(tmp_path)
    listing = Gathering.listing

    def then(self: Gathering) -> Iterator[ListedFile]:
        files = list(listing(self))
        (tmp_path / "lines.txt").unlink()
        (tmp_path / "endless.txt").write_text("shorter")
        yield from files

    monkeypatch.setattr(Gathering, "listing", then)
    code, out, talk = run(
        *("count", ".", "-t", "qwen", "--format", "json", "--cluster", cluster.scheduler_address)
    )
    assert code == 1
    assert {one["name"]: one["reason"] for one in json.loads(out)["failed"]} == {
        "./lines.txt": os.strerror(errno.ENOENT),
        "./endless.txt": "it changed since it was listed, and is counted in parts",
    }
    assert "error: 2 of 12 inputs could not be read" in talk


def test_a_scheduler_that_goes_away(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted is shown, and with a journal another run goes on from there."""
    for n in range(8):
        (tmp_path / f"{n}.txt").write_text(LINES[: 20_000 + n])
    words = ("count", *(f"{n}.txt" for n in range(8)), "-t", "qwen", "--resume", "journal")
    alone = run(*words[:-2], "-q")
    starts = "from distributed.cli.dask_scheduler import main; main()"
    joins = "from distributed.cli.dask_worker import main; main()"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    file = tmp_path / "scheduler.json"
    options = (
        "--no-dashboard",
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--scheduler-file",
        str(file),
    )
    scheduler = subprocess.Popen([sys.executable, "-c", starts, *options], **quiet)  # type: ignore[call-overload]
    worker = subprocess.Popen(
        [
            *(sys.executable, "-c", joins, "--scheduler-file", str(file), "--nthreads", "1"),
            *("--no-nanny", "--no-dashboard", "--death-timeout", "30"),
        ],
        **quiet,
    )  # type: ignore[call-overload]
    try:
        address = scheduler_of(file)
        with monkeypatch.context() as patch:
            patch.setattr(running, "WAITING", 1)
            patch.setattr(running, "BATCH", 1)
            after_first(patch, scheduler.kill)
            code, _, talk = run(*words, "--cluster", address)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()
    assert code == 1
    assert "error: lost the scheduler; the figures cover only part of the input" in talk
    assert "Traceback" not in talk

    assert len((tmp_path / "journal").read_bytes().splitlines()) > 1
    assert run(*words, "-q", "--cluster", cluster.scheduler_address) == alone


def scheduler_of(file: Path) -> str:
    """Its address, as soon as it has written it down."""
    import time

    for _ in range(600):
        if file.exists() and (text := file.read_text()):
            return str(json.loads(text)["address"])
        time.sleep(0.05)
    raise AssertionError("no scheduler came up")


def test_ctrl_c_shows_a_part(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done, marked as a part, with exit code 130."""
    (tmp_path / "lines.txt").write_text(LINES * 4)

    def interrupt() -> None:
        raise KeyboardInterrupt

    after_first(monkeypatch, interrupt)
    code, out, talk = run(
        *("count", "lines.txt", "-t", "qwen", "--format", "json"),
        *("--cluster", cluster.scheduler_address),
    )
    found = json.loads(out)
    assert code == 130
    assert found["partial"] is True
    assert 0 < found["results"][0]["count"] < whole(LINES * 4, ["qwen"])["qwen"].tokens
    assert "error: stopped: these are the figures of 0 whole inputs and parts of 1" in talk


def test_workers_must_be_like_here(
    run: Run, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("hello")
    monkeypatch.setattr(kernel, "__version__", "9.9.9")
    code, _, talk = run("count", "a.txt", "-t", "qwen", "--cluster", cluster.scheduler_address)
    assert code == 1
    assert "and here is 9.9.9" in talk
    assert "hint: install the same version of llmcost" in talk


WRONG = [
    ("tcp://127.0.0.1:9", "error: cannot reach the scheduler `tcp://127.0.0.1:9`"),
    ("nonsense", "error: no address of a scheduler: `nonsense`"),
    ("local:0", "error: no address of a scheduler: `local:0`"),
    ("foo://x:1", "error: cannot reach the scheduler `foo://x:1`"),
]


@pytest.mark.parametrize(("address", "said"), WRONG)
def test_a_wrong_address_is_an_error(run: Run, tmp_path: Path, address: str, said: str) -> None:
    (tmp_path / "a.txt").write_text("hello")
    code, out, talk = run("count", "a.txt", "-t", "qwen", "--cluster", address)
    assert (code > 0, out) == (True, "")
    assert talk.startswith(said)
    assert "hint: for example --cluster tcp://scheduler:8786" in talk


REFUSED = [
    (ModuleNotFoundError("No module named 'llmcost'", name="llmcost"), "has no llmcost"),
    (ModuleNotFoundError("No module named 's3fs'", name="s3fs"), "misses the package `s3fs`"),
    (ValueError("odd\nlong story"), "a worker failed: odd"),
]


@pytest.mark.parametrize(("answer", "said"), REFUSED)
def test_what_a_worker_misses_is_named(answer: Exception, said: str) -> None:
    assert said in str(refusal([answer]))


def test_a_worker_that_joins_with_another_version_is_refused() -> None:
    with pytest.raises(kernel.OtherVersion):
        kernel.count(CountingJob((), version="0.0.0"), TaskPiece(()))
    assert issubclass(ClusterError, Exception)


NOT_THERE = [
    (("a.txt", "--max-bytes", "1MB"), "--max-bytes and --cluster"),
    (("-",), "not standard input"),
]


@pytest.mark.parametrize(("words", "said"), NOT_THERE)
def test_what_a_cluster_cannot_do_is_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    code, _, talk = run("count", *words, "-t", "qwen", "--cluster", "local")
    assert code == 2
    assert said in talk


# ---- addresses, also without a cluster


@pytest.fixture
def store() -> Iterator[Any]:
    """A store of objects, in memory."""
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    yield found
    found.store.clear()


def test_addresses_are_read_as_files_are(run: Run, store: Any, tmp_path: Path) -> None:
    """Patterns, folders, hidden and binary files, compressed ones: as on a disk."""
    texts = {
        "data/a.txt": b"hello",
        "data/deep/b.txt": b"hello world",
        "data/deep/c.txt.gz": gzip.compress(b"hello packed world"),
        "data/deep/.hidden.txt": b"no",
        "data/image.bin": b"\0\1\2",
        "data/d.jsonl": CHATS.encode()[:500].rpartition(b"\n")[0],
    }
    for name, content in texts.items():
        store.pipe_file(f"/{name}", content)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    for pattern in ("data", "data/**/*.txt", "data/*.jsonl", "data/deep/*"):
        for words in (("count", "-t", "qwen"), ("estimate", "-m", "gpt-4o", "--per-file")):
            here = run(*words, pattern)
            there = run(*words, f"memory://{pattern}")
            told = tuple(one.replace("memory:///", "") for one in there[1:])
            assert (there[0], *told) == here


def test_a_journal_knows_objects(run: Run, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what their store says of them, without reading."""
    store.pipe_file("/a.txt", b"hello world")
    words = ("count", "memory://a.txt", "-t", "qwen", "-q", "--resume", "journal")
    first = run(*words)
    monkeypatch.setattr(type(store), "cat_file", None)
    assert run(*words) == first == (0, "2\n", "")


MISSING = [
    ("memory://nothing.txt", "no such file, folder or bucket: `memory://nothing.txt`", ""),
    ("memory://*.txt", "no file matches `memory://*.txt`", ""),
    ("nonsense://x", "cannot read `nonsense://x`", "hint: see what stores there are"),
]


@pytest.mark.parametrize(("address", "said", "hint"), MISSING)
def test_an_address_that_cannot_be_read(
    run: Run, store: Any, address: str, said: str, hint: str
) -> None:
    code, _, talk = run("count", address, "-t", "qwen")
    assert code == 1
    assert said in talk
    assert hint in talk


@pytest.mark.parametrize(
    "words",
    [
        ("count", "data/**/*.txt", "-t", "qwen"),
        ("estimate", "data", "-m", "gpt-4o", "--format", "tsv"),
        ("count", "data/large.txt", "-t", "o200k_base", "--precision", "5%"),
    ],
)
def test_a_sample_of_addresses_is_that_of_files(
    run: Run, store: Any, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The same blocks of the same listing, read without what is around them."""
    large = "".join(f"line {n}: {n * n} and some words, 中文\n" for n in range(60_000))
    texts = {"data/large.txt": large, "data/requests.jsonl": CHATS * 40}
    texts |= {f"data/deep/{n:03}.txt": f"small {n} " * 90 for n in range(300)}
    for name, content in texts.items():
        store.pipe_file(f"/{name}", content.encode())
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    words = (*words, "--sample", "10%", "--seed", "1")

    here = run(*words)
    there = run(words[0], f"memory://{words[1]}", *words[2:])
    told = tuple(one.replace("memory:///", "").replace("memory://", "") for one in there[1:])
    assert (there[0], *told) == here
    assert "sampled" in here[2]


def test_a_missing_package_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a store, and fsspec itself."""
    monkeypatch.setitem(sys.modules, "s3fs", None)
    code, _, talk = run("count", "s3://bucket/x", "-t", "qwen")
    assert code == 1
    assert "hint: pip install s3fs" in talk

    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    code, _, talk = run("count", "s3://bucket/x", "-t", "qwen")
    assert code == 1
    assert f"hint: {install('cluster')}\n" in talk


def test_an_object_that_cannot_be_fetched(
    run: Run, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its package raises, the others are counted."""
    store.pipe_file("/data/a.txt", b"hello")
    store.pipe_file("/data/b.txt", b"hello world")
    fetch = type(store).cat_file

    def refusing(self: Any, path: str, *words: Any, **named: Any) -> bytes:
        if path.endswith("b.txt"):
            raise RuntimeError("AccessDenied\nlong story")
        return bytes(fetch(self, path, *words, **named))

    monkeypatch.setattr(type(store), "cat_file", refusing)
    code, out, talk = run("count", "memory://data", "-t", "qwen")
    assert code == 1
    assert "memory:///data/a.txt" in out
    assert "error: 1 of 2 inputs could not be read: memory:///data/b.txt: AccessDenied\n" in talk


def test_a_part_for_which_there_is_too_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is told, and the worker goes on."""

    def greedy(job: CountingJob, part: object) -> PartOutcome:
        raise MemoryError

    monkeypatch.setattr(reading, "outcome_of", greedy)
    path = tmp_path / "text"
    path.write_text("hello")
    found = counted(path, 100, CountingJob(("qwen",)))
    assert found.failed is not None
    assert found.failed.reason == "a worker has too little memory"
