"""`data/quality` and `data/output_lengths.yaml`: public scores, and the lengths of answers."""

from llmcost.price_data.compiled_file import compiled, convert
from llmcost.price_data.loader import bundled
from llmcost.pricing.output_lengths import OutputLengths
from llmcost.pricing.quality import QualitySet

SETS = ("arena", "livebench", "vectara", "bfcl")
"""The sets that come with llmcost, that of the first screen first."""


def load_quality_set(name: str) -> QualitySet:
    content = bundled(f"quality/{name}.yaml").read_bytes()
    return compiled(f"quality-{name}", [content], lambda: convert(content, QualitySet), QualitySet)


def load_output_lengths() -> OutputLengths:
    content = bundled("output_lengths.yaml").read_bytes()
    return compiled(
        "output-lengths", [content], lambda: convert(content, OutputLengths), OutputLengths
    )
