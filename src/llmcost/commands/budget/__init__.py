"""`llmcost budget`: what a workload costs a month on each model, and what money buys there.

Monthly bills themselves belong to `workload`; here are the ranking, the answers and their forms.
"""
