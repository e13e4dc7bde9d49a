"""A workload: its fields and quantities, traffic, what a month of it costs, workload files.

Pure but for the readers of files.
"""
