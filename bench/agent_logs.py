"""Transcripts of coding agents, invented after their formats: `llmcost usage` beside `ccusage` and
`tokscale` (from npm, where they are on PATH), and the memory of a large folder.

A message of Claude Code stands on several lines with growing output, a resumed session repeats it
in another file, a subagent's file under another request; Codex sends a total again.

    python -m bench.agent_logs              tokens of each tool, beside what was written
    python -m bench.agent_logs MEGABYTES    seconds and memory of a folder of that size
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.texts import MB

START = datetime(2026, 11, 3, 8, tzinfo=UTC)
CLAUDE = ("claude-sonnet-4-5-20250929", "claude-opus-4-1-20250805", "claude-haiku-4-5-20251001")
CODEX = ("gpt-5", "gpt-5-codex")
KINDS = ("input", "cache_read", "cache_write", "output")
Line = dict[str, Any]
Sums = Counter[str]


class Transcripts:
    """Writes sessions below a home folder, and adds up what was sent. `repeats`: with all that is
    written more than once; `text`: characters of each answer."""

    def __init__(self, home: Path, seed: int, *, repeats: bool, text: int = 20) -> None:
        self.chance = random.Random(seed)
        self.home, self.repeats, self.text = home, repeats, "x" * text
        self.clock = 0
        self.written = 0
        self.sums: dict[str, Sums] = {"claude": Counter(), "codex": Counter()}

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def now(self, seconds: int) -> str:
        self.clock += seconds
        return (START + timedelta(seconds=self.clock)).isoformat(timespec="milliseconds")

    def save(self, path: str, lines: Iterable[Line]) -> None:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in lines)
        self.written += file.write_text(text, encoding="utf-8")

    def claude(self, messages: int) -> None:
        """A session of Claude Code; of some, a resumed copy and a subagent's."""
        session = self.uuid()
        lines = [line for _ in range(messages) for line in self.message(session)]
        folder = ".claude/projects/-home-lin-teashop"
        self.save(f"{folder}/{session}.jsonl", lines)
        if self.repeats and self.chance.random() < 0.3:
            again = self.uuid()
            self.save(f"{folder}/{again}.jsonl", ({**one, "sessionId": again} for one in lines))
            side = [{**one, "isSidechain": True, "requestId": f"req_{again}"} for one in lines[:9]]
            self.save(f"{folder}/{session}/subagents/agent-a1.jsonl", side)

    def message(self, session: str) -> Iterator[Line]:
        draw = self.chance.randint
        sizes = Counter(input=draw(1, 60), cache_read=draw(0, 90_000), output=draw(20, 900))
        short, long = draw(0, 2000), self.chance.choice((0, draw(1, 900)))
        sizes["cache_write"] = short + long
        self.sums["claude"] += sizes
        name, model = f"{self.chance.getrandbits(80):020x}", self.chance.choice(CLAUDE)
        blocks = draw(1, 3) if self.repeats else 1
        for block in range(1, blocks + 1):
            usage = {
                **{"input_tokens": sizes["input"], "cache_read_input_tokens": sizes["cache_read"]},
                "cache_creation_input_tokens": short + long,
                "cache_creation": {
                    **{"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}
                },
                **{"output_tokens": sizes["output"] if block == blocks else block},
            }
            yield {
                **{"type": "assistant", "timestamp": self.now(draw(1, 30)), "sessionId": session},
                **{"requestId": f"req_{name}", "uuid": self.uuid(), "isSidechain": False},
                **{"cwd": "/home/lin/teashop", "version": "2.1.300"},
                "message": {
                    **{"id": f"msg_{name}", "type": "message", "role": "assistant"},
                    **{"model": model, "content": [{"type": "text", "text": self.text}]},
                    "usage": usage,
                },
            }

    def codex(self, requests: int) -> None:
        session, day = self.uuid(), START.strftime("%Y/%m/%d")
        meta = {"id": session, "cwd": "/home/lin/teashop", "originator": "codex_cli_rs"}
        lines = [self.event("session_meta", meta)]
        total: Counter[str] = Counter()
        for _ in range(requests):
            lines += self.request(total)
        self.save(f".codex/sessions/{day}/rollout-2026-11-03T08-00-00-{session}.jsonl", lines)

    def request(self, total: Counter[str]) -> Iterator[Line]:
        draw = self.chance.randint
        input, output = draw(1000, 60_000), draw(10, 2000)
        read = draw(0, input)
        last = {
            **{"input_tokens": input, "cached_input_tokens": read, "output_tokens": output},
            **{"reasoning_output_tokens": draw(0, output), "total_tokens": input + output},
        }
        total.update(last)
        self.sums["codex"].update(input=input - read, cache_read=read, output=output)
        yield self.event("turn_context", {"model": self.chance.choice(CODEX)})
        yield self.event("event_msg", {"type": "agent_message", "message": self.text})
        info = {"total_token_usage": dict(total), "last_token_usage": last}
        for _ in range(draw(1, 2) if self.repeats else 1):
            yield self.event("event_msg", {"type": "token_count", "info": info})

    def event(self, type: str, payload: Line) -> Line:
        return {"timestamp": self.now(3), "type": type, "payload": payload}


def output_of(home: Path, *command: str) -> Any:
    env = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def ours(home: Path, agent: str) -> Sums:
    usage = output_of(home, "llmcost", "usage", str(home / f".{agent}"), "--format", "json")
    found = Counter({kind: usage["total"]["usage"][kind] for kind in KINDS})
    found["input"] -= found["cache_read"] + found["cache_write"]
    return found


def ccusage(home: Path, agent: str) -> Sums:
    totals = output_of(home, "ccusage", agent, "daily", "--json", "--offline")["totals"]
    names = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
    return Counter(dict(zip(KINDS, (totals[name] for name in names), strict=True)))


def tokscale(home: Path, agent: str) -> Sums:
    """It refuses to count without prices, so it gets some in its cache."""
    cache = home / ".cache" / "tokscale"
    cache.mkdir(parents=True, exist_ok=True)
    price = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}
    for name, data in (("litellm", dict.fromkeys((*CLAUDE, *CODEX), price)), ("openrouter", {})):
        content = {"timestamp": int(time.time()), "data": data}
        (cache / f"pricing-{name}.json").write_text(json.dumps(content))
    totals = output_of(home, "tokscale", "models", "--json", f"--{agent}")
    names = ("totalInput", "totalCacheRead", "totalCacheWrite", "totalOutput")
    return Counter(dict(zip(KINDS, (totals[name] for name in names), strict=True)))


