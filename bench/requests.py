"""A batch file of 10,000 requests on the command line, without what any program takes to start."""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import processes, startup, texts
from bench.processes import Case
from bench.results import Figure, Section, Target
from bench.texts import KB

NUMBER = 10_000
LANGUAGES = ("English", "Chinese")
LIMIT = Target(1.5)
SEED = 20240521
SYSTEM = 400  # characters
USER = 170
MOST = 500  # tokens of an answer


def measure(home: Path, rounds: int) -> Section:
    env = processes.environment(home)
    unit = Case(startup.UNIT, [sys.executable, str(startup.minimal(home))])
    cases = [case for language in LANGUAGES for case in cases_of(home, language)]
    broken = startup.warm_up([unit, *cases], env)
    processes.interleave([case for case in (unit, *cases) if case.name not in broken], rounds, env)
    return Section(
        f"`llmcost estimate batch.jsonl`, {NUMBER:,} requests; own s: without a {startup.UNIT}",
        [figure(case, unit, broken) for case in cases],
        [f"best of {rounds}; judged: own s"],
    )


def cases_of(home: Path, language: str) -> Iterator[Case]:
    file = home / f"batch-{language}.jsonl"
    file.write_text("".join(batch(language)))
    command = [*processes.llmcost(home), "estimate", str(file)]
    yield Case(f"{language} requests, all models", command)
    yield Case(f"{language} requests, -m gpt-4o", [*command, "-m", "gpt-4o"])


def figure(case: Case, unit: Case, broken: dict[str, str]) -> Figure:
    if case.name in broken:
        return Figure(case.name, {}, target=LIMIT, failure=broken[case.name])
    own = (case.best - unit.best) / 1000
    values = {"own s": own, "s": case.best / 1000, "median s": case.median / 1000}
    return Figure(case.name, {**values, "requests/s": NUMBER / own}, "own s", LIMIT)


def batch(language: str) -> Iterator[str]:
    """In the form of OpenAI's batch files: user prompts of about 170 characters, all different, and
    for three requests in four one of three system prompts."""
    chance = random.Random(SEED)
    text = texts.sample(language, 6000 * KB).decode()
    systems = [text[at : at + SYSTEM] for at in range(0, 3 * SYSTEM, SYSTEM)]
    at = 3 * SYSTEM
    for number in range(NUMBER):
        length = chance.randint(USER - 50, USER + 50)
        messages = [{"role": "user", "content": text[at : at + length]}]
        at += length
        if number % 4:
            messages.insert(0, {"role": "system", "content": systems[number % 4 - 1]})
        body = {"model": "gpt-4o", "messages": messages, "max_tokens": MOST}
        request = {"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions"}
        yield json.dumps({**request, "body": body}, ensure_ascii=False) + "\n"
