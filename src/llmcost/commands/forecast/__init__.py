"""`llmcost forecast`: what a workload will cost, month by month.

A single month belongs to `workload`; here are months ahead, their growth and their price changes.
"""
