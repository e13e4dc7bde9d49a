"""A stopped run goes on: what was counted is read back as it was, or counted anew."""

import errno
import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmcost import files as lock
from llmcost.errors import LlmcostError, UnreadableInput, UsageError
from llmcost.inputs import checkpoint as entries
from llmcost.inputs.checkpoint import MAGIC, VERSION, Journal, key_of
from llmcost.inputs.text_stream import TextStream, open_inputs
from llmcost.messages import visible
from llmcost.pricing.usage import Count, Counted, Input, Size

MADE_FROM = {"llmcost": "1.0", "tokenizers": "a b", "--encoding": "utf-8"}
JOURNAL = Path("journal")
BEGINS = MAGIC + b"%d," % VERSION
TEXT = Counted(Input("x", 3, 3, {"a": Count(1, 1, 1, "a", True), "b": Count(2, 1, 3, "~a", False)}))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test stands in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Counting:
    """Reads a stream, says that its tokens are its characters, and remembers whose."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def of(self, stream: TextStream) -> Callable[[], Counted]:
        def count() -> Counted:
            self.names.append(stream.name)
            for _ in stream:
                pass
            n = stream.characters
            counts = {"a": Count(n, n, n, "a", True)}
            return Counted(Input(visible(stream.name), stream.bytes, n, counts))

        return count


def run(*names: str, made_from: Mapping[str, str] = MADE_FROM) -> tuple[list[str], list[Counted]]:
    """One run with the journal: which files were counted, and what came out for all."""
    counting = Counting()
    streams = open_inputs(names) if names else []
    with Journal(JOURNAL, made_from) as journal:
        found = [journal.counted(one, counting.of(one)) for one in streams]
    return counting.names, found


def write(name: str, text: str, mtime: int | None = None) -> str:
    Path(name).write_text(text)
    if mtime is not None:
        os.utime(name, ns=(mtime, mtime))
    return name


# --- what is counted again ----------------------------------------------------------------------


def test_a_second_run_counts_nothing_and_finds_the_same() -> None:
    names = [write("a", "one"), write("b", "three"), write("c", "")]

    first = run(*names)
    second = run(*names)

    assert first[0] == names
    assert second == ([], first[1])


def test_only_new_files_are_counted() -> None:
    run(write("a", "one"))

    counted, found = run("a", write("b", "three"))

    assert counted == ["b"]
    assert [one.input.characters for one in found] == [3, 5]


LARGE = "x" * 300_000


@pytest.mark.parametrize(
    ("text", "mtime", "is_counted"),
    [
        (LARGE, 1000, False),
        (LARGE, 1001, True),
        (LARGE + "x", 1000, True),
        ("y" + LARGE[1:], 1000, True),
        (LARGE[1:] + "y", 1000, True),
        (LARGE[: entries.END - 1] + "y" + LARGE[entries.END :], 1000, True),
        (LARGE[: -entries.END] + "y" + LARGE[-entries.END + 1 :], 1000, True),
    ],
    ids=["same", "later", "longer", "begins", "ends", "last of the head", "first of the tail"],
)
def test_a_changed_file_is_counted_anew(text: str, mtime: int, is_counted: bool) -> None:
    """By its size, its time, or what its two ends hold; then it is known again."""
    run(write("a", LARGE, 1000))
    write("a", text, mtime)

    assert run("a")[0] == (["a"] if is_counted else [])
    assert run("a")[0] == []


def test_a_small_file_is_known_by_all_of_it() -> None:
    run(write("a", "one", 1000))

    assert run(write("a", "two", 1000))[0] == ["a"]


def test_a_file_that_changes_while_it_is_read_is_not_kept() -> None:
    write("a", "one")
    (stream,) = open_inputs(["a"])

    def count() -> Counted:
        write("a", "and more", 1000)
        return Counting().of(stream)()

    with Journal(JOURNAL, MADE_FROM) as journal:
        journal.counted(stream, count)

    assert stream.has_changed
    assert run("a")[0] == ["a"]


def test_a_file_that_changes_after_it_was_looked_at_is_another_one() -> None:
    """Of the same size, so that nothing shows while it is read."""
    write("a", "one", 1000)
    (stream,) = open_inputs(["a"])

    def count() -> Counted:
        found = Counting().of(stream)()
        write("a", "two", 2000)
        return found

    with Journal(JOURNAL, MADE_FROM) as journal:
        journal.counted(stream, count)

    assert run("a")[0] == ["a"]


def test_a_file_that_fails_is_not_kept() -> None:
    write("a", "one")

    def fail() -> Counted:
        raise UnreadableInput("cannot read `a`: broken")

    with Journal(JOURNAL, MADE_FROM) as journal:
        (stream,) = open_inputs(["a"])
        with pytest.raises(UnreadableInput):
            journal.counted(stream, fail)

    assert run("a")[0] == ["a"]


def test_what_is_no_file_is_counted_each_time() -> None:
    """A pipe is not even opened to look at it."""
    os.mkfifo("pipe")
    with Journal(JOURNAL, MADE_FROM) as journal:
        for name in ("-", "pipe", "gone", "/dev/null"):
            stream = TextStream(name, "utf-8")
            assert journal.counted(stream, lambda: TEXT) is TEXT
            assert journal.counted(stream, lambda: TEXT) is TEXT
    assert JOURNAL.read_bytes().count(b"\n") == 1


def test_a_file_named_twice_is_counted_once() -> None:
    write("a", "one")
    counting = Counting()
    with Journal(JOURNAL, MADE_FROM) as journal:
        for stream in (TextStream("a", "utf-8"), TextStream("a", "utf-8")):
            journal.counted(stream, counting.of(stream))

    assert counting.names == ["a"]


# --- what is read back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "most"),
    [
        (b"abc", None),
        (b"\xff\xff and text", None),
        (b"\xef\xbb\xbfmarked", None),
        ("wide".encode("utf-16"), None),
        (b"a long text", 4),
        (b"", None),
    ],
    ids=["plain", "no text", "mark", "wide", "cut", "empty"],
)
def test_a_stream_tells_what_it_told_when_it_was_read(content: bytes, most: int | None) -> None:
    """So the notes of a run that goes on are those of one that was not stopped."""
    Path("a").write_bytes(content)
    told = []
    for _ in range(2):
        with Journal(JOURNAL, MADE_FROM) as journal:
            (stream,) = open_inputs(["a"], most=most)
            journal.counted(stream, Counting().of(stream))
        told.append(
            (
                *(stream.bytes, stream.characters, stream.replaced, stream.encoding),
                *(stream.has_mark, stream.is_cut, stream.has_changed),
            )
        )

    assert told[0] == told[1]


def test_names_that_are_no_unicode_and_names_that_look_like_it_are_not_mixed_up() -> None:
    names = [os.fsdecode(b"\xff"), r"\xff", "ÿ", "a\nb", '"}', "\x1b[2J"]
    for name in names:
        write(name, name.encode("utf-8", "surrogateescape").hex(), 1000)

    first = run(*names)

    assert len({key_of(name) for name in names}) == len(names)
    assert first[0] == names
    assert [one.input.counts for one in run(*names)[1]] == [one.input.counts for one in first[1]]


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(0, 2**62)
counts = st.builds(Count, numbers, numbers, numbers, words, st.booleans())
sizes = st.builds(Size, numbers, numbers, numbers, st.none() | numbers)
inputs = st.builds(
    Input,
    name=words,
    bytes=numbers,
    characters=numbers,
    counts=st.dictionaries(words, counts, max_size=3),
    sizes=st.dictionaries(words, st.dictionaries(sizes, numbers, max_size=3), max_size=3),
    unknown=st.dictionaries(words, words, max_size=3),
    requests=numbers,
)
counted = st.builds(Counted, inputs, st.lists(words, max_size=3).map(tuple))


@given(counted)
def test_every_result_is_read_back_as_it_was(one: Counted) -> None:
    """Of texts, and of files of requests with their sizes and their bad lines."""
    with TemporaryDirectory() as folder:
        name = write(f"{folder}/a", "text")
        for _ in range(2):
            with Journal(Path(folder, "journal"), MADE_FROM) as journal:
                stream = TextStream(name, "utf-8")
                assert journal.counted(stream, lambda: one) == one


# --- stopped at any place -----------------------------------------------------------------------


def stopped(names: list[str], cut: int) -> None:
    """A run over these, after which so many of the last bytes are missing. Of the first line there
    is enough to tell whose it is: it is written at once."""
    run(*names)
    size = JOURNAL.stat().st_size
    os.truncate(JOURNAL, max(len(BEGINS), size - cut))


some = st.lists(st.sampled_from("abcdef"), unique=True)


@given(st.lists(st.tuples(some, st.integers(0, 400)), max_size=5))
def test_any_runs_stopped_at_any_byte_lose_what_was_torn_and_no_more(
    runs: list[tuple[list[str], int]],
) -> None:
    """Every line that is whole is known to the next run; a file of which none is, is counted."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in "abcdef":
            write(name, name * (ord(name) - 96), 1000)
        for names, cut in runs:
            stopped(names, cut)
        lines = JOURNAL.read_bytes().split(b"\n")[1:-1] if JOURNAL.exists() else []
        whole = {
            name
            for name in "abcdef"
            for line in lines
            if re.search(rb'"path":"%c".*\t[0-9a-f]{8}$' % ord(name), line)
        }

        counted, found = run(*"abcdef")

        assert counted == [name for name in "abcdef" if name not in whole]
        assert [one.input.characters for one in found] == [1, 2, 3, 4, 5, 6]
        assert run(*"abcdef") == ([], found)


