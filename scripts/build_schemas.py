#!/usr/bin/env python3
"""Writes the JSON Schemas of price files and of workload files, which the commands print.

python -m scripts.build_schemas
"""

from pathlib import Path

from llmcost.render.table import json_text
from llmcost.tokenizers.registry import TOKENIZERS
from scripts import price_schema, workload_schema

DATA = Path(__file__).parents[1] / "data"


def main() -> None:
    prices = json_text(price_schema.json_schema(TOKENIZERS.keys()))
    workload = json_text(workload_schema.json_schema())
    (DATA / "prices.schema.json").write_text(prices, encoding="utf-8", newline="\n")
    (DATA / "workload.schema.json").write_text(workload, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
