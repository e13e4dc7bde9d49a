"""What kind of count a tokenizer gives on this machine, and how far off it may be."""

from enum import StrEnum

from llmcost.tokens.tokenizers import Bars, Tokenizer

NO_BARS = Bars(0.0, 0.0, 0.0, 0.0)


class Kind(StrEnum):
    EXACT = "exact"  # with a vocabulary of this package
    SUPPLIED = "supplied"  # with a file of the user's
    RECONSTRUCTED = "reconstructed"  # with what others found out about a secret vocabulary
    ESTIMATED = "estimated"


def kind(one: Tokenizer) -> Kind:
    if one.supply is not None:
        return Kind.SUPPLIED
    if one.estimate is None:
        return Kind.EXACT
    return Kind.RECONSTRUCTED if is_reconstructed(one) else Kind.ESTIMATED


def is_reconstructed(one: Tokenizer) -> bool:
    """Whether there is a reconstruction, and it is installed."""
    if not one.generation:
        return False
    from llmcost.tokens.reconstructed import is_installed

    return is_installed()


def method(one: Tokenizer) -> str:
    """How it is counted here, as it is written beside the figures; a message, to be shown."""
    if not is_reconstructed(one):
        return one.said or one.method
    from llmcost.tokens.reconstructed import METHOD

    return METHOD


def bars(one: Tokenizer) -> Bars:
    if one.estimate is None:
        return NO_BARS
    if not is_reconstructed(one):
        return one.estimate.bars
    from llmcost.tokens.reconstructed import BAR

    return Bars(BAR, BAR, BAR, BAR)
