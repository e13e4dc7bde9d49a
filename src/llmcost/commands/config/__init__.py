"""`llmcost config`: the user's settings.

It shows each of them and where it comes from, makes the file, and sets one in it. What reads
settings for the other commands is in `runtime/settings`.
"""
