"""A line of a log that cannot be read."""


class BadUsage(Exception):
    """Why: the message of it."""
