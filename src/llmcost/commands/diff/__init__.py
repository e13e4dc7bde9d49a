"""`llmcost diff`: what changed prompts cost, before and after.

Reading of git belongs to `inputs`, and prices of single requests to `commands/estimate`.
"""
