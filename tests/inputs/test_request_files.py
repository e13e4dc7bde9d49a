"""Files of requests: every vendor's form becomes the same values, and nothing broken is lost."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SAMPLES

from llmcost.chat import PLAIN, Ask, Call, Image, Media, Message, Tool
from llmcost.errors import UnreadableInput
from llmcost.inputs.json_values import json_text
from llmcost.inputs.request_files import BadLine, detect, keys_of_lines, read_requests
from llmcost.inputs.request_forms import Form
from llmcost.inputs.text_stream import TextStream


def read(text: str, form: Form = Form.AUTO, field: str | None = None) -> list[Ask | BadLine]:
    return list(read_requests([text], "f", form=form, field=field))


def unconditional(asks: Iterable[Ask | BadLine]) -> list[Ask | BadLine]:
    """Without what `test_request_conditions` is about."""
    return [
        msgspec.structs.replace(ask, conditions=PLAIN) if isinstance(ask, Ask) else ask
        for ask in asks
    ]


def one(body: object, form: Form = Form.AUTO) -> Ask:
    """The only request of a line."""
    (found,) = read(json.dumps(body), form)
    assert isinstance(found, Ask), found
    return found


def problem(body: object, form: Form = Form.AUTO) -> str:
    """What is wrong with the only request of a line."""
    (found,) = read(json.dumps(body), form)
    assert isinstance(found, BadLine), found
    return found.message


def user(text: str = "hi", **others: Any) -> Message:
    return Message("user", text, **others)


def system(text: str = "be brief") -> Message:
    return Message("system", text)


def said(content: object, role: str = "user", **others: object) -> dict[str, object]:
    """A message of a chat, in JSON."""
    return {"role": role, "content": content, **others}


def chat(*messages: dict[str, object], **others: object) -> dict[str, object]:
    return {"messages": messages, **others}


# --- samples ------------------------------------------------------------------------------------

CLASSIFY = system(
    "You classify customer reviews. Answer with one word: positive, neutral or negative."
)
REVIEWS = (
    "The kettle boils fast, but the lid broke after a week.",
    "物流很快，包装完好，就是说明书只有英文。",
    "Does what it says. Nothing more, nothing less.",
)
WEATHER = Tool(
    "get_weather",
    "Current weather of a city",
    '{"type":"object","properties":{"city":{"type":"string","description":"City name"},'
    '"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city"]}',
)
PHOTO = Image(640, 480)


def reviews(model: str, most: int | None, count: int) -> list[Ask]:
    return [
        Ask(f"review-{number}", (CLASSIFY, user(text)), model=model, max_output=most)
        for number, text in enumerate(REVIEWS[:count], 1)
    ]


def prompts(*names: str) -> list[Ask]:
    return [Ask(name, text=text) for name, text in zip(names, REVIEWS, strict=True)]


CONTENT: dict[str, tuple[Form, list[Ask]]] = {
    "openai-batch.jsonl": (Form.BATCH, reviews("gpt-4o-mini", 5, 3)),
    "openai-responses-batch.jsonl": (Form.BATCH, reviews("gpt-5.2", 16, 2)),
    "volcengine-batch.jsonl": (Form.BATCH, reviews("", 5, 2)),
    "anthropic-batch.jsonl": (Form.BATCH, reviews("claude-sonnet-4-5", 8, 2)),
    "anthropic-batch.json": (Form.BATCH, reviews("claude-sonnet-4-5", 8, 2)),
    "gemini-batch.jsonl": (
        Form.BATCH,
        [Ask(f"review-{n}", (user(text),)) for n, text in enumerate(REVIEWS[:2], 1)],
    ),
    "openai-embeddings-batch.jsonl": (
        Form.BATCH,
        [
            Ask(name, text=text, model="text-embedding-3-small")
            for name, text in zip(("page-1[0]", "page-1[1]", "page-2"), REVIEWS, strict=True)
        ],
    ),
    "openai-chat.jsonl": (
        Form.CHAT,
        [
            Ask(
                "openai-chat.jsonl:1",
                (
                    system("You are a weather assistant."),
                    user("What is the weather in 杭州?", name="lin"),
                    Message("assistant", "", calls=(Call("get_weather", '{"city": "Hangzhou"}'),)),
                    Message("tool", '{"temperature": 21}'),
                ),
                tools=(WEATHER,),
                model="gpt-4o",
                max_output=400,
            ),
            Ask(
                "openai-chat.jsonl:2",
                (
                    user(
                        "What is in these pictures?",
                        images=(Image(640, 480, "high"), Image(None, None)),
                    ),
                ),
                model="gpt-4o",
            ),
        ],
    ),
    "anthropic-messages.json": (
        Form.ANTHROPIC,
        [
            Ask(
                "anthropic-messages.json:1",
                (
                    system("You are a weather assistant."),
                    user("Where is this, and how is the weather there?", images=(PHOTO,)),
                    Message(
                        "assistant",
                        "That is Hangzhou. ",
                        calls=(Call("get_weather", '{"city":"Hangzhou"}'),),
                    ),
                    Message("tool", "21 °C, clear"),
                    user("In Fahrenheit, please."),
                ),
                tools=(WEATHER,),
                model="claude-opus-4-5",
                max_output=1024,
            )
        ],
    ),
    "responses.json": (
        Form.RESPONSES,
        [
            Ask(
                "responses.json:1",
                (
                    system("You are a weather assistant."),
                    user("Where is this?", images=(Image(640, 480, "low"),)),
                    Message("assistant", "", calls=(Call("get_weather", '{"city":"Hangzhou"}'),)),
                    Message("tool", "21 °C"),
                ),
                tools=(WEATHER,),
                model="gpt-5.2",
                max_output=300,
            )
        ],
    ),
    "gemini.jsonl": (
        Form.GEMINI,
        [
            Ask(
                "gemini.jsonl:1",
                (system("Be brief."), user("Describe the picture.", images=(PHOTO,))),
                max_output=64,
            )
        ],
    ),
    "sharegpt.json": (
        Form.SHAREGPT,
        [
            Ask(
                "identity_0",
                (user("什么是大模型？"), Message("assistant", "大模型是参数很多的神经网络。")),
            ),
            Ask(
                "identity_1",
                (
                    system("Answer in one sentence."),
                    user("What is a token?"),
                    Message("assistant", "A piece of text that a model reads as one unit."),
                ),
            ),
        ],
    ),
    "prompts.jsonl": (Form.PROMPT, prompts(*(f"prompts.jsonl:{n}" for n in (1, 2, 3)))),
    "strings.jsonl": (Form.PROMPT, prompts(*(f"strings.jsonl:{n}" for n in (1, 2, 3)))),
    "chats.json": (
        Form.CHAT,
        [Ask(f"chats.json[{n}]", (user(text),)) for n, text in enumerate(REVIEWS)],
    ),
    "conversation.json": (
        Form.CHAT,
        [
            Ask(
                "conversation.json:1",
                (
                    user("What is a token?"),
                    Message("assistant", "A piece of text."),
                    user("Of what size?"),
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize("name", CONTENT)
def test_real_files_become_requests(name: str) -> None:
    """One sample of each kind of file, told by itself and by its name."""
    path = SAMPLES / name
    form, expected = CONTENT[name]

    assert detect(name, path.read_text("utf-8")) is Form.AUTO
    assert unconditional(read_requests(TextStream(str(path), "utf-8"), name)) == expected
    if form is not Form.BATCH:
        found = read_requests(TextStream(str(path), "utf-8"), name, form=form)
        assert unconditional(found) == expected


def test_a_field_holds_the_prompt() -> None:
    """For data sets of any other form."""
    path = SAMPLES / "reviews.jsonl"
    found = read_requests(TextStream(str(path), "utf-8"), "r", field="text")

    assert list(found) == prompts("r:1", "r:2", "r:3")


# --- which form it is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "head", "form"),
    [
        ("a.jsonl", '{"prompt": "x"}', Form.PROMPT),
        ("A.JSONL", '{"prompt": "x"}', Form.PROMPT),
        ("a.ndjson", '{"messages": []}', Form.CHAT),
        ("a.json", '[{"contents": []}]', Form.GEMINI),
        ("a.json", '{\n  "requests": []\n}', Form.BATCH),
        ("a.json", '[{"from": "human", "value": "x"}]', Form.CHAT),
        ("a.jsonl", '\ufeff\n\n{"prompt": "x"}\n', Form.PROMPT),
        ("a.jsonl", '{broken\n{"prompt": "x"}\n', Form.PROMPT),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt": "half of a li', Form.PROMPT),
        ("a.jsonl", '{"model": "m", "messages": [{"content": "very lo', Form.AUTO),
        ("a.jsonl", '{"messages": [1,}\n', Form.AUTO),
        ("a.jsonl", '{"model": "m", "input": "x"}', Form.RESPONSES),
        ("a.jsonl", '{"instructions": "i", "input": "x"}', Form.RESPONSES),
        ("a.jsonl", '{"input": [{"role": "user"}]}', Form.RESPONSES),
        ("a.jsonl", '{"model": "m", "input": ["x", "y"]}', Form.EMBEDDINGS),
        ("a.txt", '{"prompt": "x"}', Form.TEXT),
        ("a.d/file.txt", '{"prompt": "x"}', Form.TEXT),
        *((name, '{"prompt": "x"}', Form.PROMPT) for name in ("-", "prompts", "a.d/prompts")),
        ("-", '{"messages": [{"role": "user"}]}', Form.CHAT),
        ("-", '"x"\n"y"\n', Form.PROMPT),
        ("-", '"x" is what she\nsaid', Form.TEXT),
        ("-", '"x"', Form.TEXT),
        ("-", '{"text": "x"}\n{"text": "y"}\n', Form.PROMPT),
        ("-", '{\n  "text": "x"\n}', Form.TEXT),
        ("a.json", "", Form.TEXT),
        ("a.json", "{}", Form.TEXT),
        ("package.json", '{"name": "p", "config": {"prompt": ""}}', Form.TEXT),
        ("a.json", "[1, 2]", Form.TEXT),
        ("a.jsonl", "plain text", Form.TEXT),
        ("a.json", '{"text": "x"}', Form.TEXT),
        ("alpaca.json", '[{"instruction": "a", "input": "b", "output": "c"}]', Form.PROMPT),
        ("data.jsonl", '{"text": "x"}', Form.PROMPT),
        ("data.jsonl", '{"label": "x"}', Form.TEXT),
        ("data.jsonl", '{"text": "x"}\n{"label": "x"}', Form.TEXT),
        ("messages.jsonl", '{"role": "user", "content": "x"}', Form.TEXT),
    ],
)
def test_a_file_says_what_it_holds(name: str, head: str, form: Form) -> None:
    """By its name and its first requests; what looks like none is text."""
    assert detect(name, head) is (form if form is Form.TEXT else Form.AUTO)


@pytest.mark.parametrize(
    ("value", "text", "columns"),
    [
        ({"text": "x", "label": 1}, "x", ("text",)),
        ({"content": "x", "id": "1"}, "x", ("content",)),
        ({"instruction": "x", "input": "y", "output": "z"}, "x\ny", ("instruction", "input")),
        ({"instruction": "x", "input": "", "output": "z"}, "x", ("instruction", "input")),
        ({"instruction": "x", "output": "z"}, "x", ("instruction",)),
        ({"question": "x", "answer": "y"}, "x", ("question",)),
        ({"prompt": "x", "completion": "y"}, "x", ("prompt",)),
        ({"prompt": "x"}, "x", ()),
    ],
)
def test_a_data_set_has_its_prompts_in_some_keys(
    value: dict[str, object], text: str, columns: tuple[str, ...]
) -> None:
    """Which are named beside the figures; answers are no input."""
    ask = one(value)

    assert (ask.text, ask.conditions.columns) == (text, columns)


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.jsonl", '{"label": "x"}', ["label"]),
        ("a.jsonl", '{"label": "x"}\n{"label": "x", "stars": 1}\n', ["label", "stars"]),
        ("-", '{"label": "x"}\n{"label": "y"}\n', ["label"]),
        ("-", '{"label": "x"}', []),
        ("a.json", '{\n  "label": "x"\n}', []),
        ("a.jsonl", "1\n2\n", []),
    ],
)
def test_lines_of_other_objects_are_told_with_their_keys(
    name: str, head: str, expected: list[str]
) -> None:
    assert keys_of_lines(name, head) == expected


def test_each_line_may_have_a_form_of_its_own() -> None:
    lines = [chat(said("hi")), {"prompt": "hi"}, "hi", {"contents": "hi"}, [said("hi")]]

    assert read("\n".join(map(json.dumps, lines))) == [
        Ask("f:1", (user(),)),
        Ask("f:2", text="hi"),
        Ask("f:3", text="hi"),
        Ask("f:4", (user(),)),
        Ask("f:5", (user(),)),
    ]


def test_a_form_that_is_named_holds_for_all() -> None:
    """So a line of another form is an error, not a guess."""
    assert problem({"prompt": "x"}, Form.CHAT) == "expected `messages`, found the keys `prompt`"
    assert problem(chat(said("x")), Form.BATCH) == "expected `body`, found the keys `messages`"
    assert one({"input": "x", "output": "y"}, Form.RESPONSES).messages == (user("x"),)
    assert one({"input": "x"}, Form.EMBEDDINGS).text == "x"


# --- what is in a request -----------------------------------------------------------------------

CALL = {"name": "f", "arguments": '{"x": 1}'}
ANSWER = Message("assistant", "", calls=(Call("f", '{"x": 1}'),))
MESSAGES = [
    pytest.param(said("hi"), [user()], id="text"),
    pytest.param(said([]), [user("")], id="no parts"),
    pytest.param(said(None, "assistant"), [Message("assistant", "")], id="null"),
    pytest.param(said("be brief", "developer"), [system()], id="developer"),
    pytest.param(said("hi", name="lin"), [user(name="lin")], id="name"),
    pytest.param(said(["a", {"text": "b"}]), [user("ab")], id="parts without a type"),
    pytest.param(
        said([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
        [user("ab")],
        id="parts are joined as they are",
    ),
    pytest.param(
        said([{"type": "refusal", "refusal": "no"}], "assistant"),
        [Message("assistant", "no")],
        id="refusal as a part",
    ),
    pytest.param(said(None, "assistant", refusal="no"), [Message("assistant", "no")], id="refusal"),
    pytest.param(
        said("b", "assistant", reasoning_content="a"),
        [Message("assistant", "b", thinking="a")],
        id="reasoning that is sent back",
    ),
    pytest.param(
        said(None, "assistant", tool_calls=[{"type": "function", "function": CALL}]),
        [ANSWER],
        id="tool call",
    ),
    pytest.param(
        said(None, "assistant", tool_calls=[{"function": {"name": "f", "arguments": {"x": 1}}}]),
        [Message("assistant", "", calls=(Call("f", '{"x":1}'),))],
        id="arguments as an object",
    ),
    pytest.param(
        said(
            None,
            "assistant",
            tool_calls=[{"type": "custom", "custom": {"name": "f", "input": "ls"}}],
        ),
        [Message("assistant", "", calls=(Call("f", "ls"),))],
        id="custom tool call",
    ),
    pytest.param(said(None, "assistant", function_call=CALL), [ANSWER], id="function call"),
    pytest.param(
        said("21", "function", name="f"), [Message("tool", "21", name="f")], id="function result"
    ),
    pytest.param(
        said([{"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}], "assistant"),
        [Message("assistant", "", calls=(Call("f", '{"x":1}'),))],
        id="Anthropic: tool use",
    ),
    pytest.param(
        said([{"type": "tool_result", "content": "21"}, {"type": "text", "text": "so?"}]),
        [Message("tool", "21"), user("so?")],
        id="Anthropic: tool result",
    ),
    pytest.param(
        said([{"type": "tool_result", "content": [{"type": "text", "text": "21"}]}]),
        [Message("tool", "21")],
        id="Anthropic: only a tool result",
    ),
    pytest.param(said([{"type": "tool_result"}]), [Message("tool", "")], id="an empty result"),
    pytest.param(
        said(
            [{"type": "thinking", "thinking": "a"}, {"type": "redacted_thinking", "data": "x"}],
            "assistant",
        ),
        [Message("assistant", "", media=(Media("hidden", 1),), thinking="a")],
        id="Anthropic: thinking",
    ),
    pytest.param(
        said([{"type": "image", "source": {"type": "url", "url": "https://e.com/a.png"}}]),
        [user("", images=(Image(None, None),))],
        id="Anthropic: image elsewhere",
    ),
    pytest.param(
        said(
            [
                {
                    "type": "document",
                    "title": "T. ",
                    "context": "C. ",
                    "source": {"type": "text", "data": "text"},
                }
            ]
        ),
        [user("T. C. text", media=(Media("note"),))],
        id="Anthropic: document of text",
    ),
    pytest.param(
        said([{"type": "document", "source": {"type": "content", "content": "text"}}]),
        [user("text")],
        id="Anthropic: document of parts",
    ),
    pytest.param(
        said([{"type": "search_result", "title": "T", "source": "S", "content": [{"text": "C"}]}]),
        [user("TSC")],
        id="Anthropic: search result",
    ),
    pytest.param(
        said([{"type": "image", "image": "https://e.com/a.png"}]),
        [user("", images=(Image(None, None),))],
        id="Qwen: image",
    ),
    pytest.param(
        said([{"type": "image_url", "image_url": "https://e.com/a.png"}]),
        [user("", images=(Image(None, None),))],
        id="image without an object",
    ),
    pytest.param(
        said([{"type": "input_image", "file_id": "file-1", "detail": "low"}]),
        [user("", images=(Image(None, None, "low"),))],
        id="Responses: image by its id",
    ),
]


@pytest.mark.parametrize(("body", "expected"), MESSAGES)
def test_messages_are_read_with_all_that_is_billed(
    body: dict[str, object], expected: list[Message]
) -> None:
    assert list(one(chat(body)).messages) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (said("hi"), [user()]),
        ({"type": "message", **said([{"type": "output_text", "text": "a"}], "assistant")},
         [Message("assistant", "a")]),
        ({"type": "function_call", **CALL}, [ANSWER]),
        ({"type": "function_call_output", "output": "21"}, [Message("tool", "21")]),
        ({"type": "function_call_output", "output": [{"type": "input_text", "text": "21"}]},
         [Message("tool", "21")]),
        ({"type": "custom_tool_call", "name": "f", "input": "ls"},
         [Message("assistant", "", calls=(Call("f", "ls"),))]),
        ({"type": "custom_tool_call_output", "output": "a b"}, [Message("tool", "a b")]),
        ({"type": "reasoning", "summary": []}, []),
    ],
)  # fmt: skip
def test_items_of_responses_are_messages(item: dict[str, object], expected: list[Message]) -> None:
    assert list(one({"input": [item]}).messages) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"text": "hi"}, [user()]),
        ({"functionCall": {"name": "f", "args": {"x": 1}}},
         [user("", calls=(Call("f", '{"x":1}'),))]),
        ({"function_response": {"name": "f", "response": {"y": 2}}}, [Message("tool", '{"y":2}')]),
        ({"inline_data": {"mime_type": "image/png", "data": ""}},
         [user("", images=(Image(None, None),))]),
    ],
)  # fmt: skip
def test_parts_of_gemini_are_messages(part: dict[str, object], expected: list[Message]) -> None:
    assert list(one({"contents": [{"role": "user", "parts": [part]}]}).messages) == expected


@pytest.mark.parametrize(
    ("others", "tools"),
    [
        ({}, ()),
        ({"tools": None}, ()),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, (Tool("f"),)),
        ({"tools": [{"type": "function", "name": "f", "parameters": {"a": 1}, "strict": True}]},
         (Tool("f", parameters='{"a":1}'),)),
        ({"tools": [{"name": "f", "description": "d", "input_schema": {"a": 1}}]},
         (Tool("f", "d", '{"a":1}'),)),
        ({"tools": [{"functionDeclarations": [{"name": "f"}, {"name": "g", "description": None}]}]},
         (Tool("f"), Tool("g"))),
        ({"tools": [{"type": "custom", "custom": {"name": "f", "format": {"type": "text"}}}]},
         (Tool("f", parameters='{"type":"text"}'),)),
        ({"functions": [{"name": "f", "parameters": {}}]}, (Tool("f"),)),
        ({"tools": [{"type": "web_search"}]}, ()),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, ()),
        ({"tools": [{"googleSearch": {}}]}, ()),
        ({"tools": [{"name": "f", "input_schema": {"a": 10**30}}]},
         (Tool("f", parameters='{"a":1' + "0" * 30 + "}"),)),
    ],
)  # fmt: skip
def test_tools_are_read_in_every_form(others: dict[str, object], tools: tuple[Tool, ...]) -> None:
    """The vendor's own tools have nothing but a name in the request."""
    assert one(chat(said("hi"), **others)).tools == tools


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (chat(max_tokens=5), 5),
        (chat(max_completion_tokens=5, max_tokens=9), 5),
        (chat(max_tokens=None), None),
        (chat(max_tokens=0), 0),
        (chat(max_tokens=5, n=3), 15),
        (chat(n=3), None),
        ({"prompt": "x", "max_tokens": 5}, 5),
        ({"model": "m", "input": "x", "max_output_tokens": 5}, 5),
        ({"contents": "x", "generationConfig": {"maxOutputTokens": 5, "candidateCount": 2}}, 10),
    ],
)
def test_the_limit_of_the_output_is_of_all_answers(
    body: dict[str, object], most: int | None
) -> None:
    assert one(body).max_output == most


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"prompt": ["a", "b"]}, [Ask("f:1[0]", text="a"), Ask("f:1[1]", text="b")]),
        ({"prompt": [said("hi")]}, [Ask("f:1", (user(),))]),
        ({"custom_id": 7, "body": {"prompt": "x"}}, [Ask("7", text="x")]),
        ({"custom_id": "a", "url": "/v1/embeddings", "body": {"input": "x"}}, [Ask("a", text="x")]),
        ({"custom_id": "a", "url": "/v1/completions", "body": {"prompt": "x"}},
         [Ask("a", text="x")]),
        ({"custom_id": "a", "url": "/v1/responses", "body": {"input": "hi"}},
         [Ask("a", (user(),))]),
        ({"conversations": [{"role": "user", "content": "hi"}]}, [Ask("f:1", (user(),))]),
        ({"conversations": [{"from": "human", "value": "hi"}], "tools": '[{"name": "f"}]'},
         [Ask("f:1", (user(),), tools=(Tool("f"),))]),
        ([{"from": "human", "value": "hi"}], [Ask("f:1", (user(),))]),
        ({"messages": [said("hi")], "system": [{"type": "text", "text": "be brief"}]},
         [Ask("f:1", (system(), user()))]),
        ({"contents": "hi", "system_instruction": "be brief"}, [Ask("f:1", (system(), user()))]),
    ],
)  # fmt: skip
def test_frames_of_requests(body: object, expected: list[Ask]) -> None:
    """What stands around the messages."""
    assert unconditional(read(json.dumps(body))) == expected


