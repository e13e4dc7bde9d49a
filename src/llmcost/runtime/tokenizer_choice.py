"""The tokenizers of a run: ours, those that the user has added, of a price file, of options.

A later one replaces an earlier one of its name.
"""

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from llmcost.errors import UnknownTokenizer, UsageError
from llmcost.files import config_folder
from llmcost.messages import say, visible
from llmcost.runtime import option_values
from llmcost.tokenizers.registry import TOKENIZERS, Supply, Tokenizer

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import Model, PriceTable

Known = dict[str, Tokenizer]


def added_folder() -> Path:
    """Return the folder of the files that `llmcost tokenizers add` has added."""
    return config_folder() / "tokenizers"


def tokenizer_names() -> Collection[str]:
    """Return what every price file may name."""
    if not added_folder().is_dir():
        return TOKENIZERS.keys()
    from llmcost.tokenizers.installed import names

    return TOKENIZERS.keys() | names(added_folder())


def known_tokenizers(table: "PriceTable | None" = None) -> Known:
    """Return the tokenizers by name: ours, those of an installed package, those that the user has
    added, those of a price table. Raise LlmcostError for one that cannot be read."""
    from llmcost.tokenizers.llama import installed_vocabularies

    found = {**TOKENIZERS, **installed_vocabularies()}
    if added_folder().is_dir():
        from llmcost.tokenizers import installed as added

        found |= added.tokenizers(added_folder())
    if table is not None and table.tokenizers:
        from llmcost.tokenizers.user_files import supplied

        for name, one in table.tokenizers.items():
            found[name] = supplied(name, Supply(one.path, one.family))
    return found


def named_tokenizers(wanted: Iterable[str], known: Known) -> tuple[list[str], Known]:
    """Return the tokenizers of these names, globs or files, and what is known with the files. A
    name goes before a file of that name. Raise UnknownTokenizer."""
    found, known = dict[str, None](), dict(known)
    for value in wanted:
        for one in [value] if file_of(value) else option_values.words([value]):
            matches = matching(one, known)
            if not matches:
                matches = [of_file(one, known)]
            found |= dict.fromkeys(matches)
    return list(found), known


def counted_otherwise(
    models: Sequence["Model"], wanted: str, known: Known, *, is_named: bool
) -> tuple[list["Model"], Known]:
    """Return the models with the tokenizer that --tokenizer names, and what is known with it. A
    file takes the place of their own tokenizers, so that each keeps the frame of its chats.
    Raise UsageError, UnknownTokenizer."""
    if not is_named:
        said = say("--tokenizer is for models that are named")
        raise UsageError(said, hint=say("say whose it is with -m"))
    names, known = named_tokenizers([wanted], known)
    if len(names) != 1:
        raise UsageError(
            say(
                "--tokenizer takes one tokenizer, not {number}: `{text}`",
                number=len(names),
                text=wanted,
            )
        )
    found = known[names[0]]
    if found.supply is None:
        return [replace(one, tokenizer=found.name) for one in models], known
    meant = {one.tokenizer: replace(found, name=one.tokenizer) for one in models}
    return list(models), known | meant


def matching(pattern: str, known: Collection[str]) -> list[str]:
    """Return the names that match a glob."""
    return [name for name in known if fnmatchcase(name, pattern)]


def of_file(text: str, known: Known) -> str:
    """Return the name under which a file is now known: its own, or all that was typed if that is
    taken."""
    from llmcost.tokenizers.user_files import supplied

    supply = file_of(text)
    if supply is None:
        raise UnknownTokenizer(
            say("unknown tokenizer, and no file: `{text}`", text=text),
            hint=say("known: {names}", names=", ".join(known)),
        )
    short = visible(Path(supply.path).name)
    name = visible(text) if short in known else short
    known[name] = supplied(name, supply)
    return name


def file_of(text: str) -> Supply | None:
    """Return a file that is there, `PATH` or `PATH#FAMILY`. Folders too: their error comes
    later."""
    path, _, family = text.rpartition("#")
    if Path(text).exists():
        return Supply(text)
    return Supply(path, family) if path and Path(path).exists() else None
