"""Convert documents in a process of their own, which is ended at a limit of time or memory.

Their parsers are other people's code, and a few hundred kilobytes may keep one busy for hours. The
process serves the documents of a run one after the other, since loading a parser takes longer than
most documents. It ends with its parent.
"""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import Any

import msgspec

from llmcost.errors import UnreadableInput, reason
from llmcost.messages import say

MOST_BYTES = 100_000_000
"""Of the text of a document, and of what is parsed for it, unpacked; pictures do not count."""
MOST_PAGES = 10_000
MOST_SECONDS = 120.0
SECONDS_A_PAGE = 0.1
"""More of them for each page of a PDF that has come."""
MOST_MEMORY = 2 << 30
"""Bytes of address space of the process that converts, where the system can limit it (Linux)."""
TEXT, FAILED, UNREADABLE, END = "text", "failed", "unreadable", "end"
COMMAND = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    f"from {__package__} import documents; documents.serve()"
)
IN_PARTS = say("convert a part of it, or convert it to text yourself")
BEGINNING = say("--max-bytes reads only its beginning")


class ConversionJob(msgspec.Struct, frozen=True):
    """A document to be converted: a file by its path, or the `content` of one. `most`: bytes of
    text that are wanted; None: all."""

    path: str
    ending: str
    content: bytes | None = None
    most: int | None = None


Convert = Callable[[ConversionJob], Iterator[str]]
"""Makes text of a document, block by block."""


class ConversionRefused(Exception):
    """A document is beyond a limit."""

    def __init__(self, why: str, hint: str = IN_PARTS) -> None:
        super().__init__(why, hint)
        self.why = why
        self.hint = hint


class Time:
    """Seconds that conversions may take, and more for each block that has come of them."""

    def __init__(self, seconds: float = MOST_SECONDS, more: float = SECONDS_A_PAGE) -> None:
        self.seconds = self.left = seconds
        self.more = more

    def spend(self, seconds: float) -> None:
        """What a block has taken."""
        self.left += self.more - seconds
        self.seconds += self.more


_SHARED: ContextVar[Time | None] = ContextVar("shared", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all documents that are converted meanwhile so much time together."""
    token = _SHARED.set(Time(seconds, 0.0))
    try:
        yield
    finally:
        _SHARED.reset(token)


class Converter:
    """The process, started for the first document, and again after one that had to be ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._current: ConversionJob | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes], int], Converter] | None = None

    def text(self, job: ConversionJob) -> Generator[str, None, bool]:
        """The text of a document, block by block; returns whether it was cut.

        Raises OSError for a file that the system refuses, and UnreadableInput, whose message does
        not name the document.
        """
        if self._current is not None:  # somebody has not read the last one to its end
            self.stop()
        from pickle import dump  # 1 ms, and few inputs are documents

        process = self._started()
        self._current = job
        time = _SHARED.get() or Time()
        try:
            with suppress(OSError):  # one that has ended is noticed below
                dump(job, process.stdin)  # type: ignore[arg-type]
                process.stdin.flush()  # type: ignore[union-attr]
            while (found := received(process, time))[0] == TEXT:
                yield found[1]
        except BaseException:
            if self._current is job:
                self.stop()
            raise
        self._current = None
        if found[0] == UNREADABLE:
            raise OSError(*found[1])
        if found[0] == FAILED:
            why, hint = found[1]
            raise UnreadableInput(why, hint=hint)
        return bool(found[1])

    def stop(self) -> None:
        """End the process."""
        self._current = self._process = None
        if self._end is not None:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", COMMAND, *sys.path],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                raise UnreadableInput(reason(error)) from None
            self._end = weakref.finalize(self, end, self._process, os.getpid())
        return self._process


_OF_THREAD = threading.local()


def shared() -> Converter:
    """The converter of this thread, as long as anybody keeps it."""
    kept: weakref.ref[Converter] | None = getattr(_OF_THREAD, "converter", None)
    converter = kept() if kept is not None else None
    if converter is None:
        converter = Converter()
        _OF_THREAD.converter = weakref.ref(converter)
    return converter


def end(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() != owner:  # a process that counts, which was forked meanwhile
        return
    process.kill()
    with suppress(OSError):  # of what was not yet written
        process.communicate()


def received(process: subprocess.Popen[bytes], time: Time) -> tuple[str, Any]:
    """What the process answers next. Raises UnreadableInput if it does not in the time left."""
    import pickle

    timer = threading.Timer(max(0.0, time.left), process.kill)
    timer.daemon = True
    timer.start()
    began = monotonic()
    try:
        answer: tuple[str, Any] = pickle.load(process.stdout)  # type: ignore[arg-type]
    except (EOFError, pickle.UnpicklingError, ValueError):  # the last one of a closed pipe
        is_late = not timer.is_alive()
        why = (
            say("it took more than {seconds:,.0f} seconds", seconds=time.seconds)
            if is_late
            else say("the converter ended unexpectedly, perhaps for want of memory")
        )
        raise UnreadableInput(why, hint=IN_PARTS) from None
    finally:
        timer.cancel()
        time.spend(monotonic() - began)
    return answer


# --- in the other process -------------------------------------------------------------------------


def serve(convert: Convert) -> None:
    """Convert documents, one after the other, until there is nobody to convert for."""
    import pickle
    import signal
    from queue import SimpleQueue

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    limit_memory()
    jobs: SimpleQueue[ConversionJob] = SimpleQueue()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser may print

    def listen() -> None:
        """The parent has ended, or closed its end, when there is no more to read."""
        try:
            while True:
                jobs.put(pickle.load(sys.stdin.buffer))
        except BaseException:
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        for answer in answers_to(jobs.get(), convert):
            pickle.dump(answer, answers)
            answers.flush()


def answers_to(job: ConversionJob, convert: Convert) -> Iterator[tuple[str, Any]]:
    """Blocks of its text, and what there is to say at its end."""
    try:
        yield from blocks_of(convert(job), job.most)
    except ConversionRefused as refused:
        yield FAILED, (refused.why, refused.hint)
    except RecursionError:
        yield FAILED, (say("it is nested too deeply"), IN_PARTS)
    except MemoryError:
        why = say("it needs more than {most:,} bytes of memory", most=MOST_MEMORY)
        yield FAILED, (why, IN_PARTS)
    except OSError as error:
        if error.errno:
            yield UNREADABLE, (error.errno, error.strerror)
        else:  # of a parser
            yield FAILED, (str(error), "")
    except Exception as error:  # parsers raise what they like over a broken file
        yield FAILED, (str(error) or type(error).__name__, "")


def blocks_of(blocks: Iterator[str], most: int | None) -> Iterator[tuple[str, Any]]:
    """The blocks, the last one cut if there is more than is wanted, and at the end whether it was.

    Raises Refused if all of it is wanted, and is more than the limit."""
    left = MOST_BYTES if most is None else most
    for block in blocks:
        content = block.encode(errors="surrogatepass")
        if len(content) > left:
            if most is None:
                said = say("its text has more than {most:,} bytes", most=MOST_BYTES)
                raise ConversionRefused(said, BEGINNING)
            yield TEXT, content[:left].decode(errors="ignore")
            yield END, True
            return
        left -= len(content)
        yield TEXT, block
    yield END, False


def limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