def test_half_a_surrogate_pair_is_the_character_of_what_is_broken() -> None:
    """In an escape as in a text; whole pairs and escaped backslashes stay."""
    for text, expected in (
        (r"a\\ud800", "a\\ud800"),
        (r"a\ud800b", "a\ufffdb"),
        (r"\udc00", "\ufffd"),
        (r"\ud83d\ude00\ud83d", "\U0001f600\ufffd"),
        ("\ud800", "\ufffd"),
    ):
        assert read(f'{{"prompt": "{text}"}}') == [Ask("f:1", text=expected)]


# --- what is wrong ------------------------------------------------------------------------------

BROKEN = [
    pytest.param('{"prompt": ', "not JSON: ", id="cut off"),
    pytest.param("{bad}", "not JSON: ", id="no JSON"),
    pytest.param('{"prompt": NaN}', "not JSON: ", id="NaN"),
    pytest.param('{"prompt": "a"},', "not JSON: ", id="comma"),
    pytest.param('{"prompt": "a",}', "not JSON: ", id="comma within"),
    pytest.param('{"prompt": "a"}}', "not JSON: ", id="bracket"),
    pytest.param("{" * 100_000, "not JSON: ", id="open brackets"),
    pytest.param("[" * 100_000 + "]" * 100_000, "nested too deeply", id="deep lists"),
    pytest.param('{"a":' * 9999 + "1" + "}" * 9999, "nested too deeply", id="deep objects"),
    pytest.param('{"prompt": ' + "9" * 5000 + "}", "not JSON: ", id="a number without end"),
    pytest.param("{}", "no known request: an empty object", id="empty object"),
    pytest.param('{"a": 1, "b": 2}', "no known request: the keys `a`, `b`", id="other keys"),
    pytest.param("5", "no known request: a number", id="number"),
    pytest.param("null", "no known request: null", id="null"),
    pytest.param('[{"prompt": "a"}]\n[', "no known request: a list", id="list in a line"),
    pytest.param(json.dumps(dict.fromkeys(range(12))), "`7` and 4 more", id="many keys"),
    pytest.param(json.dumps({"k" * 99: 0}), "`" + "k" * 40 + "…`", id="long keys"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "message"), BROKEN)
