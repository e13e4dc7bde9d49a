"""What a measurement gives: figures with raw numbers, a target, and the table that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = float | int | str | None


@dataclass(frozen=True)
class Target:
    """A limit for one number of a figure. Missing it is news, not an error."""

    limit: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """One line of a section. `values` are raw numbers by column; `judged` names the judged one."""

    name: str
    values: dict[str, Value]
    judged: str = ""
    target: Target | None = None
    failure: str = ""  # why there are no values

    @property
    def verdict(self) -> str:
        value = self.values.get(self.judged)
        if self.target is None:
            return ""
        met = isinstance(value, int | float) and self.target.met_by(value)
        return "ok" if met else "MISSED"


@dataclass(frozen=True)
class Section:
    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = field(default=())


def missed(sections: Iterable[Section]) -> list[Figure]:
    return [one for section in sections for one in section.figures if one.verdict == "MISSED"]


def shown(value: Value) -> str:
    """Three digits that count; what was not measured is a dash."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    return (
        f"{value:.2f}"
        if abs(value) < 10
        else f"{value:.1f}"
        if abs(value) < 100
        else f"{value:.0f}"
    )


def table(section: Section) -> str:
    """The section as text in columns."""
    columns = list(dict.fromkeys(key for figure in section.figures for key in figure.values))
    judging = any(figure.target for figure in section.figures)
    rows = [["", *columns, *(["target", ""] if judging else [])]]
    for figure in section.figures:
        cells = [shown(figure.values.get(key)) for key in columns]
        goal = [str(figure.target or ""), figure.verdict] if judging else []
        rows.append([figure.name, *cells, *goal])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    failures = [f"{figure.name}: {figure.failure}" for figure in section.figures if figure.failure]
    return "\n".join(
        [section.title, *lines, *(f"  {note}" for note in [*failures, *section.notes])]
    )


def document(section: Section) -> dict[str, Any]:
    """The section for `--json`, numbers unrounded."""
    figures = [
        {
            "name": figure.name,
            **figure.values,
            "target": str(figure.target) if figure.target else None,
            "verdict": figure.verdict or None,
            "failure": figure.failure or None,
        }
        for figure in section.figures
    ]
    return {"title": section.title, "figures": figures, "notes": list(section.notes)}
