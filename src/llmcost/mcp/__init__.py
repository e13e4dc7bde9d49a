"""The server for agents, by the Model Context Protocol.

Its tools, the types of their arguments, folders that a client may read, and answers belong here.
What a tool computes does not: each call runs a command, so that both give the same figures.
"""