def test_a_broken_line_is_told_and_harms_no_other(line: str, message: str) -> None:
    """Its number counts from one, and blank lines count."""
    found = read(f'{{"prompt": "before"}}\n\n{line}\n{{"prompt": "behind"}}\r\n')

    assert found[0] == Ask("f:1", text="before")
    assert isinstance(found[1], BadLine)
    assert (found[1].name, found[1].line) == ("f:3", 3)
    assert message in found[1].message
    assert isinstance(found[-1], Ask)
    assert found[-1].text == "behind"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"messages": ["hi"]}, "`messages`[0], a message: expected an object, found text"),
        ({"messages": {}}, "`messages`: expected a list, found an object"),
        (chat(said("a"), said(5)),
         "`messages`[1], `content`: expected text or a list of parts, found a number"),
        (chat({"content": "a"}), "`messages`[0], expected `role`, found the keys `content`"),
        (chat(said("a", "boss")),
         '`messages`[0], `role`: expected system, user, assistant or tool, found "boss"'),
        (chat(said([{"type": []}])),
         "`messages`[0], `content`[0]: a part of the type [] cannot be counted"),
        (chat(said([{"type": "text"}])),
         "`messages`[0], `content`[0], expected `text`, found the keys `type`"),
        (chat(said(None, "assistant", audio={"id": "a"})),
         "`messages`[0], `audio` cannot be counted"),
        (chat(tools={}), "`tools`: expected a list, found an object"),
        (chat(max_tokens="5"), "`max_tokens`: expected a whole number from 0 on, found text"),
        (chat(max_tokens=True), "`max_tokens`: expected a whole number from 0 on, found true"),
        (chat(max_tokens=-1), "`max_tokens`: expected a whole number from 0 on, found a number"),
        (chat(model=5), "`model`: expected text, found a number"),
        ({"prompt": [1, 2]}, "`prompt`: expected text or a list of texts, found numbers"),
        ({"prompt": None}, "`prompt`: expected text or a list of texts, found null"),
        ({"input": [{"type": "item_reference", "id": "a"}]},
         '`input`[0], an item of the type "item_reference" cannot be counted'),
        ({"model": "m", "input": "x", "previous_response_id": "r"},
         "`previous_response_id` stands for text that is not in the request"),
        ({"model": "m", "input": [], "instructions": 5},
         "no known request: the keys `model`, `input`, `instructions`"),
        ({"custom_id": "a", "url": "/v1/responses", "body": {"input": 5}},
         "`input`: expected text or a list of items, found a number"),
        ({"contents": [5]}, "`contents`[0]: expected text or an object, found a number"),
        ({"contents": [{"parts": [{"fileData": {}}]}]},
         "`contents`[0] parts[0]: a part with the keys `fileData` cannot be counted"),
        ({"conversations": [{"from": "human"}]},
         "`conversations`[0], expected `value`, found the keys `from`"),
        ({"conversations": [], "tools": "[x"}, "`tools` is not JSON: "),
        ({"custom_id": "a", "body": []}, "`body`: expected an object, found a list"),
        ({"custom_id": "a", "body": {}}, "expected `messages`, found an empty object"),
    ],
)  # fmt: skip
def test_a_request_of_another_shape_is_told(body: object, message: str) -> None:
    """Where it is, what was expected there and what was found."""
    assert problem(body).startswith(message)


