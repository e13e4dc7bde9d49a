"""`llmcost prices …`: what is, was or will be the price, and who says so? One module a command."""

import typer

from llmcost.cli.commands.prices import check, diff, history, rank, schema, show, sources

COMMANDS = (show.show, history.history, diff.diff, rank.rank, check.check, sources.sources)


def register(app: typer.Typer) -> None:
    for command in (*COMMANDS, schema.schema):
        app.command()(command)
