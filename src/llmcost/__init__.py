"""See what a prompt, a folder or a product costs on every LLM, in yuan or dollars.

The names of `import llmcost` are here, and loaded from `api` when they are first used. Modules
beside this file serve all packages; what serves one package is in that package.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # as type checkers read it; `typing` would take longer than all of this
if TYPE_CHECKING:
    from llmcost.api import (
        BadFile,
        BadPriceFile,
        Billing,
        Count,
        Estimate,
        Line,
        LlmcostError,
        NoExchangeRate,
        Score,
        UnknownModel,
        UnknownTokenizer,
        UnreadableInput,
        UsageError,
        count,
        count_each,
        estimate,
        estimate_requests,
        host,
        scores,
        train,
    )

__all__ = [
    "BadFile",
    "BadPriceFile",
    "Billing",
    "Count",
    "Estimate",
    "Line",
    "LlmcostError",
    "NoExchangeRate",
    "Score",
    "UnknownModel",
    "UnknownTokenizer",
    "UnreadableInput",
    "UsageError",
    "__version__",
    "best_value",
    "count",
    "count_each",
    "estimate",
    "estimate_requests",
    "host",
    "scores",
    "train",
]


if not TYPE_CHECKING:  # so that a name which is not there is an error to type checkers too

    def __getattr__(name: str) -> object:
        """Whatever is public, loaded when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from llmcost import api

        return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
