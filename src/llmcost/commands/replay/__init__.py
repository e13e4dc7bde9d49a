"""`llmcost replay`: what an agent's sessions cost on each model, under the rules of its cache.

What a cache does with a session belongs to `pricing/prompt_cache`, logs to `logs`; here sessions
are billed model by model.
"""
