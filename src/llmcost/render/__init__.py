"""Results as text: tables, CSV, JSON, Markdown, charts, HTML, and wording that commands share.

Forms belong here, not results: the columns of one command are in its `view`. Nothing prints, and
nothing computes a price; only how an amount is rounded for a reader is decided here.
"""