def test_one_broken_request_of_a_whole_batch_harms_no_other() -> None:
    body = {"requests": [{"custom_id": "a", "params": chat()}, {"custom_id": "b"}]}

    assert read(json.dumps(body)) == [
        Ask("a"),
        BadLine("f[1]", 1, "expected `body`, found the keys `custom_id`"),
    ]


@pytest.mark.parametrize("lines", [1, 100, 5000])
def test_a_key_that_no_line_has_is_one_error(lines: int) -> None:
    """With the keys that there are, as soon as a hundred lines are without it."""
    text = iter(['{"q": 1, "a": "x"}\n'] * lines)

    with pytest.raises(UnreadableInput, match="`f` has no key `b`") as error:
        list(read_requests(text, "f", field="b"))
    assert error.value.hint == "it has `q`, `a`"
    assert any(text) is (lines == 5000)  # not all of it was read


def test_a_key_may_come_late() -> None:
    text = '{"q": 1}\n' * 99 + '{"a": "x"}\n'

    assert [type(one) for one in read(text, field="a")] == [BadLine] * 99 + [Ask]


def test_a_missing_field_is_told() -> None:
    assert read('{"a": 1}\n{"text": null}\n[]', field="text") == [
        BadLine("f:1", 1, "expected `text`, found the keys `a`"),
        BadLine("f:2", 2, "`text`: expected text, found null"),
        BadLine("f:3", 3, "a line: expected an object, found a list"),
    ]


