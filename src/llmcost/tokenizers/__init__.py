"""Tokenizers: text in, counted tokens with bounds out.

`counter` is the way in, `registry` the list of tokenizers. Vocabularies, engines, caches of words,
worker processes and the tokens of images belong here. How texts are read belongs to `inputs`, the
frame of a chat to `chat_templates`; no price is known. Nothing is imported in this file, so that
naming the package costs nothing.
"""
