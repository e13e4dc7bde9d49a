"""A message is English to every program, and remembers what it was made of."""

import pickle

import pytest

from llmcost.language import told
from llmcost.messages import Text, joined, say, say_plural
from llmcost.render.table import json_text

COUNTED = say_plural("{number} request of {name}", "{number} requests of {name}", 3, name="{a}")
CASES = [
    (say("no model {name}", name="{x}"), "no model {x}"),
    (say("a {literal} brace"), "a {literal} brace"),
    (say("{n:,} tokens", n=1234567), "1,234,567 tokens"),
    (COUNTED, "3 requests of {a}"),
    (say_plural("one file", "{number} files", 1), "one file"),
    (joined([say("no {x}", x=1), "{b}"], " {} "), "no 1 {} {b}"),
    (joined([]), ""),
]


@pytest.mark.parametrize(("message", "english"), CASES)
def test_a_message_is_an_english_string(message: Text, english: str) -> None:
    assert message == english
    assert told(message) == english
    assert json_text({"note": message}) == json_text({"note": english})


@pytest.mark.parametrize("message", [message for message, _ in CASES])
def test_it_crosses_processes_with_what_it_was_made_of(message: Text) -> None:
    other = pickle.loads(pickle.dumps(message))
    assert (other, other.forms, other.values) == (message, message.forms, message.values)


def test_only_messages_and_json_values_are_written_as_json() -> None:
    with pytest.raises(NotImplementedError):
        json_text({"note": object()})
