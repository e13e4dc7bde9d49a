"""Parsed request bodies of OpenAI, Anthropic, Gemini and batches as chat requests; their tools.

One function per form, which raises BadShape for what is not of the form. Left out, because no
vendor says how many tokens it adds: the JSON schema of `response_format`, of `text.format` and of
`output_config`, which is put before the model in a way that is not shown.
"""

from collections.abc import Callable

from llmcost.chat import Ask, Message, Tool
from llmcost.inputs.chat_messages import (
    chat_messages,
    gemini_messages,
    response_messages,
    sharegpt_messages,
)
from llmcost.inputs.content import Parts, gemini_content, read_content
from llmcost.inputs.json_values import (
    BadShape,
    Json,
    Object,
    json_text,
    keys,
    kind,
    list_of,
    needed,
    object_of,
    optional_list,
    optional_text,
    text_of,
    unlike,
    wrong,
)
from llmcost.inputs.request_forms import Form, form_of, is_conversation
from llmcost.messages import say

A_TOOL, A_FUNCTION, FUNCTIONS = say("a tool"), say("a function"), say("functions")


def tools_of(body: Object) -> tuple[Tool, ...]:
    """Of `tools`, and of `functions`, as they were called before."""
    if "tools" not in body and "functions" not in body:
        return ()
    found = [one for value in optional_list(body, "tools") for one in tools_in(value)]
    functions = (object_of(value, A_FUNCTION) for value in optional_list(body, "functions"))
    return tuple(found + [function(one) for one in functions])


def tools_in(value: Json) -> list[Tool]:
    """One definition; Gemini puts several into one."""
    body = object_of(value, A_TOOL)
    declared = body.get("functionDeclarations", body.get("function_declarations"))
    if declared is not None:
        return [function(object_of(one, A_FUNCTION)) for one in list_of(declared, FUNCTIONS)]
    inner = body.get("function") or body.get("custom")
    if inner is not None:
        return [function(object_of(inner, "`function`"))]
    if "name" in body:
        return [function(body)]
    # a tool of the vendor's own, whose definition is not in the request: its name at least
    return [Tool(text_of(needed(body, "type"), "`type`"))] if "type" in body else hosted(body)


def hosted(body: Object) -> list[Tool]:
    """Gemini's: `{"googleSearch": {}}`."""
    return [Tool(name) for name in body]


def function(body: Object) -> Tool:
    """`parameters` is called `input_schema` by Anthropic; a custom tool has a `format`."""
    schemas = ("parameters", "input_schema", "parametersJsonSchema", "format")
    schema: Json = next((body[key] for key in schemas if body.get(key) is not None), {})
    name = text_of(needed(body, "name"), "`name`")
    return Tool(name, optional_text(body, "description"), json_text(schema))


A_REQUEST = say("a request")
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens")
# what stands for text that the vendor keeps
ELSEWHERE = ("previous_response_id", "conversation", "prompt")


def asks_of(value: Json, form: Form, name: str) -> list[Ask]:
    """The requests of one value; a list of prompts holds several. `auto` looks at its keys."""
    if isinstance(value, list) and is_conversation(value):
        value = {"messages" if "role" in value[0] else "conversations": value}
        form = form if form in (Form.CHAT, Form.ANTHROPIC, Form.SHAREGPT) else Form.AUTO
    chosen = form_of(value) if form is Form.AUTO else form
    if chosen is None:
        found = keys(value) if isinstance(value, dict) else kind(value)
        raise BadShape(say("no known request: {found}", found=found))
    if isinstance(value, str) and chosen is Form.PROMPT:
        return [Ask(name, text=value)]
    return SHAPES[chosen](object_of(value, A_REQUEST), name)


def chat(body: Object, name: str) -> list[Ask]:
    """A body of OpenAI's chat completions; `n` answers may be as long as the limit each."""
    messages = chat_messages(list_of(needed(body, "messages"), "`messages`"))
    return [ask(body, name, messages)]


def anthropic(body: Object, name: str) -> list[Ask]:
    """A body of Anthropic's messages: the system prompt stands beside them."""
    messages = chat_messages(list_of(needed(body, "messages"), "`messages`"))
    return [ask(body, name, [*system(body.get("system"), "`system`"), *messages])]


def system(value: Json, where: str) -> list[Message]:
    parts = Parts()
    read_content(value, parts, where)
    return [] if value is None else [parts.message("system")]


def responses(body: Object, name: str) -> list[Ask]:
    """A body of OpenAI's Responses: text or items, and instructions."""
    for key in ELSEWHERE:
        if body.get(key) is not None:
            raise BadShape(say("`{key}` stands for text that is not in the request", key=key))
    value = needed(body, "input")
    messages = [Message("user", value)] if isinstance(value, str) else items(value)
    return [ask(body, name, [*system(body.get("instructions"), "`instructions`"), *messages])]


