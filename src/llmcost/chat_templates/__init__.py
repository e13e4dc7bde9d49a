"""Chat templates: how each family of models writes a conversation, and what that adds to its texts.

A module per vendor, and `frame`, which knows the template of a model. Templates give texts and
numbers of special tokens; they count no text (`tokenizers` does) and read no file (`inputs` does).
"""
