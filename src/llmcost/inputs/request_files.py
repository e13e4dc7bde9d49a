"""Files of requests: JSON Lines, arrays and whole bodies of any vendor, request by request."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

import msgspec

from llmcost.chat import Ask
from llmcost.errors import UnreadableInput
from llmcost.inputs.json_stream import MARK, Record, is_lines, records
from llmcost.inputs.json_values import BadShape, Json, malformed, needed, object_of, text_of
from llmcost.inputs.request_bodies import asks_of
from llmcost.inputs.request_forms import ENDINGS, Form, can_hold_requests, columns_of, form_of
from llmcost.messages import say

MOST_WITHOUT = 100  # requests after which a key that none has is an error
SHOWN = 20  # keys in a hint
LOOKS = 10  # requests that are looked at until one is known
BEGINS = re.compile(
    r"\ufeff?\s*[\[{].{0,4000}?\"(?:messages|custom_id|contents|conversations|prompt)\"\s*:",
    re.DOTALL,
)
A_LINE = say("a line")
DECODER = msgspec.json.Decoder()
HIGH, LOW = (rf"\\u[dD][{digits}][0-9a-fA-F]{{2}}" for digits in ("89abAB", "c-fC-F"))
HALF = re.compile(rf"{HIGH}{LOW}|(?P<half>{HIGH}|{LOW}|[\ud800-\udfff])|\\.", re.DOTALL)


class BadLine(msgspec.Struct, frozen=True):
    """A request that could not be read. `name` is its place as an Ask's would be, `line` the line
    on which it starts, from 1 on; `message` says what was expected.
    """

    name: str
    line: int
    message: str


def read_requests(
    blocks: Iterable[str], name: str, *, form: Form = Form.AUTO, field: str | None = None
) -> Iterator[Ask | BadLine]:
    """The requests of a stream of text, in the memory of one of them.

    `form` is any but `text`; `field` names the key of objects that holds a bare prompt. A request
    that is broken gives a BadLine, and the next follows. Raises what `blocks` raises, and
    UnreadableInput if none of the first hundred objects has that key.
    """
    found = records(blocks)
    for record in found if field is None else having(found, field, name):
        yield from read_record(record, name, form, field)


def read_record(
    record: Record, name: str, form: Form, field: str | None
) -> Iterator[Ask | BadLine]:
    place = f"{name}:{record.line}" if record.index is None else f"{name}[{record.index}]"
    try:
        value = parse(record)
    except BadShape as error:
        yield BadLine(place, record.line, error.message)
        return
    if field is None and is_whole_batch(value, form):
        for number, one in enumerate(value["requests"]):
            yield from read_value(one, Form.BATCH, None, f"{name}[{number}]", record.line)
    else:
        yield from read_value(value, form, field, place, record.line)


def having(found: Iterator[Record], field: str, name: str) -> Iterator[Record]:
    """The same records. Raises UnreadableInput if it is clear that none has the key."""
    first = list(islice(found, MOST_WITHOUT))
    objects = [one for one in readable(first) if isinstance(one, dict)]
    if objects and not any(field in one for one in objects):
        known = list(dict.fromkeys(chain.from_iterable(objects)))
        shown = ", ".join(f"`{one}`" for one in known[:SHOWN])
        more = ", …" if len(known) > SHOWN else ""
        raise UnreadableInput(
            say("`{name}` has no key `{field}`", name=name, field=field),
            hint=say("it has {columns}", columns=shown + more),
        )
    return chain(first, found)


def is_whole_batch(value: Json, form: Form) -> bool:
    """Anthropic's body for a new batch: all requests in one object."""
    whole = isinstance(value, dict) and isinstance(value.get("requests"), list)
    return whole and form in (Form.AUTO, Form.BATCH)


def read_value(
    value: Json, form: Form, field: str | None, place: str, line: int
) -> list[Ask] | list[BadLine]:
    try:
        return asks_of(value, form, place) if field is None else [field_of(value, field, place)]
    except BadShape as error:
        return [BadLine(place, line, error.message)]


def parse(record: Record) -> Json:
    """Of a key that is there twice, the last value holds, as it does for the vendors."""
    if record.problem:
        raise BadShape(record.problem)
    try:
        return DECODER.decode(record.text)
    except RecursionError:
        raise BadShape(say("nested too deeply to be a request")) from None
    except (msgspec.DecodeError, ValueError) as error:
        whole = HALF.sub(replaced, record.text)
        if whole == record.text:
            raise BadShape(say("not JSON: {problem}", problem=malformed(error))) from None
        return parse(msgspec.structs.replace(record, text=whole))


def replaced(escape: re.Match[str]) -> str:
    """U+FFFD in place of half a surrogate pair, which is no character."""
    return "\ufffd" if escape["half"] else escape[0]


def field_of(value: Json, field: str, name: str) -> Ask:
    return Ask(name, text=text_of(needed(object_of(value, A_LINE), field), f"`{field}`"))


def detect(name: str, head: str) -> Form:
    """`auto` for a file that may be one of requests by its name, and begins as one or as a data
    set; otherwise `text`.

    `head` is its beginning, of some thousand characters. Each request has its own form. Where
    nothing in the head could be read, as when its first request is longer, the words of one decide.
    """
    if not can_hold_requests(name):
        return Form.TEXT
    found = list(islice(records([head]), LOOKS))
    values = list(readable(found))
    if not values:
        return Form.AUTO if BEGINS.match(head) else Form.TEXT
    is_prose = any(isinstance(one, str) for one in values) and not 1 < len(values) == len(found)
    if is_prose and not name.lower().endswith(ENDINGS):
        return Form.TEXT  # with quotation marks
    if any(map(form_of, values)):
        return Form.AUTO
    is_data = all(map(columns_of, values)) and has_many(name, head)
    return Form.AUTO if is_data else Form.TEXT


def has_many(name: str, head: str) -> bool:
    """Whether a file is a list of values, or has one in each line."""
    found = list(islice(records([head]), 2))
    if len(found) > 1 or found[0].index is not None:
        return True
    return not name.lower().endswith(".json") and is_lines(head.removeprefix(MARK))


def keys_of_lines(name: str, head: str) -> list[str]:
    """The keys of objects that stand in lines of their own; none of what holds no such objects, or
    only one where the name says nothing."""
    if not is_lines(head.removeprefix(MARK)):
        return []
    values = list(readable(islice(records([head]), LOOKS)))
    objects = [one for one in values if isinstance(one, dict)]
    least = 1 if name.lower().endswith(ENDINGS[:2]) else 2
    if len(objects) < max(least, len(values)):
        return []
    return list(dict.fromkeys(chain.from_iterable(objects)))


def readable(found: Iterable[Record]) -> Iterator[Json]:
    for record in found:
        with suppress(BadShape):
            yield parse(record)
