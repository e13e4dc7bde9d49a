"""Training: the floating-point operations of a run, the GPU-hours that they take, and their price.

FLOP = 6 N D: N parameters, those that are active of a mixture of experts, and D tokens, each as
often as there are epochs. Attention over the sequence is left out: 2 to 12 % in published runs.
"""

from decimal import Decimal

from llmcost.money import PER

FLOP_PER_PARAMETER = 6
SECONDS_AN_HOUR = 3600
TERA = Decimal(10) ** 12


def training_flop(parameters: Decimal, tokens: Decimal, epochs: int = 1) -> Decimal:
    """Return the operations of a run over `tokens`, `epochs` times."""
    return FLOP_PER_PARAMETER * parameters * tokens * epochs


def gpu_hours(flop: Decimal, tflops: Decimal, mfu: Decimal) -> Decimal:
    """Return the hours of one GPU of this dense peak, of which a share `mfu` is reached."""
    return flop / (mfu * tflops * TERA * SECONDS_AN_HOUR)


def per_million(cost: Decimal, tokens: Decimal) -> Decimal:
    """Return the price of a million training tokens."""
    return cost * PER / tokens
