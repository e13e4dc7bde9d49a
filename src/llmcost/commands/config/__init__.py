"""`llmcost config`: show each of the user's settings and where it comes from, make the file, and set
one in it. What reads settings for the other commands is in `runtime/settings`.
"""
