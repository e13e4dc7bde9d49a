"""What vendors add to requests, as recorded calls were billed; every text here is invented."""

from datetime import date

import pytest
from conversations import BARE, WEATHER, said

from llmcost.chat import Ask, Call, Media, Message, RequestConditions, Tool
from llmcost.chat_templates.frame import Framed, frame_of, framed
from llmcost.tokenizers.counter import count

HI = said(("user", "Hi there"))


def written(
    tokenizer: str, model: str, *messages: Message, day: date | None = None, **others: object
) -> Framed:
    tools = others.pop("tools", ())
    conditions = RequestConditions(**others)  # type: ignore[arg-type]
    ask = Ask("", messages or HI, tools=tools, conditions=conditions)  # type: ignore[arg-type]
    return framed(frame_of(tokenizer, model, day), ask)


def tokens(tokenizer: str, found: Framed) -> int:
    texts = (*found.texts, *found.likely)
    return found.extra + sum(count(text, [tokenizer])[tokenizer].tokens for text in texts)


def added(tokenizer: str, model: str, *messages: Message, **others: object) -> int:
    """Beside the same chat without anything."""
    plain = tokens(tokenizer, written(tokenizer, model, *messages))
    return tokens(tokenizer, written(tokenizer, model, *messages, **others)) - plain  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tokenizer", "model", "conditions", "more"),
    [
        ("qwen", "qwen3-32b", {"thinking": "off"}, 4),
        ("qwen", "qwen-turbo", {"thinking": "on"}, -4),
        ("glm4", "glm-4.6", {"thinking": "off"}, 3),
        ("tekken", "mistral-small-latest", {"effort": "high"}, 12),
        ("deepseek", "deepseek-v4-flash", {"form": "responses"}, 79),
        ("claude", "claude-3-7-sonnet", {"thinking": "on"}, 29),
        ("claude", "claude-sonnet-4-5", {"thinking": "on"}, 28),
        ("o200k_base", "gpt-5", {"form": "responses"}, 0),
    ],
)
def test_what_a_setting_adds(
    tokenizer: str, model: str, conditions: dict[str, object], more: int
) -> None:
    assert added(tokenizer, model, **conditions) == more


def test_qwen_turbo_gets_a_closed_block_of_thinking() -> None:
    usual = tokens("qwen", written("qwen", "qwen3-8b"))

    assert tokens("qwen", written("qwen", "qwen-turbo")) == usual + 4
    assert written("qwen", "qwen-turbo").exact
    assert not written("qwen", "qwen3-8b").exact


def test_qwen_joins_messages_of_a_user_and_goes_on_with_an_answer() -> None:
    twice = written("qwen", "qwen-turbo", *said(("user", "One."), ("user", "Two.")))
    once = written("qwen", "qwen-turbo", *said(("user", "One.\nTwo.")))
    chat = said(("user", "One."), ("assistant", "Two"))

    assert tokens("qwen", twice) == tokens("qwen", once)
    assert "".join(written("qwen", "qwen-turbo", *chat).texts).endswith("Two")


def test_qwen_vl_has_no_default_system_prompt() -> None:
    default = tokens("qwen", written("qwen", "qwen2.5-7b-instruct"))

    assert default - tokens("qwen", written("qwen", "qwen-vl-plus")) == 21


def test_qwen_max_has_a_longer_prompt_for_tools() -> None:
    usual = tokens("qwen", written("qwen", "qwen3-8b", tools=(WEATHER,)))

    assert 73 <= tokens("qwen", written("qwen", "qwen-max", tools=(WEATHER,))) - usual <= 89


@pytest.mark.parametrize(
    ("model", "day", "method"),
    [
        ("deepseek-chat", date(2025, 7, 1), "DeepSeek V3 template"),
        ("deepseek-reasoner", date(2025, 7, 1), "DeepSeek R1 template"),
        ("deepseek-chat", date(2025, 8, 21), "DeepSeek V4 template"),
        ("deepseek-chat", None, "DeepSeek V4 template"),
        ("deepseek-v4-flash", date(2025, 7, 1), "DeepSeek V4 template"),
    ],
)
def test_a_template_has_its_days(model: str, day: date | None, method: str) -> None:
    assert frame_of("deepseek", model, day).method == method


def test_gpt5_adds_a_prompt_for_functions_in_chat_completions_alone() -> None:
    chat = written("o200k_base", "gpt-5-mini", tools=(WEATHER,))
    items = written("o200k_base", "gpt-5-mini", tools=(WEATHER,), form="responses")

    assert 75 <= chat.extra - items.extra <= 95


def test_items_that_end_in_an_answer_may_be_for_a_summary_with_a_prompt_of_its_own() -> None:
    chat = said(("user", "One."), ("assistant", "Two"))
    goes_on = said(("user", "One."), ("assistant", "Two"), ("user", "Three."))

    for model in ("gpt-4o", "gpt-5"):
        found, usual = (
            written("o200k_base", model, *some, form="responses") for some in (chat, goes_on)
        )
        assert found.high - found.extra >= 93 > usual.high - usual.extra


