"""The workload file that one starts from: every key with its meaning, a few of them set.

Only prose has a space after the `#`, so that a line without its `#` is in order.
"""

from itertools import groupby

from llmcost.messages import Text, joined, say
from llmcost.planning.fields import FIELDS, Field
from llmcost.workloads.read import HOURS, SCHEMA

START = {  # what makes a whole workload
    **{"mau": "5000000", "budget": "10000 yuan", "requests_per_user": "30"},
    **{"input_tokens": "500", "output_tokens": "200", "turns": "1"},
}
WIDTH = 34  # of a key and its example, before the meaning

HEADER = say("""\
# A workload: who sends how many requests a month, of what size, and what it may cost.
# Change what is set here, take the `#` off the lines that you need, then:
#
#   llmcost budget -f workload.yaml
#
# Each key is the option of the same name: `input_tokens` is --input-tokens.
# Numbers may be written 5000000, 5M or 500万; shares 40% or 0.4.
""")
NIGHT, DAY, EVENING = "1, 1, 1, 1, 1, 1, 1, 2", "8, 9, 9, 6, 8, 9, 9, 8", "6, 4, 3, 3, 2, 2, 1, 1"
QUIET = ", ".join(["1"] * HOURS)
OWN_HOURS = f"""\
#traffic:
#  mon-fri: [{NIGHT}, {DAY}, {EVENING}]
#  sat,sun: [{QUIET}]
"""
SCENARIOS = """\
#scenarios:
#  now: {}
#  pilot: {mau: 50k}
#  launch: {mau: 5M, requests_per_user: 50}
"""


def template() -> Text:
    """A whole workload file in YAML; the lines that are comments are examples, or prose, which can
    be said in another language."""
    groups = groupby(FIELDS.values(), key=lambda field: field.group)
    parts = [HEADER, f"\nschema: {SCHEMA}\n"]
    for group, fields in groups:
        parts += [headline(group), *map(line_of, fields)]
    hours = say("your own hours, in place of a name: 24 weights from midnight on, for each weekday")
    others = say("scenarios, side by side: each is the workload above with other values")
    return joined([*parts, headline(hours), OWN_HOURS, headline(others), SCENARIOS], "")


def headline(text: str) -> str:
    return say("\n# --- {text} ---\n\n", text=text)


def line_of(field: Field) -> str:
    value = START.get(field.key)
    line = f"#{field.key}: {field.example}" if value is None else f"{field.key}: {value}"
    return say("{line}  # {meaning}\n", line=f"{line:<{WIDTH}}", meaning=field.meaning)
