"""`llmcost whatif`: which input of a workload matters most.

A single month belongs to `workload`; here inputs are moved one at a time.
"""
