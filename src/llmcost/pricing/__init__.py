"""What a price is, and what usage costs under it: values, catalogue, schedules, bills, history.

Pure: no clock, no file, no environment; the instant and the table are parameters.
"""
