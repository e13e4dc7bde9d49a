"""`llmcost mcp`: start the server for agents."""

import signal
import sys
from pathlib import Path
from typing import Annotated

from llmcost.cli import options
from llmcost.cli.output import Output
from llmcost.errors import LlmcostError, UsageError, install
from llmcost.language import _
from llmcost.messages import say
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.standard_streams import talk

Allowed = Annotated[
    list[Path] | None,
    options.option(
        "--allow FOLDER", "Folder whose files clients may read; repeatable; default: none."
    ),
]


def mcp(allow: Allowed = None) -> Output:
    """Serve estimates to agents (Model Context Protocol).

    A client starts it, and asks what texts cost, what a budget buys, and what prices are. Files
    that it names are read only below --allow, and nothing is asked of a network. Needs the extra
    [mcp].

    Example: llmcost mcp --allow prompts
    """
    from llmcost.mcp.calls import real_folders

    folders = real_folders(allow or [])
    if sys.stdin is None or 1 in streams.closed:
        raise UsageError(say("standard input or output is closed: there is nobody to serve"))
    try:
        import mcp_types  # noqa: F401 - of version 2 of the SDK, and not of version 1

        from llmcost.mcp.server import serve
    except ImportError:
        raise LlmcostError(
            say("serving agents needs the package `mcp`"),
            hint=install("mcp"),
        ) from None
    if sys.stdin.isatty():
        talk([_("note: {text}", text=say("waiting for a client on standard input; Ctrl-C ends"))])
    # a thread waits for a line that may never come, and would not hear of Ctrl-C or SIGTERM
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    serve(folders)
    return Output("")