def items(value: Json) -> list[Message]:
    if not isinstance(value, list):
        raise wrong("`input`", say("text or a list of items"), value)
    return response_messages(value)


def gemini(body: Object, name: str) -> list[Ask]:
    """A body of Gemini's generateContent."""
    value = needed(body, "contents")
    messages = gemini_messages(value if isinstance(value, list) else [value])
    instruction = body.get("systemInstruction") or body.get("system_instruction")
    if instruction is not None:
        parts = Parts()
        gemini_content(instruction, parts, "`systemInstruction`")
        messages.insert(0, parts.message("system"))
    settings = body.get("generationConfig") or body.get("generation_config") or {}
    return [ask({**body, **object_of(settings, "`generationConfig`")}, name, messages)]


def sharegpt(body: Object, name: str) -> list[Ask]:
    """A conversation of a data set; its `tools` may be a list, or JSON as text."""
    key = "conversation" if "conversation" in body else "conversations"
    messages = sharegpt_messages(list_of(needed(body, key), f"`{key}`"), f"`{key}`")
    if isinstance(body.get("tools"), str):
        body = {**body, "tools": parsed(body["tools"])}
    id = body.get("id")
    messages = [*system(body.get("system"), "`system`"), *messages]
    return [ask(body, id if isinstance(id, str) else name, messages)]


def parsed(text: str) -> Json:
    import msgspec

    try:
        return msgspec.json.decode(text) if text.strip() else []
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadShape(say("`tools` is not JSON: {error}", error=str(error))) from None


def prompt(body: Object, name: str) -> list[Ask]:
    """A bare prompt, several of them, or a list of messages."""
    value = needed(body, "prompt")
    if isinstance(value, list) and is_conversation(value):
        return [ask(body, name, chat_messages(value, "`prompt`"))]
    return bare(value, "`prompt`", body, name)


def embeddings(body: Object, name: str) -> list[Ask]:
    return bare(needed(body, "input"), "`input`", body, name)


def bare(value: Json, where: str, body: Object, name: str) -> list[Ask]:
    """Texts without a frame: each of a list is billed as it would be alone."""
    if isinstance(value, str):
        return [ask(body, name, text=value)]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        found = say("numbers") if isinstance(value, list) else kind(value)
        raise unlike(where, say("text or a list of texts"), found)
    return [ask(body, f"{name}[{number}]", text=one) for number, one in enumerate(value)]


def batch(body: Object, name: str) -> list[Ask]:
    """A line of a batch file: OpenAI's and its followers', Anthropic's or Gemini's."""
    id = body.get("custom_id", body.get("key"))
    name = name if id is None else str(id)
    if "params" in body:
        return anthropic(object_of(body["params"], "`params`"), name)
    if "request" in body:
        return gemini(object_of(body["request"], "`request`"), name)
    inner = object_of(needed(body, "body"), "`body`")
    return asks_of(inner, endpoint(body, inner), name)


def endpoint(body: Object, inner: Object) -> Form:
    """What the address says; the batch files of some vendors have none."""
    url = optional_text(body, "url")
    for end, form in ENDPOINTS.items():
        if url.rstrip("/").endswith(end):
            return form
    return form_of(inner) or Form.CHAT


ENDPOINTS = {
    **{"/chat/completions": Form.CHAT, "/responses": Form.RESPONSES},
    **{"/embeddings": Form.EMBEDDINGS, "/completions": Form.PROMPT},
    **{"/messages": Form.ANTHROPIC},
}


def ask(body: Object, name: str, messages: list[Message] | None = None, text: str = "") -> Ask:
    """What all forms share: tools, the model, the limit of the output."""
    model = optional_text(body, "model")
    return Ask(name, tuple(messages or ()), text, tools_of(body), model, limit(body))


def limit(body: Object) -> int | None:
    """The most tokens that may come back, of all answers together."""
    for key in LIMITS:
        value = body.get(key)
        if value is not None:
            answers = body.get("n") or body.get("candidateCount") or 1
            for number, where in ((value, key), (answers, "n")):
                if type(number) is not int or number < 0:
                    raise wrong(f"`{where}`", say("a whole number from 0 on"), number)
            return int(value * answers)
    return None


SHAPES: dict[Form, Callable[[Object, str], list[Ask]]] = {
    **{Form.CHAT: chat, Form.ANTHROPIC: anthropic, Form.BATCH: batch},
    **{Form.RESPONSES: responses, Form.GEMINI: gemini, Form.SHAREGPT: sharegpt},
    **{Form.PROMPT: prompt, Form.EMBEDDINGS: embeddings},
}
