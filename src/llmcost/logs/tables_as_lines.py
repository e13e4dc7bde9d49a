"""CSV files and SQLite databases as lines of JSON, an object a row."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from llmcost.inputs.text_stream import cannot_read
from llmcost.messages import say

DATABASE = b"SQLite format 3\x00"
ROWS = 2_000
"""Of a part."""
MOST_CELL = 1 << 24  # characters: messages may stand in a cell
NAME = r"(?i)\.(csv|tsv)(\.(gz|bz2|xz|zst|zip))?$"
HEADING = r"(?i)token|model|usage|模型|用量|quantity|credits"
ALIASES = {
    "model": "model_id model_version model_name 模型 模型名称 llm",
    "timestamp": "time date datetime created created_at 时间 日期 day",
    "input_tokens": "prompt_tokens tokens_in tokens_prompt input 输入 提示 输入token 输入token数 "
    "num_input_tokens",
    "output_tokens": "completion_tokens tokens_out tokens_completion output 输出 补全 输出token "
    "输出token数 num_output_tokens generated_tokens",
    "cached_tokens": "cached_input_tokens input_cached_tokens tokens_cached 缓存 cache_read_tokens "
    "cached 缓存token数 命中缓存token数",
    "project": "项目 workspace project_name",
    "user": "用户 username user_name email",
    "cost": "cost_total total_cost cost_usd amount_usd",
}
"""What other names of columns mean, as log lines have it."""
NAMES = {one: name for name, others in ALIASES.items() for one in (name, *others.split())}
OWN = ("prompt_tokens", "input_tokens", "completion_tokens", "output_tokens")


def is_database(head: bytes) -> bool:
    return head.startswith(DATABASE)


def is_table(head: str, name: str) -> bool:
    """Whether a text is a table, by its first line, unless it begins as JSON or events do."""
    first = head.lstrip().partition("\n")[0].strip()
    if not first or first[0] in "{[" or first.startswith(("data:", "event:", ":", "id:")):
        return False
    import csv  # most logs are no tables

    cells = next(csv.reader([first], delimiter=delimiter(first)), [])
    is_named = re.search(NAME, name) is not None
    return len(cells) >= 2 and (is_named or (len(cells) >= 3 and bool(re.search(HEADING, first))))


def delimiter(line: str) -> str:
    return max(",;\t|", key=line.count)


def csv_lines(lines: Iterable[str]) -> Iterator[tuple[int, bytes]]:
    """Lines of JSON with the number of the first."""
    import csv

    csv.field_size_limit(MOST_CELL)
    rest = iter(lines)
    first = next(rest, "")
    reader = csv.reader(rest, delimiter=delimiter(first))
    names = next(csv.reader([first.strip()], delimiter=delimiter(first)), [])
    names = [one.strip().removeprefix("\ufeff") for one in names]
    start, found = 2, list[bytes]()
    for row in reader:
        found.append(msgspec.json.encode(row_of(names, row)))
        if len(found) >= ROWS:
            yield start, b"\n".join(found)
            start, found = reader.line_num + 2, []
    if found:
        yield start, b"\n".join(found)


def row_of(names: list[str], row: list[str]) -> dict[str, str]:
    """Its cells that are not empty, by the names of the columns and by those of log lines."""
    found = {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
    for name in list(found):
        plain = re.sub(r"[\s\-]+", "_", name.strip().lower())
        meant = plain if plain in OWN else NAMES.get(plain, plain)
        found.setdefault(meant, found[name])
    return found


def database_lines(name: str) -> Iterator[bytes]:
    """The rows of the tables that a format knows. Raises UnreadableInput."""
    import sqlite3

    from llmcost.logs.other_forms import queries

    path = Path(name)
    if not path.is_file():
        raise cannot_read(name, say("a database is read from a file of its own"))
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            base.text_factory = lambda data: data.decode(errors="replace")
            tables = [one for (one,) in base.execute("SELECT name FROM sqlite_master")]
            chosen = list(queries(tables))
            if not chosen:
                known = ", ".join(tables[:6])
                raise cannot_read(name, say("no table of a known agent: {tables}", tables=known))
            for _, query in chosen:
                try:
                    yield from rows_of(base.execute(query))
                except sqlite3.OperationalError:  # a table of the same name of somebody else
                    continue
    except sqlite3.Error as error:
        raise cannot_read(name, str(error)) from None


def rows_of(cursor: "Iterable[tuple[object, ...]]") -> Iterator[bytes]:
    columns = [one[0] for one in getattr(cursor, "description", ())]
    for row in cursor:
        if len(row) == 1 and isinstance(row[0], str):
            yield row[0].encode().replace(b"\n", b" ")
        else:
            cells = {
                name: cell
                for name, cell in zip(columns, row, strict=True)
                if not isinstance(cell, bytes)
            }
            yield msgspec.json.encode(cells)
