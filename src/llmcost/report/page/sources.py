"""Who says so: every source of a page once, with a number that rows refer to."""

from xml.etree.ElementTree import Element

from llmcost.language import _
from llmcost.report.page.elements import el, linked
from llmcost.report.page.sheet import Section
from llmcost.report.page.table import NOTHING, Cell


class Sources:
    """Numbers sources in the order in which they are first named."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def cell(self, source: str) -> Cell:
        """A link to the source; nothing where there is none."""
        if not source:
            return NOTHING
        number = self.numbers.setdefault(source, len(self.numbers) + 1)
        return Cell(str(number), value=str(number), anchor=f"source-{number}")

    def section(self) -> list[Section]:
        """The list of all, at the end of the page; none if nothing was named."""
        if not self.numbers:
            return []
        return [Section(_("Sources of the prices and scores"), (self.listed(),))]

    def listed(self) -> Element:
        return el(
            "ol",
            *(
                el("li", *linked(source), id=f"source-{number}")
                for source, number in self.numbers.items()
            ),
            class_="sources",
        )
