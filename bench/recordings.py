"""Hold counts of requests against recorded calls: how many billed figures lie within the bounds.

Public SDKs keep HTTP recordings of their tests (`cassettes`, in YAML): a request beside the prompt
tokens that the vendor billed. This reads them from git directories, and prints coverage and median
width of the bounds by vendor and category. A third of the files, by a checksum of their names, is
told apart: rules are fitted to the others. Recordings are other people's: none is kept. Calls of
a server on the own machine are passed over, as are those whose requests were edited afterwards.

    python -m bench.recordings GITDIR [GITDIR ...]
"""

import gzip
import hashlib
import json
import re
import statistics
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from llmcost.chat import Ask
from llmcost.inputs.request_files import read_value
from llmcost.inputs.request_forms import Form
from llmcost.logs.model_names import LoggedNames
from llmcost.pricing.price_rows import Model
from llmcost.runtime.price_table import load_table
from llmcost.tokenizers.requests import RequestCounter, Tokens, way_of

LARGEST = 3_000_000  # bytes of a file
CATEGORIES = {  # the first that fits
    "media": r"image_url|input_image|inlineData|inline_data|fileData|file_data|input_file|"
    r'input_audio|"type": "(image|document|file)"',
    "server tool": r'"type": "(web_search|code_interpreter|computer|mcp|file_search|tool_search|'
    r"image_generation|shell|namespace|openrouter)|web_search_20|code_execution|web_fetch|"
    r"googleSearch|urlContext|codeExecution|fileSearch|memory_20|advisor_20|mcp_servers",
    "state": r'encrypted_content|"type": "reasoning"|redacted_thinking|[tT]hought_?[sS]ignature|'
    r'"signature"',
    "schema": r"response_format|json_schema|output_config|output_format|response_?[sS]chema|"
    r"responseMimeType",
    "tools": r'"tools": \[\{|"functions": \[|tool_calls|tool_use|function_?[cC]all',
    "thinking": r'"thinking": \{|reasoning_effort|"reasoning": \{|thinkingConfig|enable_thinking',
}
EDITED = (  # in commits of these repositories, or by what they say
    "test_yaml_document_url_input",  # a comment, by pydantic-ai 7931d244d
    "test_prompt_cache",  # "very very long system prompt", billed 18,135 tokens
    "test_invoke_model_cache_tokens",  # the same
)
FORMS = {
    "/responses": Form.RESPONSES,
    "/messages": Form.ANTHROPIC,
    "generateContent": Form.GEMINI,
    "streamGenerateContent": Form.GEMINI,
}


class RecordedCall(NamedTuple):
    """A request, the prompt tokens billed for it, and the names of its model."""

    file: str
    form: Form
    body: Mapping[str, Any]
    billed: int
    names: tuple[str, ...]

    @property
    def is_held_out(self) -> bool:
        return int.from_bytes(hashlib.sha256(self.file.encode()).digest()) % 3 == 0

    @property
    def category(self) -> str:
        text = json.dumps(self.body, ensure_ascii=False)
        found = (name for name, mark in CATEGORIES.items() if re.search(mark, text))
        return next(found, "plain")


class Outcome(NamedTuple):
    """What was counted for a call."""

    call: RecordedCall
    model: Model
    tokens: Tokens


def calls(directory: str) -> Iterator[RecordedCall]:
    import yaml

    git = ["git", "--git-dir", directory]
    listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True)
    for name in listed.stdout.decode().splitlines():
        if "cassette" not in name.lower() or not name.endswith((".yaml", ".yml")):
            continue
        content = subprocess.run([*git, "show", f"HEAD:{name}"], capture_output=True).stdout
        if not 0 < len(content) <= LARGEST:
            continue
        try:
            document = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError:
            continue
        for one in (document.get("interactions") or []) if isinstance(document, dict) else []:
            if isinstance(one, dict) and (found := call_of(name, one)) is not None:
                yield found


def call_of(file: str, one: Mapping[str, Any]) -> RecordedCall | None:
    asked, got = one.get("request") or {}, one.get("response") or {}
    uri = str(asked.get("uri") or asked.get("url") or "")
    body = asked.get("parsed_body") or parsed(asked.get("body"))
    answer = got.get("parsed_body") or parsed(got.get("body", got.get("content")))
    found = billed(answer)
    is_of_vendor = "//localhost" not in uri and not any(name in file for name in EDITED)
    if not isinstance(body, dict) or found is None or not is_of_vendor:
        return None
    in_path = re.search(r"models/([^:/?]+):", uri)
    path = uri.partition("?")[0]
    form = next((form for end, form in FORMS.items() if path.endswith(end)), Form.AUTO)
    names = (in_path and in_path[1], body.get("model"), found[1])
    return RecordedCall(file, form, body, found[0], tuple(name for name in names if name))


