"""Text in, counted tokens out: `counter` is the way in, `registry` the list of what is known.

Nothing is imported here, so that naming the package costs nothing.
"""
