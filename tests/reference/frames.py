"""Write `frames.json`: what the vendors' own templates and tokenizers count for the conversations
of `tokens/chats.py`.

    PYTHONPATH=tests python tests/reference/frames.py TEKKEN.json

Run by hand; the tests read only `frames.json`. Needs the extra `reference`, and mistral-common for
Mistral: TEKKEN.json is its tekken_240911.json, of which versions 7 and 13 are made by writing their
number and their special tokens into it.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.base import SpecialTokens
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from tokens import chats

from llmcost.chat import Ask

MISTRAL = {"v3": "open-mistral-nemo", "v7": "mistral-large-2411", "v13": "mistral-large-2512"}


def main(tekken: Path) -> None:
    found = {
        " ".join(family): {
            name: chats.reference(family, ask) for name, ask in chats.cases(family).items()
        }
        for family in chats.ORIGINALS
    }
    for version, model in MISTRAL.items():
        tokenizer = MistralTokenizer.from_file(versioned(tekken, version))
        asks = chats.TALKS | (chats.TOOLED if version == "v13" else {})
        found[f"tekken {model}"] = {
            name: len(tokenizer.encode_chat_completion(request(ask)).tokens)
            for name, ask in asks.items()
        }
    place = Path(__file__).with_name("frames.json")
    place.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def versioned(tekken: Path, version: str) -> str:
    data = json.loads(tekken.read_text(encoding="utf-8"))
    first = ["<unk>", "<s>", "</s>"]
    names = first + [token.value for token in SpecialTokens if token.value not in first]
    data["config"]["version"] = version
    data["special_tokens"] = [
        {"rank": rank, "token_str": name, "is_control": True} for rank, name in enumerate(names)
    ]
    data.pop("multimodal", None)
    place = Path(tempfile.mkdtemp()) / "tekken.json"
    place.write_text(json.dumps(data), encoding="utf-8")
    return str(place)


def request(ask: Ask) -> Any:
    """In Mistral's form, with an id for every call and its result, which count no tokens in 13."""
    messages = chats.messages(ask, raw=True)
    ids: Iterator[str] = (f"{number:09}" for number in range(1000))
    open_ids: list[str] = []
    for message in messages:
        for call in message.get("tool_calls", ()):
            call["id"] = next(ids)
            open_ids.append(call["id"])
        if message["role"] == "tool":
            message["tool_call_id"] = open_ids.pop(0)
    tools = [chats.tool(one) for one in ask.tools] or None
    return ChatCompletionRequest.model_validate({"messages": messages, "tools": tools})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
