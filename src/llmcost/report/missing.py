"""Notes on prices that were asked for and are not known."""

from llmcost.messages import say
from llmcost.report.figures import visible


def no_batch(models: str) -> str:
    return say("no batch price known, billed at the plain one: {models}", models=models)


def no_tier(tier: str, models: str) -> str:
    return say(
        "no {tier} tier price known, billed at the plain one: {models}",
        tier=visible(tier),
        models=models,
    )
