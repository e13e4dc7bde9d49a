"""`llmcost plans`: subscriptions and coding plans, and which of them holds an agent's traffic.

What a plan is belongs to `pricing/plan_rows`, sessions to `replay`; here their use is put into the
plans' windows.
"""
