"""Parsed request bodies of OpenAI, Anthropic, Gemini, DashScope and batches as chat requests.

One function per form, which raises BadShape for what is not of the form.
"""

from collections.abc import Callable, Sequence

from llmcost.chat import Ask, Message
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
    keys,
    kind,
    list_of,
    needed,
    object_of,
    optional_text,
    text_of,
    unlike,
    wrong,
)
from llmcost.inputs.request_conditions import conditions_of, from_data, tools_of
from llmcost.inputs.request_forms import Form, columns_of, form_of, is_conversation
from llmcost.messages import say

A_REQUEST = say("a request")
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens")
# what stands for text that the vendor keeps
ELSEWHERE = ("previous_response_id", "conversation", "prompt", "cachedContent", "cached_content")


def asks_of(value: Json, form: Form, name: str) -> list[Ask]:
    """The requests of one value; a list of prompts holds several. `auto` looks at its keys."""
    if isinstance(value, list) and is_conversation(value):
        value = {"messages" if "role" in value[0] else "conversations": value}
        form = form if form in (Form.CHAT, Form.ANTHROPIC, Form.SHAREGPT) else Form.AUTO
    if form is Form.AUTO and isinstance(value, dict) and (columns := columns_of(value)):
        return [of_columns(value, columns, name)]
    chosen = form_of(value) if form is Form.AUTO else form
    if chosen is None:
        found = keys(value) if isinstance(value, dict) else kind(value)
        raise BadShape(say("no known request: {found}", found=found))
    if isinstance(value, str) and chosen is Form.PROMPT:
        return [Ask(name, text=value)]
    return SHAPES[chosen](object_of(value, A_REQUEST), name)


def of_columns(value: Object, columns: tuple[str, ...], name: str) -> Ask:
    """A bare prompt of a data set, of which some texts may be empty."""
    texts = [text for key in columns if isinstance(text := value[key], str) and text]
    return Ask(name, text="\n".join(texts), conditions=from_data(columns))


def chat(body: Object, name: str) -> list[Ask]:
    """A body of OpenAI's chat completions; `n` answers may be as long as the limit each."""
    values = list_of(needed(body, "messages"), "`messages`")
    return [ask(body, name, chat_messages(values), values=values)]


def anthropic(body: Object, name: str) -> list[Ask]:
    """A body of Anthropic's messages, or ERNIE's own: the system prompt stands beside them."""
    values = list_of(needed(body, "messages"), "`messages`")
    messages = [*system(body.get("system"), "`system`"), *chat_messages(values)]
    return [ask(body, name, messages, values=values)]


def dashscope(body: Object, name: str) -> list[Ask]:
    """DashScope's own body: messages, or a prompt that is one, in `input`, the rest in
    `parameters`."""
    inner = object_of(needed(body, "input"), "`input`")
    settings = object_of(body.get("parameters") or {}, "`parameters`")
    rest = {key: value for key, value in body.items() if key not in ("input", "parameters")}
    whole = {**rest, **settings, **inner}
    if "messages" not in inner:
        text = text_of(needed(inner, "prompt"), "`prompt`")
        return [ask(whole, name, [Message("user", text)], values=())]
    values = list_of(inner["messages"], "`messages`")
    return [ask(whole, name, chat_messages(values), values=values)]


def system(value: Json, where: str) -> list[Message]:
    parts = Parts()
    read_content(value, parts, where)
    return [] if value is None else [parts.message("system")]


def responses(body: Object, name: str) -> list[Ask]:
    """A body of OpenAI's Responses: text or items, and instructions."""
    check_whole(body)
    value = needed(body, "input")
    messages = [Message("user", value)] if isinstance(value, str) else items(value)
    messages = [*system(body.get("instructions") or None, "`instructions`"), *messages]
    values = value if isinstance(value, list) else ()
    return [ask(body, name, messages, form="responses", values=values)]


def check_whole(body: Object) -> None:
    """Raises BadShape for text that the vendor keeps, and that cannot be counted."""
    for key in ELSEWHERE:
        if body.get(key) is not None:
            raise BadShape(say("`{key}` stands for text that is not in the request", key=key))


def items(value: Json) -> list[Message]:
    if not isinstance(value, list):
        raise wrong("`input`", say("text or a list of items"), value)
    return response_messages(value)


def gemini(body: Object, name: str) -> list[Ask]:
    """A body of Gemini's generateContent, or of its embedContent."""
    check_whole(body)
    if "content" in body and "contents" not in body:
        parts = Parts()
        gemini_content(body["content"], parts, "`content`")
        return [ask(body, name, text="".join(parts.texts))]
    value = needed(body, "contents")
    messages = gemini_messages(value if isinstance(value, list) else [value])
    instruction = body.get("systemInstruction") or body.get("system_instruction")
    if instruction is not None:
        parts = Parts()
        gemini_content(instruction, parts, "`systemInstruction`")
        messages.insert(0, parts.message("system"))
    settings = body.get("generationConfig") or body.get("generation_config") or {}
    whole = {**body, **object_of(settings, "`generationConfig`")}
    return [ask(whole, name, messages)]


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
        return [ask(body, name, chat_messages(value, "`prompt`"), values=value)]
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


def ask(
    body: Object,
    name: str,
    messages: Sequence[Message] = (),
    text: str = "",
    *,
    form: str = "chat",
    values: Sequence[Json] = (),
) -> Ask:
    """What all forms share: tools, conditions, the model, the limit of the output.

    `values` are the messages as the request has them.
    """
    model = optional_text(body, "model")
    conditions = conditions_of(body, form, values)
    return Ask(name, tuple(messages), text, tools_of(body), model, limit(body), conditions)


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
    Form.DASHSCOPE: dashscope,
    **{Form.PROMPT: prompt, Form.EMBEDDINGS: embeddings},
}