def test_of_a_key_that_is_there_twice_the_last_counts() -> None:
    assert read('{"prompt": "a", "prompt": "b"}') == [Ask("f:1", text="b")]


# --- lines, lists and values over several lines -------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\ufeff\n \n", []),
        ("[]", []),
        ('"a"', [Ask("f:1", text="a")]),
        ('"a\u2028\x85b"\r\n', [Ask("f:1", text="a\u2028\x85b")]),
        ('\ufeff"a"\n\n"b"', [Ask("f:1", text="a"), Ask("f:3", text="b")]),
        ('["a", "b"]', [Ask("f[0]", text="a"), Ask("f[1]", text="b")]),
        ('[\n"a"\n,\n"b"\n]\n', [Ask("f[0]", text="a"), Ask("f[1]", text="b")]),
        ('["a,]", "\\"]["]', [Ask("f[0]", text="a,]"), Ask("f[1]", text='"][')]),
        ('[{"role": "user", "content": "hi"}]', [Ask("f:1", (user(),))]),
        ('\n[\n{"role": "user",\n"content": "hi"}\n, {"role": "user", "content": "[,]"}]',
         [Ask("f:2", (user(), user("[,]")))]),
        ('[{"from": "human", "value": "hi"}]\n[{"from": "human", "value": "hi"}]',
         [Ask("f:1", (user(),)), Ask("f:2", (user(),))]),
        ('{\n"prompt": "a"\n}\n{\n"prompt": "b"\n}', [Ask("f:1", text="a"), Ask("f:4", text="b")]),
        ('["a", "b",]',
         [Ask("f[0]", text="a"), Ask("f[1]", text="b"),
          BadLine("f[2]", 1, "expected a request, found nothing: a comma too many")]),
        ('["a",\n,"b"]',
         [Ask("f[0]", text="a"),
          BadLine("f[1]", 2, "expected a request, found nothing: a comma too many"),
          Ask("f[2]", text="b")]),
        ('["a"\n',
         [Ask("f[0]", text="a"), BadLine("f[0]", 2, "the file ends inside of its list")]),
        ('["a"]]',
         [Ask("f[0]", text="a"), BadLine("f:1", 1, "not JSON")]),
        ('[5,\n{"prompt": "a" "b"},\n{"prompt": "c"}]',
         [BadLine("f[0]", 1, "no known request: a number"),
          BadLine("f[1]", 2, "not JSON"),
          Ask("f[2]", text="c")]),
        ('[\n{"prompt": "open\n},\n"c"]',
         [BadLine("f[0]", 2, "not JSON"), Ask("f[1]", text="c")]),
        ('["a"}, "b"]',
         [BadLine("f[0]", 1, "not JSON"), Ask("f[1]", text="b")]),
    ],
)  # fmt: skip
def test_requests_are_cut_out_of_any_layout(text: str, expected: list[Ask | BadLine]) -> None:
    """One a line, a list of them, or one after the other over several lines."""
    assert [without_reason(one) for one in read(text)] == expected


