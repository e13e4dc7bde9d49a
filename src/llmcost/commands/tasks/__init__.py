"""`llmcost tasks …`: models compared by what a task costs on them, and lengths learned from logs.

What an answer's length rests on belongs to `pricing` and `runtime`.
"""