# --- damage -------------------------------------------------------------------------------------


@pytest.fixture
def damaging() -> Callable[[bytes], tuple[int, list[str]]]:
    """Runs over eight files with a journal of these bytes: how many lines are found damaged, and
    which files are counted again. What is found is that of a run without damage, and the journal
    whole again."""
    names = [write(name, name * (ord(name) - 96), 1000) for name in "abcdefgh"]
    _, expected = run(*names)

    def with_journal(content: bytes) -> tuple[int, list[str]]:
        JOURNAL.write_bytes(content)
        with Journal(JOURNAL, MADE_FROM) as journal:
            damaged = journal.damaged
        counted, found = run(*names)
        assert found == expected
        with Journal(JOURNAL, MADE_FROM) as journal:
            assert journal.damaged == 0
        assert run(*names) == ([], expected)
        return damaged, counted

    return with_journal


Damaging = Callable[[bytes], tuple[int, list[str]]]


def test_a_flipped_bit_is_noticed_wherever_it_is(damaging: Damaging) -> None:
    """Behind the bytes by which a journal is known as one of this version."""
    whole = JOURNAL.read_bytes()
    head = whole.index(b"\n")
    random = Random(16)
    for _ in range(300):
        at, bit = random.randrange(len(BEGINS), len(whole)), random.randrange(8)
        content = bytearray(whole)
        content[at] ^= 1 << bit
        damaged, counted = damaging(bytes(content))

        assert damaged
        assert bool(counted) is (at > head)


