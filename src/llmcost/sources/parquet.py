"""One column of a Parquet file: each row is a bare prompt. Needs pyarrow, an optional extra."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from llmcost.errors import UnreadableInput, install
from llmcost.messages import say
from llmcost.planning.message import Ask
from llmcost.sources.addresses import is_address
from llmcost.sources.columns import no_column, place_of
from llmcost.sources.read import cannot_read, opened

ROWS = 1024  # held at a time


def read_parquet(
    path: str, column: str, file: BinaryIO | None = None, within: range | None = None
) -> Iterator[Ask]:
    """Each value of a column of text, by its name or its number from 1; null is no text.

    `file`: the open file, where the path is only its name. `within`: only the row groups that begin
    at one of these bytes. Raises UnreadableInput for what is no such file, for another type, and
    without pyarrow.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        why = say("Parquet needs pyarrow")
        raise cannot_read(path, why, hint=install("parquet")) from None
    try:
        source = opened(path) if file is None and is_address(path) else file
        with ParquetFile(source or path) as parquet:
            chosen = text_column(parquet.schema_arrow, column, path)
            groups = [
                one
                for one in range(parquet.num_row_groups)
                if within is None or start_of(parquet.metadata, one) in within
            ]
            batches = parquet.iter_batches(ROWS, row_groups=groups, columns=[chosen])
            yield from rows(batches, path)
    except (OSError, ArrowException) as error:
        said = say("cannot read `{name}` as Parquet: {error}", name=path, error=str(error))
        raise UnreadableInput(said) from None


def start_of(metadata: Any, group: int) -> int:
    """The first byte of a row group; `metadata` is pyarrow's."""
    first = metadata.row_group(group).column(0)
    return int(first.dictionary_page_offset or first.data_page_offset)


def text_column(schema: Any, column: str, path: str) -> str:
    """The name of a column, known to hold text; `schema` is pyarrow's."""
    place = place_of(column, schema.names, path)
    if place >= len(schema.names):
        raise no_column(column, schema.names, path)
    field = schema.field(place)
    kind = getattr(field.type, "value_type", field.type)  # of a dictionary
    if str(kind) not in ("string", "large_string", "string_view"):
        said = say(
            "column `{column}` of `{name}` is {type}, not text",
            column=field.name,
            name=path,
            type=str(field.type),
        )
        raise UnreadableInput(said)
    return str(field.name)


def rows(batches: Any, path: str) -> Iterator[Ask]:
    number = 0
    for batch in batches:
        for text in batch.column(0).to_pylist():
            number += 1
            yield Ask(f"{path}:{number}", text=text or "")
