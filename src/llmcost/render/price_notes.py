"""Notes of price rows in the reader's language: what a price file says in English, by clauses.

Clauses that are known here have a form in every language; others stay as they are.
"""

import re

from llmcost.language import told
from llmcost.messages import Text, say, visible

BETWEEN = {"; ": say("; "), ", ": say(", "), ". ": say("; ")}
DAY = r"\d{4}-\d{2}(?:-\d{2})?"
CLAUSES = {
    one.forms[0]: one
    for one in (
        *(say("on sale by then"), say("earlier start unknown"), say("tokenizer assumed")),
        *(say("on or before"), say("bands on or before"), say("cache read on or before")),
        *(say("before the cut"), say("price before the cut"), say("no cut in May 2024")),
        *(say("cut that day"), say("the new price was not found"), say("announced")),
        *(say("one price of the source"), say("those of other sizes may differ")),
        *(say("not stated in the sources"), say("new accounts"), say("for any model")),
        *(say("batch and tiers by the vendor's rule"), say("cache hits at a tenth")),
        *(say("retirement day of the international list"), say("per compute unit")),
        *(say("output is the price of thinking"), say("not tied to one model")),
        *(say("the lower one without is not in the sources"),),
        *(say("unchanged in the price war of May 2024"),),
        *(say("the price of inference is not in the sources"),),
        *(say("explicit cache written for 5 minutes"),),
        *(say("released in {day}", day=""), say("introductory price through {day}", day="")),
        *(say("gone from the table of {day}", day=""), say("gone from the lists of {day}", day="")),
        *(say("first seen {day}", day=""), say("table of {day}", day="")),
        *(say("peak hours every day until {day}", day=""),),
    )
}
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