def test_a_flipped_bit_in_the_first_bytes_is_refused(damaging: Damaging) -> None:
    """It might be any file."""
    whole = JOURNAL.read_bytes()
    for at in range(8 * len(BEGINS)):
        content = bytearray(whole)
        content[at // 8] ^= 1 << at % 8
        with pytest.raises(UsageError, match=r"not a journal|another version"):
            damaging(bytes(content))
        assert JOURNAL.read_bytes() == content


def test_a_cut_is_noticed_unless_it_is_between_two_lines(damaging: Damaging) -> None:
    whole = JOURNAL.read_bytes()
    for size in range(len(BEGINS), len(whole)):
        damaged, counted = damaging(whole[:size])

        assert damaged == (not whole[:size].endswith(b"\n"))
        assert counted == list("abcdefgh")[max(0, whole[:size].count(b"\n") - 1) :]


@given(st.binary(min_size=1, max_size=60), st.integers(0, 1000), st.integers(0, 100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_noticed(damaging: Damaging, garbage: bytes, at: int, taken: int) -> None:
    """In the place of what was there, of any length."""
    damaging(b"")
    whole = JOURNAL.read_bytes()
    at = len(BEGINS) + at % (len(whole) - len(BEGINS))
    content = whole[:at] + garbage + whole[at + taken :]
    damaged, counted = damaging(content)

    left = {line for line in content.split(b"\n") if line.strip()}
    assert damaged or not counted or left < set(whole.split(b"\n"))


def test_a_damaged_line_takes_no_other_with_it(damaging: Damaging) -> None:
    lines = JOURNAL.read_bytes().splitlines(keepends=True)

    assert damaging(b"".join([*lines[:2], b"x" * 50, b"\n", *lines[3:]])) == (1, ["b"])
    assert damaging(b"".join([lines[0].replace(b"utf-8", b"utf-9"), *lines[1:]])) == (1, [])


def test_lines_of_another_journal_are_damaged(damaging: Damaging) -> None:
    """As if somebody had put two together: the counts depend on other things."""
    lines = JOURNAL.read_bytes().splitlines(keepends=True)
    JOURNAL.unlink()
    run("a", "b", made_from={})
    other = JOURNAL.read_bytes().splitlines(keepends=True)

    assert damaging(b"".join([lines[0], *other[1:]])) == (2, list("abcdefgh"))


# --- another file, another run ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"my notes\n", b"{", b"{}\n", b"\0" * 100, b"x" * 2_000_000],
    ids=["text", "a brace", "json", "nulls", "one long line"],
)
def test_a_file_that_is_no_journal_stays_as_it_is(content: bytes) -> None:
    JOURNAL.write_bytes(content)

    with pytest.raises(UsageError, match="`journal` is not a journal of llmcost"):
        Journal(JOURNAL, MADE_FROM)
    assert JOURNAL.read_bytes() == content


@pytest.mark.parametrize("made", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_no_journal(made: Callable[[str], None]) -> None:
    made("journal")

    with pytest.raises(UsageError, match="`journal` is not a journal of llmcost"):
        Journal(JOURNAL, MADE_FROM)


@pytest.mark.parametrize("content", [b"", BEGINS + b'"made_f'], ids=["empty", "torn"])
def test_a_journal_in_which_nothing_is_begins_anew(content: bytes) -> None:
    JOURNAL.write_bytes(content)

    assert run(write("a", "one"))[0] == ["a"]
    assert run("a")[0] == []


@pytest.mark.parametrize(
    ("made_from", "said"),
    [
        ({**MADE_FROM, "--encoding": "gb18030"}, "--encoding"),
        ({**MADE_FROM, "llmcost": "1.1", "tokenizers": "a"}, "llmcost, tokenizers"),
        ({**MADE_FROM, "my.json": "0123"}, "my.json"),
        ({"llmcost": "1.0"}, "--encoding, tokenizers"),
    ],
)
def test_a_journal_of_a_run_with_other_values_stays_as_it_is(
    made_from: Mapping[str, str], said: str
) -> None:
    run(write("a", "one"))
    before = JOURNAL.read_bytes()

    with pytest.raises(UsageError) as caught:
        run("a", made_from=made_from)

    assert str(caught.value) == f"`journal` is the journal of a run with other values: {said}"
    assert caught.value.hint
    assert JOURNAL.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b'{"llmcost_journal":1,"made_from":{}}\n{"path":"a"}\n', b'{"llmcost_journal":"x"}\n'],
)
def test_a_journal_of_another_version_stays_as_it_is(content: bytes) -> None:
    write("a", "one")
    JOURNAL.write_bytes(content)

    with pytest.raises(UsageError, match="another version of llmcost"):
        run("a")
    assert JOURNAL.read_bytes() == content


def test_a_journal_that_cannot_be_opened_is_an_error() -> None:
    with pytest.raises(
        LlmcostError, match=f"cannot use the journal `no/journal`: {os.strerror(errno.ENOENT)}"
    ):
        Journal(Path("no/journal"), MADE_FROM)


# --- two runs -----------------------------------------------------------------------------------


@pytest.fixture(params=["fcntl", "no fcntl", "no locks here"])
def locking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways to keep others off."""
    if request.param == "no fcntl":
        monkeypatch.setattr(lock, "find_spec", lambda name: None)
    if request.param == "no locks here":
        import fcntl

        def flock(file: object, how: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", flock)
    return str(request.param)


def test_two_runs_at_once_do_not_write_one_journal(locking: str) -> None:
    write("a", "one")
    with Journal(JOURNAL, MADE_FROM):
        with pytest.raises(LlmcostError, match="another run writes the journal `journal`") as error:
            Journal(JOURNAL, MADE_FROM)
        assert error.value.hint.startswith("wait for it")

    assert run("a")[0] == ["a"]
    assert {path.name for path in Path().iterdir()} == {"a", "journal"}


def test_a_journal_that_is_refused_is_free_again(locking: str) -> None:
    run()
    with pytest.raises(UsageError):
        Journal(JOURNAL, {})

    assert run(write("a", "one"))[0] == ["a"]


KILLED = """
import os, sys, time
from pathlib import Path
from llmcost.inputs.checkpoint import MAGIC, Journal
with Journal(Path("journal"), {}):
    if os.fork():
        os.kill(os.getpid(), 9)
    print(os.getpid(), flush=True)
    time.sleep(60)
"""


@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_killed_run_holds_nothing_even_if_its_workers_live() -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.wait()
        try:
            with Journal(JOURNAL, {}):
                os.kill(worker, 0)  # it is there
        finally:
            os.kill(worker, 9)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="for systems that fork"
)
def test_workers_leave_the_journal_alone() -> None:
    """One that ends does not free it."""
    with Journal(JOURNAL, MADE_FROM):
        process = multiprocessing.get_context("fork").Process(target=print)
        process.start()
        process.join()
        with pytest.raises(LlmcostError, match="another run"):
            Journal(JOURNAL, MADE_FROM)


# --- a full disk --------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [1, 50, 150])
def test_a_full_disk_is_an_error_and_what_was_written_stays(room: int) -> None:
    """As much of the line as had room is taken back."""
    resource = pytest.importorskip("resource")
    write("b", "two")
    run(write("a", "one"))
    before = JOURNAL.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, limits[1]))
        with pytest.raises(LlmcostError, match="cannot write the journal `journal`") as caught:
            run("a", "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert "run the same command again" in caught.value.hint
    assert JOURNAL.read_bytes() == before
    assert run("a", "b")[0] == ["b"]
