"""One column of CSV, TSV or Parquet as it streams: each row is a bare prompt.

Parquet needs pyarrow, an optional extra.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from llmcost.chat import Ask
from llmcost.errors import UnreadableInput, install
from llmcost.inputs.json_stream import MARK
from llmcost.inputs.object_storage import is_address
from llmcost.inputs.request_files import SHOWN, BadLine
from llmcost.inputs.text_stream import cannot_read, opened
from llmcost.messages import say

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|"
TABS = (".tsv", ".tab")
LONGEST = 2**31 - 1  # of a field, in characters; the csv module stops at 131,072 otherwise


def read_csv(
    blocks: Iterable[str], name: str, column: str, *, delimiter: str = ""
) -> Iterator[Ask | BadLine]:
    """Each cell of a column, by its name in the first row; blank rows are none.

    A number counts columns from 1, in a table without a header: then the first row counts too. The
    `delimiter` is told from the name and the first line. Raises UnreadableInput if there is no such
    column.
    """
    csv.field_size_limit(LONGEST)
    rows_of_text = text_lines(blocks)
    first = next(rows_of_text, "")
    sign = delimiter or delimiter_of(name, first)
    reader = csv.reader(chain([first], rows_of_text), delimiter=sign, strict=True)
    place: int | None = None
    for line, row in numbered(reader):
        if isinstance(row, str):
            yield BadLine(f"{name}:{line}", line, row)
            continue
        if place is None:
            place = place_of(column, row, name)
            if column in row:
                continue
        yield cell(row, place, name, line)


def numbered(reader: "Reader") -> Iterator[tuple[int, list[str] | str]]:
    """Rows with the line on which each starts; what is wrong with it in place of a broken one."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, say("not a row of a table: {error}", error=str(error))
            continue
        if row:
            yield line, row


def cell(row: list[str], place: int, name: str, line: int) -> Ask | BadLine:
    where = f"{name}:{line}"
    if place >= len(row):
        said = say(
            "expected {least} columns or more, found {found}", least=place + 1, found=len(row)
        )
        return BadLine(where, line, said)
    return Ask(where, text=row[place])


def place_of(column: str, header: Sequence[str], name: str) -> int:
    """A header's name goes before a number."""
    if column in header:
        return header.index(column)
    if re.fullmatch("0*[1-9][0-9]{0,8}", column):
        return int(column) - 1
    raise no_column(column, header, name)


def no_column(column: str, columns: Sequence[str], name: str) -> UnreadableInput:
    shown = ", ".join(f"`{one}`" for one in columns[:SHOWN])
    more = ", …" if len(columns) > SHOWN else ""
    if any("\ufffd" in one for one in columns):
        hint = say("it is in another encoding; name it, for example --encoding gb18030")
    else:
        hint = say("it has {columns}", columns=shown + more)
    return UnreadableInput(
        say("`{name}` has no column `{column}`", name=name, column=column),
        hint=hint,
    )


def delimiter_of(name: str, first: str) -> str:
    """A tab by the name's ending, otherwise what stands most often in the first line."""
    if name.lower().endswith(TABS):
        return "\t"
    return max(DELIMITERS, key=first.count)


def text_lines(blocks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends, whichever of the three they are; the mark of a first block is none."""
    rest: list[str] = []
    fresh = True
    for block in blocks:
        text = block.removeprefix(MARK) if fresh else block
        fresh = fresh and not block
        if not ("\n" in text or "\r" in text):
            rest.append(text)
            continue
        whole = "".join([*rest, text])
        # a carriage return at the end may be half of a line end
        lines = list(io.StringIO(whole, newline=""))
        complete = lines[-1].endswith("\n")
        yield from lines if complete else lines[:-1]
        rest = [] if complete else lines[-1:]
    if any(rest):
        yield "".join(rest)


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
