"""What a run needs, for command line, Python, agents and cluster alike.

The price table, inputs opened and counted, tokenizers chosen, progress. No Typer, no options.
"""
