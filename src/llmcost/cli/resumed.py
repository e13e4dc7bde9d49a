"""What counts depend on, as a journal remembers it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from llmcost import __version__
from llmcost.messages import say
from llmcost.report.figures import visible
from llmcost.tokens.files import content_of
from llmcost.tokens.tokenizers import Tokenizer, tokenizer

PACKAGES = ("mammoth", "markdownify", "pypdf")  # that make the text of documents
RECONSTRUCTION = "ctok"


def made_from(
    names: Sequence[str], known: Mapping[str, Tokenizer], options: Mapping[str, object]
) -> dict[str, str]:
    """Of these tokenizers and options of the reading, by the name that a person knows them by."""
    found: dict[str, str] = {
        say("version of llmcost"): __version__,
        say("tokenizers"): " ".join(sorted(names)),
        **{name: visible("" if value is None else str(value)) for name, value in options.items()},
    }
    packages = list(PACKAGES)
    for name in names:
        one = tokenizer(name, known)
        if one.supply is not None:
            content = content_of(Path(one.supply.path))
            found[say("tokenizer {name}", name=name)] = (
                f"{one.family} {sha256(content).hexdigest()}"
            )
        if one.generation and RECONSTRUCTION not in packages:
            packages.append(RECONSTRUCTION)
    return found | {package: installed(package) for package in packages}


def installed(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # 20 ms

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
