"""What a conversation sends, turn by turn, and what of it a cache holds."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from llmcost.workload.model import (
    Load,
    RequestTokens,
    Workload,
    cache_minimum_of,
    conversations_of,
    load_of,
    requests,
)
from llmcost.workload.quantities import HistoryLimit, Keep

TOKENS = st.integers(0, 5_000)
TURNS = st.integers(1, 40)


def talk(**others: object) -> Workload:
    """Turns of 10 tokens in and 100 out."""
    fields = {"input_tokens": 10, "output_tokens": 100, "cache_minimum": 0, **others}
    return Workload(**fields)  # type: ignore[arg-type]


def inputs(workload: Workload, system: int = 0) -> list[int]:
    return [request.input for request in requests(workload, system)]


def load(workload: Workload, system: int = 0, *, writes: bool = False) -> Load:
    return load_of(workload, system, writes=writes)


@given(TOKENS, TOKENS, TOKENS, TURNS)
def test_all_of_the_history_is_sent_again(
    system: int, said: int, answered: int, turns: int
) -> None:
    """S T + u T (T + 1) / 2 + a T (T - 1) / 2 tokens in, a T out."""
    total = load(talk(input_tokens=said, output_tokens=answered, turns=turns), system).pile.total

    expected = system * turns + said * turns * (turns + 1) // 2
    assert total.input == expected + answered * turns * (turns - 1) // 2
    assert total.output == answered * turns
    assert total.cache_read == total.cache_write == 0


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (HistoryLimit(), [15, 125, 235, 345]),
        (HistoryLimit(Keep.WINDOW, 0), [15, 15, 15, 15]),
        (HistoryLimit(Keep.WINDOW, 1), [15, 125, 125, 125]),
        (HistoryLimit(Keep.WINDOW, 2), [15, 125, 235, 235]),
        (HistoryLimit(Keep.WINDOW, 9), [15, 125, 235, 345]),
    ],
    ids=str,
)
def test_a_window_is_the_last_exchanges(history: HistoryLimit, expected: list[int]) -> None:
    assert inputs(talk(turns=4, history=history), system=5) == expected


def test_a_summary_is_written_once_the_history_is_longer() -> None:
    """150 tokens hold one exchange; from then on each turn but the last one sums up."""
    sent = list(requests(talk(turns=4, history=HistoryLimit(Keep.SUMMARY, 150)), 5))

    assert [(one.input, one.output) for one in sent] == [
        (15, 100),
        *((125, 100), (220, 150)),  # 110 + 110 tokens become 150
        *((165, 100), (260, 150)),  # 150 + 110
        (165, 100),
    ]


def test_a_summary_of_nothing_is_no_history() -> None:
    assert inputs(talk(turns=3, history=HistoryLimit(Keep.SUMMARY, 0)), 5) == [15, 15, 15]


def test_context_and_thinking_are_of_their_turn_only() -> None:
    """Retrieved text is read, thinking is billed as output; neither is sent again."""
    sent = list(requests(talk(turns=2, context_tokens=1000, thinking_tokens=50), 5))

    assert [(one.input, one.output) for one in sent] == [(1015, 150), (1125, 150)]


def test_each_tool_call_is_one_request_more() -> None:
    """It repeats all that was sent, and adds the call and its result."""
    workload = talk(turns=2, tool_calls=2, tool_call_tokens=7, tool_result_tokens=30)
    sent = list(requests(workload, 5))

    assert [(one.input, one.output) for one in sent] == [
        *((15, 7), (52, 7), (89, 100)),
        *((199, 7), (236, 7), (273, 100)),
    ]


@pytest.mark.parametrize(
    ("history", "kept", "dropped"),
    [
        (HistoryLimit(), [100, 157, 267, 324, 434, 491], [100, 157, 210, 267, 320, 377]),
        (HistoryLimit(Keep.WINDOW, 1), [100, 157, 267, 324, 267, 324], [100, 157, *[210, 267] * 2]),
        (HistoryLimit(Keep.SUMMARY, 20), [100, 157, *[167, 120, 177, 187][:3]], [100, 157, 110]),
    ],
    ids=str,
)
def test_later_turns_send_tool_calls_again(
    history: HistoryLimit, kept: list[int], dropped: list[int]
) -> None:
    """As chat APIs need them; or without, for an application that drops them. A summary is of what
    the history has."""
    workload = Workload(
        turns=3,
        input_tokens=100,
        output_tokens=10,
        tool_calls=1,
        tool_call_tokens=7,
        tool_result_tokens=50,
        history=history,
    )

    assert inputs(workload)[: len(kept)] == kept
    assert inputs(replace(workload, tool_history="drop"))[: len(dropped)] == dropped


@given(TOKENS, TOKENS, TOKENS, TURNS, st.integers(0, 4), TOKENS, st.booleans())
def test_the_closed_form_of_an_agent(
    system: int, said: int, answered: int, turns: int, calls: int, tokens: int, drops: bool
) -> None:
    """(K + 1) (S T + u T + e T (T - 1) / 2) + t T K (K + 1) / 2 tokens in, where a turn leaves e
    tokens in the history, and a call with its result has t."""
    workload = talk(
        input_tokens=said,
        output_tokens=answered,
        turns=turns,
        tool_calls=calls,
        tool_call_tokens=3,
        tool_result_tokens=tokens,
        tool_history="drop" if drops else "keep",
    )
    left = said + answered + (0 if drops else calls * (3 + tokens))

    expected = (calls + 1) * (system * turns + said * turns + left * turns * (turns - 1) // 2)
    expected += (3 + tokens) * turns * calls * (calls + 1) // 2
    assert load(workload, system).pile.total.input == expected


@pytest.mark.parametrize(
    ("fields", "keeps"),
    [({}, 150), ({"tool_history": "drop"}, 60), ({"context_tokens": 5}, 60)],
    ids=["kept", "dropped", "behind text that is not sent again"],
)
def test_what_the_next_turn_repeats_of_tool_calls(fields: dict[str, Any], keeps: int) -> None:
    workload = talk(turns=2, tool_calls=1, tool_call_tokens=30, tool_result_tokens=60, **fields)
    sent = list(requests(workload, 50))

    assert sent[1].keeps == keeps
    assert sent[2].repeats == keeps


def test_what_was_sent_before_is_read_from_the_cache() -> None:
    """The system prompt is known from other conversations, then each turn knows the one before."""
    sent = list(requests(talk(turns=3), 50))

    assert [one.repeats for one in sent] == [50, 60, 170]
    assert [one.keeps for one in sent] == [60, 170, 50]
    total = load(talk(turns=3, cache_hit=Decimal(1)), 50).pile.total
    assert (total.input, total.cache_read) == (60 + 170 + 280, 50 + 60 + 170)


def test_a_window_that_slides_keeps_only_the_system_prompt() -> None:
    sent = list(requests(talk(turns=4, history=HistoryLimit(Keep.WINDOW, 1)), 50))

    assert [one.repeats for one in sent] == [50, 60, 50, 50]


def test_tool_calls_read_the_whole_request_before_them() -> None:
    workload = talk(tool_calls=1, tool_call_tokens=7, tool_result_tokens=30, context_tokens=500)

    assert [one.repeats for one in requests(workload, 50)] == [50, 560]


def test_short_prefixes_are_not_cached() -> None:
    """A vendor caches from some length on, 1,024 tokens unless said."""
    long, short = (
        load(talk(turns=1, cache_hit=Decimal(1), cache_minimum=1024), system).pile.total
        for system in (1024, 1023)
    )

    assert long.cache_read == 1024
    assert short.cache_read == 0


def test_half_a_token_is_not_read() -> None:
    assert load(talk(cache_hit=Decimal("0.5")), 5).pile.total.cache_read == 2


def test_what_will_be_repeated_and_was_not_read_is_written() -> None:
    """Where writing is billed; the last turn writes the rest of the system prompt."""
    total = load(talk(turns=2, cache_hit=Decimal("0.8")), 50, writes=True).pile.total

    assert total.cache_read == 40 + 48
    assert total.cache_write == (60 - 40) + (50 - 48)


def test_nothing_is_written_without_a_cache() -> None:
    assert load(talk(turns=3), 50, writes=True).pile.total.cache_write == 0


@given(
    st.builds(
        talk,
        turns=st.integers(1, 12),
        history=st.builds(HistoryLimit, st.sampled_from(Keep), st.integers(0, 400)),
        cache_hit=st.decimals(0, 1, places=2),
        cache_minimum=st.integers(0, 2000),
        context_tokens=TOKENS,
        tool_calls=st.integers(0, 3),
        tool_call_tokens=TOKENS,
        tool_result_tokens=TOKENS,
        tool_history=st.sampled_from(["keep", "drop"]),
    ),
    TOKENS,
    st.booleans(),
)
def test_the_sum_is_that_of_the_single_requests(
    workload: Workload, system: int, writes: bool
) -> None:
    """And what is cached is a part of what is sent."""
    found = load(workload, system, writes=writes)
    sent = list(requests(workload, system))

    assert found.pile.total.input == sum(one.input for one in sent)
    assert found.pile.total.output == sum(one.output for one in sent)
    assert sum(times for _, times in found.pile.usages) == len(sent)
    assert all(max(one.repeats, one.keeps) <= one.input for one in sent)
    assert (
        sum(usage.cache_read * times for usage, times in found.pile.usages)
        == found.pile.total.cache_read
    )


def test_equal_requests_are_billed_once() -> None:
    """A thousand turns without history are one request, a thousand times."""
    found = load(talk(turns=1000, history=HistoryLimit(Keep.WINDOW, 0)))

    assert [times for _, times in found.pile.usages] == [1000]


def test_nothing_said_is_no_tokens() -> None:
    assert list(requests(Workload(), 0)) == [RequestTokens(0, 0)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"requests_per_user": Decimal(30)}, 30),
        ({"requests_per_user": Decimal(30), "turns": 5}, 6),
        ({"conversations_per_user": Decimal("0.5"), "turns": 5}, Decimal("0.5")),
        ({}, None),
    ],
)
def test_requests_are_turns(fields: dict[str, object], expected: Decimal | None) -> None:
    assert conversations_of(talk(**fields)) == expected


def test_a_models_own_minimum_goes_first() -> None:
    """As its vendor's rule has it; others keep what the workload says."""
    workload = Workload(cache_minimum=1024, cache_minimums={"acme/zeta": 512})

    assert [cache_minimum_of(workload, one) for one in ("acme/zeta", "acme/eta")] == [512, 1024]
