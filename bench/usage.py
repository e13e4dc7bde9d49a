"""`llmcost usage` on logs of several forms: requests a second, and memory, beside the rate at which
their lines are merely decoded."""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench import processes
from bench.memory import LIMIT, PEAK
from bench.processes import Failed
from bench.results import Figure, Section, Target, Value
from bench.texts import MB

RATE = Target(200_000, at_least=True)
SEED = 20240521
TEXT = "The answer of a model, which is of no interest here. " * 4
MODELS = ("gpt-4o-2024-08-06", "gpt-4.1", "qwen-plus", "deepseek-chat")
START = 1_760_000_000  # seconds: 2025-10-09
EVERY = 7  # seconds between two requests
MARK = b"%%%%"
"""Of ids, where the number of a block stands."""
BLOCK = 20_000
"""Requests that are made; a larger log repeats them."""


class Log(NamedTuple):
    """So many requests of a form, with the options of the command."""

    form: str
    requests: int
    options: str = "--workers 1"

    @property
    def name(self) -> str:
        return f"{self.requests:,} of {self.form}, {self.options}"


QUICK = (Log("openai", 60_000), Log("mixed", 60_000))
FULL = (
    Log("openai", 400_000),
    Log("anthropic", 400_000),
    Log("litellm", 400_000),
    Log("otel", 400_000),
    Log("mixed", 400_000),
    Log("mixed", 400_000, "--workers 1 --by day,model,key --what-if qwen-plus,gpt-4o"),
    Log("mixed", 1_500_000, "--workers 2"),
)


def measure(home: Path, logs: Sequence[Log]) -> Section:
    return Section(
        "`llmcost usage`, a fresh process each",
        [figure for log in logs for figure in figures(home, log)],
        [
            "requests/s: of the whole command, start included, by all its processes",
            "of decoding: the seconds of msgspec alone on the same lines, against the command's",
        ],
    )


def figures(home: Path, log: Log) -> Iterator[Figure]:
    file = home / "usage.jsonl"
    write(file, log)
    command = [*processes.llmcost(home), "usage", *log.options.split(), "--format", "json"]
    env = processes.environment(home)
    try:
        processes.run([*command, str(first_lines(home, file))], env)  # has the price table ready
        alone = float(processes.run([sys.executable, "-m", "bench.usage", str(file)], env)[1])
        helper = [sys.executable, "-m", "bench.memory", "file", str(file), *command]
        found = json.loads(processes.run(helper, env)[1])
    except Failed as error:
        yield Figure(log.name, {}, target=RATE, failure=str(error))
        return
    finally:
        size = file.stat().st_size / MB
        file.unlink()
    values: dict[str, Value] = {
        "MB": size,
        "seconds": found["seconds"],
        "requests/s": log.requests / found["seconds"],
        "of decoding": alone / found["seconds"],
        PEAK: found["peak"],
        "sum MB": found["sum"],
    }
    yield Figure(log.name, values, "requests/s", RATE)
    yield Figure("  its memory", {PEAK: found["peak"]}, PEAK, LIMIT)


def first_lines(home: Path, file: Path) -> Path:
    found = home / "few.jsonl"
    with file.open("rb") as lines:
        found.write_bytes(b"".join(next(lines) for _ in range(20)))
    return found


def write(path: Path, log: Log) -> None:
    chance = random.Random(SEED)
    makers = list(FORMS.values()) if log.form == "mixed" else [FORMS[log.form]]
    block = "".join(
        json.dumps(makers[number % len(makers)](number, chance)) + "\n" for number in range(BLOCK)
    ).encode()
    with path.open("wb") as file:
        for number in range(log.requests // BLOCK):  # so that no answer comes again
            file.write(block.replace(MARK, f"{number:04}".encode()))


def tokens(chance: random.Random) -> tuple[int, int, int]:
    """Input, of which cached, and output."""
    input = chance.randint(50, 12_000)
    return input, chance.randint(0, input), chance.randint(5, 900)


def openai(number: int, chance: random.Random) -> dict[str, Any]:
    input, cached, output = tokens(chance)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": TEXT,
        "refusal": None,
        "annotations": [],
    }
    return {
        **{"id": f"chatcmpl-%%%%{number:08x}", "object": "chat.completion"},
        **{"created": START + EVERY * number, "model": chance.choice(MODELS)},
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {
            **{"prompt_tokens": input, "completion_tokens": output},
            **{"total_tokens": input + output},
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        **{"service_tier": "default", "system_fingerprint": "fp_6b68a8204b"},
    }


def anthropic(number: int, chance: random.Random) -> dict[str, Any]:
    input, cached, output = tokens(chance)
    body = {
        **{"id": f"msg_%%%%{number}", "type": "message", "role": "assistant"},
        **{"model": "claude-sonnet-4-5", "content": [{"type": "text", "text": TEXT}]},
        **{"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {
            **{"input_tokens": input, "cache_creation_input_tokens": 100},
            **{"cache_read_input_tokens": cached, "output_tokens": output},
            "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
        },
    }
    return {"timestamp": moment(number), "response": body}


def litellm(number: int, chance: random.Random) -> dict[str, Any]:
    input, cached, output = tokens(chance)
    key = f"{number % 50:064x}"
    details = {"prompt_tokens_details": {"cached_tokens": cached}}
    return {
        **{"request_id": f"r%%%%{number}", "call_type": "acompletion", "api_key": key},
        **{"spend": 0.00123, "total_tokens": input + output, "prompt_tokens": input},
        **{"completion_tokens": output, "startTime": moment(number), "endTime": moment(number)},
        **{"model": "deepseek/deepseek-chat", "model_group": "deepseek-chat"},
        **{"custom_llm_provider": "deepseek", "user": "default_user_id"},
        "metadata": {"user_api_key": key, "status": "success", "additional_usage_values": details},
        **{"cache_hit": "False", "request_tags": [], "messages": {}, "response": {}},
    }


def otel(number: int, chance: random.Random) -> dict[str, Any]:
    input, cached, output = tokens(chance)
    return {
        **{"name": "chat gpt-4o", "kind": "SpanKind.CLIENT", "start_time": moment(number)},
        "attributes": {
            **{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"},
            **{"gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-08-06"},
            **{"gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output},
            "gen_ai.usage.cache_read.input_tokens": cached,
        },
    }


def moment(number: int) -> str:
    return datetime.fromtimestamp(START + EVERY * number, UTC).isoformat()


FORMS: dict[str, Callable[[int, random.Random], dict[str, Any]]] = {
    "openai": openai,
    "anthropic": anthropic,
    "litellm": litellm,
    "otel": otel,
}


def decode(path: Path) -> float:
    """Seconds in which msgspec decodes the lines of a log into the same typed values."""
    from llmcost.logs.log_formats import LINE

    took = 0.0
    with path.open("rb") as file:
        while lines := file.readlines(MB):
            start = time.perf_counter()
            for line in lines:
                LINE.decode(line)
            took += time.perf_counter() - start
    return took


if __name__ == "__main__":
    print(decode(Path(sys.argv[1])))
