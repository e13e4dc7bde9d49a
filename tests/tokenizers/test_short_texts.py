"""Many texts counted together, each by itself: as if it were counted alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.chat import Ask, Message
from llmcost.chat_templates.frame import framed
from llmcost.tokenizers.counter import count
from llmcost.tokenizers.requests import BATCH, RequestCounter, batches, way_of
from llmcost.tokenizers.short_texts import SHORT, Texts


def test_long_texts_are_counted_too() -> None:
    """By themselves, and short ones beside them."""
    texts = ["short", "long text " * SHORT, "\x02 marked"]
    known = Texts(["o200k_base"])
    known.learn({"o200k_base": texts})

    for text in texts:
        assert known.tokens["o200k_base"][text] == count(text, ["o200k_base"])["o200k_base"].tokens


WAYS = [
    way_of(tokenizer, model)
    for tokenizer, model in (
        ("o200k_base", "gpt-4o"),
        ("qwen", "qwen-plus"),
        ("deepseek", "deepseek-v4-pro"),
        ("glm5", "glm-5"),
        ("minimax", "minimax-m3"),
        ("claude-4.7", "claude-sonnet-5"),
        ("gemma4", "gemini-3.5-flash"),
    )
]
ROLES = st.sampled_from(["system", "user", "assistant"])
ASKS = st.builds(
    lambda pairs: Ask("a", tuple(Message(role, text) for role, text in pairs)),
    st.lists(
        st.tuples(ROLES, st.sampled_from(["hi", "你好", " padded ", "<think>no</think>", "a b c"])),
        min_size=1,
        max_size=4,
    ),
)


@settings(max_examples=60)
@given(st.lists(ASKS, max_size=4))
def test_a_request_is_its_texts_and_its_frame(asks: list[Ask]) -> None:
    """The short way, over texts that touch no frame, gives what writing it out gives."""
    for ask, found in zip(asks, RequestCounter(WAYS).count(asks), strict=True):
        for way in WAYS:
            written = framed(way.frame, ask)
            counts = [count(text, [way.tokenizer])[way.tokenizer] for text in written.texts]
            tokens = found[way.key]
            assert tokens is not None
            assert tokens.tokens == sum(one.tokens for one in counts) + written.extra
            assert tokens.low <= tokens.tokens <= tokens.high


def test_a_bare_prompt_has_no_frame() -> None:
    (found,) = RequestCounter(WAYS[:1]).count([Ask("a", text="hello there")])
    tokens = found[WAYS[0].key]

    assert tokens is not None
    assert (tokens.tokens, tokens.exact) == (2, True)


def test_requests_come_in_batches() -> None:
    """So that a file of any length is counted in the memory of a few, be they short or long."""
    short = (Ask(str(n), text="short") for n in range(2 * BATCH + 1))
    long = (Ask(str(n), text="x" * 3_000_000) for n in range(3))

    assert [len(one) for one in batches(short)] == [BATCH, BATCH, 1]
    assert [len(one) for one in batches(long)] == [2, 1]
