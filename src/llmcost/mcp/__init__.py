"""The server for agents, by the Model Context Protocol: its tools, their arguments and answers."""
