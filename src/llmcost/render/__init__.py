"""Results as text: tables, CSV, JSON, Markdown, charts, numbers and the wording commands share.

Nothing here prints, and nothing computes a price.
"""
