"""The counts of one file, as they are found or remembered."""

import msgspec

from llmcost.pricing.usage import Input


class Counted(msgspec.Struct, frozen=True):
    """What was found in a file, and what is wrong with the `bad` ones of its requests."""

    input: Input
    bad: tuple[str, ...] = ()
