"""`llmcost prices schema`: the format of a price file, for editors and other programs."""

from llmcost.cli.output import Output
from llmcost.cli.streams import write_utf8


def schema() -> Output:
    """Print the format of a price file as JSON Schema, for editors to complete and check.

    A price file names it in its first line: # yaml-language-server: $schema=prices.schema.json

    Example: llmcost prices schema > prices.schema.json
    """
    from llmcost.prices.schema import json_schema
    from llmcost.report.grid import json_text
    from llmcost.tokens.tokenizers import TOKENIZERS

    write_utf8()
    return Output(json_text(json_schema(TOKENIZERS.keys())))
