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
    """Tokens of one request. `cache_read` and `cache_write` are parts of `input`.

    `other` counts what the price list has under names of its own: tokens of another modality
    (`audio_input`), token-hours of a stored cache (`cache_storage`), calls (`web_search`).
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    other: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.input >= 0 <= self.output and not (
            self.cache_read or self.cache_write or self.other
        ):
            return  # nearly always, and several times for each model
        cached = self.cache_read + self.cache_write
        parts = (self.cache_read, self.cache_write, self.output, *self.other.values())
        if min(parts) < 0 or cached > self.input:
            raise ValueError(f"no request has {self}: cached tokens are a part of its input")