def without_reason(found: Ask | BadLine) -> Ask | BadLine:
    """What the parser of JSON finds wrong is its own matter."""
    if isinstance(found, BadLine) and found.message.startswith("not JSON: "):
        return BadLine(found.name, found.line, "not JSON")
    return found


LAYOUTS: list[Callable[[list[object]], str]] = [
    lambda values: "\n".join(json.dumps(one, ensure_ascii=False) for one in values),
    lambda values: "\n".join(json.dumps(one, indent=1) for one in values),
    lambda values: json.dumps(values),
    lambda values: json.dumps(values, indent=2, ensure_ascii=False),
]
TEXTS = st.text(st.sampled_from('ab"\\[]{},:\n价🙂\u2028') | st.characters(codec="utf-8"))


LONG = "x" * 70_000  # more than is looked at before the cutting starts


@given(st.lists(TEXTS, max_size=4), st.sampled_from(LAYOUTS), st.integers(1, 9))
def test_no_layout_and_no_block_changes_a_request(
    texts: list[str], layout: Callable[[list[object]], str], size: int
) -> None:
    """Wherever blocks end, also within strings and behind backslashes."""
    texts = [LONG, *texts]
    text = layout([{"prompt": one} for one in texts])
    places = range(len(LONG), len(text), size)
    blocks = [text[: len(LONG)], *(text[at : at + size] for at in places)]

    for stream in ([text], blocks):
        found = list(read_requests(stream, "f"))
        assert [one.text for one in found if isinstance(one, Ask)] == texts
        assert len(found) == len(texts)


