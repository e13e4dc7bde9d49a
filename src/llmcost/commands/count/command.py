"""`llmcost count`: tokens per input and in total, under each tokenizer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import options
from llmcost.cli.option_groups import RunOptions, SampleOptions, grouped
from llmcost.cli.output import Output, format_for, render
from llmcost.commands.count.view import document, human, machine, total
from llmcost.errors import UsageError
from llmcost.messages import cautions_of, say
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.sampling.sampler import SampledRead, SampleRequest


TokenizerNames = Annotated[
    list[str] | None,
    typer.Option(
        *("-t", "--tokenizer"),
        metavar="NAME|FILE",
        help="Tokenizer name, or a file like tokenizer.json; repeatable.",
        autocompletion=options.complete_tokenizer,
    ),
]


@grouped
def count(
    *,
    paths: options.Paths = None,
    model: options.ModelPatterns = None,
    tokenizer: TokenizerNames = None,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    max_bytes: options.MaxBytes = None,
    sample: SampleOptions,
    run: RunOptions,
) -> Output:
    """Count tokens per file and in total, like wc.

    Without -t, every tokenizer is used. -t also takes a tokenizer.json, a SentencePiece model or a
    .tiktoken file (`FILE#o200k`: pre-tokenized as o200k).

    Examples:
      llmcost count README.md
      llmcost count docs/ -t o200k_base,qwen
      llmcost count corpus.jsonl --field text --sample auto
    """
    from llmcost.runtime.count_inputs import Asked, chosen_tokenizers

    options.refuse_beside("-q", quiet, {"--format": format is not None})
    options.refuse_without("-m", bool(model), {"--as-of": as_of is not None})
    at = option_values.instant(as_of, clock.now())
    names, known = chosen_tokenizers(tokenizer, option_values.words(model), prices, at)
    if quiet and len(names) != 1:
        raise UsageError(
            say("-q prints one number, not {number}", number=len(names)),
            hint=say("name one tokenizer with -t or one -m"),
        )
    most = option_values.size(max_bytes, "--max-bytes")
    asked = Asked(paths or [], encoding, most=most, how=run.how(quiet=quiet))
    whole_only = {"--max-bytes": max_bytes is not None, "--resume": run.resume is not None}
    wanted = sample.requested(whole_only)
    sampled = None if wanted is None else told(asked, wanted, names, known)
    read = sampled or count_whole(asked, names, known)
    failure = read.failure(skip_bad=False)
    if quiet:
        return Output(f"{total(read.inputs, names[0]).tokens}\n", cautions_of(read.notes), failure)
    return Output(present(read, names, format_for(format)), read.notes, failure)


def present(read: "Read", names: Sequence[str], format: Format) -> str:
    return render(
        format,
        human=lambda: human(read.inputs, names),
        machine=lambda: machine(read.inputs, names),
        document=lambda: {**document(read.inputs, names), **read.document()},
    )


def told(
    asked: "Asked", wanted: "SampleRequest", names: Sequence[str], known: "Known"
) -> "SampledRead | None":
    """The inputs by a sample, if they are too large to be counted whole."""
    from llmcost.sampling.sampler import count_sampled

    return count_sampled(asked, wanted, names, known)


def count_whole(asked: "Asked", names: Sequence[str], known: "Known") -> "Read":
    """Every input as one text, here or on a cluster. Raises UnreadableInput if none can be read."""
    if asked.how.cluster is not None:
        from llmcost.cluster.session import count_clustered

        return count_clustered(asked, names, known)
    from llmcost.runtime.count_inputs import read_texts

    return read_texts(asked, names, known)
