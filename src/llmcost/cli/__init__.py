"""The command line: Typer, options that commands share, output, exit codes.

What reads options, prints or exits belongs here, and how commands are found and take the user's
settings as defaults. What a run needs without a terminal belongs to `runtime`, and what one command
does to its folder in `commands`. `api`, `mcp`, `cluster` and all packages below do not import this
one.
"""