# --- the same request in every form -------------------------------------------------------------

NAMES = st.text(st.characters(categories=["L", "N"], codec="utf-8"), min_size=1, max_size=8)
OBJECTS = st.dictionaries(
    NAMES, st.none() | st.booleans() | st.integers() | TEXTS | st.lists(st.integers(), max_size=2),
    max_size=3,
)  # fmt: skip
CALLS = st.builds(Call, NAMES, OBJECTS.map(json_text))
TURNS = st.one_of(
    st.builds(Message, st.just("user"), TEXTS),
    st.builds(Message, st.just("assistant"), TEXTS, calls=st.lists(CALLS, max_size=2).map(tuple)),
    st.builds(Message, st.just("tool"), TEXTS),
)
TOOLS = st.builds(Tool, NAMES, TEXTS, OBJECTS.map(json_text))
ASKS = st.builds(
    Ask,
    st.just("f:1"),
    st.tuples(st.builds(Message, st.just("system"), TEXTS), TURNS, TURNS),
    tools=st.lists(TOOLS, max_size=2).map(tuple),
    model=NAMES,
    max_output=st.none() | st.integers(0, 10**6),
)


def as_chat(ask: Ask) -> dict[str, object]:
    messages = []
    for turn in ask.messages:
        calls = [{"type": "function", "function": parts_of(call)} for call in turn.calls]
        messages.append(said(turn.text, turn.role, **({"tool_calls": calls} if calls else {})))
    tools = [{"type": "function", "function": definition(one, "parameters")} for one in ask.tools]
    return {**chat(*messages, tools=tools), **settings_of(ask, "max_completion_tokens")}


