"""`llmcost count`: tokens per input and in total, under each tokenizer.

Reading and counting belong to `runtime`; here are the options and the forms of the result.
"""
