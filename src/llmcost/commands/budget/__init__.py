"""`llmcost budget`: what money buys on each model, and what a workload costs a month."""
