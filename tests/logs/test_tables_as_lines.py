"""CSV files and databases are logs as lines of JSON are."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from llmcost.logs.tables_as_lines import csv_lines, database_lines, is_table

TABLES = [
    ("a,b,prompt_tokens\n1,2,3\n", "x", True),
    ("模型;输入;输出\nm;1;2\n", "x", True),
    ("a,b\n", "x.csv", True),
    ("a,b\n", "x.csv.gz", True),
    ("a,b,c\n", "x", False),
    ('{"model": 1, "a": 2, "tokens": 3}\n', "x.csv", False),
    ("data: {}, usage, tokens\n", "x", False),
    ("", "x.csv", False),
]


@pytest.mark.parametrize(("text", "name", "table"), TABLES)
def test_tables_are_known_by_their_first_line(text: str, name: str, table: bool) -> None:
    assert is_table(text, name) == table


def test_columns_have_the_names_of_log_lines() -> None:
    text = "Model,Date,Prompt Tokens,输出\nm,2026-10-12,7,\n"
    ((number, line),) = csv_lines(text.splitlines(keepends=True))

    assert number == 2
    assert json.loads(line) == {
        **{"Model": "m", "Date": "2026-10-12", "Prompt Tokens": "7"},
        **{"model": "m", "timestamp": "2026-10-12", "prompt_tokens": "7"},
    }


def test_a_database_of_an_agent(tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE message (id TEXT, session_id TEXT, data TEXT)")
        base.execute("INSERT INTO message VALUES ('m', 's', ?)", ('{"role": "assistant"}',))
        base.commit()

    (line,) = database_lines(str(path))

    assert json.loads(line) == {"role": "assistant", "id": "m", "sessionID": "s"}
