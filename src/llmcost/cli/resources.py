"""Messages for what the system refuses to a process: memory, open files, a place to write."""

import errno

from llmcost import limits
from llmcost.cli.output import lost
from llmcost.errors import LlmcostError, NoMemory, UnreadableInput, reason
from llmcost.messages import say

TOO_MANY = (errno.EMFILE, errno.ENFILE)
NO_MEMORY = ("Cannot allocate memory", "failed to map segment", "can't start new thread")
"""In what is reported without a number."""


def refused(error: BaseException) -> LlmcostError | None:
    """The error of a run that ended for want of something; None for any other exception."""
    if isinstance(error, MemoryError) or is_of_memory(error):
        return no_memory()
    if isinstance(error, OSError):
        return of_system(error)
    if isinstance(error, ImportError) and "Too many open files" in str(error):
        return too_many_files()
    return None


def is_of_memory(error: BaseException) -> bool:
    """Also where an extension module cannot be loaded, a thread not be started, or an engine
    panics, for want of memory."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, (ImportError, RuntimeError)):
        return any(one in str(error) for one in NO_MEMORY)
    return type(error).__name__ == "PanicException" and limits.memory() is not None


def of_system(error: OSError) -> LlmcostError:
    if error.errno in TOO_MANY:
        return too_many_files()
    if error.filename is None:  # whatever is read or written elsewhere says its name
        return lost(error)
    name = str(error.filename)
    return UnreadableInput(say("cannot open `{name}`: {why}", name=name, why=reason(error)))


def too_many_files() -> LlmcostError:
    return LlmcostError(
        say("too many open files"), hint=say("let a process open more, as by `ulimit -n 256`")
    )


def no_memory() -> LlmcostError:
    most = limits.memory()
    if most is None:
        hint = say("--max-bytes reads less, --workers 1 starts no other processes")
    else:
        number = most // 10**6
        hint = say("a process may take {number:,} MB, by `ulimit -v`: allow more", number=number)
    return NoMemory(say("not enough memory"), hint=hint)
