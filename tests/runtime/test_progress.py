"""A bar while a long run lasts: who sees it, what it says, and that nothing of it stays."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pytest
from rich.cells import cell_len

from llmcost.inputs.text_stream import TextStream
from llmcost.runtime.progress import MEMORY, PATIENCE, Progress, size_of, total_of
from llmcost.runtime.progress_bar import ProgressState, figures_of, place_of

MB = 1_000_000
HIDE_CURSOR = "\x1b[?25l"


class Clock:
    """Seconds that go by when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Screen:
    """A terminal on stderr: what it was sent, and what stands on it then."""

    def __init__(self, terminal: int, stderr: TextIO, columns: int) -> None:
        self.columns = columns
        self._terminal = terminal
        self._stderr = stderr
        self._sent = ""

    def watches(
        self, streams: Sequence[TextStream], clock: "Clock", *, wanted: bool = True
    ) -> Progress:
        """A progress that is seen here. Only now is this stderr: pytest takes it before a test."""
        sys.stderr = self._stderr
        return Progress(streams, wanted=wanted, clock=clock)

    def sent(self) -> str:
        while select.select([self._terminal], [], [], 0)[0]:
            self._sent += os.read(self._terminal, 1 << 16).decode()
        return self._sent

    def lines(self) -> list[str]:
        """As an emulator has them that knows what is sent here, and nothing else."""
        rows: list[list[str]] = [[]]
        row = column = 0
        for sign, number, letter, character in re.findall(
            r"(\x1b)\[(\d*)([A-Za-z])|([^\x1b])", self.sent(), re.DOTALL
        ):
            if sign:
                assert letter in "AKm", f"{number}{letter} is not known"
                row -= int(number or 1) if letter == "A" else 0
                rows[row] = [] if letter == "K" else rows[row]
            elif character == "\r":
                column = 0
            elif character == "\n":
                row, column = row + 1, 0
                rows += [[]] * (row + 1 - len(rows))
            else:
                assert column < self.columns, "it is too long for the line"
                rows[row] = [*rows[row][:column], character, *rows[row][column + 1 :]]
                column += 1
        return ["".join(one).rstrip() for one in rows]

    def is_clear(self) -> bool:
        return not any(self.lines())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[80, 40])
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """A real terminal as stderr, of a width."""
    pty = pytest.importorskip("pty")
    terminal, end = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(request.param))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    before = sys.stderr
    with open(end, "w", encoding="utf-8") as stderr:  # noqa: PTH123 - a descriptor
        yield Screen(terminal, stderr, request.param)
        sys.stderr = before
    os.close(terminal)


def file(name: str, stated: int, most: int | None = None) -> TextStream:
    stream = TextStream(name, "utf-8", most)
    stream.stated = stated
    return stream


def read(progress: Progress, clock: Clock, stream: TextStream, *, rate: int, seconds: int) -> None:
    """A block each second."""
    for _ in range(seconds):
        clock.now += 1
        stream.taken += rate
        progress.step()


# --- who sees it --------------------------------------------------------------------------------


def sent_after(screen: Screen, clock: Clock, seconds: float, *, wanted: bool = True) -> str:
    with screen.watches([file("a", 9 * MB)], clock, wanted=wanted) as progress:
        for stream in progress.each():
            clock.now += seconds
            stream.taken += MB
            progress.step()
            return screen.sent()
    raise AssertionError("there is a stream")


def test_nothing_is_drawn_before_a_second_has_passed(screen: Screen, clock: Clock) -> None:
    assert not sent_after(screen, clock, PATIENCE - 0.001)
    assert screen.sent() == ""


def test_then_it_is(screen: Screen, clock: Clock) -> None:
    assert "11%" in sent_after(screen, clock, PATIENCE)


