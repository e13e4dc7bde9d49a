"""`llmcost usage`: what the requests of logs cost, and what they would have cost elsewhere.

Forms of logs and their reading belong to `logs`; here requests that are read get their prices.
"""
