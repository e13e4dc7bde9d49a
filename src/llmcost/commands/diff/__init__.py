"""`llmcost diff`: what changed prompts cost, before and after."""
