"""Parts of HTML pages: the page with its policy, sortable tables, bars, lines, a Pareto chart.

A page is one file that needs no network. What is on the page of a command is in its `page` or
`view`.
"""
