"""The chat template of each family of models: what a chat request adds to its texts.

A frame writes a request as its model gets it: texts that are tokenized each by itself, and a number
of tokens that are no text. Vendors' own servers may write it otherwise than the template that they
publish; docs/accuracy.md says what has been held against what.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import msgspec

from llmcost.chat import Ask, Message, RequestConditions
from llmcost.chat_templates import (
    anthropic,
    deepseek,
    gemini,
    glm,
    minimax,
    mistral,
    openai,
    qwen,
    unpublished,
)
from llmcost.chat_templates import kimi_llama_gemma as others
from llmcost.chat_templates.writer import NONE, Script, Specials
from llmcost.pricing.usage import base_name

HOLE = "\ue000"
MOST_EDGES = 12
"""Characters at the ends of texts: with more, hardly two requests would have the same shape."""
_SHAPES = 20_000  # times frames: prompts cut anywhere have hundreds of shapes


class Shape(NamedTuple):
    """What a request states beside its messages; of each, its role, and the blanks before and after
    the core of its text."""

    conditions: RequestConditions
    messages: tuple[tuple[str, str, str], ...]


Edges = tuple[tuple[str, str], ...]
"""Of each message: what stands before and after the core of its text."""


class Framed(msgspec.Struct, frozen=True):
    """`texts` are counted one by one; `extra` tokens come to them, `low <= extra <= high`. All
    three may be below zero.

    `likely` and `possible` are texts that may be left out: only the first ones are in the count.
    """

    texts: tuple[str, ...]
    extra: int
    low: int
    high: int
    exact: bool
    likely: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All texts that have to be counted."""
        return (*self.texts, *self.likely, *self.possible)


class Frame(msgspec.Struct, frozen=True):
    """The template of a family. `method` is shown beside figures, and there is one of a name.

    `published`: the template is the one that these models come with, and so are its forms of tools
    and calls if `tools`. `confirmed` are the forms of requests in which recorded calls were billed
    what the rule gives; only those are exact. `bounded`: the rule has bounds of its own.
    """

    method: str
    write: Callable[[Script, Ask], None]
    specials: Specials = NONE
    published: bool = True
    tools: bool = True
    confirmed: frozenset[str] = frozenset()
    bounded: bool = False


def ruled(method: str, write: Callable[[Script, Ask], None], *confirmed: str) -> Frame:
    """A rule that was fitted to recorded calls, or is wide enough without."""
    return Frame(method, write, confirmed=frozenset(confirmed), bounded=True)


