"""Messages that remember their English form, so that they can be translated when they are printed.

A message is English where it arises, and stays English in machine formats, logs and the Python API.
`Text` remembers the form and the values that it was made of; `language.told` translates it into the
language of the reader, and only what prints messages for a person calls that.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

_NONE: Mapping[str, object] = MappingProxyType({})


class Text(str):
    """A message in English. `forms`: as in the source, one or (singular, plural)."""

    forms: tuple[str, ...]
    values: Mapping[str, object]

    def __new__(cls, forms: tuple[str, ...], values: Mapping[str, object] = _NONE) -> Self:
        form = forms[-1] if values.get("number") != 1 else forms[0]
        text = super().__new__(cls, form.format(**values) if values else form)
        text.forms, text.values = forms, values
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.forms, dict(self.values))


class Caution(Text):
    """A message about the figures themselves: it is printed even where notes are not."""


def caution(text: str) -> Caution:
    return Caution(text.forms, text.values) if isinstance(text, Text) else Caution((text,))


class Required(Text):
    """A part of a line of notes that others make room for, such as an exchange rate and its day."""


def required(text: Text) -> Required:
    return Required(text.forms, text.values)


def cautions_of(notes: Iterable[str]) -> list[str]:
    """The notes that are about the figures themselves."""
    return [one for one in notes if isinstance(one, Caution)]


def say(form: str, /, **values: object) -> Text:
    """The form with its `{values}`; without any, braces stand for themselves.

    The form is a literal, so that it is found for translation.
    """
    return Text((form,), values)


def say_each(forms: str) -> dict[str, Text]:
    """Return each of several messages, with `, ` between them, by its English form."""
    return {form: say(form) for form in forms.split(", ")}


def say_plural(one: str, many: str, number: int, /, **values: object) -> Text:
    """`one` for 1, else `many`; both may show `{number}`."""
    return Text((one, many), {"number": number, **values})


_BETWEEN = {", ": say(", "), "; ": say("; ")}


def joined(parts: Iterable[str], separator: str = ", ") -> Text:
    """Messages one after the other, each to be said for itself, and so the mark between them."""
    values = {f"part{at}": part for at, part in enumerate(parts)}
    form = "{separator}".join(f"{{{name}}}" for name in values)
    return Text((form,), {**values, "separator": _BETWEEN.get(separator, separator)})


def conjunction(names: Sequence[str]) -> str:
    """Return names as `a and b`."""
    whole = names[0]
    for name in names[1:]:
        whole = say("{names} and {last}", names=whole, last=name)
    return whole


# Patterns are texts: `re` compiles one when it is first needed, and few commands need any.
UNSAFE = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def visible(text: str) -> str:
    """`text` with control characters and direction marks spelled out, so that none of them acts."""
    if text.isprintable():  # nearly always, and ten times as fast to tell
        return text
    return re.sub(UNSAFE, lambda found: escape(found[0]), text)


def escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
