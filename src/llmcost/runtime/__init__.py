"""What a run needs, for command line, Python, agents and cluster alike.

The price table with its models and exchange rate, tokenizers, inputs opened and counted, settings,
scenarios of workloads, gates, progress, the clock: functions that take values and return values. No
Typer, no options and no printed results: those are in `cli`. How one file is read or counted
belongs to `inputs` and `tokenizers`.
"""