QWEN25 = Frame("Qwen2.5 template", qwen.qwen25, qwen.OLD)
QWEN_VL = Frame("Qwen2.5 template, no default prompt", qwen.qwen_vl, qwen.OLD)
QWEN3 = Frame("Qwen3 template", qwen.qwen3, qwen.NEW)
QWEN_TURBO = Frame(
    "Qwen3 template, thinking off", qwen.turbo, qwen.NEW, confirmed=frozenset(("chat",))
)
QWEN_PLUS = Frame("Qwen3 template of Model Studio", qwen.turbo, qwen.NEW)
QWEN_MAX = Frame("Qwen3 template of Qwen-Max", qwen.qwen_max, qwen.NEW)
THINKING3 = Frame("Qwen3 template, thinking", qwen.thinking3, qwen.NEW)
CODER3 = Frame("Qwen3 template of Qwen3-Coder", qwen.qwen3, qwen.NEW, tools=False)
QWEN35 = Frame("Qwen3.5 template", qwen.qwen35, qwen.NEW)
DEEPSEEK3 = Frame("DeepSeek V3 template", deepseek.deepseek3, deepseek.V3, tools=False)
DEEPSEEK_R1 = Frame("DeepSeek R1 template", deepseek.deepseek_r1, deepseek.V3, tools=False)
DEEPSEEK32 = Frame("DeepSeek V4 template of V3.2", deepseek.deepseek4, deepseek.V4, tools=False)
DEEPSEEK4 = Frame("DeepSeek V4 template", deepseek.deepseek4, deepseek.V4)
GLM4 = Frame("GLM-4 template", glm.glm4, glm.OLD, tools=False)
GLM45 = Frame("GLM-4.5 template", glm.glm45, glm.NEW)
GLM5 = Frame("GLM-5 template", glm.glm5, glm.NEW)
GLM51 = Frame("GLM-5.1 template", glm.glm51, glm.NEW)
GLM52 = Frame("GLM-5.2 template", glm.glm52, glm.NEW)
GLM_LATER = Frame("GLM-5.2 template of later models", glm.glm52, glm.NEW, published=False)
MINIMAX1 = Frame("MiniMax-M1 template", minimax.minimax1, minimax.M1, tools=False)
MINIMAX2 = Frame("MiniMax-M2.7 template", minimax.minimax2, minimax.M2)
MINIMAX2_OTHER = Frame("MiniMax-M2.7 template of M2", minimax.minimax2, minimax.M2, published=False)
MINIMAX3 = Frame("MiniMax-M3 template", minimax.minimax3, minimax.M3)
MINIMAX3_LATER = Frame(
    "MiniMax-M3 template of later models", minimax.minimax3, minimax.M3, published=False
)
KIMI2 = Frame("Kimi K2 template", others.kimi2, others.KIMI, published=False)
KIMI25 = Frame("Kimi K2.5 template", others.kimi25, others.KIMI, published=False)
MISTRAL3 = Frame("Mistral v3 template", mistral.mistral3, mistral.SPECIALS)
MISTRAL7 = Frame("Mistral v7 template", mistral.mistral13, mistral.SPECIALS, tools=False)
MISTRAL13 = Frame("Mistral v13 template", mistral.mistral13, mistral.SPECIALS)
LLAMA3 = Frame("Llama 3 template", others.llama3, others.LLAMA, tools=False)
LLAMA4 = Frame("Llama 4 template", others.llama3, others.LLAMA, tools=False)
GEMMA = Frame("Gemma template", others.gemma, others.GEMMA, published=False)
GEMINI1 = ruled("Gemini counts texts alone", gemini.gemini1)
GEMINI2 = ruled("Gemini counts texts and functions", gemini.gemini2)
GEMINI3 = ruled("Gemini counts texts and signatures", gemini.gemini3)
OPENAI = ruled("OpenAI cookbook rule", openai.openai, "chat")
O_SERIES = ruled("OpenAI cookbook rule of the o series", openai.o_series)
GPT5 = ruled("OpenAI cookbook rule of GPT-5", openai.gpt5)
CLAUDE3 = ruled("frame of Claude 3", anthropic.claude3)
CLAUDE4 = ruled("frame of Claude 4", anthropic.claude4)
CLAUDE45 = ruled("frame of Claude 4.5 and 4.6", anthropic.claude45)
CLAUDE47 = ruled("frame of Claude 4.7", anthropic.claude47)
CLAUDE48 = ruled("frame of Claude 4.8 and later", anthropic.claude48)
CLAUDE5 = ruled("frame of Claude Sonnet 5", anthropic.claude5)
GROK = ruled("OpenAI cookbook rule and Grok's own prompt", unpublished.grok)
ASSUMED = ruled("OpenAI cookbook rule assumed", unpublished.assumed)

V31 = date(2025, 8, 21)
"""The day on which deepseek-chat and deepseek-reasoner became DeepSeek V3.1."""

# By tokenizer, then by the first pattern that is found in the model's id; "" is any.
FRAMES: dict[str, tuple[tuple[str, Frame], ...]] = {
    "o200k_base": (
        ("gpt-4|gpt-realtime", OPENAI),
        (r"^o\d|gpt-oss", O_SERIES),
        ("", GPT5),
    ),
    "cl100k_base": (("", OPENAI),),
    "gpt-6": (("", GPT5),),
    "qwen": (
        (r"qwen-vl", QWEN_VL),
        (r"qwen(1\.5|2|-omni|-coder|-long|-doc|-math)|m2$", QWEN25),
        (r"qwen3-coder", CODER3),
        (r"thinking|qwq|qvq", THINKING3),
        (r"qwen-turbo", QWEN_TURBO),
        (r"qwen-(plus|flash)", QWEN_PLUS),
        (r"qwen3?-max", QWEN_MAX),
        ("", QWEN3),
    ),
    "qwen3.5": (("", QWEN35),),
    "deepseek": (
        (r"v3(-0324)?$|-r1|deepseek-coder", DEEPSEEK3),
        (r"v3\.[12]", DEEPSEEK32),
        ("", DEEPSEEK4),
    ),
    "glm4": ((r"glm-4\.7", GLM5), (r"glm-4\.[56]", GLM45), ("", GLM4)),
    "glm5": (
        (r"glm-5[.-]2$", GLM52),
        (r"glm-5[.-]1$", GLM51),
        (r"glm-4\.7|glm-5$", GLM5),
        ("", GLM_LATER),
    ),
    "minimax": (
        (r"m1$|text-01", MINIMAX1),
        (r"m2\.7", MINIMAX2),
        (r"m3$", MINIMAX3),
        (r"m3", MINIMAX3_LATER),
        ("", MINIMAX2_OTHER),
    ),
    "kimi": ((r"k2-(0|turbo)|moonshot", KIMI2), ("", KIMI25)),
    "tekken": (
        (r"nemo|mixtral|24(02|07|10)$|2312$", MISTRAL3),
        (r"24\d\d$|250[1-7]$|medium-3$|small$|pixtral", MISTRAL7),
        ("", MISTRAL13),
    ),
    "llama3": (("", LLAMA3),),
    "llama4": (("", LLAMA4),),
    "gemma3": (
        ("gemma", GEMMA),
        ("gemini-3", GEMINI3),
        (r"gemini-(1|2\.0)", GEMINI1),
        ("", GEMINI2),
    ),
    "gemma4": (("gemma", GEMMA), ("", GEMINI3)),
    "claude": (
        (r"claude-(2|3|instant)", CLAUDE3),
        (r"4[.-][56]", CLAUDE45),
        ("", CLAUDE4),
    ),
    "claude-4.7": ((r"4[.-]7", CLAUDE47), (r"sonnet-5", CLAUDE5), ("", CLAUDE48)),
    "grok": (("", GROK),),
}


