"""The user's settings: config.yaml and `LLMCOST_*`, as defaults of options that were not set.

Nearly every start has no settings, and pays for one file that is not there.
"""

import os
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcost.cli.output import Output
from llmcost.errors import LlmcostError, UnknownModel, UnreadableInput, reason
from llmcost.files import LARGEST_SETTINGS, VARIABLES, config_folder
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.cli.settings_file import Said
    from llmcost.workload.fields import FieldEntry

FILE = "LLMCOST_CONFIG"
FOLDERS = ("LLMCOST_CACHE_DIR", "LLMCOST_CONFIG_DIR")
NOT_GIVEN: tuple[object, ...] = (None, [], ())
APART = ("prices", "max_age")
"""Settings that are no fields of a workload."""

Command = Callable[..., Output]


def settings_file() -> Path:
    """`LLMCOST_CONFIG`, or config.yaml in the config folder; it need not be there."""
    return Path(os.environ.get(FILE) or config_folder() / "config.yaml")


def said() -> "Mapping[str, Said]":
    """What the file and the environment say, by key of the setting.

    Raises BadSettings with every problem and its place, UnreadableInput.
    """
    path = settings_file()
    content = content_of(path)
    named = any(one.startswith(VARIABLES) and one not in FOLDERS for one in os.environ)
    if content is None and not named:
        return {}
    from llmcost.cli.settings_file import in_environment

    if not content:
        return in_environment(os.environ)
    from llmcost.cli.settings_file import in_file

    return in_file(path, content) | in_environment(os.environ)


def content_of(path: Path) -> bytes | None:
    """None if there is no file, which is an error only if one was named."""
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


def configured(command: Command, keys: Collection[str] | None = None) -> Command:
    """The command, whose options are as the settings say where they were not given; `keys`: only
    these settings."""

    @wraps(command)
    def run(**values: Any) -> Output:
        found = said()
        chosen = [one for key, one in found.items() if keys is None or key in keys]
        used = [one for one in chosen if applies(one, values)]
        if not used:
            return command(**values)
        try:
            output = command(**values | {one.setting.option: one.option_value for one in used})
        except UnknownModel as error:
            raise placed(error, used) from None
        told = [one.told for one in used if one.setting.is_told and not values.get("quiet")]
        return Output(output.text, [*told, *output.notes], output.failure)

    return run


def applies(one: "Said", values: Mapping[str, Any]) -> bool:
    """Whether the command has the option, and neither it nor what goes before it was given."""
    setting = one.setting
    return setting.option in values and all(
        values.get(name) in NOT_GIVEN for name in (setting.option, *setting.replaced_by)
    )


def placed(error: UnknownModel, used: "Collection[Said]") -> LlmcostError:
    """The error with the line, or variable, that has the name it is about."""
    for one in used:
        if any(f"`{text}`" in str(error) for text in one.texts):
            said = say("{place}: {message}", place=one.place, message=str(error))
            return UnknownModel(said, hint=error.hint)
    return error


def under(
    given: "Mapping[str, FieldEntry]", settings: "Mapping[str, Said]"
) -> "Mapping[str, FieldEntry]":
    """The fields of a workload, with those under them that the settings say."""
    if not settings:
        return given
    from llmcost.workload.fields import FIELDS, FieldEntry

    below = {
        one.setting.option: FieldEntry(one.value, one.place)
        for one in settings.values()
        if one.setting.option in FIELDS and given.keys().isdisjoint(one.setting.replaced_by)
    }
    return {**below, **given}