def parts_of(call: Call) -> dict[str, str]:
    return {"name": call.name, "arguments": call.arguments}


def definition(tool: Tool, schema: str) -> dict[str, object]:
    return {
        "name": tool.name,
        "description": tool.description,
        schema: json.loads(tool.parameters),
    }


def settings_of(ask: Ask, most: str) -> dict[str, object]:
    return {"model": ask.model, most: ask.max_output}


def as_batch(ask: Ask) -> dict[str, object]:
    return {"custom_id": ask.name, "url": "/v1/chat/completions", "body": as_chat(ask)}


def as_anthropic(ask: Ask) -> dict[str, object]:
    first, *turns = ask.messages
    return {
        "system": [{"type": "text", "text": first.text}],
        "messages": [said(list(blocks(one)), ROLE.get(one.role, one.role)) for one in turns],
        "tools": [definition(one, "input_schema") for one in ask.tools],
        **settings_of(ask, "max_tokens"),
    }


ROLE = {"tool": "user"}


def blocks(turn: Message) -> Iterator[dict[str, object]]:
    if turn.role == "tool":
        yield {"type": "tool_result", "content": turn.text}
        return
    yield {"type": "text", "text": turn.text}
    for call in turn.calls:
        yield {"type": "tool_use", "name": call.name, "input": json.loads(call.arguments)}


def as_message_batch(ask: Ask) -> dict[str, object]:
    return {"requests": [{"custom_id": ask.name, "params": as_anthropic(ask)}]}


def as_gemini(ask: Ask) -> dict[str, object]:
    first, *turns = ask.messages
    return {
        "systemInstruction": {"parts": [{"text": first.text}]},
        "contents": [{"role": ROLES[one.role], "parts": list(parts(one))} for one in turns],
        "tools": [{"functionDeclarations": [definition(one, "parameters") for one in ask.tools]}],
        "generationConfig": {"maxOutputTokens": ask.max_output},
        "model": ask.model,
    }


ROLES = {"user": "user", "assistant": "model", "tool": "user"}


def parts(turn: Message) -> Iterator[dict[str, object]]:
    yield {"text": turn.text}
    for call in turn.calls:
        yield {"functionCall": {"name": call.name, "args": json.loads(call.arguments)}}


@pytest.mark.parametrize("write", [as_chat, as_batch, as_anthropic, as_message_batch])
@given(ask=ASKS)
def test_a_request_is_the_same_in_every_form(
    write: Callable[[Ask], dict[str, object]], ask: Ask
) -> None:
    """Written down as a vendor wants it and read back, nothing is lost or changed."""
    assert one(write(ask)) == ask


@given(ask=ASKS.filter(lambda ask: all(turn.role != "tool" for turn in ask.messages)))
def test_a_request_is_the_same_for_gemini(ask: Ask) -> None:
    """Whose results of tools are objects, not text."""
    assert one(as_gemini(ask)) == ask
