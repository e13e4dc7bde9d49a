"""Workloads: their fields and quantities, traffic, what a month costs on one model, workload files.

Users, requests, hours and everything that a month's bill is made of belong here. Comparisons of
models, months ahead and their tables belong to `budget`, `forecast` and `whatif` in `commands`.
Pure but for the readers of files (`file`).
"""
