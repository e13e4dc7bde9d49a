"""`llmcost prices …` and `llmcost models`: what is, was or will be the price, and who says so?"""
