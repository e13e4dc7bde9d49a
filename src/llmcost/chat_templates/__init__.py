"""How each family of models writes a conversation down, and what that adds to its texts.

One module a vendor; `frame` knows which template a model has. Nothing is counted here.
"""
