"""Price files: YAML in, a checked PriceTable out; updates, trackers, exchange rates, holidays.

Keys of the YAML, their checks, the compiled cache and the published table belong here. What a price
means and what usage costs belong to `pricing`, which reads no file.
"""
