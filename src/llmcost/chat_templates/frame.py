"""The chat template of each family of models: what a chat request adds to its texts.

A frame writes a request as its model gets it: texts that are tokenized each by itself, and a number
of tokens that are no text. Vendors' own servers may write it otherwise than the template that they
publish; docs/accuracy.md says what has been held against what.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from llmcost.chat import Ask, Message
from llmcost.chat_templates import deepseek, glm, minimax, mistral, qwen
from llmcost.chat_templates import kimi_llama_gemma as others
from llmcost.chat_templates import unpublished as rules
from llmcost.chat_templates.writer import NONE, Script, Specials

HOLE = "\ue000"
MOST_EDGES = 12
"""Characters at the ends of texts: with more, hardly two requests would have the same shape."""
_SHAPES = 20_000  # times frames: prompts cut anywhere have hundreds of shapes

Shape = tuple[tuple[str, str, str], ...]
"""Of each message: its role, and the blanks before and after the core of its text."""
Edges = tuple[tuple[str, str], ...]
"""Of each message: what stands before and after the core of its text."""


class Framed(msgspec.Struct, frozen=True):
    """`texts` are counted one by one; `extra` tokens come to them, `low <= extra <= high`."""

    texts: tuple[str, ...]
    extra: int
    low: int
    high: int
    exact: bool


class Frame(msgspec.Struct, frozen=True):
    """The template of a family. `method` is shown beside figures.

    `sure`: the template is the one that these models are published with. `tools`: so are its forms
    of tools and calls. What is not sure gets bounds.
    """

    method: str
    write: Callable[[Script, Ask], None]
    specials: Specials = NONE
    sure: bool = True
    tools: bool = True


QWEN25 = Frame("Qwen2.5 template", qwen.qwen25, qwen.OLD)
QWEN3 = Frame("Qwen3 template", qwen.qwen3, qwen.NEW)
THINKING3 = Frame("Qwen3 template", qwen.thinking3, qwen.NEW)
CODER3 = Frame("Qwen3 template", qwen.qwen3, qwen.NEW, tools=False)
QWEN35 = Frame("Qwen3.5 template", qwen.qwen35, qwen.NEW)
DEEPSEEK3 = Frame("DeepSeek V3 template", deepseek.deepseek3, deepseek.V3, tools=False)
DEEPSEEK32 = Frame("DeepSeek V4 template", deepseek.deepseek4, deepseek.V4, tools=False)
DEEPSEEK4 = Frame("DeepSeek V4 template", deepseek.deepseek4, deepseek.V4)
GLM4 = Frame("GLM-4 template", glm.glm4, glm.OLD, tools=False)
GLM45 = Frame("GLM-4.5 template", glm.glm45, glm.NEW)
GLM5 = Frame("GLM-5 template", glm.glm5, glm.NEW)
GLM51 = Frame("GLM-5.1 template", glm.glm51, glm.NEW)
GLM52 = Frame("GLM-5.2 template", glm.glm52, glm.NEW)
GLM_LATER = Frame("GLM-5.2 template", glm.glm52, glm.NEW, sure=False)
MINIMAX1 = Frame("MiniMax-M1 template", minimax.minimax1, minimax.M1, tools=False)
MINIMAX2 = Frame("MiniMax-M2.7 template", minimax.minimax2, minimax.M2)
MINIMAX2_OTHER = Frame("MiniMax-M2.7 template", minimax.minimax2, minimax.M2, sure=False)
MINIMAX3 = Frame("MiniMax-M3 template", minimax.minimax3, minimax.M3)
MINIMAX3_LATER = Frame("MiniMax-M3 template", minimax.minimax3, minimax.M3, sure=False)
KIMI2 = Frame("Kimi K2 template", others.kimi2, others.KIMI, sure=False)
KIMI25 = Frame("Kimi K2.5 template", others.kimi25, others.KIMI, sure=False)
MISTRAL3 = Frame("Mistral v3 template", mistral.mistral3, mistral.SPECIALS, tools=False)
MISTRAL7 = Frame("Mistral v7 template", mistral.mistral13, mistral.SPECIALS, tools=False)
MISTRAL13 = Frame("Mistral v13 template", mistral.mistral13, mistral.SPECIALS)
LLAMA3 = Frame("Llama 3 template", others.llama3, others.LLAMA, tools=False)
GEMMA = Frame("Gemma template", others.gemma, others.GEMMA, sure=False)
GEMINI = Frame("Gemini counts texts alone", rules.gemini)
OPENAI = Frame("OpenAI cookbook rule", rules.openai)
REASONING = Frame("OpenAI cookbook rule, widened", rules.openai_reasoning)
CLAUDE3 = Frame("frame of Claude 3 to 4.6", rules.claude3)
CLAUDE47 = Frame("frame of Claude 4.7", rules.claude47)
CLAUDE48 = Frame("frame of Claude 4.8 and later", rules.claude48)
GROK = Frame("OpenAI cookbook rule and Grok's own prompt", rules.grok)
ASSUMED = Frame("OpenAI cookbook rule assumed", rules.assumed)

# By tokenizer, then by the first pattern that is found in the model's id; "" is any.
FRAMES: dict[str, tuple[tuple[str, Frame], ...]] = {
    "o200k_base": (("gpt-4|gpt-realtime", OPENAI), ("", REASONING)),
    "cl100k_base": (("", OPENAI),),
    "gpt-6": (("", REASONING),),
    "qwen": (
        (r"qwen(1\.5|2|-vl|-omni|-coder|-long|-doc|-math)|m2$", QWEN25),
        (r"qwen3-coder", CODER3),
        (r"thinking|qwq|qvq", THINKING3),
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
    "gemma3": (("gemma", GEMMA), ("", GEMINI)),
    "gemma4": (("gemma", GEMMA), ("", GEMINI)),
    "claude": (("", CLAUDE3),),
    "claude-4.7": ((r"4[.-]7", CLAUDE47), ("", CLAUDE48)),
    "grok": (("", GROK),),
}


@lru_cache(maxsize=4096)
def frame_of(tokenizer: str, model: str = "") -> Frame:
    """The frame of a model's chat requests, by the names of its tokenizer and itself."""
    rows = FRAMES.get(tokenizer, ())
    found = (frame for pattern, frame in rows if re.search(pattern, model.lower()))
    return next(found, ASSUMED)