# Of models whose template was another one before a day.
EARLIER: tuple[tuple[str, date, Frame], ...] = (
    (r"deepseek-chat$", V31, DEEPSEEK3),
    (r"deepseek-reasoner$", V31, DEEPSEEK_R1),
)


@lru_cache(maxsize=4096)
def frame_of(tokenizer: str, model: str = "", day: date | None = None) -> Frame:
    """The frame of a model's chat requests on a day, by the names of its tokenizer and itself.

    Without a day, the latest one.
    """
    name = model.lower()
    for pattern, until, frame in EARLIER:
        if day is not None and day < until and re.search(pattern, name):
            return frame
    rows = FRAMES.get(base_name(tokenizer), ())
    found = (frame for pattern, frame in rows if re.search(pattern, name))
    return next(found, ASSUMED)


def framed(frame: Frame, ask: Ask) -> Framed:
    """The request as the model gets it; a bare prompt has no frame."""
    if not ask.messages:
        is_exact = not ask.conditions.unknown
        return Framed((ask.text,) if ask.text else (), 0, 0, 0, exact=is_exact)
    script = Script(frame.specials)
    frame.write(script, ask)
    if not frame.bounded:
        bound(script, frame, ask)
    conditions = ask.conditions
    for key in conditions.unknown:
        script.add(0, -8, KEYS.get(key, 60))
    for name in conditions.hosted:
        script.add(*hosted_tokens(name))
    exact = script.exact and conditions.form in frame.confirmed and not ask.tools
    if exact and not is_like_recorded(ask.messages):
        script.add(0, -3, 5)
    script.end()
    texts, likely, low = tuple(script.texts), tuple(script.likely), script.low
    if "context_management" in conditions.unknown:  # which may drop any of them
        texts, likely, low = (), texts + likely, 0
    return Framed(
        texts,
        script.tokens,
        low,
        script.high,
        exact and script.exact,
        likely,
        tuple(script.possible),
    )


def is_like_recorded(messages: Sequence[Message]) -> bool:
    """Whether calls like it were recorded: a user's message is the last, none is empty or has
    files."""
    return messages[-1].role == "user" and not any(one.media or not one.text for one in messages)


def bound(script: Script, frame: Frame, ask: Ask) -> None:
    """Bounds of a template that no recorded call confirms: servers write more around it."""
    with_tools = bool(ask.tools) or any(one.calls or one.role == "tool" for one in ask.messages)
    for message in ask.messages:
        if message.thinking:
            script.maybe(message.thinking, counted=False)
    unpublished.structured(script, ask)
    count = len(ask.messages)
    if not frame.published:
        script.add(0, -2 * count - 20, 2 * count + 20)
    elif ask.conditions.form not in frame.confirmed:
        script.add(0, -count - 1, 2 * count + 4)
    if with_tools and frame.published and frame.tools:
        results = sum(1 for one in ask.messages if one.role == "tool")
        script.add(
            0, -6 - 4 * len(ask.tools) - 12 * results, 12 + 8 * len(ask.tools) + 25 * results
        )
    elif with_tools:
        script.add(0, -60 - 15 * len(ask.tools), 200 + 60 * len(ask.tools))