def compared() -> int:
    """Print every tool's tokens, and exit with 1 where ours are not what was written."""
    tools = {"llmcost": ours, "ccusage": ccusage, "tokscale": tokscale}
    wrong = 0
    for repeats in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            made = Transcripts(Path(folder), 1, repeats=repeats)
            for _ in range(8):
                made.claude(40)
                made.codex(30)
            for agent, sums in made.sums.items():
                print(f"{agent}, {'with' if repeats else 'without'} repeats: {dict(sums)}")
                for name, count in tools.items():
                    if shutil.which(name) is None:
                        continue
                    more = {kind: one for kind in KINDS if (one := count(made.home, agent)[kind])}
                    off = {kind: more.get(kind, 0) - sums[kind] for kind in KINDS}
                    wrong += name == "llmcost" and any(off.values())
                    print(f"  {name:9} {'equal' if not any(off.values()) else off}")
    return int(wrong > 0)


def measured(size: int) -> int:
    """Print seconds and the peak memory of all processes for a folder of so many megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        made = Transcripts(Path(folder), 1, repeats=True, text=1200)
        while made.written < size * MB:
            made.claude(400)
            made.codex(100)
        folders = [str(made.home / name) for name in (".claude", ".codex")]
        command = ["llmcost", "usage", *folders, "--format", "json"]
        helper = [sys.executable, "-m", "bench.memory", "file", os.devnull, *command]
        run = subprocess.run(helper, capture_output=True, text=True, check=True)
    print(f"{made.written / MB:,.0f} MB", run.stdout.strip())
    return 0


if __name__ == "__main__":
    sys.exit(measured(int(sys.argv[1])) if len(sys.argv) > 1 else compared())
