"""Prices and bills: the values of the price table, the row in force, and what usage costs under it.

What prices mean belongs here, for one request and for many. Pure: no clock, no file, no
environment; the instant and the table are parameters. YAML belongs to `price_data`, months to
`workload`, and tables and JSON to `render` and the commands.
"""
