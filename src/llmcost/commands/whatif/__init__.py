"""`llmcost whatif`: which input of a workload matters most."""
