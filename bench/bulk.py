"""Large texts: the light install beside tiktoken, the extra [bulk] beside gigatoken, several
tokenizers at once beside one, and other peers. See passes.py for what one pass is.

Ours and theirs take turns, and the best of some rounds are compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import passes, peers, processes, texts
from bench.memory import size_name
from bench.passes import OURS, Pass
from bench.processes import Failed
from bench.results import Figure, Section, Target, Value
from bench.texts import MB
from llmcost.tokenizers.registry import TOKENIZERS
from llmcost.tokenizers.workers import processors

LARGE = 25 * MB
HUGE = 100 * MB
ALONE = ("o200k_base", "qwen", "deepseek")
EIGHT = ("o200k_base", "cl100k_base", "qwen", "deepseek", "glm5", "kimi", "minimax", "qwen3.5")
AS_TIKTOKEN = Target(1.0, at_least=True)
AS_ENGINE = Target(1.0, at_least=True)
FOUR_TIMES = Target(4)
SIX_TIMES = Target(6)
TWELVE = tuple(name for name, one in TOKENIZERS.items() if one.exact)
JUDGED = "x whole"
WORKERS = tuple(dict.fromkeys((1, processors())))


class Plan(NamedTuple):
    size: int
    huge: int  # 0: none
    tokenizers: Sequence[str]
    corpora: Sequence[str]
    rounds: int


QUICK = Plan(LARGE, 0, ALONE[:1], ("English",), 1)
FULL = Plan(LARGE, HUGE, ALONE, tuple(texts.CORPORA), 2)


class Race(NamedTuple):
    """One text and tokenizer, counted by llmcost with each of `workers`, and by a peer."""

    corpus: str
    size: int
    tokenizer: str
    peer: str
    light: bool
    workers: Sequence[int] = WORKERS
    target: Target | None = None

    @property
    def name(self) -> str:
        install = "light" if self.light else f"beside {self.peer}"
        return f"{self.corpus}, {size_name(self.size)}, {self.tokenizer}, {install}"


def light(home: Path, plan: Plan) -> Section:
    races = [
        Race(corpus, plan.size, tokenizer, "tiktoken", light=True, target=AS_TIKTOKEN)
        for corpus in plan.corpora
        for tokenizer in plan.tokenizers
    ]
    return Section(
        "Large texts in the light install; x = times as fast as tiktoken, which uses one processor",
        [figure for race in races for figure in figures(home, race, plan.rounds)],
        [*NOTES, *(texts.repeats(corpus, plan.size) for corpus in plan.corpora)],
    )


def bulk(home: Path, plan: Plan) -> Section:
    sizes = [(corpus, plan.size, name) for corpus in plan.corpora for name in plan.tokenizers]
    if plan.huge:
        sizes += [(corpus, plan.huge, ALONE[0]) for corpus in plan.corpora]
    races = [
        Race(*one, peer, light=False, target=AS_ENGINE)
        for one in sizes
        for peer in ("gigatoken", "fastokens")
    ]
    return Section(
        "Large texts with [bulk]; x = times as fast as the engine named, in one call for the text",
        [figure for race in races for figure in figures(home, race, plan.rounds)],
        [*NOTES, *([texts.repeats("code", plan.huge)] if plan.huge else [])],
    )


def others(home: Path, plan: Plan) -> Section:
    """Those that use all processors; ours do, too."""
    all_of_them = WORKERS[-1:]
    races = [
        race
        for corpus in plan.corpora
        for race in (
            Race(corpus, plan.size, ALONE[0], "gigatoken, threads", False, all_of_them),
            Race(corpus, plan.size, ALONE[0], "splintr, threads", True, all_of_them),
            Race(corpus, plan.size // 5, "deepseek", "tokenizers, threads", True, all_of_them),
        )
    ]
    return Section(
        "Peers on all processors; x = times as fast as the peer named",
        [figure for race in races for figure in figures(home, race, plan.rounds, named=True)],
        ["beside gigatoken: ours with [bulk]; beside the others: ours in the light install"],
    )


NOTES = (
    "best of the rounds; s: with set-up, cpu s: of all processes; x whole: set-up on both sides,",
    "x bare: on neither; x cpu: of the seconds of processors; growth: beside one worker",
)


def figures(home: Path, race: Race, rounds: int, *, named: bool = False) -> Iterator[Figure]:
    """One line for each number of workers."""
    names = {number: f"{race.name}, {workers_name(number)}" for number in race.workers}
    if named:
        names = dict.fromkeys(race.workers, f"{race.name}, {race.peer}")
    missing = peers.absent(race.peer)
    text = written(home, race.corpus, race.size)
    env = processes.light(home) if race.light else processes.environment(home)

    def one(engine: str, workers: int | None = None) -> Callable[[], Pass]:
        return lambda: passes.run(engine, [race.tokenizer], text, env, workers)

    jobs = {str(number): one(OURS, number) for number in race.workers}
    try:
        if missing:
            raise Failed(f"{missing} is not installed")
        found = passes.alternate({**jobs, race.peer: one(race.peer)}, rounds)
    except Failed as error:
        for name in names.values():
            yield Figure(name, {}, target=None if missing else race.target, failure=str(error))
        return
    for number, name in names.items():
        values = compared(race.size, found[str(number)], found[race.peer], bare=number == 1)
        if number > 1 and 1 in names:
            values["growth"] = passes.whole(found["1"]) / passes.whole(found[str(number)])
        yield Figure(name, values, JUDGED, race.target)


def compared(
    size: int, ours: Sequence[Pass], theirs: Sequence[Pass], *, bare: bool
) -> dict[str, Value]:
    own, peer = passes.whole(ours), passes.whole(theirs)
    equal = len({tuple(one.tokens.values()) for one in (*ours, *theirs)}) == 1
    return {
        "MB/s": size / MB / own,
        "s": own,
        "cpu s": passes.used(ours),
        "peer's s": peer,
        "its set-up": min(one.set_up for one in theirs),
        "its cpu s": passes.used(theirs),
        JUDGED: peer / own,
        "x bare": passes.first(theirs) / passes.first(ours) if bare else None,
        "x cpu": passes.used(theirs) / passes.used(ours),
        "growth": None,
        "counts": "equal" if equal else "DIFFER",
    }


def eight(home: Path, plan: Plan) -> Section:
    env = processes.light(home)
    return several("light install", EIGHT, plan._replace(huge=plan.size), env, FOUR_TIMES, home)


def twelve(home: Path, plan: Plan) -> Section:
    env = processes.environment(home)
    huge = plan._replace(huge=60 * MB if plan.huge else plan.size)
    return several("[bulk]", TWELVE, huge, env, SIX_TIMES, home)


def several(
    install: str,
    names: Sequence[str],
    plan: Plan,
    env: Mapping[str, str],
    target: Target,
    home: Path,
) -> Section:
    return Section(
        f"{len(names)} tokenizers at once beside {names[0]} alone, {install}, set-up included",
        [one for corpus in plan.corpora for one in at_once(home, corpus, names, plan, env, target)],
        [", ".join(names)],
    )


def at_once(
    home: Path,
    corpus: str,
    every: Sequence[str],
    plan: Plan,
    env: Mapping[str, str],
    target: Target,
) -> Iterator[Figure]:
    """One line for each number of workers."""
    text = written(home, corpus, plan.huge)

    def job(names: Sequence[str], workers: int) -> Callable[[], Pass]:
        return lambda: passes.run(OURS, names, text, env, workers)

    jobs = {
        f"{len(names)} {number}": job(names, number)
        for number in WORKERS
        for names in (every[:1], every)
    }
    names = {
        number: f"{corpus}, {size_name(plan.huge)}, all of them, {workers_name(number)}"
        for number in WORKERS
    }
    try:
        found = passes.alternate(jobs, plan.rounds)
    except Failed as error:
        for name in names.values():
            yield Figure(name, {}, target=target, failure=str(error))
        return
    for number, name in names.items():
        one, many = (found[f"{count} {number}"] for count in (1, len(every)))
        values: dict[str, Value] = {
            "one s": passes.whole(one),
            "all s": passes.whole(many),
            "all cpu s": passes.used(many),
            "x one": passes.whole(many) / passes.whole(one),
            "x cpu": passes.used(many) / passes.used(one),
        }
        yield Figure(name, values, "x one", target)


def workers_name(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"


def written(home: Path, corpus: str, size: int) -> Path:
    """The text in a file, which is written once."""
    path = home / f"{corpus}-{size}.txt"
    if not path.exists():
        path.write_bytes(texts.sample(corpus, size))
    return path
