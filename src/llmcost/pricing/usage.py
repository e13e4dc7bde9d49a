"""How much of a model is used: counted tokens with their bounds, and the tokens of one request."""

import msgspec


class Count(msgspec.Struct, frozen=True):
    """Tokens of a text and how they were found.

    `low <= tokens <= high`; the three are equal where `exact`. `method` is shown beside the figure:
    the vocabulary (`o200k_base`), or how the estimate was made.
    """

    tokens: int
    low: int
    high: int
    method: str
    exact: bool


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one request. `cache_read` is a part of `input`, not an addition to it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.cache_read <= self.input or self.output < 0:
            raise ValueError(f"no request has {self}: 0 <= cache_read <= input, 0 <= output")
