"""The tokenizers that the user has added, kept in a folder: for each a vocabulary file, and
`NAME.about`, which says what it is.

The second is written last and renamed into place: a tokenizer is there whole or not at all.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec

from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.folders import replace
from llmcost.messages import say
from llmcost.tokens.supplied import supplied
from llmcost.tokens.tokenizers import Supply, Tokenizer

ABOUT = ".about"
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"


class About(msgspec.Struct, frozen=True):
    """What is known of an added file."""

    file: str  # its name in the folder
    form: str
    source: str
    sha256: str
    bytes: int
    family: str = ""


def names(folder: Path) -> list[str]:
    """Of all that were added. Costs one look at the folder."""
    try:
        return sorted(one.name.removesuffix(ABOUT) for one in folder.iterdir() if is_about(one))
    except OSError:
        return []


def is_about(path: Path) -> bool:
    return path.suffix == ABOUT


def about(folder: Path, name: str) -> About:
    """Raises LlmcostError for what is not there, or was not written by us."""
    try:
        return msgspec.json.decode((folder / (name + ABOUT)).read_bytes(), type=About)
    except FileNotFoundError:
        raise LlmcostError(
            say("no tokenizer `{name}` was added", name=name),
            hint=say("added are: {names}", names=", ".join(names(folder)) or say("none")),
        ) from None
    except (OSError, msgspec.MsgspecError):
        raise LlmcostError(
            say("cannot read what was added as `{name}`", name=name),
            hint=say("llmcost tokenizers remove {name}, and add it again", name=name),
        ) from None


def tokenizers(folder: Path) -> dict[str, Tokenizer]:
    """All that were added, by name."""
    return {name: tokenizer(name, folder, about(folder, name)) for name in names(folder)}


def tokenizer(name: str, folder: Path, known: About) -> Tokenizer:
    path = str(folder / known.file)
    return supplied(name, Supply(path, known.family, known.source, known.sha256))


def checked_name(name: str) -> str:
    """Names become file names, and words of a command line."""
    if not re.fullmatch(NAME, name):
        raise UsageError(
            say("`{name}` cannot be the name of a tokenizer", name=name),
            hint=say("small letters, digits, `.`, `_` and `-`, as in `my-bpe`"),
        )
    return name


def keep(folder: Path, name: str, content: bytes, known: About) -> None:
    """Write a tokenizer, whole or not at all, in the place of one of that name."""
    before = _file_of(folder, name)
    with _explained(name):
        folder.mkdir(parents=True, exist_ok=True)
        card = msgspec.json.encode(known)  # the last to be there
        replace({folder / known.file: content, folder / (name + ABOUT): card})
        if before and before != known.file:
            (folder / before).unlink(missing_ok=True)


def remove(folder: Path, name: str) -> None:
    """Take a tokenizer away. Raises LlmcostError if it was not added."""
    if name not in names(folder):
        about(folder, name)
    file = _file_of(folder, name)
    with _explained(name):
        (folder / (name + ABOUT)).unlink()
        if file:
            (folder / file).unlink(missing_ok=True)


def file_name(name: str, content: bytes) -> str:
    return f"{name}.{sha256(content).hexdigest()[:12]}"


def _file_of(folder: Path, name: str) -> str:
    """The vocabulary file of a tokenizer; "" if there is none, or none that is surely ours."""
    try:
        file = about(folder, name).file
    except LlmcostError:
        return ""
    return file if re.fullmatch(re.escape(name) + r"\.[0-9a-f]{12}", file) else ""


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = reason(error)
        if error.filename:
            why = say("`{path}`: {why}", path=str(error.filename), why=why)
        said = say("cannot keep or remove the tokenizer `{name}`: {why}", name=name, why=why)
        raise LlmcostError(said) from None
