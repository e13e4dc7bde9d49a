"""Llama 3 and 4 by Meta's own vocabularies, where the package `llama-models` is installed.

Meta's licences ask whoever passes the files on to pass on their terms too, so that none is among
our packs (extra `llama`). Files of the installed package are read; it is never imported.
"""

from importlib.util import find_spec
from pathlib import Path

from llmcost.errors import install
from llmcost.messages import say
from llmcost.tokenizers.registry import Supply, Tokenizer

PACKAGE = "llama-models"
_MODULE = "llama_models"
FILES = {
    "llama3": (
        "glm",
        "82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55",
    ),
    "llama4": (
        "o200k",
        "d0bdbaf59b0762c8c807617e2d8ea51420eb1b1de266df2495be755c8e0ed6ed",
    ),
}
"""The family of each pretokenizer, and the SHA-256 of NAME/tokenizer.model in the package."""


def installed_vocabularies() -> dict[str, Tokenizer]:
    """Return the tokenizers that the package holds, by name: none where it is not installed."""
    spec = find_spec(_MODULE)
    if spec is None or not spec.submodule_search_locations:
        return {}
    folder = Path(spec.submodule_search_locations[0])
    said = say("vocabulary of the package {package}", package=PACKAGE)
    return {
        name: Tokenizer(
            name,
            str(said),
            supply=Supply(
                str(folder / name / "tokenizer.model"), family, PACKAGE, digest, install("llama")
            ),
            said=said,
        )
        for name, (family, digest) in FILES.items()
    }
