"""Run command lines of `llmcost` on a pinned day, each in a process of its own that is forked.

A program of its own, without the threads of the tests. It imports the package once, which takes
most of the time of a short command. Without arguments it reads a JSON list of command lines a line,
and writes a JSON list of their results. With the path of a socket it runs what
`tests/bin/llmcost` sends there: words, folder, environment and the three standard streams.
"""

import gc
import json
import os
import pty
import selectors
import signal
import socket
import sys
import time
import tty
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NamedTuple

import llmcost
from llmcost.cli.app import main
from llmcost.runtime import clock, progress

NOW = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
PATIENCE = 120  # seconds, after which a command line hangs
WITHOUT = ("ctok", "dask", "distributed", "gigatoken", "mcp", "pyarrow")  # extras: not everywhere


class CommandLine(NamedTuple):
    words: Sequence[str]
    folder: str
    environment: dict[str, str]
    stdin: str  # a file of the folder
    columns: int  # of a terminal; 0: pipes


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


def run(line: CommandLine) -> Result:
    """Run the line with each stream on a pipe or a terminal of its own."""
    streams = [pty.openpty() if line.columns else os.pipe() for _ in range(2)]
    readers, writers = zip(*streams, strict=True)
    if line.columns:
        for terminal in writers:
            tty.setraw(terminal)  # line ends as they are written
    child = os.fork()
    if not child:
        stdin = writers[0]
        if line.stdin or not line.columns:
            stdin = os.open(Path(line.folder, line.stdin or os.devnull), os.O_RDONLY)
        perform(line.words, line.folder, line.environment, (stdin, *writers), main)
    for writer in writers:
        os.close(writer)
    stdout, stderr = (each.decode(errors="replace") for each in read_all(readers))
    return Result(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), stdout, stderr)


def perform(
    words: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    streams: Sequence[int],
    entry: Callable[[list[str]], int],
) -> None:
    """Become the process of a command line. Never returns."""
    code = 70
    try:
        signal.alarm(PATIENCE)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        for number, file in enumerate(streams):
            os.dup2(file, number)
        os.closerange(3, 256)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
        code = entry(list(words))
        sys.stdout.flush()
    except SystemExit as done:
        code = int(done.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


def read_all(readers: Sequence[int]) -> list[bytes]:
    """Read both streams until the other side is closed."""
    found = {reader: b"" for reader in readers}
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                block = b""
                with suppress(OSError):  # how Linux reports that a terminal is closed
                    block = os.read(key.fd, 65536)
                found[key.fd] += block
                if not block:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return list(found.values())


def load() -> None:
    """Import what any line may need."""
    for module in walk_packages(llmcost.__path__, "llmcost."):
        with suppress(ImportError):
            if not module.name.endswith("__main__"):
                import_module(module.name)


def prepare() -> None:
    load()
    gc.disable()  # a line makes little garbage, and a collection would copy what forks share
    clock.now = lambda: NOW


def serve() -> None:
    for name in WITHOUT:
        sys.modules[name] = None  # type: ignore[assignment]
    prepare()
    for request in sys.stdin:
        lines = [CommandLine(*each) for each in json.loads(request)]
        sys.stdout.write(json.dumps([run(line) for line in lines]) + "\n")
        sys.stdout.flush()


def listen(path: str) -> None:
    """Serve the socket until the standard input of this process is closed."""
    prepare()
    progress.PATIENCE = float("inf")  # no bar on a machine that is slow
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as selector:
        server.bind(path)
        server.listen()
        os.write(1, b"ready\n")
        selector.register(server, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while all(key.fileobj is server for key, _ in selector.select()):
            connection, _ = server.accept()
            with connection:
                if not os.fork():
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    answer(connection)


def answer(connection: socket.socket) -> None:
    """Run one command line and send its exit code. Never returns."""
    content, streams, *_ = socket.recv_fds(connection, 1 << 20, 3)
    while not content.endswith(b"\n"):
        content += connection.recv(1 << 20)
    words, folder, environment = json.loads(content)
    child = os.fork()
    if not child:
        perform(words, folder, environment, streams, main)
    for stream in streams:
        os.close(stream)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(OSError):  # who sent it may be gone
        connection.sendall(str(code if code >= 0 else 128 - code).encode())
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:]:
        listen(sys.argv[1])
    else:
        serve()
