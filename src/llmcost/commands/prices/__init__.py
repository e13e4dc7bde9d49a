"""`llmcost prices …` and `llmcost models`: what is, was or will be the price, and by which source.

Readers and writers of price files belong to `price_data`, and comparisons of prices to `pricing`.
"""
