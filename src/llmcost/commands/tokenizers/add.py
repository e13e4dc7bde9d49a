"""`llmcost tokenizers add` and `remove`: a vocabulary of the user's, from a file or a model hub."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.output import Output, width
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say
from llmcost.pricing.usage import base_name
from llmcost.runtime import clock

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import PriceTable
    from llmcost.tokenizers.installed import DownloadedFile
    from llmcost.tokenizers.user_files import Loaded

CHINESE = "今天天气很好"


def add(
    name: Annotated[str, Argument(metavar="NAME", help="Name of the new tokenizer.")],
    source: Annotated[
        str, Argument(metavar="PATH|HUB-ID", help="A file, or a model like Qwen/Qwen3-8B.")
    ],
    family: Annotated[
        str, options.option("--family NAME", "Pre-tokenization of a .tiktoken file.")
    ] = "",
    file: Annotated[str, options.option("--file NAME", "File name in the hub repository.")] = "",
    force: Annotated[bool, options.option("--force", "Replace an existing tokenizer.")] = False,
    prices: options.PriceFiles = None,
) -> Output:
    """Keep a vocabulary and count with it: a tokenizer.json, .tiktoken or SentencePiece model.

    A model's file is downloaded from huggingface.co, or from the mirror in HF_ENDPOINT.

    Example: llmcost tokenizers add llama3 meta-llama/Llama-3.1-8B
    """
    from hashlib import sha256

    from llmcost.commands.tokenizers import listing as report
    from llmcost.commands.tokenizers.listing import entry
    from llmcost.pricing.catalog import on_sale
    from llmcost.runtime.price_table import load_table
    from llmcost.runtime.tokenizer_choice import added_folder, known_tokenizers
    from llmcost.tokenizers import installed as added
    from llmcost.tokenizers import user_files as files

    check_free(added.checked_name(name), force=force)
    found = obtained(source, file)
    engine = files.load(found.source, found.content, family)
    about = added.About(
        file=added.file_name(name, found.content),
        form=engine.form,
        source=found.source,
        sha256=sha256(found.content).hexdigest(),
        bytes=len(found.content),
        family=engine.family,
    )
    notes = [] if family else warnings(engine)
    added.keep(added_folder(), name, found.content, about)
    now = clock.now()
    table = load_table(prices, now.date())
    shown = entry(known_tokenizers()[name], on_sale(table.models, now))
    return Output(report.details(shown, width()), [*notes, *use(name, table)])


def check_free(name: str, *, force: bool) -> None:
    """What is there already, or needs no file, is replaced only if that is meant."""
    from llmcost.runtime.tokenizer_choice import added_folder
    from llmcost.tokenizers import installed as added
    from llmcost.tokenizers.registry import TOKENIZERS

    if force:
        return
    if name in added.names(added_folder()):
        said = say("`{name}` was added before", name=name)
        raise LlmcostError(said, hint=say("--force replaces it"))
    if name in TOKENIZERS and TOKENIZERS[name].exact:
        raise LlmcostError(
            say("`{name}` is counted exactly without a file", name=name),
            hint=say("--force counts with yours instead"),
        )


def obtained(source: str, file: str) -> "DownloadedFile":
    """The content of a file that is there, or of a model on a hub."""
    from llmcost.tokenizers import installed as hub
    from llmcost.tokenizers.user_files import content_of

    path = Path(source).expanduser()
    if path.exists() or not hub.is_id(source) or path.suffix in (".json", ".tiktoken", ".model"):
        if file:
            raise UsageError(say("--file goes with a model on a hub, not with a path"))
        return hub.DownloadedFile(content_of(path), str(path.absolute()))
    return hub.download(source, file, os.environ.get("HF_ENDPOINT", ""))


def warnings(engine: "Loaded") -> list[str]:
    """What a look at a few words brings up."""
    if engine.family:
        return [
            say(
                "merge ranks do not say how a text is cut: taken to be like {family}",
                family=engine.family,
            )
        ]
    return [] if engine.count(CHINESE) else [say("it produces no tokens for Chinese text")]


def use(name: str, table: "PriceTable") -> list[str]:
    if any(base_name(model.tokenizer) == name for model in table.models):
        return []
    return [
        say(
            "no model is counted with it yet: `-t {name}`, or a price file of yours, names it",
            name=name,
        )
    ]


def remove(
    name: Annotated[str, Argument(metavar="NAME", help="Name of an added tokenizer.")],
) -> Output:
    """Take a vocabulary away that was added; what it replaced holds again.

    Example: llmcost tokenizers remove llama3
    """
    from llmcost.runtime.tokenizer_choice import added_folder
    from llmcost.tokenizers import installed as added

    added.remove(added_folder(), added.checked_name(name))
    return Output("", [say("`{name}` is removed", name=name)])
