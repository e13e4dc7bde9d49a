"""Operations, GPU-hours and money of a training, and the KV cache of a shape: published figures."""

from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.price_data.hosting_files import load_hosting
from llmcost.workload.model_shape import ModelShape, kv_bytes, kv_elements, tokens_in
from llmcost.workload.training import gpu_hours, per_million, training_flop

FACTS = load_hosting()
BILLION, MILLION, TRILLION = D(10**9), D(10**6), D(10**12)
V2 = ModelShape(
    num_hidden_layers=60, num_attention_heads=128, kv_lora_rank=512, qk_rope_head_dim=64
)
"""DeepSeek-V2, by its config.json."""
D67 = ModelShape(
    num_hidden_layers=95, num_attention_heads=64, num_key_value_heads=8, hidden_size=8192
)
"""DeepSeek 67B, by its config.json."""


def test_a_model_of_32_billion_takes_485_gpu_seconds_a_million_tokens() -> None:
    """H100 at an MFU of 0.40 of 989 TFLOPS: 0.36 to 0.54 dollars a million."""
    flop = training_flop(32 * BILLION, MILLION)
    hours = gpu_hours(flop, FACTS.machine("h100_sxm").bf16_tflops, D("0.40"))
    assert round(hours * 3600) == 485
    assert [round(hours * D(price), 2) for price in ("2.69", "3.99")] == [D("0.36"), D("0.54")]


def test_six_n_d_is_most_of_the_operations_that_are_published() -> None:
    """NeMo 24.07: the share of 6 N D is between 0.88 and 0.98, and so is ours."""
    nominal = {"Llama 2 7B": "6.74", "Llama 2 13B": "13", "Llama 2 70B": "70"}
    for one in FACTS.training.published:
        if one.model in nominal:
            flop = training_flop(D(nominal[one.model]) * BILLION, one.tokens_s_gpu)
            found = flop / TRILLION / one.model_tflops_s_gpu
            assert found == pytest.approx(one.six_n_share, abs=D("0.01"))


def test_gpt_4() -> None:
    """2.15e25 operations for 63 million dollars: on 25,000 A100 in 90 to 100 days they are an MFU
    of 32 to 36 %, and about a dollar an hour."""
    flop, paid = D("2.15e25"), 63 * MILLION
    assert round(paid / flop * D(10) ** 18, 2) == D("2.93")
    hours = [gpu_hours(flop, D(312), D(mfu)) for mfu in ("0.36", "0.32")]
    days = [one / 25_000 / 24 for one in hours]
    assert 88 < days[0] < days[1] < 101
    assert [round(paid / one, 2) for one in hours] == [D("1.18"), D("1.05")]


def test_deepseek_v2_saved_42_5_percent_of_its_training() -> None:
    """GPU-hours a trillion tokens, as published: 300.6K of the 67B and 172.8K of V2."""
    dense, sparse = D("300600"), D("172800")
    assert round(100 * (1 - sparse / dense), 1) == D("42.5")
    # 6 N D alone would save more: an MoE reaches less of the peak
    flops = [training_flop(size * BILLION, TRILLION) for size in (D(67), D(21))]
    assert round(100 * (1 - flops[1] / flops[0])) == 69
    reached = [gpu_hours(*pair, D(1)) for pair in zip(flops, (D(989),) * 2, strict=True)]
    assert [
        round(100 * one / each) for one, each in zip(reached, (dense, sparse), strict=True)
    ] == [
        38,
        20,
    ]


def test_deepseek_v2_reduced_the_kv_cache_by_93_3_percent() -> None:
    """From the shapes: MLA, and 6 bits a number where DeepSeek 67B has 16."""
    assert (kv_elements(V2), kv_elements(D67)) == (34_560, 194_560)
    saved = 1 - kv_bytes(V2, D(6)) / kv_bytes(D67, D(16))
    assert round(100 * saved, 1) == D("93.3")


def test_5_76_times_the_throughput() -> None:
    """More than 50,000 tokens a second of eight GPUs, 5.76 times the dense model's; the cache that
    fits is 15 times as much, so that it is not the cache alone that limits it."""
    assert round(D(50_000) / D("5.76"), -2) == D("8700")
    assert round(kv_bytes(D67, D(16)) / kv_bytes(V2, D(6)), 1) == D("15.0")


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        (ModelShape(num_hidden_layers=2, num_attention_heads=4, hidden_size=32), 2 * 2 * 4 * 8),
        (ModelShape(num_hidden_layers=2, num_attention_heads=4, head_dim=16), 2 * 2 * 4 * 16),
        (
            ModelShape(
                num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=1, head_dim=16
            ),
            2 * 2 * 1 * 16,
        ),
    ],
)
def test_keys_and_values_of_each_head_are_kept(shape: ModelShape, numbers: int) -> None:
    assert kv_elements(shape) == numbers
    assert tokens_in(D(1), shape, D(16)) == 2**30 // (2 * numbers)


@pytest.mark.parametrize(
    "shape",
    [
        ModelShape(num_hidden_layers=0, num_attention_heads=4, head_dim=16),
        ModelShape(num_hidden_layers=10**9, num_attention_heads=4, head_dim=16),
        ModelShape(num_hidden_layers=2, num_attention_heads=-4, head_dim=16),
        ModelShape(num_hidden_layers=2, hidden_size=32),
        ModelShape(num_hidden_layers=2, num_attention_heads=4),
    ],
)
def test_a_shape_that_lacks_something_is_refused(shape: ModelShape) -> None:
    with pytest.raises(ValueError, match=r"its numbers|it lacks"):
        kv_elements(shape)


sizes = st.integers(1, 10**12).map(D)


@settings(max_examples=30, deadline=None)
@given(sizes, sizes, st.integers(1, 100), st.decimals("0.01", "1", places=2))
def test_epochs_multiply_and_a_higher_share_of_the_peak_costs_less(
    parameters: D, tokens: D, epochs: int, mfu: D
) -> None:
    once, often = training_flop(parameters, tokens), training_flop(parameters, tokens, epochs)
    assert often == once * epochs
    hours = gpu_hours(often, D(989), mfu)
    assert gpu_hours(often, D(989), D(1)) <= hours
    cost = per_million(hours, tokens * epochs)
    assert abs(cost - per_million(gpu_hours(once, D(989), mfu), tokens)) <= cost * D("1e-20")