@pytest.mark.parametrize(
    ("name", "value"), [("CI", "true"), ("TERM", "dumb")], ids=["CI", "a dumb terminal"]
)
def test_where_nobody_looks_or_nothing_can_be_drawn_there_is_none(
    screen: Screen, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    assert sent_after(screen, clock, 60) == ""


def test_who_does_not_want_it_has_none(screen: Screen, clock: Clock) -> None:
    assert sent_after(screen, clock, 60, wanted=False) == ""


def test_a_log_has_none(
    capsys: pytest.CaptureFixture[str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    with Progress([file("a", 9 * MB)], clock=clock) as progress:
        for stream in progress.each():
            read(progress, clock, stream, rate=MB, seconds=5)

    assert capsys.readouterr() == ("", "")


def test_a_closed_stderr_has_none(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Progress([file("a", 9 * MB)], clock=clock) as progress:
        for stream in progress.each():
            read(progress, clock, stream, rate=MB, seconds=5)

    assert stream.taken == 5 * MB


def test_it_is_drawn_ten_times_a_second_at_most(screen: Screen, clock: Clock) -> None:
    with screen.watches([file("a", 9 * MB)], clock) as progress:
        for _ in progress.each():
            clock.now += PATIENCE
            progress.step()
            once = screen.sent()
            for _ in range(9):
                clock.now += 0.01
                progress.step()
            assert screen.sent() == once
            clock.now += 0.02
            progress.step()
            assert screen.sent() != once


# --- nothing stays ------------------------------------------------------------------------------


def drawn(progress: Progress, clock: Clock) -> Iterator[TextStream]:
    for stream in progress.each():
        read(progress, clock, stream, rate=MB, seconds=3)
        yield stream


def test_it_goes_at_the_end(screen: Screen, clock: Clock) -> None:
    with screen.watches([file("a", 9 * MB), file("b", 3 * MB)], clock) as progress:
        for _ in drawn(progress, clock):
            assert not screen.is_clear()

    assert screen.is_clear()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_goes_upon_an_error_and_a_ctrl_c(
    screen: Screen, clock: Clock, error: type[BaseException]
) -> None:
    def stopped() -> None:
        with screen.watches([file("a", 9 * MB)], clock) as progress:
            for _ in drawn(progress, clock):
                raise error

    with pytest.raises(error):
        stopped()

    assert "33%" in screen.sent()
    assert screen.is_clear()


def test_the_cursor_is_never_hidden(screen: Screen, clock: Clock) -> None:
    """So it is there after a kill too."""
    with screen.watches([file("a", 9 * MB)], clock) as progress:
        for _ in drawn(progress, clock):
            pass

    assert HIDE_CURSOR not in screen.sent()


def test_what_is_printed_afterwards_stands_where_the_bar_was(screen: Screen, clock: Clock) -> None:
    with screen.watches([file("a", 9 * MB)], clock) as progress:
        for _ in drawn(progress, clock):
            pass
    sys.stderr.write("note: done\n")
    sys.stderr.flush()

    assert screen.lines()[0] == "note: done"


def test_a_terminal_that_goes_away_does_not_stop_the_run(clock: Clock, screen: Screen) -> None:
    class Gone:
        """What a terminal is after its window was closed."""

        encoding = "utf-8"
        asked = 0

        def isatty(self) -> bool:
            return True

        def fileno(self) -> int:
            return -1

        def write(self, text: str) -> int:
            self.asked += 1
            raise OSError(5, "Input/output error")

        def flush(self) -> None:
            pass

    gone = Gone()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", gone)
        with Progress([file("a", 9 * MB)], clock=clock) as progress:
            names = [one.name for one in drawn(progress, clock)]

    assert names == ["a"]
    assert gone.asked


# --- what it says -------------------------------------------------------------------------------


def test_a_file_has_a_bar_a_rate_and_the_time_left(screen: Screen, clock: Clock) -> None:
    with screen.watches([file("a.txt", 200 * MB)], clock) as progress:
        for stream in progress.each():
            read(progress, clock, stream, rate=2 * MB, seconds=5)
            bar, name = screen.lines()

    sizes = "10.0 MB of 200.0 MB  " if screen.columns == 80 else ""
    assert bar.endswith(f"  5%  {sizes}2.0 MB/s  0:01:35 left")
    assert bar.startswith(("━", "╸"))
    assert len(bar) == screen.columns
    assert name == "a.txt"


def test_a_pipe_has_bytes_and_a_rate(screen: Screen, clock: Clock) -> None:
    """And no time left: nobody knows."""
    with screen.watches([file("-", 0)], clock) as progress:
        for stream in progress.each():
            read(progress, clock, stream, rate=2 * MB, seconds=5)
            assert screen.lines() == ["10.0 MB  2.0 MB/s", "standard input"]


def test_of_many_files_it_tells_how_many_are_finished(screen: Screen, clock: Clock) -> None:
    files = [file(f"f{number}", MB) for number in range(2000)]
    with screen.watches(files, clock) as progress:
        for stream in progress.each():
            clock.now += 0.001
            stream.taken = MB
            if stream.name == "f1500":
                break
            progress.step()
        clock.now += 1
        progress.step()
        assert screen.lines()[1] == "1,500 of 2,000 files  f1500"
        assert " 75%" in screen.lines()[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x" * 200, "x"),
        ("价" * 90, "价"),
        ("a\x1b[2Jb\nc", r"a\x1b[2Jb\x0ac"),
        ("[bold]a[/]", "[bold]a[/]"),
        (os.fsdecode(b"\xff.txt"), r"\xff.txt"),
    ],
)
def test_a_name_is_harmless_and_has_one_line(
    screen: Screen, clock: Clock, name: str, expected: str
) -> None:
    with screen.watches([file(name, 9 * MB)], clock) as progress:
        for _ in drawn(progress, clock):
            lines = screen.lines()

    assert len(lines) == 2
    assert cell_len(lines[1]) <= screen.columns
    assert lines[1].startswith(expected)
    assert lines[1] == expected or lines[1].endswith("…")


def shown(
    done: int = 0, total: int | None = None, rate: float = 0.0, files: int = 1
) -> ProgressState:
    return ProgressState(done, total, rate, 0, files, "a")


@pytest.mark.parametrize(
    ("seconds", "offers_sample", "expected"),
    [(31, True, "--sample auto takes seconds  a"), (30, True, "a"), (900, False, "a")],
)
def test_above_half_a_minute_a_sample_is_offered(
    seconds: int, offers_sample: bool, expected: str
) -> None:
    one = ProgressState(0, seconds * MB, MB, 0, 1, "a", offers_sample)
    assert place_of(one) == expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (shown(), "0 bytes"),
        (shown(5 * MB, None, 1.5 * MB), "5.0 MB  1.5 MB/s"),
        (shown(5 * MB, 0), "5.0 MB"),
        (shown(0, 10 * MB), "  0%"),
        (shown(9_999_999, 10 * MB, MB), " 99%  1.0 MB/s  0:00:00 left"),
        (shown(10 * MB, 10 * MB, MB), "100%  1.0 MB/s  0:00:00 left"),
        (shown(12 * MB, 10 * MB, MB), "100%  1.0 MB/s  0:00:00 left"),
        (shown(0, 10**12, 10 * MB), "  0%  10.0 MB/s  1 day, 3:46:40 left"),
    ],
)
def test_figures(one: ProgressState, expected: str) -> None:
    """What is not known is not said; a file that grew is done, and not more than that."""
    assert "  ".join(figures_of(one, roomy=False)) == expected


def test_place() -> None:
    assert place_of(shown()) == "a"
    assert place_of(shown(files=100_000)) == "0 of 100,000 files  a"


# --- how it is reckoned -------------------------------------------------------------------------

Figures = tuple[int, int | None, float]
Record = Callable[[Iterable[TextStream]], tuple[Progress, list[Figures]]]


@pytest.fixture
def record(screen: Screen, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A progress, and (done, total, rate) of every time that it draws."""
    figures: list[Figures] = []
    monkeypatch.setattr(
        "llmcost.runtime.progress_bar.StderrBar.show",
        lambda bar, shown: figures.append((shown.done, shown.total, round(shown.rate))),
    )
    return lambda streams: (screen.watches(list(streams), clock), figures)


def test_a_file_whose_result_is_known_counts_for_the_place_and_not_for_the_rate(
    record: Record, clock: Clock
) -> None:
    progress, figures = record([file("known", 900 * MB), file("new", 100 * MB)])
    for stream in progress.each():
        if stream.name == "known":
            stream.taken = stream.stated
        else:
            read(progress, clock, stream, rate=MB, seconds=2)

    assert figures == [(901 * MB, 1000 * MB, MB), (902 * MB, 1000 * MB, MB)]


def test_blocks_read_through_it_are_steps(record: Record, clock: Clock) -> None:
    """Each after it was counted."""
    progress, figures = record([file("a", 2 * MB)])

    def blocks(stream: TextStream) -> Iterator[str]:
        for block in ("first", "second"):
            stream.taken += MB
            yield block

    passed = []
    for stream in progress.each():
        for block in progress.through(blocks(stream)):
            clock.now += 1
            passed.append((block, len(figures)))

    assert passed == [("first", 0), ("second", 1)]
    assert figures == [(MB, 2 * MB, MB), (2 * MB, 2 * MB, MB)]


def test_what_is_passed_over_is_seen_too(record: Record, clock: Clock) -> None:
    """A hundred thousand files whose results are known take their time."""
    progress, figures = record(file(f"{number}", 10) for number in range(5))
    for _ in progress.each():
        clock.now += 1

    assert figures == [(number * 10, 50, 0) for number in range(1, 5)]


def test_the_rate_is_that_of_the_last_seconds(record: Record, clock: Clock) -> None:
    progress, figures = record([file("a", 10_000 * MB)])
    for stream in progress.each():
        read(progress, clock, stream, rate=MB, seconds=2 * MEMORY)
        assert figures[-1][2] == MB
        read(progress, clock, stream, rate=3 * MB, seconds=MEMORY)
        assert figures[-1][2] == 3 * MB


def test_a_file_that_grew_is_not_more_than_all_of_it(record: Record, clock: Clock) -> None:
    progress, figures = record([file("a", 2 * MB), file("b", 2 * MB)])
    for stream in progress.each():
        read(progress, clock, stream, rate=MB, seconds=3)

    done = [one for one, _, _ in figures]
    assert done == [MB, 2 * MB, 2 * MB, 3 * MB, 4 * MB, 4 * MB]


def test_a_file_of_which_too_little_came_is_done_all_the_same(record: Record, clock: Clock) -> None:
    """One that failed, or shrank."""
    progress, figures = record([file("a", 10 * MB), file("b", 10 * MB)])
    for stream in progress.each():
        read(progress, clock, stream, rate=MB, seconds=1)

    assert [one[0] for one in figures] == [1 * MB, 11 * MB]


def test_sizes(tmp_path: Path) -> None:
    """--max-bytes bounds them. An empty file is no pipe."""
    empty = tmp_path / "empty"
    empty.touch()
    named = [file("a", 10), file("b", 10, 4), file(str(empty), 0)]

    assert [size_of(one) for one in named] == [10, 4, 0]
    assert total_of(named) == 14
    assert total_of([*named, file("-", 0)]) is None
    assert total_of([*named, file("/dev/zero", 0, 9)]) is None


def test_rich_is_not_loaded_before_something_is_drawn() -> None:
    code = (
        "import sys, llmcost.runtime.progress; print([one for one in sys.modules if 'rich' in one])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
