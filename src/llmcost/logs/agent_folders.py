"""Where coding agents keep their logs on this machine."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from llmcost.errors import UnreadableInput
from llmcost.logs.other_forms import folders
from llmcost.messages import say

MARK = "/./"
"""Behind the folder that a variable of the environment moves."""
SHARED = ".local/share/"


class AgentLogs(NamedTuple):
    """The files of an agent, by its name."""

    title: str
    files: tuple[str, ...]


def logs_here() -> list[AgentLogs]:
    """Raises UnreadableInput if no agent keeps logs here."""
    found = agent_logs(Path.home(), os.environ)
    if not found:
        raise UnreadableInput(
            say("no logs of coding agents in {home}", home=Path.home()),
            hint=say("name a file or a folder, or pipe a log in"),
        )
    return found


def agent_logs(home: Path, environment: Mapping[str, str]) -> list[AgentLogs]:
    """What is there, each file once, by the names of the agents."""
    found: dict[str, dict[str, None]] = {}
    for form, pattern, variable in folders():
        for root, rest in roots(home, pattern, environment.get(variable, ""), environment):
            with suppress(OSError):
                paths = sorted(str(one) for one in root.glob(rest) if one.is_file())
                found.setdefault(form.title, {}).update(dict.fromkeys(paths))
    return [AgentLogs(title, tuple(files)) for title, files in sorted(found.items()) if files]


def roots(
    home: Path, pattern: str, moved: str, environment: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """Folders with the pattern of the files below each."""
    base, _, rest = pattern.partition(MARK)
    for one in filter(None, moved.split(",")):
        yield Path(one.strip()).expanduser(), rest
    if moved:
        return
    shared = environment.get("XDG_DATA_HOME", "")
    if shared and base.startswith(SHARED):
        yield Path(shared) / base.removeprefix(SHARED), rest
    else:
        yield home / base, rest
