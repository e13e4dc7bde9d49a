"""`llmcost config show`, `path`, `init` and `set`: the user's settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.files import create, lock_beside, replace
from llmcost.language import told
from llmcost.messages import joined, say, visible
from llmcost.render.table import Column, Grid, grid
from llmcost.runtime import settings as saved

if TYPE_CHECKING:
    from llmcost.runtime.settings_file import Setting, SettingEntry

DEFAULT = say("default")
WIDTH = 46  # of a key and its example, before the meaning
HEADER = say("""\
# Defaults of llmcost. Take the `#` off the lines that you need.
# An option goes before a variable of the environment (LLMCOST_FX), and that before this file.
""")


def complete_key(incomplete: str) -> list[str]:
    from llmcost.runtime.settings_file import SETTINGS

    return [one for one in SETTINGS if one.startswith(incomplete)]


def show(format: options.FormatName = None) -> Output:
    """Show each setting, its value, and where it comes from.

    Example: llmcost config show
    """
    from llmcost.runtime.settings_file import SETTINGS

    entries = saved.load_settings()
    text = render(
        format_for(format),
        human=lambda: table(SETTINGS, entries, for_people=True),
        machine=lambda: table(SETTINGS, entries, for_people=False),
        document=lambda: document(SETTINGS, entries),
    )
    return Output(text, [file_note()])


def path() -> Output:
    """Print the path of the settings file, whether it is there or not."""
    return Output(f"{visible(str(saved.settings_file()))}\n")


def init() -> Output:
    """Write a settings file to start from, unless there is one."""
    path = saved.settings_file()
    another = say("{variable} names another file", variable=saved.FILE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create(path, template().encode())
    except UsageError as error:
        hint = say("`llmcost config show` shows what it sets")
        raise UsageError(str(error), hint=hint) from None
    except LlmcostError as error:
        raise LlmcostError(str(error), hint=another) from None
    except OSError as error:
        folder, why = visible(str(path.parent)), reason(error)
        said = say("cannot make the folder `{folder}`: {why}", folder=folder, why=why)
        raise LlmcostError(said, hint=another) from None
    return Output("", [say("wrote {path}; nothing in it is set yet", path=visible(str(path)))])


def set_(
    key: Annotated[str, Argument(metavar="KEY", help="A setting.", autocompletion=complete_key)],
    value: Annotated[
        str | None, Argument(metavar="[VALUE]", help="Its value; nothing: the default again.")
    ] = None,
) -> Output:
    """Set a default in the settings file.

    The rest of the file stays as it is, with its comments.

    Examples:
      llmcost config set currency CNY
      llmcost config set models doubao,qwen,gpt
      llmcost config set currency
    """
    from llmcost.runtime.settings_file import in_file, with_setting

    setting = setting_named(key)
    texts = None if value is None else texts_for(setting, value)
    path = saved.settings_file()
    name = visible(str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        release = lock_beside(path, say("{path} is being changed by another process", path=name))
        try:
            before = path.read_bytes() if path.is_file() else template().encode()
            content = with_setting(before.decode(), setting.key, texts).encode()
            in_file(path, content)
            replace({path: content})
        finally:
            release()
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise LlmcostError(say("cannot write `{path}`: {why}", path=name, why=why)) from None
    if texts is None:
        return Output("", [say("{key} is the default again, in {path}", key=key, path=name)])
    shown = visible(", ".join(texts))
    return Output("", [say("set {key}: {text}, in {path}", key=key, text=shown, path=name)])


def setting_named(key: str) -> "Setting":
    from llmcost.pricing.catalog import suggestion
    from llmcost.runtime.settings_file import SETTINGS

    if key not in SETTINGS:
        known = say("known: {names}", names=joined(SETTINGS))
        said = say("unknown setting: `{key}`", key=visible(key))
        raise UsageError(said, hint=suggestion(key, SETTINGS) or known)
    return SETTINGS[key]


def texts_for(setting: "Setting", value: str) -> tuple[str, ...]:
    """The value as the file has it: paths in full, since those of the file are beside it."""
    from llmcost.runtime.settings_file import PRICES, texts_of

    found = setting.parse(value)
    if found is None or found == ():
        said = say(
            "{key}: expected {expected}, got `{text}`",
            key=setting.key,
            expected=setting.expected,
            text=visible(value),
        )
        raise UsageError(said, hint=say("for example {example}", example=setting.example))
    if setting is PRICES:
        return tuple(str(one.absolute()) for one in found)
    return texts_of(found, value)


def table(
    settings: "Mapping[str, Setting]", entries: "Mapping[str, SettingEntry]", *, for_people: bool
) -> Grid:
    """People see what holds where nothing is set; for programs that cell is empty."""
    show = told if for_people else str
    columns = [
        Column(show(say("setting"))),
        Column(show(say("value")), fold=True),
        Column(show(say("from{hole}", hole=""))),  # not the `from` of a price, in other languages
    ]
    rows = []
    for key, one in settings.items():
        default = told(one.default) if for_people else ""
        value = ", ".join(entries[key].texts) if key in entries else default
        rows.append([key, visible(value), show(place_of(entries, key))])
    return grid(columns, rows)


def place_of(entries: "Mapping[str, SettingEntry]", key: str) -> str:
    return visible(entries[key].place) if key in entries else DEFAULT


def document(
    settings: "Mapping[str, Setting]", entries: "Mapping[str, SettingEntry]"
) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.config.show/1`."""
    return {
        "schema": "llmcost.config.show/1",
        "file": visible(str(saved.settings_file())),
        "results": [
            {"setting": key, "value": value_of(one, entries), "from": place_of(entries, key)}
            for key, one in settings.items()
        ],
    }


def value_of(setting: "Setting", entries: "Mapping[str, SettingEntry]") -> list[str] | str | None:
    if setting.key not in entries:
        return None
    texts = entries[setting.key].texts
    return list(texts) if setting.many else texts[0]


def file_note() -> str:
    path = saved.settings_file()
    name = visible(str(path))
    if path.is_file():
        return say("the file is {path}", path=name)
    return say("no config file yet; create {path} with `llmcost config init`", path=name)


def template() -> str:
    """A whole settings file, in which nothing is set."""
    from llmcost.runtime.settings_file import SETTINGS

    lines = (
        f"{f'#{one.key}: {one.example}':<{WIDTH}}  # {told(one.meaning)}\n"
        for one in SETTINGS.values()
    )
    return told(HEADER) + "\n" + "".join(lines)
