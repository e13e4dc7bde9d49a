"""What `python -m bench.calibrate --write` puts into the registry of tokenizers."""

from types import SimpleNamespace
from typing import Any

import pytest

from bench import pages
from llmcost.tokenizers.registry import TOKENIZERS

SOURCE = pages.MODULE.read_text(encoding="utf-8")
FITTED = ("claude", "claude-4.7", "llama3", "llama4", "chinese", "grok", "nova", "unknown")


def found() -> list[Any]:
    shipped = [(name, TOKENIZERS[name].estimate) for name in FITTED]
    return [SimpleNamespace(name=name, estimate=estimate) for name, estimate in shipped]


def test_the_shipped_coefficients_are_what_a_calibration_writes() -> None:
    assert pages.with_coefficients(SOURCE, found()) == SOURCE


def test_new_coefficients_leave_all_else_as_it_is() -> None:
    changed = pages.with_coefficients(SOURCE, found()[1:])
    assert changed != SOURCE
    assert changed.partition(pages.START)[0] == SOURCE.partition(pages.START)[0]
    assert changed.partition(pages.END)[2] == SOURCE.partition(pages.END)[2]


def test_a_registry_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        pages.with_coefficients(SOURCE.replace(pages.END, ""), found())
