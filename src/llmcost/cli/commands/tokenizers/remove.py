"""`llmcost tokenizers remove`: no longer count with a vocabulary that was added."""

from typing import Annotated

import typer

from llmcost.cli.output import Output
from llmcost.messages import say


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What was added as this.")],
) -> Output:
    """Take a vocabulary away that was added; what it replaced holds again.

    Example: llmcost tokenizers remove llama3
    """
    from llmcost.cli.known import added_folder
    from llmcost.tokens import added

    added.remove(added_folder(), added.checked_name(name))
    return Output("", [say("`{name}` is removed", name=name)])
