"""`llmcost estimate`: what texts, files and requests cost on each model, ranked."""