def test_only_chats_like_recorded_ones_are_exact() -> None:
    asked, answered = said(("user", "One.")), said(("user", "One."), ("assistant", "Two"))

    assert written("o200k_base", "gpt-4o", *asked).exact
    assert not written("o200k_base", "gpt-4o", *answered).exact
    assert not written("o200k_base", "gpt-4o", *said(("system", ""), ("user", "One."))).exact


@pytest.mark.parametrize("key", ["context_management", "reasoning.mode"])
def test_a_key_that_added_much_widens_the_bounds_by_it(key: str) -> None:
    usual, found = (
        written("claude", "claude-sonnet-4-6", unknown=(one,)).high for one in ("new_key", key)
    )

    assert found >= usual + 100


def test_functions_of_openai_are_typescript() -> None:
    found = written("o200k_base", "gpt-4o", tools=(BARE, WEATHER)).texts[-1]

    assert found.startswith("namespace functions {\n\ntype now = () => any;\n\n// Get the current")
    assert 'unit?: "celsius" | "fahrenheit",' in found


@pytest.mark.parametrize(
    ("tokenizer", "model", "key"),
    [
        ("o200k_base", "gpt-4o", "response_format"),
        ("claude", "claude-sonnet-4-5", "output_format"),
        ("gemma3", "gemini-2.0-flash", "responseSchema"),
        ("chinese", "doubao-seed-2.0", "response_format"),
        ("deepseek", "deepseek-v4", "response_format"),
    ],
)
def test_a_schema_of_the_answer_is_in_the_bounds(tokenizer: str, model: str, key: str) -> None:
    schema = '{"type":"object","properties":{"name":{"type":"string"}}}'
    plain, found = (
        written(tokenizer, model),
        written(tokenizer, model, schema=schema, schema_key=key),
    )

    assert not found.exact
    assert found.high > plain.high
    assert tokens(tokenizer, found) >= tokens(tokenizer, plain)


def test_claude_has_another_prompt_where_a_tool_has_to_be_called() -> None:
    usual = written("claude", "claude-sonnet-4-5", tools=(BARE,))
    forced = written("claude", "claude-sonnet-4-5", tools=(BARE,), choice="any")

    assert forced.extra - usual.extra == 90


def test_a_function_to_be_searched_for_is_only_possible() -> None:
    hidden = Tool("f", "d", is_deferred=True)
    found = written("claude", "claude-sonnet-4-5", tools=(BARE, hidden))

    assert len(found.possible) == 1
    assert sum("now" in text for text in found.texts) == 1


def test_thinking_of_earlier_turns_is_left_out() -> None:
    thought = Message("assistant", "Yes.", thinking="Hm, hm.")
    earlier = written("claude", "claude-sonnet-4-5", *HI, thought, *said(("user", "And?")))
    now = written(
        "claude", "claude-sonnet-4-5", *HI,
        Message("assistant", "", calls=(Call("f", "{}"),), thinking="Hm, hm."),
        *said(("tool", "1")),
    )  # fmt: skip

    assert (earlier.likely, earlier.possible) == ((), ("Hm, hm.",))
    assert (now.likely, now.possible) == (("Hm, hm.",), ())


@pytest.mark.parametrize(
    ("model", "last", "billed"),
    [
        ("gemini-3-flash", "tool", 200),
        ("gemini-3-flash", "user", 0),
        ("gemini-2.5-flash", "tool", 0),
    ],
)
def test_gemini_3_bills_signatures_of_the_turn_that_goes_on(
    model: str, last: str, billed: int
) -> None:
    answer = Message("assistant", "", calls=(Call("f", "{}"),))
    signed = Message("assistant", "", calls=answer.calls, media=(Media("signature", 1000),))
    plain = written("gemma3", model, *HI, answer, *said((last, "1")))
    found = written("gemma3", model, *HI, signed, *said((last, "1")))

    assert found.extra - plain.extra == billed


def test_tools_of_the_vendor_widen_the_bounds() -> None:
    plain = written("claude", "claude-sonnet-4-5")
    found = written("claude", "claude-sonnet-4-5", hosted=("web_search_20250305",))

    assert found.high - plain.high >= 20_000
    assert not found.exact


@pytest.mark.parametrize(
    ("conditions", "exact"),
    [
        ({}, True),
        ({"unknown": ("made_up",)}, False),
        ({"schema": "json"}, False),
        ({"hosted": ("web_search",)}, False),
        ({"form": "responses"}, False),
    ],
)
def test_exact_is_what_is_understood_and_confirmed(
    conditions: dict[str, object], exact: bool
) -> None:
    assert written("o200k_base", "gpt-4o", **conditions).exact is exact  # type: ignore[arg-type]


def test_managed_context_may_drop_every_text() -> None:
    found = written("claude", "claude-sonnet-4-5", unknown=("context_management",))

    assert (found.texts, found.likely, found.low) == ((), ("Hi there",), 0)
