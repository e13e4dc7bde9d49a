"""What was counted of each file, kept in a file of the user's, so that a stopped run goes on.

The first line says what the counts depend on; then comes a line of JSON for each file that was
finished. The last one of a file holds. A line that a stop has torn is as if it were not there.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from io import BufferedReader, FileIO
from pathlib import Path

import msgspec

from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.lock import lock
from llmcost.messages import joined, say
from llmcost.sources.counted import Counted
from llmcost.sources.entries import (
    Entry,
    State,
    counted_of,
    entry_of,
    key_of,
    restore,
    state_of,
)
from llmcost.sources.read import TextStream

MAGIC = b'{"llmcost'
VERSION = 1
LONGEST_HEAD = 1 << 20
OTHER = say("name another file with --resume; without this one, all is counted anew")


class Head(msgspec.Struct, frozen=True):
    llmcost_journal: int
    made_from: Mapping[str, str]


class Key(msgspec.Struct, frozen=True):
    """All of a line that is looked at when a journal is opened."""

    path: str


class Journal:
    """An open journal, to be used in a `with`. In memory are the paths, and where their lines are.

    `made_from`: what counts depend on, by the name under which a person knows it. Raises UsageError
    for a file that is none of ours or of a run with other values, which is left as it is;
    LlmcostError if another run has it, or it cannot be read and written.
    """

    def __init__(self, path: Path, made_from: Mapping[str, str]) -> None:
        self.path = path
        self._starts = array("Q")  # of lines
        self._line_of: dict[str, int] = {}
        self._end = 0
        self._decoder = msgspec.json.Decoder(Entry)
        try:
            with ExitStack() as closing:
                self._file = closing.enter_context(opened(path))
                busy = say("another run writes the journal `{path}`", path=path)
                instead = say("name another file with --resume")
                closing.callback(lock(self._file, path, busy, instead))
                self._read(made_from)
                self._closing = closing.pop_all()
        except OSError as error:
            raise unusable(path, error) from None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def counted(self, stream: TextStream, count: Callable[[], Counted]) -> Counted:
        """What is known of an unchanged file, with its stream as if it had been read; of any other
        one what `count` finds, which is kept unless the file changed meanwhile."""
        state = state_of(stream.place)  # before it is read: what changes later is another file
        if state is None:
            return count()
        known = self.known(stream, state)
        if known is not None:
            return known
        found = count()
        self.keep(stream, state, found)
        return found

    def known(self, stream: TextStream, state: State) -> Counted | None:
        """What is known of a file if it is in this state, with its stream as if it had been
        read."""
        entry = self._entry(key_of(stream.name))
        if entry is None or entry.state != state:
            return None
        restore(stream, entry)
        return counted_of(entry)

    def keep(self, stream: TextStream, state: State, found: Counted) -> None:
        """Remember what was found in a file that was in this state before it was read, unless it
        changed meanwhile."""
        if not stream.has_changed:
            self._keep(entry_of(stream, state, found))

    def _entry(self, key: str) -> Entry | None:
        number = self._line_of.get(key)
        if number is None:
            return None
        stop = self._starts[number + 1] if number + 1 < len(self._starts) else self._end
        try:
            self._file.seek(self._starts[number])
            return self._decoder.decode(self._file.read(stop - self._starts[number]))
        except (OSError, msgspec.MsgspecError, ValueError):  # damaged: it is counted anew
            return None

    def _keep(self, entry: Entry) -> None:
        start = self._end
        self._append(entry)
        self._line_of[entry.path] = len(self._starts)
        self._starts.append(start)

    def _append(self, line: Head | Entry) -> None:
        """Whole or not at all, as far as the disk lets us choose."""
        left = msgspec.json.encode(line) + b"\n"
        end = self._end + len(left)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._end)
            raise LlmcostError(
                say("cannot write the journal `{path}`: {why}", path=self.path, why=reason(error)),
                hint=say("what it holds is kept: mend this, and run the same command again"),
            ) from None
        self._end = end

    def _read(self, made_from: Mapping[str, str]) -> None:
        self._file.seek(0)
        reader = BufferedReader(self._file, 1 << 20)
        first = reader.readline(LONGEST_HEAD)
        if is_unfinished(first):
            self._file.truncate(0)
            self._append(Head(VERSION, {str(name): made_from[name] for name in made_from}))
        else:
            check_head(self.path, first, made_from)
            self._end = len(first)
            self._read_lines(reader)
            self._file.truncate(self._end)
        reader.detach()

    def _read_lines(self, lines: Iterable[bytes]) -> None:
        """Up to the end of the last whole one."""
        decode = msgspec.json.Decoder(Key).decode
        for line in lines:
            if not line.endswith(b"\n"):
                return
            with suppress(msgspec.MsgspecError, ValueError):
                self._line_of[decode(line).path] = len(self._starts)
            self._starts.append(self._end)
            self._end += len(line)


def opened(path: Path) -> FileIO:
    if path.exists() and not path.is_file():  # a pipe would wait, a device never end
        raise foreign(path)
    return path.open("a+b", buffering=0)


def is_unfinished(first: bytes) -> bool:
    """Whether a journal ends within its first line, so that nothing is in it, or there is none."""
    is_whole = first.endswith(b"\n") or len(first) == LONGEST_HEAD
    return not first or (first.startswith(MAGIC) and not is_whole)


def check_head(path: Path, first: bytes, wanted: Mapping[str, str]) -> None:
    """Raises UsageError for what is no journal of a run like this one."""
    try:
        found = msgspec.json.decode(first, type=Head)
    except (msgspec.MsgspecError, ValueError):
        raise foreign(path) from None
    if found.llmcost_journal != VERSION:
        said = say("`{path}` is a journal of another version of llmcost", path=path)
        raise UsageError(said, hint=OTHER)
    both = wanted.keys() | found.made_from.keys()
    differing = [key for key in both if found.made_from.get(key) != wanted.get(key)]
    if differing:
        said = say(
            "`{path}` is the journal of a run with other values: {values}",
            path=path,
            values=joined(sorted(differing)),
        )
        raise UsageError(said, hint=OTHER)


def foreign(path: Path) -> UsageError:
    return UsageError(
        say("`{path}` is no journal of llmcost", path=path),
        hint=say("name a new file with --resume, or one of ours"),
    )


def unusable(path: Path, error: OSError) -> LlmcostError:
    return LlmcostError(
        say("cannot use the journal `{path}`: {why}", path=path, why=reason(error)),
        hint=say("name a file in a folder of yours with --resume"),
    )
