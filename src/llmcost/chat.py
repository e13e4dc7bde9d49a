"""A chat request in no vendor's form: messages, tools and images."""

import msgspec


class Image(msgspec.Struct, frozen=True):
    """Pixels, None where they are not known; `detail` as OpenAI has it: auto, low, high."""

    width: int | None
    height: int | None
    detail: str = "auto"


class Call(msgspec.Struct, frozen=True):
    """A tool call that the model made earlier in the conversation; `arguments` is JSON text."""

    name: str
    arguments: str


class Message(msgspec.Struct, frozen=True):
    """One message. `role` is system, user, assistant or tool."""

    role: str
    text: str
    name: str = ""
    images: tuple[Image, ...] = ()
    calls: tuple[Call, ...] = ()


class Tool(msgspec.Struct, frozen=True):
    """A function that the model may call; `parameters` is its JSON schema, as text."""

    name: str
    description: str = ""
    parameters: str = "{}"


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
