"""Requests that a caller holds, as those of a file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmcost.errors import UnreadableInput
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.planning.message import Ask

Request = Mapping[str, Any] | Sequence[Any] | str
"""A body in any vendor's form, a list of messages, or a bare prompt."""


def asks_of(requests: Iterable[Request]) -> Iterator["Ask"]:
    """Raises UnreadableInput for what is no request."""
    from msgspec import to_builtins

    from llmcost.planning.message import Ask
    from llmcost.sources.forms import Form
    from llmcost.sources.requests import is_whole_batch, read_value

    for number, request in enumerate(requests):
        name = f"requests[{number}]"
        try:
            value = to_builtins(request)
        except (TypeError, ValueError, RecursionError) as error:
            said = say("{name}: not as JSON has it: {error}", name=name, error=str(error))
            raise UnreadableInput(said) from None
        values = value["requests"] if is_whole_batch(value, Form.AUTO) else [value]
        for one in values:
            for ask in read_value(one, Form.AUTO, None, name, number):
                if not isinstance(ask, Ask):
                    raise UnreadableInput(
                        say("{name}: {problem}", name=name, problem=ask.message),
                        hint=say("the bodies that vendors take, lists of messages, or texts"),
                    )
                yield ask
