"""A chat request in no vendor's form: messages, tools and images."""

import msgspec


class Image(msgspec.Struct, frozen=True):
    """Pixels, None where they are not known; `detail` as OpenAI has it: auto, low, high."""

    width: int | None
    height: int | None
    detail: str = "auto"


class Media(msgspec.Struct, frozen=True):
    """A part that is neither text nor image: `kind` is pdf, audio, video, file or signature.

    `size` is in bytes, of a signature in characters; None where the part is elsewhere. `units` are
    pages of a PDF or seconds of a WAV file, None where they are not known.
    """

    kind: str
    size: int | None = None
    units: float | None = None


class Call(msgspec.Struct, frozen=True):
    """A tool call that the model made earlier in the conversation; `arguments` is JSON text."""

    name: str
    arguments: str


class Message(msgspec.Struct, frozen=True):
    """One message. `role` is system, user, assistant or tool.

    `thinking` is reasoning that is sent back; vendors leave most of it out.
    """

    role: str
    text: str
    name: str = ""
    images: tuple[Image, ...] = ()
    calls: tuple[Call, ...] = ()
    media: tuple[Media, ...] = ()
    thinking: str = ""


class Tool(msgspec.Struct, frozen=True):
    """A function that the model may call; `parameters` is its JSON schema, as text.

    `is_deferred`: the model sees it only after it has searched for it.
    """

    name: str
    description: str = ""
    parameters: str = "{}"
    is_deferred: bool = False


class RequestConditions(msgspec.Struct, frozen=True, cache_hash=True):
    """What a request states beside messages and tools, as far as it changes how it is billed.

    `form` is chat, or responses, which OpenAI and DeepSeek bill otherwise. `schema` is the JSON
    schema of structured output, or `json` for any JSON; `schema_key` the key it stood under.
    `thinking`: on, off or empty, `effort` its extent. `choice`: any, where a tool has to be called.
    `hosted` are tools that the vendor runs, `unknown` keys that are not understood, as `a.b`;
    `columns` those of a data set whose texts are the prompt.
    """

    form: str = "chat"
    schema: str = ""
    schema_key: str = ""
    thinking: str = ""
    effort: str = ""
    choice: str = ""
    hosted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


PLAIN = RequestConditions()


class Ask(msgspec.Struct, frozen=True):
    """One request of a file. `text` alone is a bare prompt, without a chat's frame.

    `name` is its id or line, `model` the one it names, `max_output` the most that it lets the model
    write.
    """

    name: str
    messages: tuple[Message, ...] = ()
    text: str = ""
    tools: tuple[Tool, ...] = ()
    model: str = ""
    max_output: int | None = None
    conditions: RequestConditions = PLAIN