def parsed(body: object) -> Any:
    """JSON, or the events of a stream."""
    if isinstance(body, dict) and "string" in body:
        body = body["string"]
    if isinstance(body, bytes):
        body = unpacked(body)
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return [event for line in body.splitlines() for event in events(line)]


def unpacked(body: bytes) -> str:
    for unpack in (bytes, gzip.decompress, zlib.decompress):
        try:
            return unpack(body).decode()
        except (OSError, zlib.error, UnicodeDecodeError, EOFError):
            continue
    return ""


def events(line: str) -> Iterator[Any]:
    if line.startswith("data:"):
        try:
            yield json.loads(line[5:])
        except ValueError:
            return


def billed(answer: object) -> tuple[int, str | None] | None:
    """The prompt tokens of an answer and the model that gave it; of a stream, what comes last."""
    if isinstance(answer, list):
        every = [found for one in answer if (found := billed(one)) is not None]
        return every[-1] if every else None
    if not isinstance(answer, dict):
        return None
    inner = answer.get("response") if "response" in str(answer.get("type")) else None
    value = inner if isinstance(inner, dict) else answer.get("message", answer)
    value = value if isinstance(value, dict) else answer
    meta = value.get("usageMetadata")
    if isinstance(meta, dict) and "promptTokenCount" in meta:
        return meta["promptTokenCount"], value.get("modelVersion")
    usage = value.get("usage")
    if not isinstance(usage, dict) or not {"prompt_tokens", "input_tokens"} & usage.keys():
        return None
    parts = ["prompt_tokens"] if "prompt_tokens" in usage else ["input_tokens"]
    if value.get("type") == "message":
        parts += ["cache_read_input_tokens", "cache_creation_input_tokens"]
    return sum(usage.get(part) or 0 for part in parts), value.get("model")


def counted(recorded: Sequence[RecordedCall], names: LoggedNames) -> Iterator[Outcome]:
    """Each call that is a request of a model in the price table, as its maker sells it."""
    now = datetime.now(UTC)
    for call in recorded:
        every = (names.find(name, "", now).model for name in call.names)
        model = next((one for one in every if one is not None and not one.serves), None)
        if model is None:
            continue
        asks = read_value(dict(call.body), call.form, None, "call", 1)
        ask = asks[0] if len(asks) == 1 else None
        if not isinstance(ask, Ask):
            continue
        way = way_of(model.tokenizer, model.id)
        found = RequestCounter([way]).count([ask])[0][way.key]
        if found is not None:
            yield Outcome(call, model, found)


def row(title: str, outcomes: Sequence[Outcome]) -> str:
    cells = [title]
    for held_out in (False, True):
        own = [one for one in outcomes if one.call.is_held_out == held_out]
        inside = sum(one.tokens.low <= one.call.billed <= one.tokens.high for one in own)
        widths = [(one.tokens.high - one.tokens.low) / max(one.call.billed, 1) for one in own]
        share = f"{100 * inside / len(own):.0f} %" if own else ""
        width = f"{100 * statistics.median(widths):.0f} %" if own else ""
        cells += [str(len(own)), share, width]
    wrong = sum(one.tokens.exact and one.tokens.tokens != one.call.billed for one in outcomes)
    return f"| {' | '.join([*cells, str(wrong)])} |"


def main(directories: Sequence[str]) -> int:
    if not directories:
        print(__doc__)
        return 2
    names = LoggedNames(load_table(None), {})
    distinct = {
        json.dumps([call.names, call.body], sort_keys=True): call
        for directory in directories
        for call in calls(directory)
    }
    outcomes = list(counted(list(distinct.values()), names))
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[one.call.category].append(one)
        groups[f"{one.model.provider}: {one.call.category}"].append(one)
    print("|  | fitted | inside | width | held out | inside | width | wrong, called exact |")
    print("|---|---|---|---|---|---|---|---|")
    for title in sorted(groups, key=lambda title: (":" in title, title)):
        print(row(title, groups[title]))
    print(row("all", outcomes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
