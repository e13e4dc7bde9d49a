"""`llmcost usage`: what the requests of logs cost, and what they would have cost elsewhere."""
