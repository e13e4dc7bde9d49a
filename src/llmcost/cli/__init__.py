"""The command line: Typer, options shared by commands, settings, output, the one error boundary.

What a run needs without a terminal is in `runtime`; nothing below imports this package.
"""
