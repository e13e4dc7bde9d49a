"""What was left out of a page, and why."""

from collections.abc import Mapping, Sequence

from llmcost.language import _, _n
from llmcost.planning.refusal import Excluded
from llmcost.report.excluded import REASONS
from llmcost.report.page.sheet import Section
from llmcost.report.page.table import Cell, Column, table


def left_out(excluded: Sequence[Excluded], name: str = "excluded") -> list[Section]:
    """The models that could not be ranked; nothing if there are none."""
    if not excluded:
        return []
    columns = [
        Column(_("model"), is_head=True),
        Column(_("provider"), chooses=True),
        Column(_("why"), chooses=True),
        Column(_("in detail"), is_text=True),
    ]
    rows = [
        [Cell(one.model.id), Cell(one.model.provider), Cell(REASONS[one.reason]), Cell(one.detail)]
        for one in excluded
    ]
    caption = _n(
        "{number} model that has no figure", "{number} models that have no figure", len(excluded)
    )
    return [Section(_("Left out"), (table(name, caption, columns, rows),))]


def unread(failed: Sequence[Mapping[str, str]]) -> list[Section]:
    """The inputs that could not be read; nothing if there are none."""
    if not failed:
        return []
    columns = [Column(_("input"), is_head=True), Column(_("why"), is_text=True)]
    rows = [[Cell(one["name"]), Cell(one["reason"])] for one in failed]
    caption = _("Not part of any figure above")
    return [Section(_("Could not be read"), (table("unread", caption, columns, rows),))]