KEYS = {"context_management": 160, "reasoning.context": 25, "reasoning.mode": 1700}
"""The most that keys which are not understood added to recorded requests, where it is much."""
HOSTED: tuple[tuple[str, tuple[int, int, int]], ...] = (
    # Gemini bills results apart, as toolUsePromptTokenCount
    (r"googleSearch|google_search|urlContext", (0, 0, 300)),
    (r"codeExecution|fileSearch", (100, 0, 800)),
    (r"tool_search_tool", (260, 0, 1300)),
    (r"tool_search", (100, 0, 500)),
    (r"web_search|web_fetch|search", (2000, 0, 20_000)),
    (r"code", (4000, 0, 11_000)),
    (r"", (1000, 0, 4000)),
)
"""What tools that the vendor runs add to recorded requests, a use or a few included: as a rule, at
least, and nine times in ten at most."""


@lru_cache(maxsize=256)
def hosted_tokens(name: str) -> tuple[int, int, int]:
    """Tokens, with bounds, by the type of a tool that the vendor runs."""
    return next(size for pattern, size in HOSTED if re.search(pattern, name))


def shape_of(ask: Ask) -> Shape | None:
    """What a frame can tell of a request by: None if it may look at more than the edges of its
    texts."""
    if ask.tools or not ask.messages:
        return None
    found: list[tuple[str, str, str]] = []
    for message in ask.messages:
        text, inner = message.text, message.text.lstrip()
        if not is_plain(message, inner):
            return None
        start = len(text) - len(inner) + inner.startswith("/")  # a line break before it is no cut
        found.append((message.role, text[:start], text[len(text.rstrip()) :]))
    edges = sum(len(before) + len(after) for _, before, after in found)
    return Shape(ask.conditions, tuple(found)) if edges <= MOST_EDGES else None


def is_plain(message: Message, inner: str) -> bool:
    """Whether templates pass a text on as it is, but for the blanks at its ends."""
    return (
        inner.rstrip() not in ("", "/")
        and inner[0] != "<"  # of a tag that some look for
        and HOLE not in inner
        and not message.calls
        and not message.name
        and message.role != "tool"
        and not message.images
        and not message.media
        and not message.thinking
        and (message.role != "assistant" or "think>" not in inner)
    )


@lru_cache(maxsize=_SHAPES)
def mould(frame: Frame, shape: Shape) -> Framed:
    """What the frame makes of a request of this shape, with a hole for the core of each text."""
    messages = (
        Message(role, f"{before}{hole(number)}{after}")
        for number, (role, before, after) in enumerate(shape.messages)
    )
    return framed(frame, Ask("", tuple(messages), conditions=shape.conditions))


def filled(frame: Frame, shape: Shape, ask: Ask) -> Framed:
    """What `framed` makes of a request of this shape."""
    made = mould(frame, shape)
    texts, likely = list(made.texts), list(made.likely)
    for number, (message, (_, before, after)) in enumerate(
        zip(ask.messages, shape.messages, strict=True)
    ):
        core, mark = core_of(message.text, before, after), hole(number)
        texts = [text.replace(mark, core) if mark in text else text for text in texts]
        if likely:
            likely = [text.replace(mark, core) for text in likely]
    return msgspec.structs.replace(made, texts=tuple(texts), likely=tuple(likely))


class Around(msgspec.Struct, frozen=True):
    """What a frame makes of texts of a shape: the core of each becomes a text of its own, between
    `edges`, which are the blanks that it had, or fewer or others. `rest` are the texts beside."""

    edges: Edges
    rest: Framed


@lru_cache(maxsize=_SHAPES)
def around(frame: Frame, shape: Shape) -> Around | None:
    """The tokens of a request are those of the cores between their edges, plus the rest's.

    None if the frame joins texts, so that a request has to be written out.
    """
    made = mould(frame, shape)
    own = [
        [text for text in made.texts if hole(number) in text]
        for number in range(len(shape.messages))
    ]
    if any(len(found) != 1 or found[0].count(HOLE) != 2 for found in own):
        return None
    parts = [found[0].partition(hole(number)) for number, found in enumerate(own)]
    edges = tuple((before, after) for before, _, after in parts)
    rest = tuple(text for text in made.texts if HOLE not in text)
    return Around(edges, msgspec.structs.replace(made, texts=rest))


def core_of(text: str, before: str, after: str) -> str:
    """What is between the edges of a text that has them."""
    return text[len(before) : len(text) - len(after)]


def hole(number: int) -> str:
    return f"{HOLE}{number}{HOLE}"
