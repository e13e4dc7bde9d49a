"""The language of this process, English or one with a catalogue, and the translation of messages.

Only the command line chooses it; until then, and for whoever imports `llmcost`, it is English.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from llmcost.messages import Text, say, say_plural

if TYPE_CHECKING:
    from gettext import GNUTranslations

LANGUAGES = ("en", "zh")
DOMAIN = "llmcost"
CATALOGUES = Path(__file__).parent / "locale"

_catalogue: "GNUTranslations | None" = None
_language = "en"


def speak(language: str) -> None:
    """Use the catalogue of one of LANGUAGES from now on."""
    global _catalogue, _language
    _catalogue = None if language == "en" else catalogue(language)
    _language = language


def spoken() -> str:
    """The language, as LANGUAGES name it."""
    return _language


def is_english() -> bool:
    return _catalogue is None


def catalogue(language: str) -> "GNUTranslations":
    """The messages of a language other than English, from the package's own files."""
    from gettext import GNUTranslations  # English has no use for it

    with (CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return GNUTranslations(file)


def told(text: str) -> str:
    """A message in the reader's language. What is no `Text`, a name or an input, stays as it is."""
    if _catalogue is None or not isinstance(text, Text):
        return text
    match text.forms:
        case ("",) | ():
            return text
        case (form,):
            found = _catalogue.gettext(form)
        case (one, many, *_):
            number = text.values["number"]
            found = _catalogue.ngettext(one, many, number if isinstance(number, int) else 0)
    if not text.values:
        return found
    values = {
        name: told(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return found.format(**values)


def _(form: str, /, **values: object) -> str:
    """A message for a person, at once in the reader's language."""
    return told(say(form, **values))


def _n(one: str, many: str, number: int, /, **values: object) -> str:
    """`say_plural` in the reader's language."""
    return told(say_plural(one, many, number, **values))