def framed(frame: Frame, ask: Ask) -> Framed:
    """The request as the model gets it; a bare prompt has no frame."""
    if not ask.messages:
        return Framed((ask.text,) if ask.text else (), 0, 0, 0, exact=True)
    script = Script(frame.specials)
    frame.write(script, ask)
    with_tools = bool(ask.tools) or any(one.calls or one.role == "tool" for one in ask.messages)
    if not frame.sure:
        script.add(0, -2 * len(ask.messages) - 20, 2 * len(ask.messages) + 20)
    if with_tools and not (frame.sure and frame.tools):
        script.add(0, -60 - 15 * len(ask.tools), 200 + 60 * len(ask.tools))
    script.end()
    low = max(script.low, 0)
    return Framed(tuple(script.texts), script.tokens, low, script.high, script.exact)


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
    return tuple(found) if edges <= MOST_EDGES else None


def is_plain(message: Message, inner: str) -> bool:
    """Whether templates pass a text on as it is, but for the blanks at its ends."""
    return (
        inner.rstrip() not in ("", "/")
        and inner[0] != "<"  # of a tag that some look for
        and HOLE not in inner
        and not message.calls
        and not message.name
        and message.role != "tool"
        and (message.role != "assistant" or "think>" not in inner)
    )


@lru_cache(maxsize=_SHAPES)
def mould(frame: Frame, shape: Shape) -> Framed:
    """What the frame makes of a request of this shape, with a hole for the core of each text."""
    messages = (
        Message(role, f"{before}{hole(number)}{after}")
        for number, (role, before, after) in enumerate(shape)
    )
    return framed(frame, Ask("", tuple(messages)))


def filled(frame: Frame, shape: Shape, ask: Ask) -> Framed:
    """What `framed` makes of a request of this shape."""
    made = mould(frame, shape)
    texts = list(made.texts)
    for number, (message, (_, before, after)) in enumerate(zip(ask.messages, shape, strict=True)):
        core, mark = core_of(message.text, before, after), hole(number)
        texts = [text.replace(mark, core) if mark in text else text for text in texts]
    return Framed(tuple(texts), made.extra, made.low, made.high, made.exact)


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
    own = [[text for text in made.texts if hole(number) in text] for number in range(len(shape))]
    if any(len(found) != 1 or found[0].count(HOLE) != 2 for found in own):
        return None
    parts = [found[0].partition(hole(number)) for number, found in enumerate(own)]
    edges = tuple((before, after) for before, _, after in parts)
    rest = tuple(text for text in made.texts if HOLE not in text)
    return Around(edges, Framed(rest, made.extra, made.low, made.high, made.exact))


def core_of(text: str, before: str, after: str) -> str:
    """What is between the edges of a text that has them."""
    return text[len(before) : len(text) - len(after)]


def hole(number: int) -> str:
    return f"{HOLE}{number}{HOLE}"
