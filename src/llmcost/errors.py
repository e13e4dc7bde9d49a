"""Every failure that a user can cause, with its exit code.

LlmcostError (1)       the request could not be served
├── UsageError (2)     the command line asks for something that makes no sense
├── UnknownModel       no model has this id or alias
├── UnknownTokenizer
├── UnreadableInput    a file or stream could not be read
├── BadFile            a file of the user's breaks a rule: every problem with file:line
│   ├── BadPriceFile
│   ├── BadWorkload
│   ├── BadScores       quality scores
│   └── BadSettings     config.yaml, or a variable of the environment
├── NoExchangeRate     no rate on or before the day
├── OutputLost         stdout cannot be written: a full disk, or it is closed
├── NoMemory           what the run needs is not there, or a limit does not allow it
├── GateFailed (3)     --fail-over, --max-age: the result is above the limit
└── Interrupted (130)  a person or a signal has stopped the run: what was counted is shown
"""

from collections.abc import Sequence

from llmcost.messages import joined, say, say_each


class LlmcostError(Exception):
    """Base of all expected errors; `str()` is the message, `hint` says what to do. Both may be a
    `Text`, which `str()` leaves as it is. `exit_code`: of the command line."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(LlmcostError):
    """What is requested makes no sense: a bad option, keyword or argument."""

    exit_code = 2


class UnknownModel(LlmcostError):
    """No model has this id or alias."""


class UnknownTokenizer(LlmcostError):
    """No tokenizer has this name, and no file."""


class UnreadableInput(LlmcostError):
    """A file or stream could not be read, or not as what it should be."""


class BadFile(LlmcostError):
    """A file of the user's breaks a rule; `problems` are the single messages, each with file:line
    and what was expected."""

    what = say("a file")

    def __init__(self, problems: Sequence[str], *, hint: str = "") -> None:
        super().__init__(joined(problems, "\n"), hint=hint)
        self.problems = tuple(problems)


class BadPriceFile(BadFile):
    """A price file breaks a rule."""

    what = say("a price file")


class BadWorkload(BadFile):
    """A workload file breaks a rule."""

    what = say("a workload file")


class BadSettings(BadFile):
    """config.yaml, or a variable of the environment, breaks a rule."""

    what = say("a settings file")


class BadScores(BadFile):
    """A file of quality scores breaks a rule."""

    what = say("a file of quality scores")


class NoExchangeRate(LlmcostError):
    """No rate is known on or before the day."""


class OutputLost(LlmcostError):
    """Standard output cannot be written: a full disk, or it is closed."""


class NoMemory(LlmcostError):
    """What the run needs is not there, or a limit does not allow it."""


class GateFailed(LlmcostError):
    """The result is above a limit that the user set: --fail-over, --max-age."""

    exit_code = 3


class Interrupted(LlmcostError):
    """A person or a signal has stopped the run: what was counted is printed."""

    exit_code = 130


EXTRAS = {
    "parquet": ("pyarrow>=17",),
    "documents": ("mammoth>=1.11", "markdownify>=1.1", "pypdf>=6"),
    "tokenizers": ("tokenizers>=0.21",),
    "sentencepiece": ("sentencepiece>=0.2",),
    "bulk": ("gigatoken>=0.10,<0.11",),
    "claude": ("ctok>=1.3,<2",),
    "llama": ("llama-models>=0.3,<0.4",),
    "signed": ("cryptography>=42",),
    "mcp": ("mcp>=2.3,<3",),
    "cluster": ("dask[distributed]>=2025.2", "fsspec>=2025.2"),
}
"""The packages of each extra, as pyproject.toml has them."""


def install(extra: str) -> str:
    """Return the command that installs an extra's packages by their own names: ours is on no
    index. Double quotes mean the same to every shell, that of Windows, too."""
    return " ".join(["pip install", *(f'"{one}"' for one in EXTRAS[extra])])


_OF_THE_SYSTEM = say_each(
    "No such file or directory, Permission denied, Operation not permitted, Is a directory, "
    "Not a directory, File exists, File name too long, File too large, Read-only file system, "
    "No space left on device, Disk quota exceeded, Input/output error, Too many open files, "
    "Too many levels of symbolic links, Broken pipe, Connection refused, Connection reset by peer, "
    "Network is unreachable, Name or service not known, Temporary failure in name resolution"
)


def reason(error: OSError) -> str:
    """Return why the system refused; rare messages of the system are not translated."""
    said = error.strerror or next((one for one in error.args if isinstance(one, str)), str(error))
    return _OF_THE_SYSTEM.get(said, said)
