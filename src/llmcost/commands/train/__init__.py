"""`llmcost train`: what a training or fine-tuning run takes, on rented GPUs and at vendors.

The arithmetic of training belongs to `workload/training`; here it is priced and compared.
"""
