"""Text in, counted tokens out: `counting` is the way in, `tokenizers` the list of what is known.

Nothing is imported here, so that naming the room costs nothing.
"""
