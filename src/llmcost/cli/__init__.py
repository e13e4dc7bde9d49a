"""The command line: Typer, options that commands share, settings, gates, output, exit codes.

What reads options, prints or exits belongs here. What a run needs without a terminal belongs to
`runtime`, and what one command does to its folder in `commands`. `api`, `cluster` and all packages
below do not import this one.
"""
