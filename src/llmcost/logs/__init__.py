"""Logs of requests, read as vendors, agents and gateways write them: formats are data plus small
readers. What requests cost is in `commands/usage`.
"""
