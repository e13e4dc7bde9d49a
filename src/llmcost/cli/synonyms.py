"""What people type in place of our options and commands, and the hint that works for it.

Read only when a command line is refused. A synonym is suggested where the command has the option
that it means; `{value}` in that is what was typed as its value.
"""

import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from llmcost.inputs.text_stream import of_text
from llmcost.messages import joined, say

OPTIONS: tuple[tuple[str, str], ...] = (
    ("--json", "--format json"),
    ("--csv", "--format csv"),
    ("--tsv", "--format tsv"),
    ("--md --markdown", "--format markdown"),
    ("--html", "--format html"),
    ("--output-format --fmt", "--format {value}"),
    ("--users --user --monthly-users --active-users --月活", "--mau {value}"),
    ("--cny --rmb --人民币 --预算", "--yuan {value}"),
    ("--dollar --dollars --美元", "--usd {value}"),
    ("--cny --rmb --cn --yuan --人民币", "--currency CNY"),
    ("--dollar --dollars --us --usd --美元", "--currency USD"),
    (
        "--requests --reqs --calls --calls-per-user --rpu --messages-per-user",
        "--requests-per-user {value}",
    ),
    (
        "--conversations --sessions --sessions-per-user --chats",
        "--conversations-per-user {value}",
    ),
    (
        "--output --out --max-tokens --max-output --completion-tokens --output-token",
        "--output-tokens {value}",
    ),
    ("--input --in --prompt-tokens --input-token", "--input-tokens {value}"),
    ("--count --times --repeat --runs --requests --n", "--calls {value}"),
    ("--models --model-id --model-name --模型", "--model {value}"),
    ("--vendor --company --maker --厂商 -p", "--provider {value}"),
    ("--date --day --on", "--as-of {value}"),
    ("--time --hour --when", "--at {value}"),
    ("--limit --head -n", "--top {value}"),
    ("--rate --exchange-rate --fx-rate --汇率", "--fx {value}"),
    ("--max-cost --budget-max --threshold --fail-above --limit-cost", "--fail-over {value}"),
    ("--silent -s", "--quiet"),
    ("--verbose -v --details --why --show-work", "--explain"),
    ("--cache --cached-tokens --cache-read", "--cached {value}"),
    ("--cache --hit-rate --cache-rate --cache-hit-rate --cached", "--cache-hit {value}"),
    ("--jobs --threads --processes -j", "--workers {value}"),
    ("--score --scores --benchmark --arena", "--quality {value}"),
    ("--reasoning-tokens --thinking --reasoning", "--thinking-tokens {value}"),
    ("--reasoning --reasoning-tokens --think", "--thinking"),
    ("--config --workload", "--file {value}"),
    ("--language --locale", "--lang {value}"),
    ("--zh --chinese --中文", "--lang zh"),
    ("-V -v", "llmcost --version"),
    ("-? /?", "--help"),
)
COMMANDS = {
    "estimate": "cost calc calculate compute run price-text 算 估算 费用",
    "count": "tokens tokenize token wc 数",
    "models": "list ls model show providers 模型",
    "usage": "log logs stats",
    "budget": "plan mau 预算",
    "prices": "price 价格",
    "diff": "compare delta",
    "--version": "version",
    "--help": "help",
}
EVERYWHERE = ("--lang", "--help")
"""Options that are not among those of a command."""
LONG = 6
"""Letters from which on two may be wrong."""
MOST_NAMED = 3


def option_hint(typed: str, arguments: Sequence[str], known: Collection[str]) -> str:
    """What to type for an option that there is not; empty where nothing is like it. `known`: the
    options that the command has."""
    if typed == "--dau" and "--mau" in known:
        return say("users of a month are counted, not of a day: --mau N")
    if typed == "--tokens" and "--input-tokens" in known:
        return say("which tokens? --input-tokens or --output-tokens")
    value = value_of(typed, arguments)
    places = {*known, *EVERYWHERE}
    for meant in meanings(typed, has_value=bool(value)):
        if meant.removeprefix("llmcost ").partition(" ")[0] in places:
            line = meant.replace("{value}", shlex.quote(value) if value else "N")
            return say("use `{option}`", option=line)
    return did_you_mean(near(typed, [one for one in places if one.startswith("--")]))


def meanings(typed: str, *, has_value: bool) -> Iterator[str]:
    """Options that a word may mean: those with a value first where it has one; then those of a
    synonym that is nearly this word."""
    exact = [meant for words, meant in OPTIONS if typed in words.split()]
    yield from sorted(exact, key=lambda one: ("{value}" in one) != has_value)
    close = near(typed, [one for words, _ in OPTIONS for one in words.split()])
    if not exact and close and len(typed) >= LONG:
        yield from (meant for words, meant in OPTIONS if close[0] in words.split())


def value_of(typed: str, arguments: Sequence[str]) -> str:
    """`5` of `--users 5` or `--users=5`."""
    for place, one in enumerate(arguments):
        if one.startswith(f"{typed}="):
            return one.partition("=")[2]
        if one == typed:
            after = arguments[place + 1 : place + 2]
            return after[0] if after and is_value(after[0]) else ""
    return ""


def is_value(word: str) -> bool:
    """Whether a word is a value, and no option or input."""
    return not word.startswith("-") and not Path(word).exists()


def command_hint(arguments: Sequence[str], known: Collection[str]) -> str:
    """What to type in place of a first word that is no command; empty where nothing is like it."""
    first, rest = arguments[0], arguments[1:]
    meant = next((one for one, words in COMMANDS.items() if first in words.split()), "")
    if first == "help" and rest and rest[0] in known:
        return say("use `{option}`", option=f"llmcost {rest[0]} --help")
    if meant in ("--help", "--version"):
        return say("use `{option}`", option=f"llmcost {meant}")
    if meant:
        return say("use `{option}`", option=line_of([meant, *rest]))
    if is_input(first):
        return say("use `{option}`", option=line_of(["estimate", *arguments]))
    if " " in first or not first.isascii():
        return of_text(first)
    return did_you_mean(near(first, known))


def is_input(word: str) -> bool:
    return Path(word).exists() or any(one in word for one in "*./\\")


def line_of(words: Sequence[str]) -> str:
    return f"llmcost {shlex.join(words)}"


def did_you_mean(names: Sequence[str]) -> str:
    shown = joined(f"`{one}`" for one in names[:MOST_NAMED])
    return say("did you mean {names}?", names=shown) if names else ""


def near(word: str, known: Collection[str]) -> list[str]:
    """The words that are a slip of the hand away, the nearest first."""
    most = 2 if len(word.strip("-")) >= LONG else 1
    found = sorted((distance(word, one, most), one) for one in known)
    return [one for gap, one in found if gap <= most]


def distance(one: str, other: str, most: int) -> int:
    """Letters to insert, take out, exchange or swap; anything above `most` where it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, previous, row = row, before, [i]
        for j, letter2 in enumerate(other, 1):
            least = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != letter2))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == letter2:
                least = min(least, previous[j - 2] + 1)
            row.append(least)
    return row[-1]
