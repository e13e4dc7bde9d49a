"""`llmcost mcp`: start the server for agents.

Only the command with its options and what a terminal needs belongs here. The server, its tools and
their answers are the package `mcp`, which does without the command line.
"""
