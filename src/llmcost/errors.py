"""Every failure that a user can cause, with the exit code it ends in.

LlmcostError (1)       the request could not be served
├── UsageError (2)     the command line asks for something that makes no sense
├── UnknownModel       no model has this id or alias
├── UnknownTokenizer
├── UnreadableInput    a file or stream could not be read
├── BadFile            a file of the user's breaks a rule: every problem with file:line
│   ├── BadPriceFile
│   ├── BadWorkload
│   └── BadSettings     config.yaml, or a variable of the environment
├── NoExchangeRate     no rate on or before the day
├── OutputLost         stdout cannot be written: a full disk
└── GateFailed (3)     --fail-over, --max-age: the result is above the limit
"""

from collections.abc import Sequence


class LlmcostError(Exception):
    """Base of all expected errors; `str()` is the message, `hint` says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(LlmcostError):
    exit_code = 2


class UnknownModel(LlmcostError):
    pass


class UnknownTokenizer(LlmcostError):
    pass


class UnreadableInput(LlmcostError):
    pass


class BadFile(LlmcostError):
    """`problems` are the single messages, each with file:line and what was expected."""

    what = "a file"

    def __init__(self, problems: Sequence[str], *, hint: str = "") -> None:
        super().__init__("\n".join(problems), hint=hint)
        self.problems = tuple(problems)


class BadPriceFile(BadFile):
    what = "a price file"


class BadWorkload(BadFile):
    what = "a workload file"


class BadSettings(BadFile):
    what = "a settings file"


class NoExchangeRate(LlmcostError):
    pass


class OutputLost(LlmcostError):
    pass


class GateFailed(LlmcostError):
    exit_code = 3
