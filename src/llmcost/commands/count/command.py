"""`llmcost count`: tokens per input and in total, under each tokenizer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.option_groups import RowOptions, RunOptions, SampleOptions, grouped
from llmcost.cli.output import Output, around, draw, format_for, render, width
from llmcost.commands.count.view import (
    columns,
    document,
    entries,
    headline,
    legend,
    total,
    totals,
)
from llmcost.errors import UsageError
from llmcost.messages import cautions_of, say
from llmcost.render.result_table import for_people, for_programs
from llmcost.render.table import Format, markdown
from llmcost.render.wording import more_rows
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.sampling.sampler import SampledRead, SampleRequest


TokenizerNames = Annotated[
    list[str] | None,
    options.option(
        "-t --tokenizer NAME|FILE",
        "Tokenizer name, or a file like tokenizer.json; repeatable.",
        options.complete_tokenizer,
    ),
]


@grouped
def count(
    *,
    paths: options.Paths = None,
    model: options.ModelPatterns = None,
    tokenizer: TokenizerNames = None,
    as_of: options.AsOf = None,
    rows: RowOptions,
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

    rows.refuse_idle_rows(quiet, format)
    options.refuse_without("-m", bool(model), {"--as-of": as_of is not None})
    at = option_values.instant(as_of, clock.now())
    names, known = chosen_tokenizers(tokenizer, option_values.words(model), prices, at)
    if quiet and len(names) != 1:
        raise UsageError(
            say("-q prints one number, not {number}", number=len(names)),
            hint=say("name one tokenizer with -t or one -m"),
        )
    most = option_values.size(max_bytes, "--max-bytes")
    whole_only = {"--max-bytes": max_bytes is not None, "--resume": run.resume is not None}
    wanted = sample.requested(whole_only)
    how = run.how(quiet=quiet, offers_sample=wanted is None)
    asked = Asked(paths or [], encoding, most=most, how=how)
    sampled = None if wanted is None else told(asked, wanted, names, known)
    read = sampled or count_whole(asked, names, known)
    failure = read.failure(skip_bad=False)
    if quiet:
        return Output(f"{total(read.inputs, names[0]).tokens}\n", cautions_of(read.notes), failure)
    format = format_for(format)
    notes = [*read.notes, *(legend(read.inputs) if format is Format.TABLE else ())]
    text = present(read, names, format, rows, is_chosen=bool(tokenizer or model))
    return Output(text, notes, failure, rows.few(notes))


def present(
    read: "Read", names: Sequence[str], format: Format, rows: RowOptions, *, is_chosen: bool
) -> str:
    """Under tokenizers that nobody chose, people see of several inputs the totals alone, unless all
    rows are wanted."""
    inputs = read.inputs
    each, together = entries(inputs, names), totals(inputs, names)
    if format not in (Format.TABLE, Format.MD):
        return render(
            format,
            machine=lambda: for_programs(columns(inputs), each),
            document=lambda: {**document(inputs, names), **read.document()},
        )
    head = headline(inputs)
    if together and not is_chosen and not rows.all_:
        each, together = together, []
    shown = rows.first(each, format, [head, "header", *(one.name for one in together)])
    people = for_people(columns(inputs), [*shown, *together], width())
    table = draw(people) if format is Format.TABLE else markdown(people)
    return around(format, head, table, more_rows(len(each) - len(shown)))


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
