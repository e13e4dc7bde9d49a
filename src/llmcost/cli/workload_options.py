"""The fields of a workload as options of a command, and the values that were set."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any

from llmcost import money
from llmcost.cli.declarations import Option, Parameter, offered, parameters_of
from llmcost.cli.options import complete_model, complete_provider
from llmcost.cli.output import Output
from llmcost.errors import UsageError
from llmcost.language import _, is_english, told
from llmcost.messages import conjunction, say, visible
from llmcost.workload import fields as f
from llmcost.workload import quantities as q
from llmcost.workload.fields import FIELDS, Field, FieldEntry, Given, parsed, shell_word

CURRENCIES = {"yuan": "CNY", "usd": "USD"}
"""Options that are short for --budget in one currency."""
SHORT = {"model": ("-m",)}
PLAIN = (
    "-f",
    "--file",
    "--format",
    "-q",
    "--quiet",
    "--top",
    "--all",
    "--notes",
    "--strict",
    "--scenario",
    "--prices",
    "--requests-per-day",
    "--peak-to-mean",
    "--gpu",
    "--gpu-hour",
)
"""Options of the commands themselves that do not ask for the others."""

Command = Callable[..., Output]


def takes_workload(
    command: Command, unused: Collection[str] = ()
) -> Callable[[Sequence[str]], Command]:
    """A function of the words of a command line: `command` with an option for each field that they
    name, or with all. It gets what was said, as `given`. `unused`: fields that it refuses, which
    its help leaves out."""

    def for_words(words: Sequence[str]) -> Command:
        own = own_options(named_in(words))
        hidden = {*unused, *(CURRENCIES if "budget" in unused else ())}
        for name in own.keys() & hidden:
            own[name].__metadata__[0].settings["hidden"] = True
        return with_options(command, own)

    for_words.__name__, for_words.__doc__ = command.__name__, command.__doc__
    return for_words


def with_options(command: Command, own: Mapping[str, Any]) -> Command:
    def run(**values: Any) -> Output:
        texts = {name: values.pop(name) for name in own}
        return command(given=given_of(texts), **values)

    added = [Parameter(name, kind, None) for name, kind in own.items()]
    others = [one for one in parameters_of(command) if one.name != "given"]
    return offered(run, [*added, *others], command)


def named_in(words: Sequence[str]) -> Collection[str]:
    """The fields that the words name. All of them where there is more than plain options and their
    values, such as a call for help: an option costs a start a tenth of a millisecond."""
    keys = {f"--{name}": name for name in CURRENCIES}
    for key, field in FIELDS.items():
        keys |= dict.fromkeys((field.option, *SHORT.get(key, ())), key)
    dashed = [word.partition("=")[0] for word in words if word.startswith("-")]
    if any(word not in keys and word not in PLAIN for word in dashed):
        return (*FIELDS, *CURRENCIES)
    return {keys[word] for word in dashed if word in keys}


def own_options(names: Collection[str]) -> dict[str, Any]:
    found = {name: field_option(field) for name, field in FIELDS.items() if name in names}
    return found | {name: one for name, one in budget_options().items() if name in names}


def field_option(field: Field) -> Any:
    names = (*SHORT.get(field.key, ()), field.option)
    help = help_of(field)
    if field.bare:
        return Annotated[bool | None, Option(field.option, help=help, show_default=False)]
    metavar = metavar_of(field)
    option = Option(*names, metavar=metavar, help=help, autocompletion=completion_of(field))
    return Annotated[list[str] | None if field.many else str | None, option]


COMPLETIONS = {"model": complete_model, "vs": complete_model, "provider": complete_provider}


def completion_of(field: Field) -> Callable[[str], Iterable[str]] | None:
    """Return the completion of names, and of a field that knows just some words."""
    if not isinstance(field.parse, f.WordParser):
        return COMPLETIONS.get(field.key)
    words = field.parse.words
    return lambda incomplete: [one for one in words if one.startswith(incomplete)]


def help_of(field: Field) -> str:
    """What it means, and how it is written where the metavar does not say."""
    meaning = told(field.meaning)
    if is_english():
        meaning = meaning[:1].upper() + meaning[1:]
    if field.parse in FORMED:
        return _("{meaning}, like {example}.", meaning=meaning, example=shell_word(field))
    return _("{meaning}.", meaning=meaning)


METAVARS: dict[Any, str] = {
    **dict.fromkeys((q.whole, q.above_zero, q.number, q.months, q.hours), "N"),
    **{q.rates: "RATE", q.discounts: "NAME:SHARE", q.copies: "FILE|LENGTH", q.share: "SHARE"},
    **dict.fromkeys((q.amount, q.budgets), "MONEY"),
    **dict.fromkeys((q.growth, q.decline), "PACE"),
    **{q.mix: "IN:OUT", q.history: "full|window:N|summary:N", q.pairs: "NAME:N"},
    **{q.percentiles: "RANK:N", f.words: "NAMES", f.month: "YYYY-MM", f.country: "COUNTRY"},
    f.currency: "CODE",
}
FORMED = (
    q.amount,
    q.budgets,
    q.copies,
    q.share,
    q.discounts,
    q.growth,
    q.decline,
    q.pairs,
    q.percentiles,
    f.country,
)
"""Parsers of what needs an example."""
WORDS = {"system_prompt": "FILE", "vs": "MODEL|PRICE", "zone": "ZONE", "as_of": "DATE"}
"""Of the fields that take any word; the others are names."""


def metavar_of(field: Field) -> str:
    if isinstance(field.parse, f.WordParser):
        return "|".join(field.parse.words)
    return METAVARS.get(field.parse) or WORDS.get(field.key, "NAME")


def budget_options() -> dict[str, Any]:
    return {
        name: Annotated[
            str | None,
            Option(f"--{name}", metavar="N", help=f"The budget for a month in {code}."),
        ]
        for name, code in CURRENCIES.items()
    }


def given_of(texts: Mapping[str, Any]) -> Given:
    """The values of the options that were given. Raises UsageError for one that is none."""
    found = {}
    for key, field in FIELDS.items():
        said = texts.get(key)
        if said is not None and said != []:
            text = ",".join(said) if isinstance(said, list) else str(said)
            found[key] = FieldEntry(parsed(field, text), field.option)
    budgets = [name for name in ("budget", *CURRENCIES) if texts.get(name) is not None]
    if len(budgets) > 1:
        names = conjunction([f"--{name}" for name in budgets])
        said = say("use only one of {options}", options=names)
        raise UsageError(said, hint=say("give one of them"))
    for name in set(budgets) & CURRENCIES.keys():
        found["budget"] = FieldEntry(budget_in(CURRENCIES[name], texts[name], name), f"--{name}")
    return found


def budget_in(currency: str, text: str, name: str) -> money.Money | tuple[money.Money, ...]:
    amounts = q.numbers(text)
    if amounts is None:
        raise UsageError(
            say(
                "--{name} must be an amount like 10000, 10k or 1万: `{text}`",
                name=name,
                text=visible(text),
            ),
            hint=say("for example --{name} 10000", name=name),
        )
    found = tuple(money.Money(one, currency) for one in amounts)
    return found if len(found) > 1 else found[0]
