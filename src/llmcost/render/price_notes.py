"""Notes of price rows in the reader's language: what a price file says in English, by clauses.

Clauses that are known here have a form in every language; others stay as they are.
"""

import re

from llmcost.language import told
from llmcost.messages import Text, say, say_each, visible

BETWEEN = {"; ": say("; "), ", ": say(", "), ". ": say("; ")}
DAY = r"\d{4}-\d{2}(?:-\d{2})?"
CLAUSES = say_each(
    "on sale by then, earlier start unknown, tokenizer assumed, on or before, bands on or before, "
    "cache read on or before, before the cut, price before the cut, no cut in May 2024, "
    "cut that day, the new price was not found, announced, one price of the source, "
    "those of other sizes may differ, not stated in the sources, new accounts, for any model, "
    "batch and tiers by the vendor's rule, cache hits at a tenth, "
    "retirement day of the international list, per compute unit, output is the price of thinking, "
    "not tied to one model, the lower one without is not in the sources, "
    "unchanged in the price war of May 2024, the price of inference is not in the sources, "
    "explicit cache written for 5 minutes, released in {day}, introductory price through {day}, "
    "gone from the table of {day}, gone from the lists of {day}, first seen {day}, table of {day}, "
    "peak hours every day until {day}"
)
"""What many rows say, by its English form; `day` stands for one."""


def note_text(note: str) -> str:
    """Return the note for a person; nothing of it acts on the terminal."""
    parts = re.split(r"(; |, |\. )", visible(note))
    return "".join(told(BETWEEN.get(one) or clause(one)) for one in parts)


def clause(text: str) -> str:
    day = re.search(DAY, text)
    form = text.replace(day[0], "{day}") if day else text
    form = form[:1].lower() + form[1:] if form not in CLAUSES else form
    if form not in CLAUSES:
        return text
    return Text((form,), {"day": day[0]} if day else {})
