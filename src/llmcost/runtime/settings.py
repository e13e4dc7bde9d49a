"""The user's settings: config.yaml and `LLMCOST_*`, as values of options that were not set.

Nearly every start has no settings, and pays for one file that is not there.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcost.errors import LlmcostError, UnknownModel, UnreadableInput, reason
from llmcost.files import LARGEST_SETTINGS, VARIABLES, config_folder
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.runtime.settings_file import SettingEntry
    from llmcost.workload.fields import FieldEntry

FILE = "LLMCOST_CONFIG"
LANGUAGE = "LLMCOST_LANG"
FOLDERS = ("LLMCOST_CACHE_DIR", "LLMCOST_CONFIG_DIR")
UNSET: tuple[object, ...] = (None, [], ())
APART = ("prices", "max_age")
"""Settings that are no fields of a workload."""


def settings_file() -> Path:
    """Return `LLMCOST_CONFIG`, or config.yaml in the config folder; it need not be there."""
    return Path(os.environ.get(FILE) or config_folder() / "config.yaml")


def load_settings() -> "Mapping[str, SettingEntry]":
    """Return what the file and the environment set, by key of the setting.

    Raise BadSettings with every problem and its place, UnreadableInput.
    """
    path = settings_file()
    content = content_of(path)
    if content is None and not has_variables(FOLDERS):
        return {}
    from llmcost.runtime.settings_file import in_environment

    if not content:
        return in_environment(os.environ)
    from llmcost.runtime.settings_file import in_file

    return in_file(path, content) | in_environment(os.environ)


def has_settings() -> bool:
    """Return whether there is any setting beside the language, which is no option of a command."""
    is_named = has_variables((*FOLDERS, LANGUAGE))
    return is_named or content_of(settings_file()) is not None


def has_variables(others: Collection[str]) -> bool:
    """Return whether the environment sets anything of llmcost beside `others`."""
    return any(one.startswith(VARIABLES) and one not in others for one in os.environ)


@cache
def content_of(path: Path) -> bytes | None:
    """Return the bytes of the file, read once in a run: what starts another one clears the cache.
    None if there is no file, which is an error only if one was named."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SETTINGS + 1)
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        if is_missing and not os.environ.get(FILE):
            return None
        raise UnreadableInput(
            say("cannot read the settings file `{path}`: {why}", path=path, why=reason(error)),
            hint=say("{variable} names it", variable=FILE) if os.environ.get(FILE) else "",
        ) from None


def completed(
    values: Mapping[str, Any], keys: Collection[str] | None = None
) -> "tuple[dict[str, Any], Sequence[SettingEntry]]":
    """Return the values of options by name, those of the settings where none was set, and the
    settings that were used. `keys`: of these settings alone."""
    if not has_settings():
        return dict(values), ()
    chosen = [one for key, one in load_settings().items() if keys is None or key in keys]
    used = [one for one in chosen if applies(one, values)]
    return {**values, **{one.setting.option: one.option_value for one in used}}, used


def applies(one: "SettingEntry", values: Mapping[str, Any]) -> bool:
    """Return whether the option is there, and neither it nor what goes before it was set."""
    setting = one.setting
    return setting.option in values and all(
        values.get(name) in UNSET for name in (setting.option, *setting.replaced_by)
    )


def setting_notes(used: "Collection[SettingEntry]") -> list[str]:
    """Return a note on each of the settings that the result does not show."""
    return [one.note for one in used if one.setting.has_note]


@contextmanager
def located(used: "Collection[SettingEntry]") -> Iterator[None]:
    """Give an UnknownModel that is raised in this `with` the line, or variable, of its name."""
    try:
        yield
    except UnknownModel as error:
        raise placed(error, used) from None


def placed(error: UnknownModel, used: "Collection[SettingEntry]") -> LlmcostError:
    """Return the error with the line, or variable, that has the name it is about."""
    for one in used:
        if any(f"`{text}`" in str(error) for text in one.texts):
            message = say("{place}: {message}", place=one.place, message=str(error))
            return UnknownModel(message, hint=error.hint)
    return error


def under(
    given: "Mapping[str, FieldEntry]", settings: "Mapping[str, SettingEntry]"
) -> "Mapping[str, FieldEntry]":
    """Return the fields of a workload, with those under them that the settings say."""
    if not settings:
        return given
    from llmcost.workload.fields import FIELDS, FieldEntry

    below = {
        one.setting.option: FieldEntry(one.value, one.place)
        for one in settings.values()
        if one.setting.option in FIELDS and given.keys().isdisjoint(one.setting.replaced_by)
    }
    return {**below, **given}
