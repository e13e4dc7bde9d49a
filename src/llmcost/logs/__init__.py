"""Logs of requests that were sent, as vendors, agents and gateways write them.

Forms of logs, the reading of a line, parts of large files and sums of equal requests belong here.
What requests cost belongs to `commands/usage`; requests that are yet to be sent belong to `inputs`.
"""
