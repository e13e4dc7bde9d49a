"""`llmcost estimate`: what texts, files and requests cost on each model, ranked.

Prices of one request belong to `pricing`, and reading and counting of inputs to `runtime`.
"""
