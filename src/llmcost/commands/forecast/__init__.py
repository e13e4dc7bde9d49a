"""`llmcost forecast`: what a workload will cost, month by month."""
