"""The server for agents, by the Model Context Protocol.

Its tools, the types of their arguments, folders that a client may read, and answers belong here.
What a tool computes does not: it calls the functions of `runtime` and of the commands with values,
so that figures are those of the command line, which this package does not import.
"""
